"""Types whose values are numbers: integer, decimal, sort, boolean."""

from __future__ import annotations

from typing import Any

from directus8.types.base import FieldType


def _truth(value: Any) -> bool:
    return bool(value) and value != "0"


TYPES = (
    FieldType("integer", searchable=True),
    FieldType("decimal", searchable=True),
    FieldType("sort"),
    FieldType("boolean", decode=_truth),
)
