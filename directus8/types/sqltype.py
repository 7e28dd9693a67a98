"""Column types as the original names them: MySQL's. Every database dialect maps them to its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

INTEGERS: dict[str, int] = {  # name -> bits
    "TINYINT": 8,
    "SMALLINT": 16,
    "MEDIUMINT": 24,
    "INT": 32,
    "INTEGER": 32,
    "BIGINT": 64,
    "SERIAL": 64,
    "YEAR": 16,
}
DECIMALS = frozenset({"DECIMAL", "NUMERIC"})
FLOATS = frozenset({"FLOAT", "DOUBLE", "REAL"})
DATETIMES = frozenset({"DATETIME", "TIMESTAMP"})
TEXTS = frozenset({"CHAR", "VARCHAR", "TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT", "ENUM", "SET", "JSON"})
BLOBS = frozenset({"BINARY", "VARBINARY", "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB", "BIT"})


@dataclass(frozen=True, slots=True)
class SqlType:
    """A column type as MySQL names it: ``INT``/``11``, ``DECIMAL``/``10,2``, ``ENUM``/``'a','b'``, ``TEXT``/None."""

    name: str
    length: str | None = None
    unsigned: bool = False

    @property
    def kind(self) -> str:
        """How values compare: integer, decimal, float, datetime, date, time, text, blob or other."""
        if self.name in INTEGERS:
            return "integer"
        if self.name in DECIMALS:
            return "decimal"
        if self.name in FLOATS:
            return "float"
        if self.name in DATETIMES:
            return "datetime"
        if self.name in TEXTS:
            return "text"
        if self.name in BLOBS:
            return "blob"
        return {"DATE": "date", "TIME": "time"}.get(self.name, "other")


_INTEGER_DIGITS = {"TINYINT": 3, "SMALLINT": 5, "MEDIUMINT": 7, "INT": 10, "INTEGER": 10, "BIGINT": 19, "SERIAL": 20}
_FLOAT_DIGITS = {"FLOAT": "12,0", "DOUBLE": "22,0", "REAL": "22,0"}


def length_of(type: SqlType) -> str | None:
    """The length clients are told: characters, digits, or ``digits,decimals``. Source: schema.md §3.1."""
    if type.name in ("ENUM", "SET"):
        labels = re.findall(r"'((?:[^']|'')*)'", type.length or "")
        return str(max((len(label) for label in labels), default=0))
    if type.name in ("CHAR", "VARCHAR", "BINARY", "VARBINARY"):
        return type.length
    if type.name == "BIGINT" and type.unsigned:
        return "20"
    if type.name in _INTEGER_DIGITS:
        return str(_INTEGER_DIGITS[type.name])
    if type.name == "BIT":
        return type.length or "1"
    if type.kind in ("decimal", "float"):
        if type.length:
            return type.length if "," in type.length else f"{type.length},0"
        return _FLOAT_DIGITS.get(type.name, "10,0")
    return None
