"""Field types and values as v9/v10 clients know them, over the columns of Directus 8. Source: sdk_v10.md D.6, E."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from directus8.errors import InvalidPayload
from directus8.schema.catalog import Collection, Field
from directus8.services.definitions import STAMPED as STAMPED
from directus8.services.definitions import type_of as type_of
from directus8.types import column
from directus8.types.structure import array_decode, json_decode

MASK = "**********"
#: Types with a day, and those with a time of day.
MOMENTS = ("timestamp", "dateTime", "date")
CLOCKS = ("timestamp", "dateTime", "time")


def callable_on(collection: Collection, column: str, function: str) -> bool:
    """Does a function make sense on a field?"""
    relation = collection.relation(column)
    if function == "count":
        return relation is not None and relation.kind == "o2m"
    field = collection.fields.get(column)
    if field is None or field.column is None:
        return False
    return type_of(field) in (CLOCKS if function in ("hour", "minute", "second") else MOMENTS)


# --- told ----------------------------------------------------------------------------------------------------


def decoder(field: Field) -> Callable[[Any], Any] | None:
    """Database value → JSON value."""
    return DECODERS.get(type_of(field))


def _number(value: Any) -> Any:
    return None if value is None else column.number(value)


def _truth(value: Any) -> bool | None:
    return None if value is None else bool(value) and value != "0"


def _json(value: Any) -> Any:
    return None if value in (None, "", b"") else json_decode(value)


def _csv(value: Any) -> Any:
    return None if value is None else array_decode(value)


def _timestamp(value: Any) -> str | None:
    text = _moment(value)
    return None if text is None else f"{text}.000Z"


def _moment(value: Any) -> str | None:
    text = "" if value is None else str(value)[:19]
    if not text or text.startswith("0000"):
        return None
    return f"{text[:10]}T{text[11:] or '00:00:00'}"


def _date(value: Any) -> Any:
    return None if not value or str(value).startswith("0000") else str(value)[:10]


def _binary(value: Any) -> str | None:
    if value is None:
        return None
    return base64.b64encode(value if isinstance(value, bytes) else bytes(str(value), "utf-8")).decode()


DECODERS: dict[str, Callable[[Any], Any]] = {
    "float": _number,
    "boolean": _truth,
    "json": _json,
    "csv": _csv,
    "timestamp": _timestamp,
    "dateTime": _moment,
    "date": _date,
    "binary": _binary,
}

# --- taken ---------------------------------------------------------------------------------------------------

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?(?:\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?", re.IGNORECASE
)


def moment_of(text: str) -> datetime | None:
    """An ISO date or time; UTC unless it says otherwise; None for other text."""
    found = _ISO.fullmatch(text.strip())
    if not found:
        return None
    zone = (found.group(7) or "Z").upper()
    try:
        parsed = datetime(*(int(g or 0) for g in found.groups()[:6]))  # type: ignore[arg-type]
        offset = datetime.strptime(zone.replace("Z", "+0000"), "%z").tzinfo
    except ValueError:
        return None
    return parsed.replace(tzinfo=offset)


def sql_moment(value: Any, zoned: bool) -> Any:
    """A moment as it is stored: UTC for timestamps, the wall clock for others; what is none stays as it is."""
    if not isinstance(value, str):
        return value
    moment = moment_of(value)
    if moment is None:
        return value
    return (moment.astimezone(UTC) if zoned else moment).strftime("%Y-%m-%d %H:%M:%S")


def taken(field: Field, value: Any) -> Any:
    """A value of a payload in the form the house takes. InvalidPayload for one of a wrong form."""
    if value is None:
        return None
    kind = type_of(field)
    if kind == "json":
        return value if isinstance(value, (dict, list)) else orjson.dumps(value).decode()
    if kind == "csv":
        return value if isinstance(value, list) else str(value).split(",")
    if isinstance(value, (dict, list)):
        raise InvalidPayload(f'"{field.name}" in "{field.collection}" takes no object or list')
    if kind in ("timestamp", "dateTime"):
        return sql_moment(value, kind == "timestamp")
    if kind == "date" and isinstance(value, str):
        return value[:10]
    if kind == "boolean":
        return {"true": True, "false": False, "1": True, "0": False}.get(str(value).lower(), value)
    return value


def compared(field: Field, value: Any) -> Any:
    """A value of a filter in the form the column has."""
    kind = type_of(field)
    if kind == "boolean":
        return {"true": 1, "false": 0}.get(str(value).lower(), value)
    if kind in ("timestamp", "dateTime"):
        return sql_moment(value, kind == "timestamp")
    if isinstance(value, bool):
        return int(value) if kind in ("integer", "bigInteger", "float") else str(value).lower()
    return value
