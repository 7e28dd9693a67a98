"""The states kept in revisions, which Directus 8 writes as its database driver gave them, in v10 terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from directus8.api.v10.lens import lens_of
from directus8.api.v10.values import decoder, type_of
from directus8.schema.catalog import Collection, Field
from directus8.validation import whole_number


def row(collection: Collection, kept: Any, hidden: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The values of a kept row by v10 name, without hidden ones."""
    lens = lens_of(collection.name)
    if not isinstance(kept, Mapping):
        return {}
    return {
        lens.name(name): _value(collection.fields[name], value) if name in collection.fields else value
        for name, value in kept.items()
        if name not in hidden
    }


def lists(collection: Collection) -> dict[str, Any]:
    """To-many fields, of which a revision keeps nothing."""
    return {name: [] for name, relation in collection.relations.items() if relation.kind == "o2m"}


def delta(
    collection: Collection, kept: Any, data: Mapping[str, Any], hidden: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """What a write changed, what the server filled in included."""
    if not isinstance(kept, Mapping):
        return {}
    lens = lens_of(collection.name)
    filled = {
        lens.name(f.name): data[lens.name(f.name)]
        for f in collection.columns
        if f.extra.get("only_updates") and data.get(lens.name(f.name)) is not None
    }
    return {**row(collection, kept, hidden), **filled}


def _value(field: Field, value: Any) -> Any:
    kind = type_of(field)
    if kind == "csv" and value == []:  # nothing is kept as an empty list
        return None
    if value is None or isinstance(value, (dict, list, bool)):
        return value
    if kind in ("integer", "bigInteger"):
        return value if (number := whole_number(value)) is None else number
    if kind in ("json", "csv", "binary"):
        return value
    decode = decoder(field)
    try:
        return decode(value) if decode is not None else value
    except ValueError:
        return value
