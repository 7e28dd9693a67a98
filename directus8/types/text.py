"""Types whose values are text: string, slug, uuid, lang, status, hash."""

from __future__ import annotations

from directus8.types.base import FieldType

TYPES = (
    FieldType("string", searchable=True),
    FieldType("slug"),
    FieldType("uuid"),
    FieldType("lang"),
    FieldType("status"),
    FieldType("hash"),
)
