"""Tables and columns described once, in the original's (MySQL) terms; every dialect maps them to its own."""

from __future__ import annotations

from dataclasses import dataclass, field

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


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``default`` is the plain text of a constant default (no quotes), None if there is none."""

    name: str
    type: SqlType
    nullable: bool = True
    default: str | None = None
    primary_key: bool = False
    auto_increment: bool = False
    unique: bool = False  # by a key of its own, the primary key not counted
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table or view. ``unique_keys`` are those of several columns, by name."""

    name: str
    columns: tuple[Column, ...]
    is_view: bool = False
    unique_keys: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())
    foreign_keys: tuple[tuple[str, str, str], ...] = field(default=())  # (column, other table, other column)

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Names of the key's columns, empty when there is no key."""
        return tuple(c.name for c in self.columns if c.primary_key)
