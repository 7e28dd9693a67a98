"""Types whose values are JSON containers kept as text: json, array. And binary."""

from __future__ import annotations

from typing import Any

import orjson

from directus8.types.base import FieldType


def json_decode(value: Any) -> Any:
    """The stored document; text that is no JSON is told as null, an empty text as an empty list."""
    if value is None:
        return None
    if value in ("", b""):
        return []
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return None


def json_encode(value: Any) -> Any:
    """Containers become text; text and null pass."""
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


def array_decode(value: Any) -> list[str]:
    """The parts between commas."""
    return value.split(",") if isinstance(value, str) and value else []


def array_encode(value: Any) -> Any:
    """A list (or the values of an object) joined by commas."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return ",".join(_part(v) for v in value)
    return value


def _part(value: Any) -> str:
    if value is None or value is False:
        return ""
    return "1" if value is True else str(value)


def _json_check(value: Any) -> str | None:
    return None if isinstance(value, (dict, list)) else "This value should be of type json."


def _array_check(value: Any) -> str | None:
    return None if isinstance(value, (dict, list)) else "This value should be of type array."


TYPES = (
    FieldType("json", structured=True, decode=json_decode, encode=json_encode, check=_json_check),
    FieldType("array", structured=True, decode=array_decode, encode=array_encode, check=_array_check),
    FieldType("binary"),
)
