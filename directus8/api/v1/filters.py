"""From ``filters``, ``in``, ``ids`` and ``q`` to a filter tree. Source: legacy_v1.md §3."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from directus8.api.php import listed
from directus8.api.v1 import lens
from directus8.api.v1.lens import Place
from directus8.api.v1.request import V1Request
from directus8.api.v8.filters import NAMES, search
from directus8.errors import InvalidField, RelatedAccessDenied
from directus8.filters import NOTHING, And, Condition, Filter, Or, both
from directus8.permissions.guard import guarded
from directus8.schema.catalog import Collection
from directus8.services.session import Session
from directus8.system.behaviours import behaviour_of

OPERATORS = {**{k: v for k, v in NAMES.items() if k not in ("rlike", "nrlike", "nhas")}, "all": "all"}
#: Operators that take values said in another way, and what they become.
LISTS = {"eq": "in", "in": "in", "neq": "nin", "nin": "nin"}
RAW = {"contains": "like", "ncontains": "nlike"}
DEPTH = 10


def client_filter(request: V1Request, place: Place) -> Filter | None:
    """Everything a list is narrowed by, but for statuses."""
    session, key = request.session, place.collection.key
    asked = [_tree(session, place, request.query.get("filters"))]
    if isinstance(within := request.query.get("in"), dict):
        asked += [_condition(session, place, name, "in", value) for name, value in within.items()]
    seen = [guarded(session.catalog, session.rules, place.collection, part) for part in asked if part is not None]
    found = [place.only, *seen]
    if (ids := request.list("ids")) and key is not None:
        found.append(Condition((key.name,), "in", tuple(ids)))
    found.append(search(session.catalog, session.rules, place.collection, request.text("q", "search")))
    return both(*found)


def _tree(session: Session, place: Place, raw: Any) -> Filter | None:
    """AND binds tighter than OR, as in flat SQL."""
    groups: list[list[Filter]] = []
    for name, operator, value, by_or in _terms(raw):
        part = _condition(session, place, name, operator, value)
        if by_or or not groups:
            groups.append([part])
        else:
            groups[-1].append(part)
    alternatives = tuple(And(tuple(group)) for group in groups)
    return Or(alternatives) if alternatives else None


def _terms(raw: Any) -> Iterator[tuple[str, str, Any, bool]]:
    """Column, operator, value and whether OR joins it; unknown operators are passed over."""
    for name, given in raw.items() if isinstance(raw, Mapping) else ():
        if not isinstance(given, Mapping):
            yield name, "eq", given, False
            continue
        by_or = str(given.get("logical", "")).lower() == "or"
        for word, value in given.items():
            if word in OPERATORS:
                yield name, OPERATORS[word], value, by_or


@dataclass(frozen=True, slots=True)
class _Meant:
    """What a column in a filter is: its collection, the way there, and how its values are said."""

    owner: Collection
    path: tuple[str, ...]
    stored: Callable[[str], Sequence[Any]] | None


def _condition(session: Session, place: Place, name: str, operator: str, value: Any) -> Filter:
    meant = _meant(session, place, name)
    owner, path = meant.owner, meant.path
    relation = owner.relation(path[-1])
    if relation is not None and relation.kind == "o2m":
        return _of_many(session, relation.related, path, operator, value)
    if owner.fields[path[-1]].column is None or operator in ("has", "all"):
        raise InvalidField(field=name, collection=owner.name)
    if not owner.fields[path[-1]].is_asked(operator):
        raise RelatedAccessDenied(field=path[-1])
    values = tuple(listed(value, trim=False))
    if meant.stored is not None and operator in LISTS:
        values = tuple(each for said in values for each in meant.stored(said))
        operator = LISTS[operator]
    if operator in ("in", "nin"):
        return Condition(path, operator, values or ("",))
    if operator in ("between", "nbetween"):
        return Condition(path, operator, (values[0], values[-1])) if len(values) > 1 else NOTHING
    if operator in ("null", "nnull", "empty", "nempty"):
        return Condition(path, operator)
    text = ",".join(values)
    if operator in RAW and "%" in text:
        return Condition(path, RAW[operator], text)
    return Condition(path, operator, text)


def _meant(session: Session, place: Place, name: str) -> _Meant:
    """The column a dotted name ends at. Everything on the way must be readable."""
    at, via, found, attribute = place.collection, place.lens, [], None
    parts = name.split(".")
    for depth, part in enumerate(parts):
        if depth >= DEPTH:
            raise InvalidField(field=name, collection=at.name)
        field, attribute = lens.column_of(at, part, via)
        if field in session.rules.hidden_fields(at.name) | behaviour_of(at.name).secret:
            raise RelatedAccessDenied(field=part)
        found.append(field)
        relation, last = at.relation(field), depth == len(parts) - 1
        if relation is not None and not session.rules.reads(relation.related):
            raise RelatedAccessDenied(field=part)
        if last:
            break
        if relation is None:
            raise InvalidField(field=name, collection=at.name)
        at, via = session.catalog[relation.related], None
    return _Meant(at, tuple(found), attribute.stored if attribute else None)


def _of_many(session: Session, related: str, path: tuple[str, ...], operator: str, value: Any) -> Filter:
    """``all`` of these related ids, or at least so many."""
    key = session.catalog[related].key
    if operator == "all" and key is not None:
        return And(tuple(Condition((*path, key.name), "eq", id) for id in listed(value)))
    least = str(value)
    return Condition(path, "count_gte", max(int(least), 1) if least.isdecimal() and len(least) < 10 else 1)
