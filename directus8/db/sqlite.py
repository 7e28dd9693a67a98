"""SQLite: the embedded default. A column's declared type is its MySQL form."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

import sqlalchemy
from sqlalchemy import URL, ColumnElement, Engine, create_engine, event
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool, StaticPool
from sqlalchemy.types import Integer, TypeEngine, UserDefinedType

from directus8.db import ddl, folding
from directus8.db.engine import Connection
from directus8.db.model import Column, SqlType, Table
from directus8.errors import (
    Busy,
    ConnectionFailed,
    DuplicateKey,
    Error,
    ForeignKeyViolated,
    InvalidQuery,
    ValueInvalid,
    ValueMissing,
    ValueOutOfRange,
    ValueTooLong,
)

SWITCHES = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
    "PRAGMA cache_size=-8000",
    "PRAGMA temp_store=MEMORY",
)


class Declared(UserDefinedType[Any]):
    """A declared type, written as it stands."""

    cache_ok = True

    def __init__(self, text: str) -> None:
        self.text = text

    def get_col_spec(self, **_: Any) -> str:
        return self.text


class CountedKey(Integer):
    """The key SQLite counts by itself must be declared INTEGER; the MySQL form stands in a comment beside."""

    def __init__(self, type: SqlType) -> None:
        self.form = str(type)


@compiles(CountedKey, "sqlite")
def _counted_key(type: CountedKey, compiler: Any, **_: Any) -> str:
    return f"INTEGER /* {type.form} */"


class SQLite:
    """The dialect. Stateless, see ``directus8.db.dialect.Dialect`` for what each method promises."""

    name = "sqlite"
    transactional_ddl = True
    placeholder = "?"
    max_parameters = 32_000
    default_row = "DEFAULT VALUES"
    single_writer = True
    before_ddl: Sequence[str] = ("PRAGMA foreign_keys=OFF",)  # moving a table must not cascade; not possible later
    after_ddl: Sequence[str] = ("PRAGMA foreign_keys=ON",)

    @cached_property
    def core(self) -> sqlalchemy.Dialect:
        return SQLiteDialect_pysqlite(paramstyle="qmark")

    # --- connections -------------------------------------------------------------------------------------
    def engine(self, url: URL, options: Mapping[str, Any]) -> Engine:
        pool: dict[str, Any] = {"poolclass": StaticPool}
        if url.database not in (None, "", ":memory:"):
            pool = {"poolclass": QueuePool, "pool_size": 2, "max_overflow": 14, "pool_timeout": 10}
        engine = create_engine(
            url.set(drivername="sqlite"),
            **{
                "isolation_level": "AUTOCOMMIT",
                "pool_reset_on_return": None,
                "connect_args": {"check_same_thread": False, "timeout": 10},
                **pool,
                **options,
            },
        )
        event.listen(engine, "connect", _prepare_connection)
        return engine

    def begin(self) -> str:
        return "BEGIN IMMEDIATE"

    def quote(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def translate(self, error: Exception, table: str | None, values: Mapping[str, Any]) -> Error:
        text = str(error)
        if match := re.match(r"UNIQUE constraint failed: (.*)", text, re.S):
            owner, names = _columns(match[1])
            value = "-".join(str(values.get(name, "")) for name in names)
            return DuplicateKey(value=value, collection=table or owner, field=names[0])
        if match := re.match(r"NOT NULL constraint failed: (.*)", text, re.S):
            owner, names = _columns(match[1])
            return ValueMissing(field=names[0], collection=table or owner)
        if match := re.match(r"CHECK constraint failed: (.*):(length|range|type)$", text, re.S):
            return CHECKS[match[2]](field=match[1], collection=table or "")
        if text.startswith("FOREIGN KEY constraint failed"):
            return ForeignKeyViolated(field="", collection=table or "")
        if isinstance(error, OverflowError):
            return ValueOutOfRange(field=_field(values, _too_big), collection=table or "")
        if isinstance(error, UnicodeError):
            return ValueInvalid(field=_field(values, _half_surrogate), collection=table or "")
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return Busy()
        if code == sqlite3.SQLITE_MISMATCH:
            return ValueInvalid(field="", collection=table or "")
        if code == sqlite3.SQLITE_TOOBIG:
            return ValueTooLong(field="", collection=table or "")
        if code in OUTAGES:
            return ConnectionFailed()
        return InvalidQuery()

    def advance(self, connection: Connection, table: str, key: str, highest: int) -> None:
        """SQLite's counter follows given keys by itself."""

    def key_step(self, connection: Connection) -> int:
        return 1

    # --- schema ------------------------------------------------------------------------------------------
    def setup(self, connection: Connection) -> None:
        """What we need is registered on each connection."""

    def reflect(self, connection: Connection) -> dict[str, Table]:
        try:
            rows = connection.rows(CATALOGUE + ORDER)
        except InvalidQuery:  # one view that names a missing table spoils the whole query
            rows = _rows_without_broken_views(connection)
        keys: dict[str, dict[str, list[str]]] = {}
        for table, key, column in connection.rows(KEYS):
            keys.setdefault(table, {}).setdefault(key, []).append(column)
        foreign: dict[str, list[tuple[str, str, str]]] = {}
        for table, column, other, other_column in connection.rows(FOREIGN_KEYS):
            foreign.setdefault(table, []).append((column, other, other_column or ""))
        tables: dict[str, Table] = {}
        columns: list[Column] = []
        for position, (table, kind, sql, name, type_text, not_null, default, key_position) in enumerate(rows):
            counted = bool(key_position) and sql is not None and "AUTOINCREMENT" in sql.upper()
            commented = _commented(sql) if sql is not None and "/*" in sql else {}
            unique = next((key for key, parts in keys.get(table, {}).items() if parts == [name]), None)
            columns.append(
                Column(
                    name=name,
                    type=commented.get(name) or declared_type(type_text),
                    nullable=not not_null and not key_position,
                    default=_plain(default),
                    primary_key=bool(key_position),
                    auto_increment=counted,
                    unique=unique is not None,
                    unique_name=unique or "",
                )
            )
            if position + 1 == len(rows) or rows[position + 1][0] != table:
                several = tuple((key, tuple(parts)) for key, parts in keys.get(table, {}).items() if len(parts) > 1)
                tables[table] = Table(table, tuple(columns), kind == "view", several, tuple(foreign.get(table, ())))
                columns = []
        return tables

    def column_type(self, type: SqlType) -> TypeEngine[Any]:
        return Declared(declaration(type))

    def column(self, column: Column) -> sqlalchemy.Column[Any]:
        type = column.type.kept
        if column.auto_increment:
            return ddl.column(column, CountedKey(type), autoincrement=True)
        return ddl.column(column, self.column_type(type), *self._checks(column.name, type), autoincrement=False)

    def table_options(self, table: Table) -> dict[str, Any]:
        return {"sqlite_autoincrement": any(column.auto_increment for column in table.columns)}

    def index_term(self, column: sqlalchemy.Column[Any]) -> ColumnElement[Any]:
        return column

    def add_column(self, connection: Connection, table: Table, column: Column) -> None:
        raise NotImplementedError

    def alter_column(self, connection: Connection, table: Table, old: Column, new: Column) -> None:
        raise NotImplementedError

    def drop_column(self, connection: Connection, table: Table, name: str) -> None:
        raise NotImplementedError

    def _checks(self, name: str, type: SqlType) -> Iterable[sqlalchemy.CheckConstraint]:
        """What MySQL enforces of a type and SQLite does not: length, range, numbers only."""
        column = self.quote(name)
        if type.name in ("CHAR", "VARCHAR") and type.size:
            yield _check(f"{name}:length", f"length({column}) <= {type.size[0]}")
        elif type.limits:
            yield _check(f"{name}:type", f"typeof({column}) IN ('integer', 'null')")
            if type.name != "BIGINT":
                yield _check(f"{name}:range", f"{column} BETWEEN {type.limits[0]} AND {type.limits[1]}")
        elif type.kind in ("decimal", "float"):
            yield _check(f"{name}:type", f"typeof({column}) IN ('integer', 'real', 'null')")
            if type.size and type.kind == "decimal":
                yield _check(f"{name}:range", f"abs({column}) < 1e{type.size[0] - type.size[1]}")

    # --- expressions -------------------------------------------------------------------------------------
    def fold(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        return sqlalchemy.case((_ascii(text), sqlalchemy.func.upper(text)), else_=sqlalchemy.func.directus8_fold(text))

    def fold_value(self, value: str) -> str:
        return folding.fold(value)

    def text_equal(self, text: ColumnElement[Any], value: ColumnElement[Any], indexed: bool) -> ColumnElement[bool]:
        if indexed:
            return text == value
        return _caseless(text) == value.collate("NOCASE")

    def like(self, text: ColumnElement[Any], pattern: ColumnElement[Any]) -> ColumnElement[bool]:
        return _caseless(text).like(pattern, escape="\\")

    def as_text(self, value: ColumnElement[Any], type: SqlType) -> ColumnElement[Any]:
        if type.kind == "decimal":
            scale = type.kept.size
            return sqlalchemy.func.printf(f"%.{scale[1] if scale else 0}f", value)
        if type.kind == "float":
            whole = sqlalchemy.cast(value, sqlalchemy.Integer)
            return sqlalchemy.case(
                (value == whole, sqlalchemy.cast(whole, sqlalchemy.Text)), else_=sqlalchemy.cast(value, sqlalchemy.Text)
            )
        return sqlalchemy.cast(value, sqlalchemy.Text)

    def typed(self, value: ColumnElement[Any], type: SqlType) -> ColumnElement[Any]:
        return value

    def ordering(
        self, value: ColumnElement[Any], descending: bool, nulls_last: bool | None
    ) -> list[ColumnElement[Any]]:
        term = value.desc() if descending else value.asc()
        if nulls_last is None or nulls_last == descending:  # as SQLite does by itself
            return [term]
        return [term.nulls_last() if nulls_last else term.nulls_first()]

    def random(self) -> ColumnElement[Any]:
        return sqlalchemy.func.random()


# --- connections -----------------------------------------------------------------------------------------
CHECKS: dict[str, type[Error]] = {"length": ValueTooLong, "range": ValueOutOfRange, "type": ValueInvalid}
OUTAGES = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_READONLY,
    }
)


def _prepare_connection(connection: Any, _: ConnectionPoolEntry) -> None:
    for switch in SWITCHES:
        connection.execute(switch).close()
    connection.create_function("directus8_fold", 1, _fold, deterministic=True)


def _fold(value: Any) -> Any:
    return folding.fold(value) if isinstance(value, str) else value


def _columns(text: str) -> tuple[str, list[str]]:
    """``t.a, t.b`` → ``t``, ``[a, b]``; names are not quoted in SQLite's messages."""
    table = text.partition(".")[0]
    return table, [part.removeprefix(f"{table}.") for part in text.split(", ")]


def _field(values: Mapping[str, Any], wrong: Any) -> str:
    return next((name for name, value in values.items() if wrong(value)), "")


def _too_big(value: Any) -> bool:
    return isinstance(value, int) and not -(2**63) <= value < 2**63


def _half_surrogate(value: Any) -> bool:
    return isinstance(value, str) and any(0xD800 <= ord(character) < 0xE000 for character in value)


# --- schema ----------------------------------------------------------------------------------------------
CATALOGUE = """
SELECT m.name, m.type, m.sql, c.name, c.type, c."notnull", c.dflt_value, c.pk
FROM sqlite_master AS m JOIN pragma_table_xinfo(m.name) AS c
WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND c.hidden <> 1
"""
ORDER = "ORDER BY m.name, c.cid"
KEYS = """
SELECT m.name, i.name, c.name
FROM sqlite_master AS m JOIN pragma_index_list(m.name) AS i JOIN pragma_index_info(i.name) AS c
WHERE m.type = 'table' AND i."unique" AND i.origin <> 'pk' AND NOT i.partial
ORDER BY m.name, i.seq DESC, c.seqno
"""
FOREIGN_KEYS = """
SELECT m.name, f."from", f."table", f."to"
FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f
WHERE m.type = 'table' ORDER BY m.name, f.id DESC, f.seq
"""
_COMMENTED = re.compile(r"""("(?:[^"]|"")*")\s+(?:INTEGER|TEXT)\s+/\*\s(.*?)\s\*/""", re.S)


def declaration(type: SqlType) -> str:
    """The declared type of a column. Text compares without case; what is text in Python must have TEXT affinity."""
    form = str(type)
    if type.name in ("ENUM", "SET"):  # a label with INT in it would make the affinity INTEGER
        return "TEXT /* " + form.replace("*/", "*\\/") + " */ COLLATE NOCASE"
    if type.kind in ("date", "time", "datetime") or type.name == "JSON":
        form += " TEXT"
    elif type.name in ("BINARY", "VARBINARY", "BIT"):
        form += " BLOB"
    if ")" in form[:-1]:  # SQLite's grammar wants nothing after the length
        form = f'"{form}"'
    return form + (" COLLATE NOCASE" if type.kind == "text" else "")


@lru_cache(maxsize=4096)
def declared_type(text: str) -> SqlType:
    """The type a declaration stands for, ours or anyone's."""
    form = text.strip()
    for affinity in (" TEXT", " BLOB"):
        form = form.removesuffix(affinity)
    type = SqlType.parse(form).kept
    if type.kind != "other":
        return type
    upper = text.upper()
    for part, name in AFFINITIES:
        if part in upper:
            return SqlType(name)
    return SqlType("TEXT" if not upper else "DECIMAL", None if not upper else "10,0")


AFFINITIES = (
    ("INT", "INT"),
    ("CHAR", "TEXT"),
    ("CLOB", "LONGTEXT"),
    ("TEXT", "TEXT"),
    ("BLOB", "BLOB"),
    ("REAL", "DOUBLE"),
    ("FLOA", "DOUBLE"),
    ("DOUB", "DOUBLE"),
)


def _check(name: str, condition: str) -> sqlalchemy.CheckConstraint:
    return sqlalchemy.CheckConstraint(
        sqlalchemy.text(condition.replace(":", "\\:")), name=sqlalchemy.quoted_name(name, True)
    )


@lru_cache(maxsize=4096)
def _commented(sql: str) -> dict[str, SqlType]:
    """Types that stand in comments of a CREATE TABLE statement, by column."""
    return {
        name[1:-1].replace('""', '"'): SqlType.parse(form.replace("*\\/", "*/"))
        for name, form in _COMMENTED.findall(sql)
    }


def _plain(default: str | None) -> str | None:
    """The plain text of a default as SQLite keeps it."""
    if default is None or default.upper() == "NULL":
        return None
    if len(default) > 1 and default[0] == default[-1] and default[0] in "'\"":
        return default[1:-1].replace(default[0] * 2, default[0])
    return default


def _rows_without_broken_views(connection: Connection) -> list[tuple[Any, ...]]:
    rows = connection.rows(f"{CATALOGUE} AND m.type = 'table' {ORDER}")
    for (name,) in connection.rows("SELECT name FROM sqlite_master WHERE type = 'view'"):
        try:
            rows += connection.rows(f"{CATALOGUE} AND m.name = ? {ORDER}", [name])
        except InvalidQuery:
            continue
    return sorted(rows, key=lambda row: row[0])


# --- expressions -----------------------------------------------------------------------------------------
def _ascii(text: ColumnElement[Any]) -> ColumnElement[bool]:
    """As many characters as bytes; the fast half of most conditions."""
    return sqlalchemy.func.length(text) == sqlalchemy.func.length(sqlalchemy.cast(text, sqlalchemy.LargeBinary))


def _caseless(text: ColumnElement[Any]) -> ColumnElement[Any]:
    """Text in a form that needs no more than ASCII's case be ignored."""
    return sqlalchemy.case((_ascii(text), text), else_=sqlalchemy.func.directus8_fold(text))
