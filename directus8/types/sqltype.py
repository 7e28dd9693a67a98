"""Column types as the original names them: MySQL's. Every database dialect maps them to its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

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
SPATIAL = frozenset(
    {"GEOMETRY", "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON"}
    | {"GEOMETRYCOLLECTION"}
)

KINDS: dict[str, str] = {
    **dict.fromkeys(INTEGERS, "integer"),
    **dict.fromkeys(DECIMALS, "decimal"),
    **dict.fromkeys(FLOATS, "float"),
    **dict.fromkeys(DATETIMES, "datetime"),
    **dict.fromkeys(TEXTS, "text"),
    **dict.fromkeys(BLOBS, "blob"),
    "DATE": "date",
    "TIME": "time",
}

_FORM = re.compile(
    r"\s*([A-Za-z][A-Za-z0-9_ ]*?)\s*(?:\((.*)\))?((?:\s+(?:UNSIGNED|SIGNED|ZEROFILL))*)\s*", re.I | re.S
)
_LABEL = re.compile(r"\s*(?:'((?:[^'\\]|''|\\.)*)'|([^,']*))\s*(?:,|\Z)", re.S)


@dataclass(frozen=True, slots=True)
class SqlType:
    """A column type as MySQL names it: ``INT``/``11``, ``DECIMAL``/``10,2``, ``ENUM``/``'a','b'``, ``TEXT``/None."""

    name: str
    length: str | None = None
    unsigned: bool = False

    @staticmethod
    def parse(text: str) -> SqlType:
        """The type written ``INT(11) UNSIGNED``; str() is the way back."""
        return _parse(text)

    def __str__(self) -> str:
        """The MySQL form, safe in a statement: ValueError for a name or length that no type has."""
        if not re.fullmatch(r"[A-Z][A-Z0-9_ ]*", self.name):
            raise ValueError(f"Not a type name: {self.name!r}")
        length = ""
        if self.name in ("ENUM", "SET"):
            length = "(" + ",".join("'" + label.replace("'", "''") + "'" for label in self.labels) + ")"
        elif self.length:
            if not re.fullmatch(r"\d+\s*(,\s*\d+)?", self.length):
                raise ValueError(f"Not a length: {self.length!r}")
            length = f"({self.length})"
        return self.name + length + (" UNSIGNED" if self.unsigned else "")

    @property
    def kind(self) -> str:
        """How values compare: integer, decimal, float, datetime, date, time, text, blob or other."""
        return KINDS.get(self.name, "other")

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of an ENUM or SET, quoted or bare in ``length``."""
        return _labels(self.length or "")

    @property
    def size(self) -> tuple[int, int] | None:
        """The numbers of the length, ``(10, 2)``, ``(255, 0)``; None without."""
        if not self.length or self.name in ("ENUM", "SET"):
            return None
        first, _, second = self.length.partition(",")
        return int(first), int(second or 0)

    @property
    def limits(self) -> tuple[int, int] | None:
        """The smallest and largest value of an integer type."""
        bits = INTEGERS.get(self.name)
        if bits is None:
            return None
        if self.name == "YEAR":
            return 0, 2155
        return (0, 2**bits - 1) if self.unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)

    @property
    def kept(self) -> SqlType:
        """The type as MySQL keeps it: synonyms resolved, the lengths it adds by itself added (integers' aside)."""
        return _kept(self)


_SYNONYMS: dict[str, SqlType] = {
    "INTEGER": SqlType("INT"),
    "NUMERIC": SqlType("DECIMAL"),
    "DEC": SqlType("DECIMAL"),
    "FIXED": SqlType("DECIMAL"),
    "REAL": SqlType("DOUBLE"),
    "DOUBLE PRECISION": SqlType("DOUBLE"),
    "SERIAL": SqlType("BIGINT", "20", True),
    "BOOL": SqlType("TINYINT", "1"),
    "BOOLEAN": SqlType("TINYINT", "1"),
    "CHARACTER": SqlType("CHAR"),
    "NCHAR": SqlType("CHAR"),
    "NVARCHAR": SqlType("VARCHAR"),
    "CHARACTER VARYING": SqlType("VARCHAR"),
    "CHAR VARYING": SqlType("VARCHAR"),
}
_LENGTHS = {"CHAR": "1", "BINARY": "1", "BIT": "1", "DECIMAL": "10,0", "YEAR": "4"}


@lru_cache(maxsize=4096)
def _parse(text: str) -> SqlType:
    match = _FORM.fullmatch(text)
    if match is None:
        return SqlType("TEXT")
    name, length, flags = match.groups()
    name = name.upper()
    unsigned = "UNSIGNED" in flags.upper()
    if name.endswith(" UNSIGNED"):
        name, unsigned = name.removesuffix(" UNSIGNED"), True
    return SqlType(name, length or None, unsigned)


@lru_cache(maxsize=4096)
def _labels(length: str) -> tuple[str, ...]:
    labels: list[str] = []
    position = 0
    while position < len(length):
        match = _LABEL.match(length, position)
        if match is None or match.end() == position:
            raise ValueError(f"Not a list of labels: {length!r}")
        quoted, bare = match.groups()
        labels.append(
            re.sub(r"\\(.)", r"\1", quoted.replace("''", "'"), flags=re.S) if quoted is not None else bare.strip()
        )
        position = match.end()
    return tuple(labels)


@lru_cache(maxsize=4096)
def _kept(type: SqlType) -> SqlType:
    synonym = _SYNONYMS.get(type.name)
    name, unsigned = (synonym.name, synonym.unsigned or type.unsigned) if synonym else (type.name, type.unsigned)
    length = (synonym.length if synonym else None) or type.length or _LENGTHS.get(name)
    if name == "DECIMAL" and length and "," not in length:
        length += ",0"
    if name in ("ENUM", "SET"):
        length = str(SqlType(name, length))[len(name) + 1 : -1]
    return SqlType(name, length.replace(" ", "") if length and name not in ("ENUM", "SET") else length, unsigned)


_INTEGER_DIGITS = {"TINYINT": 3, "SMALLINT": 5, "MEDIUMINT": 7, "INT": 10, "INTEGER": 10, "BIGINT": 19, "SERIAL": 20}
_FLOAT_DIGITS = {"FLOAT": "12,0", "DOUBLE": "22,0", "REAL": "22,0"}


def length_of(type: SqlType) -> str | None:
    """The length clients are told: characters, digits, or ``digits,decimals``. Source: schema.md §3.1."""
    if type.name == "SET":
        return str(len(",".join(type.labels)))  # all of them at once
    if type.name == "ENUM":
        return str(max((len(label) for label in type.labels), default=0))
    if type.name in ("CHAR", "VARCHAR", "BINARY", "VARBINARY"):
        return type.length
    if type.name == "BIGINT" and type.unsigned:
        return "20"
    if type.name == "MEDIUMINT" and type.unsigned:
        return "8"
    if type.name in _INTEGER_DIGITS:
        return str(_INTEGER_DIGITS[type.name])
    if type.kind in ("decimal", "float"):
        if type.length:
            return type.length if "," in type.length else f"{type.length},0"
        return _FLOAT_DIGITS.get(type.name, "10,0")
    return None
