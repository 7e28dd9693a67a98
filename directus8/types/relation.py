"""Types that lead to other items, and those that stand for nothing stored."""

from __future__ import annotations

from directus8.types.base import FieldType

TYPES = (
    FieldType("m2o", relational=True),
    FieldType("file", relational=True),
    FieldType("user", relational=True),
    FieldType("owner", relational=True, filled=True),
    FieldType("user_updated", relational=True, filled=True),
    FieldType("o2m", alias=True, to_many=True, relational=True),
    FieldType("translation", alias=True, to_many=True, relational=True),
    FieldType("alias", alias=True),
    FieldType("group", alias=True),
)
