"""All field types by name, in the order in which the original lists them."""

from __future__ import annotations

from directus8.types import moment, number, relation, structure, text
from directus8.types.base import FieldType

LISTED = (
    "alias", "array", "binary", "boolean", "datetime", "date", "time", "file", "hash", "group", "integer", "decimal",
    "json", "lang", "m2o", "o2m", "slug", "sort", "status", "string", "translation", "uuid", "datetime_created",
    "datetime_updated", "owner", "user_updated", "user",
)  # fmt: skip

TYPES: dict[str, FieldType] = {
    t.name: t for family in (text, number, structure, moment, relation) for t in family.TYPES
}
UNKNOWN = FieldType("unknown")
#: At most one field of each per collection.
SYSTEM_TYPES = frozenset({"owner", "user_updated", "status", "sort", "lang", "datetime_created", "datetime_updated"})


def field_type(name: str | None) -> FieldType:
    """The type of that name (any case); an unknown one is treated as plain."""
    return TYPES.get((name or "").lower(), UNKNOWN)
