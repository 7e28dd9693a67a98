"""Queries as extension authors write them: plain maps, into the query tree of the house.

Operators go by both spellings, ``eq`` and ``_eq``. Values stay what they are: a list is a list, None is NULL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from directus8.context import SYSTEM_ACCOUNTABILITY, sql_time
from directus8.errors import FieldNotFound, FieldReadDenied, InvalidQuery, UnknownFilter
from directus8.filters import EVERYTHING, And, Condition, Filter, Not, Or, Some, both
from directus8.permissions.guard import guarded
from directus8.query.ast import RANDOM, Query, Sort
from directus8.schema.catalog import Collection, Relation
from directus8.services import selection
from directus8.services.session import Session
from directus8.system.behaviours import behaviour_of

KEYS = frozenset({"fields", "filter", "search", "sort", "limit", "offset", "page", "status", "lang"})
OPERATORS = frozenset(
    "eq neq lt lte gt gte in nin between nbetween contains ncontains starts_with nstarts_with ends_with nends_with "
    "like nlike null nnull empty nempty".split()
)
DEPTH = 12


def parse(session: Session, collection: Collection, given: Mapping[str, Any] | None, extra: Filter | None) -> Query:
    """A read. InvalidQuery for unknown keys; errors of the house for fields that are not there or may not be read."""
    given = given or {}
    if unknown := given.keys() - KEYS:
        raise InvalidQuery(f"there is no {min(unknown)} in a query")
    session.rules.read_filter(collection)
    statuses = tuple(_listed(given.get("status"))) or None
    lang = tuple(_listed(given.get("lang")))
    paths = [str(path) for path in _listed(given.get("fields"))]
    node = selection.resolve(session.catalog, session.rules, collection, paths, lang, statuses).node
    parts = (_Parser(session).of(collection, given.get("filter")), _search(session, collection, given.get("search")))
    asked = both(*parts)
    seen = guarded(session.catalog, session.rules, collection, asked) if asked is not None else None
    limit, offset = _page(given)
    return Query(node, both(seen, extra), _sort(session, collection, given.get("sort")), limit, offset)


def _unseen(session: Session, collection: Collection) -> frozenset[str]:
    """Fields by which a caller finds nothing: hidden ones and, unless it is the program itself that asks, secrets."""
    hidden = session.rules.hidden_fields(collection.name)
    if session.who == SYSTEM_ACCOUNTABILITY:
        return hidden
    hashes = (f.name for f in collection.columns if f.is_hash)
    return hidden.union(behaviour_of(collection.name).secret, hashes)


def _listed(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    if isinstance(value, str):
        return [part.strip() for part in value.split(",")]
    return list(value) if isinstance(value, Sequence) else [value]


def _page(given: Mapping[str, Any]) -> tuple[int | None, int]:
    """Limit (None or -1: all) and offset."""
    limit = given.get("limit")
    limit = None if limit is None or int(limit) < 0 else int(limit)
    if given.get("page") and limit is not None:
        return limit, limit * (max(int(given["page"]), 1) - 1)
    return limit, max(int(given.get("offset") or 0), 0)


def _sort(session: Session, collection: Collection, given: Any) -> tuple[Sort, ...]:
    unseen = _unseen(session, collection) | session.rules.hidden_anywhere(collection.name)
    made = []
    for term in map(str, _listed(given)):
        name = term.removeprefix("-")
        if term == "?":
            made.append(RANDOM)
        elif name not in collection.fields or collection.fields[name].column is None:
            raise FieldNotFound(field=name)
        elif name in unseen:
            raise FieldReadDenied(field=name, collection=collection.name)
        else:
            made.append(Sort(name, term.startswith("-")))
    return tuple(made)


def _search(session: Session, collection: Collection, text: Any) -> Filter | None:
    if not text:
        return None
    hidden = _unseen(session, collection)
    plain = [f.name for f in collection.columns if f.kind.searchable and f.name not in hidden]
    return Or(tuple(Condition((n,), "contains", str(text)) for n in plain if collection.relation(n) is None))


class _Parser:
    def __init__(self, session: Session) -> None:
        self.session = session

    def of(self, collection: Collection, given: Any, depth: int = 0) -> Filter | None:
        """All keys of a map hold."""
        if not given:
            return None
        if not isinstance(given, Mapping) or depth > DEPTH:
            raise InvalidQuery("a filter is a map, and not nested too deeply")
        parts = tuple(p for name, value in given.items() for p in self._part(collection, name, value, depth))
        return parts[0] if len(parts) == 1 else And(parts)

    def _part(self, collection: Collection, name: str, value: Any, depth: int) -> Iterator[Filter]:
        if name in ("_and", "_or"):
            found = tuple(p for each in value if (p := self.of(collection, each, depth + 1)) is not None)
            yield And(found) if name == "_and" else Or(found)
            return
        if name not in collection.fields:
            raise FieldNotFound(field=name)
        if name in _unseen(self.session, collection):
            raise FieldReadDenied(field=name, collection=collection.name)
        relation = collection.relation(name)
        if relation is not None and isinstance(value, Mapping) and any(_operator(k) is None for k in value):
            yield from self._related(relation, value, depth)
        elif collection.fields[name].column is None:
            raise InvalidQuery(f'"{name}" has no value of its own')
        else:
            yield from _conditions(name, value if isinstance(value, Mapping) else {"eq": value})

    def _related(self, relation: Relation, value: Mapping[str, Any], depth: int) -> Iterator[Filter]:
        """A condition on related items: at least one fits; with ``_none`` none does."""
        related = self.session.catalog[relation.related]
        for word in ("_some", "_none"):
            if word in value:
                some = Some(relation.field, self.of(related, value[word], depth + 1) or EVERYTHING)
                yield some if word == "_some" else Not(some)
        own = {n: v for n, v in value.items() if n not in ("_some", "_none")}
        if own:
            yield Some(relation.field, self.of(related, own, depth + 1) or EVERYTHING)


def _operator(name: str) -> str | None:
    plain = name.removeprefix("_")
    return plain if plain in OPERATORS else None


def _conditions(name: str, given: Mapping[str, Any]) -> Iterator[Filter]:
    for word, value in given.items():
        operator = _operator(word)
        if operator is None:
            raise UnknownFilter(operator=word)
        yield _condition(name, operator, value)


def _condition(name: str, operator: str, value: Any) -> Filter:
    if operator in ("null", "nnull", "empty", "nempty"):
        opposite = operator[1:] if operator.startswith("nn") or operator == "nempty" else f"n{operator}"
        return Condition((name,), operator if value not in (False, 0) else opposite)
    if operator in ("in", "nin", "between", "nbetween"):
        values = tuple(map(_value, _listed(value)))
        if operator.endswith("between") and len(values) != 2:
            raise InvalidQuery(f"{operator} takes two values")
        return Condition((name,), operator, values)
    if value is None:
        return Condition((name,), "nnull" if operator == "neq" else "null")
    return Condition((name,), operator, _value(value))


def _value(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return sql_time(value) if value.tzinfo else value.strftime("%Y-%m-%d %H:%M:%S")
    return value.isoformat() if isinstance(value, date) else value
