"""From a filter object and a search text to a filter tree. Source: sdk_v10.md D.4."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from directus8 import names
from directus8.api.v10.lens import lens_of
from directus8.api.v10.values import callable_on, compared, type_of
from directus8.context import sql_time
from directus8.errors import Forbidden, InvalidQuery
from directus8.filters import EVERYTHING, FUNCTIONS, NOTHING, And, Condition, Dynamic, Filter, Not, Or, Some, both
from directus8.permissions.guard import showing
from directus8.permissions.rules import Rules
from directus8.query.ast import ANY_STATUS, Entry, Node, Query
from directus8.query.plan import visible_rows
from directus8.schema.catalog import Collection, Field, Relation
from directus8.services.session import Session

DEPTH = 12
#: Operators that take one value.
SINGLE = {
    "_eq": "eq", "_ieq": "eq", "_neq": "neq", "_nieq": "neq", "_lt": "lt", "_lte": "lte", "_gt": "gt", "_gte": "gte",
    "_contains": "contains", "_icontains": "contains", "_ncontains": "ncontains", "_nicontains": "ncontains",
    "_starts_with": "starts_with", "_istarts_with": "starts_with", "_nstarts_with": "nstarts_with",
    "_nistarts_with": "nstarts_with", "_ends_with": "ends_with", "_iends_with": "ends_with",
    "_nends_with": "nends_with", "_niends_with": "nends_with",
}  # fmt: skip
LISTS = {"_in": "in", "_nin": "nin"}
RANGES = {"_between": "between", "_nbetween": "nbetween"}
#: Operators that take true or false, and what they are with false.
FLAGS = {
    "_null": ("null", "nnull"),
    "_nnull": ("nnull", "null"),
    "_empty": ("empty", "nempty"),
    "_nempty": ("nempty", "empty"),
}
OPERATORS = frozenset({*SINGLE, *LISTS, *RANGES, *FLAGS})
TEXTS = ("string", "text", "csv")
NUMBERS = ("integer", "bigInteger", "float")


def parse(session: Session, collection: Collection, given: Any) -> Filter | None:
    """The tree of a filter object. InvalidQuery; Forbidden for fields that may not be read."""
    if not given:
        return None
    if not isinstance(given, Mapping):
        raise InvalidQuery('"filter" must be of type object')
    return _Parser(session).tree(collection, given, 0)


@dataclass(frozen=True, slots=True)
class _Parser:
    session: Session

    def tree(self, collection: Collection, given: Mapping[str, Any], depth: int) -> Filter:
        """All keys of an object hold."""
        if depth > DEPTH:
            raise InvalidQuery(f"Filters are nested deeper than {DEPTH} levels")
        parts = [p for name, value in given.items() for p in self._part(collection, name, value, depth)]
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _part(self, collection: Collection, name: str, value: Any, depth: int) -> Iterator[Filter]:
        if name in ("_and", "_or"):
            yield from self._group(collection, name, value, depth)
            return
        function, name = _called(name)
        column = self._column(collection, name)
        if (seen := showing(self.session.rules, collection, column)) is not None:
            yield seen
        relation = collection.leads(column)
        if function:
            yield from self._conditions(collection, column, value, function)
        elif relation is not None and isinstance(value, Mapping) and _leads_on(value):
            yield from self._related(collection, relation, column, value, depth)
        elif relation is not None and relation.kind == "o2m":
            yield from self._of_list(collection, relation, column, value)
        else:
            yield from self._conditions(collection, column, value)

    def _group(self, collection: Collection, name: str, value: Any, depth: int) -> Iterator[Filter]:
        listed = list(value.values()) if isinstance(value, Mapping) else value
        if not isinstance(listed, list) or not all(isinstance(v, Mapping) for v in listed):
            raise InvalidQuery(f'"{name}" has to be an array of filters')
        parts = tuple(self.tree(collection, each, depth + 1) for each in listed)
        if parts:
            yield And(parts) if name == "_and" else Or(parts)

    def _column(self, collection: Collection, name: str) -> str:
        column = lens_of(collection.name).column(name)
        if column not in collection.fields and column not in collection.implied:
            if self.session.rules.is_admin or column in lens_of(collection.name).made:
                raise InvalidQuery(f'Invalid filter key "{name}" on "{collection.name}"')
            raise Forbidden()
        hidden = self.session.rules.hidden_fields(collection.name)
        if column in hidden or (column in lens_of(collection.name).secret and not self.session.rules.is_admin):
            raise Forbidden()
        return column

    # --- relations -------------------------------------------------------------------------------------------

    def _related(
        self, collection: Collection, relation: Relation, column: str, value: Mapping[str, Any], depth: int
    ) -> Iterator[Filter]:
        related = self.session.catalog[relation.related]
        if not self.session.rules.reads(related.name):
            raise Forbidden()
        if relation.kind == "m2o":
            yield self._through(relation, related, column, self.tree(related, value, depth + 1))
            return
        own = {k: v for k, v in value.items() if k not in ("_some", "_none")}
        if own:
            yield Some(column, self._seen(related, self.tree(related, own, depth + 1)))
        for word, wrap in (("_some", _as_is), ("_none", Not)):
            if isinstance(value.get(word), Mapping):
                yield wrap(Some(column, self._seen(related, self.tree(related, value[word], depth + 1))))

    def _seen(self, related: Collection, part: Filter) -> Filter:
        """Only rows the caller may see count."""
        rule = visible_rows(self.session.rules, related, ANY_STATUS)
        return both(part, rule) or EVERYTHING

    def _through(self, relation: Relation, related: Collection, column: str, part: Filter) -> Filter:
        """A condition on the target of an m2o field; without a target, all of its fields are null."""
        if isinstance(part, (And, Or)):
            return type(part)(tuple(self._through(relation, related, column, p) for p in part.parts))
        found = Some(column, self._seen(related, part))
        return Or((found, Not(Some(column, self._seen(related, EVERYTHING))))) if _of_nothing(related, part) else found

    def _of_list(self, collection: Collection, relation: Relation, column: str, value: Any) -> Iterator[Filter]:
        """A to-many field compared as a whole: is there anything, or one with that key?"""
        related = self.session.catalog[relation.related]
        if not self.session.rules.reads(related.name) or related.key is None:
            raise Forbidden()
        some = Some(column, self._seen(related, EVERYTHING))
        given = value if isinstance(value, Mapping) else {"_eq": value}
        for operator, wanted in given.items():
            if operator in FLAGS:
                yield Not(some) if (operator in ("_null", "_empty")) == _truth(wanted) else some
            else:
                parts = And(tuple(self._conditions(related, related.key.name, {operator: wanted})))
                yield Some(column, self._seen(related, parts))

    # --- conditions ------------------------------------------------------------------------------------------

    def _conditions(self, collection: Collection, column: str, value: Any, function: str = "") -> Iterator[Filter]:
        field = collection.fields.get(column)
        if field is None or (field.column is None and function != "count"):
            raise InvalidQuery(f'Invalid filter key "{column}" on "{collection.name}"')
        if function and not callable_on(collection, column, function):
            raise InvalidQuery(f'Invalid function "{function}" for "{column}"')
        counted = self._counted(collection, field) if function == "count" else None
        given = value if isinstance(value, Mapping) else {"_eq": value}
        for operator, wanted in given.items():
            yield replace(self._condition(collection, field, operator, wanted, function), counted=counted)

    def _condition(self, collection: Collection, field: Field, operator: str, wanted: Any, function: str) -> Condition:
        kind = "integer" if function else type_of(field)
        if operator not in OPERATORS:
            raise InvalidQuery(f'"{kind}" field type does not contain the "{operator}" filter operator')
        if not (operator in FLAGS or field.is_asked(SINGLE.get(operator, operator)) or wanted is None):
            raise Forbidden()
        lens = lens_of(collection.name)
        path = (field.name,)

        def value(given: Any) -> Any:
            given = self._dynamic(lens.stored(lens.name(field.name), given), kind)
            return given if function or isinstance(given, Dynamic) else compared(field, given)

        if operator in FLAGS:
            return Condition(path, FLAGS[operator][not _truth(wanted)], function=function)
        if operator in LISTS:
            listed = _listed(wanted)
            if not listed:
                raise InvalidQuery(f'"{operator}" has to be an array of values')
            return Condition(path, LISTS[operator], tuple(value(v) for v in listed), function)
        if operator in RANGES:
            listed = _listed(wanted)
            if len(listed) != 2:
                raise InvalidQuery(f'"{operator}" has to be an array of two values')
            return Condition(path, RANGES[operator], tuple(value(v) for v in listed), function)
        if wanted is None and operator in ("_eq", "_neq"):
            return Condition(path, "null" if operator == "_eq" else "nnull", function=function)
        if isinstance(wanted, (list, Mapping)):
            raise InvalidQuery(f'"{operator}" has to be a string, number, or boolean')
        return Condition(path, SINGLE[operator], "" if wanted is None else value(wanted), function)

    def _counted(self, collection: Collection, field: Field) -> Filter | None:
        """The related rows that the caller may count."""
        relation = collection.leads(field.name)
        assert relation is not None
        related = self.session.catalog[relation.related]
        if not self.session.rules.reads(related.name):
            raise Forbidden()
        return visible_rows(self.session.rules, related, ANY_STATUS)

    def _dynamic(self, value: Any, kind: str) -> Any:
        """The value a word with a dollar sign stands for."""
        if not isinstance(value, str) or not value.startswith("$"):
            return value
        if value in ("$CURRENT_USER", "$CURRENT_ROLE"):
            return Dynamic.USER if value == "$CURRENT_USER" else Dynamic.ROLE
        if value.startswith("$CURRENT_USER."):
            return self._of_user(value.partition(".")[2])
        if value.startswith("$NOW"):
            moment = adjusted(self.session.who.clock(), value.removeprefix("$NOW").strip())
            return sql_time(moment) if kind != "time" else sql_time(moment)[11:]
        return value

    def _of_user(self, name: str) -> Any:
        """A field of the caller's own row, as stored; None for the public."""
        users, lens = self.session.catalog.collection(names.USERS), lens_of(names.USERS)
        column = lens.column(name)
        if self.session.who.is_public or column not in users.fields or column in lens.secret:
            return None
        query = Query(Node(users.name, (Entry(column),), ANY_STATUS), Condition(("id",), "eq", self.session.who.user))
        found = self.session.read(query, system=True)
        return found[0][column] if found else None


def _of_nothing(related: Collection, part: Filter) -> bool:
    """Is this true of an item that is not there, all of whose fields are null?"""
    if isinstance(part, Not) and isinstance(part.part, Some):
        relation = related.leads(part.part.field)
        return relation is not None and relation.kind == "m2o"
    return isinstance(part, Condition) and part.operator in ("null", "empty")


def _as_is(part: Filter) -> Filter:
    return part


def _leads_on(value: Mapping[str, Any]) -> bool:
    """Do the keys name fields of the other side (or some, none, and, or) rather than operators?"""
    return any(key not in OPERATORS for key in value)


def _called(name: str) -> tuple[str, str]:
    found = re.fullmatch(r"(\w+)\(([^()]+)\)", name)
    if found is None:
        return "", name
    if found[1] not in FUNCTIONS:
        raise InvalidQuery(f'Invalid function "{found[1]}"')
    return found[1], found[2].strip()


def _truth(value: Any) -> bool:
    return value not in (False, None, 0, "false", "0")


def _listed(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, list):
        return value
    return [part.strip() for part in str(value).split(",")] if value not in (None, "") else []


# --- moments -------------------------------------------------------------------------------------------------

_STEP = re.compile(r"\(\s*([+-]?)\s*(\d{1,6})\s*([a-z]+?)s?\s*\)", re.IGNORECASE)
_SECONDS = {
    "second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3600, "hr": 3600, "h": 3600, "m": 60, "day": 86400,
    "d": 86400, "week": 604800, "w": 604800, "": 1,
}  # fmt: skip
_MONTHS = {"month": 1, "mo": 1, "year": 12, "yr": 12, "y": 12}


def adjusted(now: datetime, text: str) -> datetime:
    """``now``, or with ``(-1 day)`` a moment that far from it. InvalidQuery for other text."""
    if not text:
        return now
    found = _STEP.fullmatch(text)
    unit = found[3].lower() if found else "?"
    if found is None or (unit not in _SECONDS and unit not in _MONTHS):
        raise InvalidQuery(f'"$NOW{text}" is no moment')
    count = int(found[2]) * (-1 if found[1] == "-" else 1)
    try:
        return (
            _months_from(now, count * _MONTHS[unit])
            if unit in _MONTHS
            else now + timedelta(seconds=count * _SECONDS[unit])
        )
    except (ValueError, OverflowError):
        raise InvalidQuery(f'"$NOW{text}" is no moment') from None


def _months_from(now: datetime, count: int) -> datetime:
    year, month = divmod(now.year * 12 + now.month - 1 + count, 12)
    for day in range(now.day, 27, -1):
        try:
            return now.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return now.replace(year=year, month=month + 1)


# --- search --------------------------------------------------------------------------------------------------


def search(session: Session, collection: Collection, text: str | None) -> Filter | None:
    """Items with the text in a text field, or with that very number or uuid."""
    if not text:
        return None
    lens = lens_of(collection.name)
    hidden = unsorted_fields(session.rules, collection) | lens.hidden
    parts = [
        condition
        for field in collection.columns
        if field.name not in hidden and (condition := _searched(field, text)) is not None
    ]
    return Or(tuple(parts)) if parts else NOTHING


def unsorted_fields(rules: Rules, collection: Collection) -> frozenset[str]:
    """Columns by which nothing is ordered, grouped or searched: secret, or hidden, be it in items of some status."""
    hidden = rules.hidden_fields(collection.name) | lens_of(collection.name).secret
    hidden = hidden.union(f.name for f in collection.columns if f.is_hash)
    return hidden.union(rules.hidden_anywhere(collection.name), rules.unordered_fields(collection.name))


def _searched(field: Field, text: str) -> Filter | None:
    kind = type_of(field)
    path = (field.name,)
    if kind in TEXTS:
        return Condition(path, "contains", text)
    if kind in NUMBERS and re.fullmatch(r"-?\d{1,18}(\.\d+)?", text) and (kind == "float" or "." not in text):
        return Condition(path, "eq", text)
    if kind == "uuid" and re.fullmatch(r"[0-9a-fA-F-]{36}", text):
        return Condition(path, "eq", text)
    return None


__all__ = ["Callable", "adjusted", "parse", "search", "unsorted_fields"]
