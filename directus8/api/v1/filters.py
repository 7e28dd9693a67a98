"""From ``filters``, ``in``, ``ids`` and ``q`` to a filter tree. Source: legacy_v1.md §3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from directus8.api.php import listed
from directus8.api.v1.request import V1Request
from directus8.api.v8.filters import NAMES, search
from directus8.errors import InvalidField, RelatedAccessDenied
from directus8.filters import NOTHING, And, Condition, Filter, Or, both
from directus8.schema.catalog import Collection
from directus8.services.session import Session
from directus8.system.behaviours import behaviour_of

OPERATORS = {**{k: v for k, v in NAMES.items() if k not in ("rlike", "nrlike", "nhas")}, "all": "all"}
RAW = {"contains": "like", "ncontains": "nlike"}
DEPTH = 10


def client_filter(request: V1Request, collection: Collection) -> Filter | None:
    """Everything a list is narrowed by, but for statuses."""
    session = request.session
    found = [_tree(session, collection, request.query.get("filters"))]
    if isinstance(within := request.query.get("in"), dict):
        found += [_condition(session, collection, name, "in", value) for name, value in within.items()]
    if (ids := request.list("ids")) and collection.key is not None:
        found.append(Condition((collection.key.name,), "in", tuple(ids)))
    found.append(search(session.catalog, session.rules, collection, request.text("q", "search")))
    return both(*found)


def _tree(session: Session, collection: Collection, raw: Any) -> Filter | None:
    """AND binds tighter than OR, as in flat SQL."""
    groups: list[list[Filter]] = []
    for name, operator, value, by_or in _terms(raw):
        part = _condition(session, collection, name, operator, value)
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


def _condition(session: Session, collection: Collection, name: str, operator: str, value: Any) -> Filter:
    path = tuple(name.split("."))
    owner = _owner(session, collection, path)
    relation = owner.relation(path[-1])
    if relation is not None and relation.kind == "o2m":
        return _of_many(session, relation.related, path, operator, value)
    if owner.fields[path[-1]].column is None or operator in ("has", "all"):
        raise InvalidField(field=name, collection=owner.name)
    values = tuple(listed(value, trim=False))
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


def _owner(session: Session, at: Collection, path: tuple[str, ...]) -> Collection:
    """The collection of the column a path ends at. Everything on the way must be readable."""
    for place, name in enumerate(path):
        if name not in at.fields or place >= DEPTH:
            raise InvalidField(field=".".join(path), collection=at.name)
        if name in session.rules.hidden_fields(at.name) | behaviour_of(at.name).secret:
            raise RelatedAccessDenied(field=name)
        relation = at.relation(name)
        if relation is not None and not session.rules.reads(relation.related):
            raise RelatedAccessDenied(field=name)
        if place < len(path) - 1:
            if relation is None:
                raise InvalidField(field=".".join(path), collection=at.name)
            at = session.catalog[relation.related]
    return at


def _of_many(session: Session, related: str, path: tuple[str, ...], operator: str, value: Any) -> Filter:
    """``all`` of these related ids, or at least so many."""
    key = session.catalog[related].key
    if operator == "all" and key is not None:
        return And(tuple(Condition((*path, key.name), "eq", id) for id in listed(value)))
    least = str(value)
    return Condition(path, "count_gte", max(int(least), 1) if least.isdecimal() and len(least) < 10 else 1)
