"""Checks the definition of a field and turns it into a column. Source: schema.md §3.3, §4.3."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from directus8.db.model import Column
from directus8.errors import (
    InvalidRequest,
    LengthNotSupported,
    MissingLength,
    UnknownType,
    UnprocessableEntity,
)
from directus8.schema.load import FIELD_COLUMNS
from directus8.types.registry import LISTED, field_type
from directus8.types.sqltype import INTEGERS, SqlType

#: Keys of a definition that describe the column, not the directus_fields row.
COLUMN_KEYS = ("datatype", "default_value", "auto_increment", "primary_key", "unique", "signed", "length")
KEYS = (*FIELD_COLUMNS, *COLUMN_KEYS)
NEEDS_LENGTH = frozenset({"VARCHAR", "VARBINARY", "ENUM", "SET", "DECIMAL", "CHAR"})
TAKES_LENGTH = NEEDS_LENGTH | set(INTEGERS) | {"NUMERIC", "FLOAT", "DOUBLE", "REAL", "BINARY", "BIT"}
DATATYPES = TAKES_LENGTH | {
    "TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT", "TIME", "DATE", "DATETIME", "TIMESTAMP", "TINYBLOB", "BLOB",
    "MEDIUMBLOB", "LONGBLOB",
}  # fmt: skip
STRUCTURES = ("options", "translation")
MOST_CHARACTERS = 16383


def check(definition: Mapping[str, Any], *, partial: bool = False, stored: Mapping[str, Any] | None = None) -> None:
    """Refuses a definition that makes no field; ``partial``: only the given keys, over those ``stored``."""
    unknown = [k for k in definition if k not in KEYS]
    if unknown:
        raise UnprocessableEntity(
            f'Payload fields: "{", ".join(map(str, unknown))}" does not exist in "directus_fields" collection.'
        )
    required = [k for k in ("field", "type") if k in definition] if partial else ["field", "type"]
    messages = [f"{k}: This value should not be blank." for k in required if definition.get(k) in (None, "", [])]
    messages += [
        f"{k}: This value should be of type json."
        for k in STRUCTURES
        if definition.get(k) is not None and not isinstance(definition[k], (dict, list))
    ]
    if messages:
        raise InvalidRequest(" ".join(messages))
    whole = {**(stored or {}), **definition}
    _check_column(whole, definition)


def _check_column(whole: Mapping[str, Any], definition: Mapping[str, Any]) -> None:
    type, datatype = str(whole.get("type") or ""), _upper(whole.get("datatype"))
    name, length = str(whole.get("field") or ""), definition.get("length")
    if "type" in definition and type.lower() not in LISTED:
        raise UnknownType(type=type)
    if "type" in definition and not field_type(type).alias and not datatype:
        raise UnprocessableEntity("datatype is required")
    if not datatype or field_type(type).alias:
        return
    if datatype in NEEDS_LENGTH and whole.get("length") in (None, ""):
        raise MissingLength(field=name)
    if length not in (None, "") and datatype not in TAKES_LENGTH:
        raise LengthNotSupported(field=name)
    if datatype not in DATATYPES:
        raise UnprocessableEntity(f'Unknown datatype "{datatype}" for: {name}')
    if datatype in ("VARCHAR", "CHAR") and str(length or "").isdigit() and int(str(length)) > MOST_CHARACTERS:
        raise UnprocessableEntity(f"Column length too big for column '{name}' (max = {MOST_CHARACTERS})")


def _upper(datatype: Any) -> str:
    return str(datatype or "").upper()


def column_of(definition: Mapping[str, Any]) -> Column | None:
    """The column of a complete definition; None for alias types."""
    if field_type(str(definition.get("type"))).alias or not definition.get("datatype"):
        return None
    type = sql_type(definition)
    key = bool(definition.get("primary_key"))
    auto = bool(definition.get("auto_increment")) and type.kind == "integer"
    return Column(
        name=str(definition["field"]),
        type=type,
        nullable=not (definition.get("required") or key),
        default=None if auto or key else _default(definition.get("default_value"), type),
        primary_key=key,
        auto_increment=auto,
        unique=bool(definition.get("unique")) and not key,
        comment=str(definition.get("note") or ""),
    )


def sql_type(definition: Mapping[str, Any]) -> SqlType:
    """The data type: integers are unsigned unless told otherwise."""
    name = _upper(definition.get("datatype"))
    length = _length(name, definition)
    unsigned = name in INTEGERS and not definition.get("signed")
    return SqlType(name, length, unsigned).kept


def _length(name: str, definition: Mapping[str, Any]) -> str | None:
    given = definition.get("length")
    if given in (None, ""):
        return "11" if name in INTEGERS and definition.get("type") == "integer" else None
    if isinstance(given, (list, tuple)):
        given = ",".join(str(g) for g in given)
    if name in ("ENUM", "SET"):
        return str(given)
    if name in ("FLOAT", "DOUBLE", "REAL", "DECIMAL", "NUMERIC"):
        parts = [p.strip() for p in str(given).split(",")]
        return f"{parts[0]},{parts[1] if len(parts) > 1 and parts[1] else 0}"
    return str(given).split(",")[0]


def _default(value: Any, type: SqlType) -> str | None:
    if value is None or isinstance(value, (dict, list)) or type.kind == "blob" or type.name.endswith("TEXT"):
        return None
    if isinstance(value, bool):
        return str(int(value))
    if value == "" and type.kind != "text":
        return None
    return str(value)


def check_table(columns: Iterable[Column], names: list[str]) -> None:
    """One primary key, one auto-increment at most, every name once."""
    listed = list(columns)
    keys = [c for c in listed if c.primary_key]
    if not keys:
        raise UnprocessableEntity("Collection does not have a primary key field.")
    if len(keys) > 1:
        raise UnprocessableEntity("Collection must only have one primary key field.")
    if sum(c.auto_increment for c in listed) > 1:
        raise UnprocessableEntity("Collection must only have one auto increment field.")
    if len({n.lower() for n in names}) < len(names):
        raise UnprocessableEntity("Collection fields name must be unique.")
