"""What a column's data type makes of values: told, kept, compared, written into revisions.

Numbers follow MySQL in strict mode on input (numeric text is taken, other text refused) and MySQL's lenient
comparison in filters (``"1abc"`` is 1, ``"abc"`` is 0), on every database.
"""

from __future__ import annotations

import base64
import math
import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

from directus8.types.base import Convert
from directus8.types.sqltype import SqlType

_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*")
_LEADING = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


#: MySQL keeps at most 65 digits; Python's own context stops at 28.
_DIGITS = Context(prec=100)


class OutOfRange(ValueError):
    """The number does not fit the column."""


# --- told to clients ---------------------------------------------------------------------------------------


def number(value: Any) -> Any:
    """A JSON number: whole ones without fraction; NULL is told as 0, as the original does."""
    if value is None:
        return 0
    value = float(value)
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def _text(value: Any) -> Any:
    return None if value is None else str(value)


def _base64(value: Any) -> str:
    return base64.b64encode(_bytes(value)).decode() if value else ""


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else bytes(value) if isinstance(value, memoryview) else str(value).encode()


def _latin(value: Any) -> Any:
    return None if value is None else _bytes(value).decode("utf-8", "replace")


def _bits(value: Any) -> Any:
    return None if value is None else str(int.from_bytes(_bytes(value)))


def _moment(value: Any) -> Any:
    return None if not value or str(value)[:4] == "0000" else value


def _blank(value: Any) -> Any:
    return value or None


def decoder(type: SqlType) -> Convert | None:
    """Database value → JSON value; None when nothing needs to be done."""
    if type.name in ("BIGINT", "SERIAL"):
        return _text
    if type.name in ("BLOB", "MEDIUMBLOB"):
        return _base64
    if type.name == "BIT":
        return _bits
    return {
        "decimal": number,
        "float": number,
        "blob": _latin,
        "datetime": None if type.name == "TIMESTAMP" else _moment,
        "date": _moment,
        "time": _blank,
    }.get(type.kind)


# --- written into revisions --------------------------------------------------------------------------------


def _scale(type: SqlType) -> int | None:
    digits = (type.length or "").split(",")
    if type.kind == "decimal":
        return int(digits[1]) if len(digits) > 1 else 0
    return int(digits[1]) if type.kind == "float" and len(digits) > 1 else None


def raw(type: SqlType) -> Convert:
    """Database value → the text a MySQL driver gives; NULL stays."""
    scale = _scale(type)

    def convert(value: Any) -> Any:
        if value is None or isinstance(value, str):
            if scale is not None and value is not None:
                return f"{Decimal(value):.{scale}f}"
            return value
        if isinstance(value, (bytes, memoryview)):
            return _bytes(value).decode("utf-8", "replace")
        if scale is not None:
            return f"{Decimal(str(value)):.{scale}f}"
        return str(number(value)) if isinstance(value, float) else str(value)

    return convert


# --- kept --------------------------------------------------------------------------------------------------


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, int):
        return Decimal(value)
    text = repr(value) if isinstance(value, float) else str(value)
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text.strip())


def _integer(value: Any, type: SqlType) -> int:
    result = int(_decimal(value).to_integral_value(ROUND_HALF_UP))
    low, high = type.limits or (0, 0)
    if not low <= result <= high:
        raise OutOfRange(str(value))
    return result


def _exact(value: Any, type: SqlType) -> str:
    digits = (type.length or "10,0").split(",")
    precision, scale = int(digits[0]), int(digits[1]) if len(digits) > 1 else 0
    try:
        result = _decimal(value).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, _DIGITS)
    except InvalidOperation:
        raise OutOfRange(str(value)) from None
    if len(result.as_tuple().digits) - scale > precision - scale or (type.unsigned and result < 0):
        raise OutOfRange(str(value))
    return str(result)


def _float(value: Any, type: SqlType) -> float:
    result = float(_decimal(value))
    scale = _scale(type)
    if not math.isfinite(result) or (type.unsigned and result < 0):
        raise OutOfRange(str(value))
    return result if scale is None else round(result, scale)


def _string(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(number(value))
    return str(value)


def encode(value: Any, type: SqlType) -> Any:
    """A JSON scalar → the database value. ValueError: no such value; OutOfRange: too large or too small."""
    if value is None:
        return None
    kind = type.kind
    if kind == "integer":
        return _integer(value, type)
    if kind == "decimal":
        return _exact(value, type)
    if kind == "float":
        return _float(value, type)
    if kind == "blob":
        return value if isinstance(value, bytes) else _string(value).encode()
    return _string(value).rstrip(" ") if type.name == "CHAR" else _string(value)


# --- compared ----------------------------------------------------------------------------------------------


def lenient_number(value: Any) -> int | float:
    """The number MySQL sees in a value: its leading digits, else 0."""
    if isinstance(value, (bool, int)):
        return int(value)
    if isinstance(value, float):
        return value
    found = _LEADING.match(str(value))
    if not found:
        return 0
    text = found.group().strip()
    try:
        result = Decimal(text)
    except InvalidOperation:
        return 0
    return int(result) if result == result.to_integral_value() and abs(result) < 2**63 else float(result)


def comparable(value: Any, type: SqlType) -> Any:
    """The value to bind when a column of this type is compared with what a client sent."""
    if value is None:
        return None
    kind = type.kind
    if kind in ("integer", "decimal", "float"):
        return lenient_number(value)
    if kind in ("datetime", "date", "time"):
        return comparable_moment(_string(value), kind)
    if kind == "blob":
        return _string(value).encode()
    return _string(value)


def key_value(value: Any, type: SqlType) -> Any:
    """The value to look up a key by: only a plain number finds a numeric key. None: there can't be such a key."""
    if type.kind != "integer":
        return comparable(value, type)
    found = re.fullmatch(r"(-?\d{1,19})(?:\.0*)?", str(value))
    if not found:
        return None
    number = int(found.group(1))
    return number if -(2**63) <= number < 2**63 else None


_DATE_PARTS = re.compile(r"\s*(\d{1,4})\D(\d{1,2})\D(\d{1,2})(?:[T\s]+(\d{1,2})(?::(\d{1,2})(?::(\d{1,2}))?)?)?")
_TIME_PARTS = re.compile(r"\s*(-?\d{1,3}):(\d{1,2})(?::(\d{1,2}))?")


#: Before every date a client means: what MySQL's zero date is to comparisons.
ZERO = {"date": "0001-01-01", "datetime": "0001-01-01 00:00:00", "time": "00:00:00"}


def comparable_moment(text: str, kind: str) -> str:
    """The stored form of a date or time in a filter; text that is none counts as zero."""
    if kind == "time":
        if found := _TIME_PARTS.match(text):
            hour, minute, second = (int(g or 0) for g in found.groups())
            if hour < 24 and minute < 60 and second < 60:
                return f"{hour:02}:{minute:02}:{second:02}"
        return ZERO[kind]
    found = _DATE_PARTS.match(text)
    if not found:
        return ZERO[kind]
    year, month, day, hour, minute, second = (int(g or 0) for g in found.groups())
    try:
        moment = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return ZERO[kind]
    if kind == "date" and not (hour or minute or second):
        return f"{moment:%Y-%m-%d}".zfill(10)
    return f"{moment:%Y-%m-%d %H:%M:%S}".zfill(19)
