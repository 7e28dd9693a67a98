"""From a filter argument to a filter tree. Every condition is read as the same condition in a query string is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from directus8.api.graphql.inputs import WITHIN
from directus8.api.v8 import filters
from directus8.filters import And, Filter, Or, Some, both
from directus8.permissions.guard import guarded
from directus8.permissions.rules import Rules
from directus8.schema.catalog import Catalog, Collection

Given = Mapping[str, Any]
#: What a missing value means; with all other operators it says nothing.
_MISSING = {"eq": "null", "neq": "nnull"}
_ALONE = frozenset({"null", "nnull", "empty", "nempty"})


def parse(catalog: Catalog, rules: Rules, collection: Collection, given: Given | None) -> Filter | None:
    """The tree of a filter: all of its conditions hold, ``or`` and ``and`` are trees of their own."""
    parts: list[Filter | None] = []
    for key, value in (given or {}).items():
        if key in ("or", "and"):
            parts.append(_joined(catalog, rules, collection, key, value))
        else:
            field, _, operator = key.rpartition(" ")
            parts.append(_condition(catalog, rules, collection, field, operator, value))
    return both(*parts)


def _joined(
    catalog: Catalog, rules: Rules, collection: Collection, word: str, given: list[Given] | None
) -> Filter | None:
    parts = [parse(catalog, rules, collection, each) for each in given or ()]
    if word == "and":
        return both(*parts)
    return Or(tuple(part or And(()) for part in parts)) if parts else None


def _condition(
    catalog: Catalog, rules: Rules, collection: Collection, field: str, operator: str, value: Any
) -> Filter | None:
    if operator == WITHIN:
        related = catalog[collection.relations[field].related]
        within = parse(catalog, rules, related, value)
        return guarded(catalog, rules, collection, Some(field, within)) if within is not None else None
    if value is None and operator not in _ALONE:
        if operator not in _MISSING:
            return None
        operator = _MISSING[operator]
    return filters.parse(catalog, rules, collection, {field: {operator: _sent(value)}})


def _sent(value: Any) -> Any:
    """A value as a query string would bring it."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)
