"""What a field type is: how its values are told to clients, kept, checked and compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

Convert: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class FieldType:
    """One Directus type.

    decode  database value → JSON value; None leaves it to the column's data type
    encode  JSON value → database value, before the column's own conversion; None passes it on
    check   message for a value of the wrong form, or None
    """

    name: str
    alias: bool = False  # has no column
    to_many: bool = False  # stands for a list of related items
    relational: bool = False  # its value is or leads to another item
    structured: bool = False  # takes a JSON container
    searchable: bool = False  # taken into account by ``q``
    filled: bool = False  # set by the server, never required of a client
    decode: Convert | None = None
    encode: Convert | None = None
    check: Callable[[Any], str | None] | None = None
