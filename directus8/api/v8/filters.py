"""From the ``filter`` and ``q`` parameters to a filter tree. Source: items.md §4.8, §5; permissions.md §6."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from directus8.api.php import listed
from directus8.api.v8.params import number
from directus8.errors import (
    FieldNotFound,
    InvalidField,
    RelatedAccessDenied,
    UnknownFilter,
    UnprocessableEntity,
)
from directus8.filters import NOTHING, And, Condition, Filter, Or
from directus8.permissions.guard import admits, guarded
from directus8.permissions.rules import Rules
from directus8.schema.catalog import Catalog, Collection, Field
from directus8.system.behaviours import behaviour_of

NAMES = {
    "eq": "eq", "=": "eq", "neq": "neq", "!=": "neq", "<>": "neq", "lt": "lt", "<": "lt", "lte": "lte", "<=": "lte",
    "gt": "gt", ">": "gt", "gte": "gte", ">=": "gte", "in": "in", "nin": "nin", "between": "between",
    "nbetween": "nbetween", "like": "contains", "contains": "contains", "nlike": "ncontains",
    "ncontains": "ncontains", "rlike": "like", "nrlike": "nlike", "null": "null", "nnull": "nnull", "empty": "empty",
    "nempty": "nempty", "has": "has", "nhas": "has", "all": "has",
}  # fmt: skip
#: The original negates these when the value is "0".
_NEGATED_ZERO = {"contains": "ncontains", "rlike": "nlike"}
DEPTH = 10


@dataclass(frozen=True, slots=True)
class _Term:
    """One condition and how it joins what stands before it."""

    part: Filter
    by_or: bool = False


def parse(catalog: Catalog, rules: Rules, collection: Collection, raw: Any) -> Filter | None:
    """The tree of a ``filter`` parameter. AND binds tighter than OR, as in flat SQL."""
    if raw is None or raw == "":
        return None
    if not isinstance(raw, dict):
        raise UnprocessableEntity("Filter must be given as filter[field][operator]=value")
    parser = _Parser(catalog, rules, collection)
    groups: list[list[Filter]] = []
    for term in parser.terms(raw):
        if term.by_or or not groups:
            groups.append([term.part])
        else:
            groups[-1].append(term.part)
    alternatives = [g[0] if len(g) == 1 else And(tuple(g)) for g in groups]
    return alternatives[0] if len(alternatives) == 1 else Or(tuple(alternatives)) if alternatives else None


class _Parser:
    def __init__(self, catalog: Catalog, rules: Rules, collection: Collection) -> None:
        self.catalog = catalog
        self.rules = rules
        self.collection = collection

    def terms(self, raw: dict[str, Any]) -> Iterator[_Term]:
        """The conditions of all fields, in the order given."""
        for name, given in raw.items():
            path = tuple(name.split("."))
            self._check_seen(path[0])
            field, owner = self._follow(path)
            for operator, value, by_or in _operators(given):
                term = self._term(path, field, owner, operator, value, by_or)
                if term is not None:
                    yield replace(term, part=guarded(self.catalog, self.rules, self.collection, term.part))

    def _check_seen(self, name: str) -> None:
        if name in self.rules.hidden_fields(self.collection.name) | behaviour_of(self.collection.name).secret:
            raise RelatedAccessDenied(field=name)

    def _follow(self, path: tuple[str, ...]) -> tuple[Field, Collection]:
        """The field a path ends at. Every collection on the way must be readable."""
        at = self.collection
        if len(path) > DEPTH:
            raise UnprocessableEntity(f"Filters are nested deeper than {DEPTH} levels")
        if path[-1] == "":
            raise InvalidField(field="", collection="")
        if len(path) == 1 and path[0] not in at.fields:
            raise InvalidField(field=path[0], collection=at.name)
        for name, following in pairwise(path):
            relation = at.relation(name) if name in at.fields else None
            if relation is None:
                raise FieldNotFound(field=name)
            at = self.catalog[relation.related]
            if not admits(self.rules, at):
                raise RelatedAccessDenied(field=following)
            if following in self.rules.hidden_fields(at.name) | behaviour_of(at.name).secret:
                raise RelatedAccessDenied(field=following)
        if path[-1] not in at.fields:
            raise FieldNotFound(field=path[-1])
        return at.fields[path[-1]], at

    def _term(
        self, path: tuple[str, ...], field: Field, owner: Collection, operator: str, value: Any, by_or: bool
    ) -> _Term | None:
        name = NAMES.get(operator)
        if name is None:
            raise UnknownFilter(operator=operator)
        relation = owner.relation(field.name)
        if relation is not None and relation.kind == "o2m":
            return _Term(Condition(path, "count_gte", max(number(_plain(value)), 1)), True)
        if name == "has":
            raise UnprocessableEntity(f'Operator "{operator}" only works for one-to-many fields')
        if not field.is_asked(name):
            raise RelatedAccessDenied(field=field.name)
        if field.column is None:
            raise UnprocessableEntity(f'Unable to filter by "{field.name}" field because it is an alias.')
        if name in ("contains", "ncontains", "like", "nlike"):
            return self._pattern(path, field, owner, operator, name, _plain(value), by_or)
        if name in ("null", "nnull"):
            return _Term(Condition(path, name))
        if name in ("empty", "nempty"):
            return _Term(Condition(path, name))
        return _Term(_compared(path, field, name, value), by_or)

    def _pattern(
        self,
        path: tuple[str, ...],
        field: Field,
        owner: Collection,
        operator: str,
        name: str,
        value: str,
        by_or: bool,
    ) -> _Term | None:
        if value == "":
            return None
        if value == "0":
            name = _NEGATED_ZERO.get(operator, name)
        relation = owner.relation(field.name)
        if relation is not None and name in ("contains", "like"):
            far = self.catalog[relation.related]
            if not admits(self.rules, far):
                raise RelatedAccessDenied(field=field.name)
            found = [Condition((*path, f), name, value) for f in searchable(far, self.rules)]
            return _Term(Or(tuple(found)), True)
        return _Term(Condition(path, name, value), by_or)


def _operators(given: Any) -> Iterator[tuple[str, Any, bool]]:
    """Operator, value and ``logical=or`` of what stands under a field; only the first operator counts."""
    if not isinstance(given, dict):
        yield "eq", given, False
        return
    if given and all(k.isdigit() and isinstance(v, dict) for k, v in given.items()):
        for inner in given.values():
            yield from _operators(inner)
        return
    by_or = str(given.get("logical", "")).lower() == "or"
    rest = [(k, v) for k, v in given.items() if k != "logical"]
    if rest:
        yield (*rest[0], by_or)


def _compared(path: tuple[str, ...], field: Field, name: str, value: Any) -> Filter:
    takes_now = (field.type or "").startswith("date")

    def moment(v: Any) -> Any:
        return ... if takes_now and isinstance(v, str) and v.lower() == "now" else v

    if name in ("in", "nin"):
        values = tuple(moment(v) for v in (listed(value, trim=False) or [""]))
        return Condition(path, name, values)
    if name in ("between", "nbetween"):
        values = tuple(moment(v) for v in listed(value, trim=False))
        return Condition(path, name, (values[0], values[-1])) if len(values) > 1 else NOTHING
    return Condition(path, name, moment(_plain(value)))


def _plain(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return ",".join(listed(value, trim=False))
    return "" if value is None else str(value)


# --- q -------------------------------------------------------------------------------------------------------


def search(catalog: Catalog, rules: Rules, collection: Collection, q: str | None) -> Filter | None:
    """Everything that contains the text in a field of type string, integer or decimal, or in a related list."""
    if not q:
        return None
    found: list[Filter] = [Condition((f,), "contains", q) for f in searchable(collection, rules)]
    hidden = rules.hidden_fields(collection.name)
    for name, relation in collection.relations.items():
        field = collection.fields[name]
        follows = relation.kind == "o2m" or field.type in ("string", "integer")
        far = catalog[relation.related]
        if name not in hidden and follows and admits(rules, far):
            found.extend(Condition((name, f), "contains", q) for f in searchable(far, rules))
    return guarded(catalog, rules, collection, Or(tuple(found)))


def searchable(collection: Collection, rules: Rules) -> list[str]:
    """The columns ``q`` looks at."""
    hidden = rules.hidden_fields(collection.name) | behaviour_of(collection.name).secret
    return [
        f.name
        for f in collection.columns
        if f.kind.searchable and f.name not in hidden and collection.relation(f.name) is None
    ]
