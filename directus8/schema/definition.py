"""Checks the definition of a field and turns it into a column. Source: schema.md §3.3, §4.3."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from directus8 import names
from directus8.db.model import Column
from directus8.errors import (
    InvalidRequest,
    LengthNotSupported,
    MissingLength,
    UnknownType,
    UnprocessableEntity,
)
from directus8.schema.load import FIELD_COLUMNS
from directus8.types import column as columns
from directus8.types.registry import LISTED, SYSTEM_TYPES, field_type
from directus8.types.sqltype import INTEGERS, SPATIAL, SqlType

Definition = Mapping[str, Any]

#: Keys of a definition that describe the column, not the directus_fields row.
COLUMN_KEYS = ("datatype", "default_value", "auto_increment", "primary_key", "unique", "signed", "length")
KEYS = (*FIELD_COLUMNS, *COLUMN_KEYS)
#: Only these make an update touch the column.
ALTERING = ("type", "datatype", "unique", "primary_key", "auto_increment", "length", "note", "signed")
STRUCTURES = ("options", "translation")

NEEDS_LENGTH = frozenset({"VARCHAR", "VARBINARY", "ENUM", "SET", "DECIMAL", "CHAR"})
EXACT_AND_FLOATS = frozenset({"DECIMAL", "NUMERIC", "FLOAT", "DOUBLE", "REAL"})
TAKES_LENGTH = NEEDS_LENGTH | set(INTEGERS) | EXACT_AND_FLOATS | {"BINARY", "BIT"}
LONG = frozenset(
    {"TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT", "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB"}
)  # fmt: skip
DATATYPES = (TAKES_LENGTH | LONG | SPATIAL | {"TIME", "DATE", "DATETIME", "TIMESTAMP"}) - {"YEAR"}

#: The longest of each, so that every database can keep it; text in four bytes a character.
LONGEST = {"VARCHAR": 16383, "CHAR": 255, "VARBINARY": 65535, "BINARY": 255, "BIT": 64}
LONGEST_KEY = 768
MOST_DIGITS = {"DECIMAL": (65, 30), "NUMERIC": (65, 30)}
_NAME = re.compile(r"[0-9A-Za-z$_:-]{1,64}")


# --- what a definition may say -------------------------------------------------------------------------------


def check(definition: Definition, *, partial: bool = False, stored: Definition | None = None) -> None:
    """Refuses a definition that makes no field; ``partial``: only the given keys, over those ``stored``."""
    unknown = [str(k) for k in definition if k not in KEYS]
    if unknown:
        raise UnprocessableEntity(
            f'Payload fields: "{", ".join(unknown)}" does not exist in "{names.FIELDS}" collection.'
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
    _check_type(definition, {**(stored or {}), **definition})
    if stored is None and "field" in definition and not is_alias(definition):
        _check_name(str(definition["field"]))


def _check_name(name: str) -> None:
    if len(name) <= 64 and not _NAME.fullmatch(name):
        raise UnprocessableEntity(f'"{name}" is no name for a field')


def _check_type(given: Definition, whole: Definition) -> None:
    type, datatype, name = str(whole.get("type") or ""), _upper(whole.get("datatype")), str(whole.get("field") or "")
    if "type" in given and type.lower() not in LISTED:
        raise UnknownType(type=type)
    if field_type(type).alias:
        return
    if "type" in given and not given.get("datatype"):
        raise UnprocessableEntity("datatype is required")
    length = (given if "datatype" in given else whole).get("length")  # of another datatype it says nothing
    if datatype in NEEDS_LENGTH and _is_empty(length):
        raise MissingLength(field=name)
    if not _is_empty(given.get("length")) and datatype and datatype not in TAKES_LENGTH:
        raise LengthNotSupported(field=name)


def _is_empty(value: Any) -> bool:
    return value in (None, "", 0, "0", [], {}, False)


def _upper(datatype: Any) -> str:
    return str(datatype or "").upper()


def is_alias(definition: Definition) -> bool:
    """Nothing is stored in the collection's own table."""
    return field_type(str(definition.get("type"))).alias


# --- the column it makes -------------------------------------------------------------------------------------


def column_of(definition: Definition) -> Column | None:
    """The column of a complete definition; None for alias types. UnprocessableEntity for one no database makes."""
    if is_alias(definition) or not definition.get("datatype"):
        return None
    name = str(definition["field"])
    type = sql_type(definition)
    key = bool(definition.get("primary_key"))
    made = Column(
        name=name,
        type=type,
        nullable=not (definition.get("required") or key),
        default=None if definition.get("auto_increment") or key else _default(name, definition, type),
        primary_key=key,
        auto_increment=bool(definition.get("auto_increment")) and type.kind == "integer",
        unique=bool(definition.get("unique")) and not key,
        comment=str(definition.get("note") or "")[:1024],
    )
    _check_key(made)
    return made


def sql_type(definition: Definition) -> SqlType:
    """The data type: integers are unsigned unless told otherwise."""
    datatype, name = _upper(definition.get("datatype")), str(definition.get("field"))
    if datatype not in DATATYPES:
        raise UnprocessableEntity(f'Unknown datatype "{datatype}" for: {name}')
    type = SqlType(datatype, _length(datatype, definition), datatype in INTEGERS and not definition.get("signed"))
    try:
        str(type)
        _check_size(type)
    except ValueError:
        raise UnprocessableEntity(f'"{definition.get("length")}" is no length for: {name}') from None
    return type.kept


def _length(datatype: str, definition: Definition) -> str | None:
    given = definition.get("length")
    if _is_empty(given):
        return "11" if datatype in INTEGERS and definition.get("type") == "integer" else None
    text = ",".join(str(g) for g in given) if isinstance(given, (list, tuple)) else str(given)
    if datatype in ("ENUM", "SET"):
        return text
    whole, _, fraction = (part.strip() for part in text.partition(","))
    return f"{whole},{fraction or 0}" if datatype in EXACT_AND_FLOATS else whole


def _check_size(type: SqlType) -> None:
    """ValueError for a length beyond what the type can have."""
    if type.name in ("ENUM", "SET"):
        if not all(type.labels) or len({label.lower() for label in type.labels}) < len(type.labels):
            raise ValueError
        return
    whole, fraction = type.size or (1, 0)
    most, most_fraction = MOST_DIGITS.get(type.name, (LONGEST.get(type.name, 255), 30))
    if not 1 <= whole <= most or fraction > min(most_fraction, whole):
        raise ValueError


def _check_key(column: Column) -> None:
    keyed = column.primary_key or column.unique
    if keyed and (column.type.name in LONG | SPATIAL or (column.type.size or (0, 0))[0] > LONGEST_KEY):
        raise UnprocessableEntity(f'"{column.name}" is too long for a key: {column.type}')
    if column.auto_increment and not column.primary_key:
        raise UnprocessableEntity(
            "Incorrect table definition; there can be only one auto column and it must be defined as a key"
        )


# --- its default ---------------------------------------------------------------------------------------------


def _default(name: str, definition: Definition, type: SqlType) -> str | None:
    value = definition.get("default_value")
    if value is None or (value == "" and type.kind != "text") or type.name in LONG | SPATIAL:
        return None
    text = value if isinstance(value, str) else "1" if value is True else "" if value is False else str(value)
    if isinstance(value, (dict, list)) or not _fits(text, type):
        raise UnprocessableEntity(f"Invalid default value for '{name}'")
    return text


def _fits(text: str, type: SqlType) -> bool:
    """Can a column of that type have that default?"""
    if type.kind == "datetime" and re.fullmatch(r"(current_timestamp|now)(\(\d?\))?", text, re.I):
        return True
    if type.kind == "text":
        return _fits_text(text, type)
    if type.kind in ("integer", "decimal", "float") and not text:
        return False
    try:
        columns.encode(text, type)
    except ValueError:
        return False
    return type.kind not in _MOMENTS or bool(_MOMENTS[type.kind].fullmatch(text))


def _fits_text(text: str, type: SqlType) -> bool:
    labels = {label.lower() for label in type.labels} if type.name in ("ENUM", "SET") else set()
    if labels:
        return all(part.lower() in labels for part in (text.split(",") if type.name == "SET" and text else [text]))
    return type.size is None or len(text) <= type.size[0]


_DATE = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_TIME = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d"
_MOMENTS = {"date": re.compile(_DATE), "time": re.compile(_TIME), "datetime": re.compile(f"{_DATE}([ T]{_TIME})?")}


# --- several fields ------------------------------------------------------------------------------------------


def check_table(definitions: Sequence[Definition]) -> None:
    """One primary key, one auto-increment at most, every name once."""
    keys = [d for d in definitions if d.get("primary_key") and not is_alias(d)]
    if not keys:
        raise UnprocessableEntity("Collection does not have a primary key field.")
    if len(keys) > 1:
        raise UnprocessableEntity("Collection must only have one primary key field.")
    if sum(bool(d.get("auto_increment")) for d in definitions) > 1:
        raise UnprocessableEntity("Collection must only have one auto increment field.")
    check_names(definitions)


def check_names(definitions: Sequence[Definition]) -> None:
    """Every name once; one field at most of each system type."""
    if len({str(d.get("field")).lower() for d in definitions}) < len(definitions):
        raise UnprocessableEntity("Collection fields name must be unique.")
    counted = Counter(str(d.get("type")).lower() for d in definitions)
    twice = [type for type, times in counted.items() if times > 1 and type in SYSTEM_TYPES]
    if twice:
        raise InvalidRequest(f"Only one system field permitted per table: {', '.join(twice)}")
