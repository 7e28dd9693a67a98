"""SQLite: the embedded default. A column's declared type is its MySQL form."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any

import sqlalchemy
from sqlalchemy import URL, ColumnElement, Engine, create_engine, event, quoted_name
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool, StaticPool
from sqlalchemy.schema import CreateIndex
from sqlalchemy.types import Integer, TypeEngine

from directus8.db import ddl, folding, reflection
from directus8.db.engine import Connection
from directus8.db.model import Column, SqlType, Table
from directus8.errors import (
    Busy,
    ConnectionFailed,
    DuplicateKey,
    Error,
    ForeignKeyViolated,
    InvalidQuery,
    SchemaChanged,
    ValueInvalid,
    ValueMissing,
    ValueOutOfRange,
    ValueTooLong,
)
from directus8.types.sqltype import SPATIAL

SWITCHES = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
    "PRAGMA cache_size=-8000",
    "PRAGMA temp_store=MEMORY",
)
#: Seconds to wait for the turn to fetch rows: most have theirs sooner, and no slow search keeps others from fetching.
PATIENCE = 0.005
_TURN = threading.Lock()


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
    ddl_idle = ""

    @cached_property
    def core(self) -> sqlalchemy.Dialect:
        return SQLiteDialect_pysqlite(paramstyle="qmark")

    # --- connections -------------------------------------------------------------------------------------
    def fetch(self, cursor: Any) -> list[tuple[Any, ...]]:
        """One thread at a time, though not at any price: SQLite lets other threads in after each row.

        Two that fetch would hand the interpreter to each other for every row, which takes longer than the row.
        """
        has_turn = _TURN.acquire(timeout=PATIENCE)
        try:
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        finally:
            if has_turn:
                _TURN.release()
        return rows

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
            value = "-".join(str(values.get(name, "")) for name in names)  # as MySQL writes it
            return DuplicateKey(value=value, collection=table or owner, field=names[0], fields=names)
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
        if text.startswith(("no such column", "no such table")) or " has no column named " in text:
            return SchemaChanged()
        return InvalidQuery()

    def advance(self, connection: Connection, table: str, key: str, highest: int) -> None:
        """SQLite's counter follows given keys by itself."""

    def key_step(self, connection: Connection) -> int:
        return 1

    # --- schema ------------------------------------------------------------------------------------------
    def setup(self, connection: Connection) -> None:
        """What we need is registered on each connection."""

    def reflect(self, connection: Connection) -> dict[str, Table]:
        sources = {name: (kind, sql or "") for name, kind, sql in connection.rows(SOURCES)}
        told = {name: _told(sql) for name, (_, sql) in sources.items()}
        try:
            rows = connection.rows(CATALOGUE + ORDER)
        except (InvalidQuery, SchemaChanged):  # one view that names a missing table spoils the whole query
            rows = _rows_without_broken_views(connection)
        return reflection.assemble(
            ((row[0], _column(row, *told[row[0]])) for row in rows),
            connection.rows(KEYS),
            connection.rows(FOREIGN_KEYS),
            {name for name, (kind, _) in sources.items() if kind == "view"},
        )

    def column_type(self, type: SqlType) -> TypeEngine[Any]:
        return ddl.Declared(declaration(type))

    def column(self, column: Column) -> sqlalchemy.Column[Any]:
        type = column.type.kept
        if column.auto_increment:
            return ddl.column(column, CountedKey(type), autoincrement=True)
        text = " ".join((declaration(type), *self._checks(column.name, type)))
        return ddl.column(column, ddl.Declared(text), autoincrement=False)

    def table_options(self, table: Table) -> dict[str, Any]:
        return {"sqlite_autoincrement": any(column.auto_increment for column in table.columns)}

    def index_term(self, column: sqlalchemy.Column[Any]) -> ColumnElement[Any]:
        return column

    def add_column(self, connection: Connection, table: Table, column: Column) -> None:
        constant = column.default is not None and ddl.default(column) == column.default
        if not column.primary_key and (column.nullable or constant):
            ddl.operations(connection).add_column(quoted_name(table.name, True), self.column(column))
            if column.unique:
                ddl.create_unique_index(connection, table, column)
        else:
            self._rebuild(connection, table, replace(table, columns=(*table.columns, column)))

    def alter_column(self, connection: Connection, table: Table, old: Column, new: Column) -> None:
        named = old.unique_name and not old.unique_name.startswith("sqlite_")
        if replace(old, unique=new.unique, comment=new.comment) != new or (old.unique and not named):
            columns = tuple(new if column.name == old.name else column for column in table.columns)
            self._rebuild(connection, table, replace(table, columns=columns))
        elif new.unique and not old.unique:
            ddl.create_unique_index(connection, table, new)
        elif old.unique and not new.unique:
            connection.execute(f"DROP INDEX {self.quote(old.unique_name)}")

    def drop_column(self, connection: Connection, table: Table, name: str) -> None:
        columns = tuple(column for column in table.columns if column.name != name)
        keys = tuple(key for key in table.unique_keys if name not in key[1])
        foreign = tuple(key for key in table.foreign_keys if key[0] != name)
        new = replace(table, columns=columns, unique_keys=keys, foreign_keys=foreign)
        self._rebuild(connection, table, new)

    def _rebuild(self, connection: Connection, old: Table, new: Table) -> None:
        """Copy a table into its new form and let that take its name; indexes, triggers and the counter come along."""
        self._guard(connection, old)
        operations = ddl.operations(connection)
        extras = self._extras(connection, old, new)
        interim = replace(
            new,
            name=f"directus8_new_{old.name}",
            columns=tuple(replace(column, unique=False) for column in new.columns),
            unique_keys=(),
            foreign_keys=(),
        )
        made = ddl.sqlalchemy_table(self, interim)
        for here, other, there, actions in self._foreign_keys(connection, old):
            if all(name in made.c for name in here):
                ddl.foreign_key(made, here, other, there, **actions)
        operations.impl.create_table(made)
        self._copy(connection, old, interim)
        connection.execute(f"DROP TABLE {self.quote(old.name)}")
        connection.control("PRAGMA legacy_alter_table=ON")  # leaves alone what names the table meanwhile: views
        operations.rename_table(made.name, quoted_name(old.name, True))
        connection.control("PRAGMA legacy_alter_table=OFF")
        for index in ddl.sqlalchemy_table(self, replace(_renamed_keys(new), foreign_keys=())).indexes:
            connection.sa.execute(CreateIndex(index))
        for sql in extras:
            try:
                connection.execute(sql)
            except (InvalidQuery, SchemaChanged):  # its condition needs a dropped column
                if len(old.columns) <= len(new.columns):
                    raise

    def _guard(self, connection: Connection, table: Table) -> None:
        """Dropping the old form must be undone with the rest, and must not cascade into other tables."""
        enforced = bool(connection.rows("PRAGMA foreign_keys")[0][0])
        if not connection.writing or (enforced and connection.rows(REFERENCES, [table.name])):
            raise RuntimeError("Tables are altered inside transaction(ddl=True)")

    def _copy(self, connection: Connection, old: Table, interim: Table) -> None:
        there = {column.name: column for column in old.columns}
        targets: list[str] = []
        sources: list[str] = []
        values: list[Any] = []
        for column in interim.columns:
            if column.name in there:
                sources.append(self._converted(there[column.name], column))
            elif column.nullable or column.default is not None or column.auto_increment:
                continue
            else:
                sources.append("?")
                values.append(ddl.zero(column.type))
            targets.append(self.quote(column.name))
        here, new = self.quote(old.name), self.quote(interim.name)
        if targets:
            connection.execute(
                f"INSERT INTO {new} ({', '.join(targets)}) SELECT {', '.join(sources)} FROM {here}", values
            )
        if any(column.auto_increment for column in old.columns) and any(c.auto_increment for c in interim.columns):
            connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", [interim.name])
            connection.execute(
                "INSERT INTO sqlite_sequence (name, seq) SELECT ?, seq FROM sqlite_sequence WHERE name = ?",
                [interim.name, old.name],
            )

    def _converted(self, old: Column, new: Column) -> str:
        """The old value as the new type, as far as affinity does not see to it."""
        name = self.quote(new.name)
        if new.type.kind == "integer" and old.type.kind in ("decimal", "float"):
            return f"CAST(round({name}) AS INTEGER)"
        if {old.type.kind, new.type.kind} == {"text", "blob"}:
            return f"CAST({name} AS {new.type.kind.upper()})"
        return name

    def _extras(self, connection: Connection, old: Table, new: Table) -> list[str]:
        """The statements of indexes and triggers that are not in our model and need no dropped column."""
        gone = {column.name for column in old.columns} - {column.name for column in new.columns}
        extras: dict[str, str] = {}
        for name, sql, column in connection.rows(EXTRAS, [old.name]):
            extras[name] = "" if column in gone else extras.get(name, sql)
        return [sql for sql in extras.values() if sql]

    def _foreign_keys(
        self, connection: Connection, table: Table
    ) -> Iterator[tuple[list[str], str, list[str], dict[str, str]]]:
        """Foreign keys with their actions, which our model does not have."""
        rows = connection.rows(FOREIGN_KEYS_OF, [table.name])
        for (_, other, on_update, on_delete), parts in groupby(rows, lambda row: row[:4]):
            pairs = [row[4:] for row in parts]
            yield (
                [here for here, _ in pairs],
                other,
                [there for _, there in pairs],
                {"on_update": on_update, "on_delete": on_delete},
            )

    def _checks(self, name: str, type: SqlType) -> Iterator[str]:
        """What MySQL enforces of a type and SQLite does not: length, range, numbers only."""
        column = self.quote(name)

        def check(what: str, condition: str) -> str:
            return f"CONSTRAINT {self.quote(f'{name}:{what}')} CHECK ({condition})"

        if type.name in ("CHAR", "VARCHAR") and type.size:
            yield check("length", f"length({column}) <= {type.size[0]}")
        elif type.limits:
            yield check("type", f"typeof({column}) IN ('integer', 'null')")
            if type.name != "BIGINT":
                yield check("range", f"{column} BETWEEN {type.limits[0]} AND {type.limits[1]}")
        elif type.kind in ("decimal", "float"):
            yield check("type", f"typeof({column}) IN ('integer', 'real', 'null')")
            if type.size and type.kind == "decimal":
                yield check("range", f"abs({column}) < 1e{type.size[0] - type.size[1]}")

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

    def date_part(self, value: ColumnElement[Any], part: str) -> ColumnElement[Any]:
        form: ColumnElement[Any] = sqlalchemy.literal_column(f"'{DATE_PARTS[part]}'")
        return sqlalchemy.cast(sqlalchemy.func.strftime(form, value), sqlalchemy.Integer)

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
DATE_PARTS = {
    "year": "%Y", "month": "%m", "week": "%W", "day": "%d", "weekday": "%w", "hour": "%H", "minute": "%M",
    "second": "%S",
}  # fmt: skip
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
SOURCES = "SELECT name, type, sql FROM sqlite_master WHERE type IN ('table', 'view')"
CATALOGUE = """
SELECT m.name, c.name, c.type, c."notnull", c.dflt_value, c.pk
FROM sqlite_master AS m JOIN pragma_table_xinfo(m.name) AS c
WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND c.hidden <> 1
"""
ORDER = "ORDER BY m.name, c.cid"
KEYS = """
SELECT m.name, i.name, c.name
FROM sqlite_master AS m JOIN pragma_index_list(m.name) AS i JOIN pragma_index_info(i.name) AS c
WHERE m.type = 'table' AND i."unique" AND i.origin <> 'pk' AND NOT i.partial
  AND NOT EXISTS (SELECT 1 FROM pragma_index_info(i.name) WHERE name IS NULL)
ORDER BY m.name, i.seq DESC, c.seqno
"""
FOREIGN_KEYS = """
SELECT m.name, f."from", f."table", coalesce(f."to", (SELECT name FROM pragma_table_info(f."table") WHERE pk = 1), '')
FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f
WHERE m.type = 'table' ORDER BY m.name, f.id DESC, f.seq
"""
FOREIGN_KEYS_OF = """
SELECT f.id, f."table", f.on_update, f.on_delete, f."from",
  coalesce(f."to", (SELECT name FROM pragma_table_info(f."table") WHERE pk = f.seq + 1))
FROM pragma_foreign_key_list(?) AS f ORDER BY f.id DESC, f.seq
"""
REFERENCES = """
SELECT 1 FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f
WHERE m.type = 'table' AND f."table" = ? COLLATE NOCASE LIMIT 1
"""
EXTRAS = """
SELECT m.name, m.sql, c.name FROM sqlite_master AS m LEFT JOIN pragma_index_info(m.name) AS c
WHERE m.tbl_name = ?1 AND m.type IN ('index', 'trigger') AND m.sql IS NOT NULL AND m.name NOT IN (
  SELECT name FROM pragma_index_list(?1) AS i WHERE i."unique" AND NOT i.partial
  AND NOT EXISTS (SELECT 1 FROM pragma_index_info(i.name) WHERE name IS NULL))
"""
_COMMENTED = re.compile(r"""("(?:[^"]|"")*")\s+(?:INTEGER|TEXT)\s+/\*\s(.*?)\s\*/""", re.S)


def declaration(type: SqlType) -> str:
    """The declared type of a column. Text compares without case; what is text in Python must have TEXT affinity."""
    form = str(type)
    if type.name in ("ENUM", "SET"):  # a label with INT in it would make the affinity INTEGER
        return "TEXT /* " + form.replace("*/", "*\\/") + " */ COLLATE NOCASE"
    if type.kind in ("date", "time", "datetime") or type.name == "JSON":
        form += " TEXT"
    elif type.name in ("BINARY", "VARBINARY", "BIT") or type.name in SPATIAL:
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
    if type.kind != "other" or type.name in SPATIAL:
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


def _renamed_keys(table: Table) -> Table:
    """Without the names SQLite gives to keys inside CREATE TABLE, which nobody else may use."""
    columns = tuple(
        replace(column, unique_name="") if column.unique_name.startswith("sqlite_") else column
        for column in table.columns
    )
    keys = tuple(
        (ddl.unique_name(table.name, "_".join(names)) if key.startswith("sqlite_") else key, names)
        for key, names in table.unique_keys
    )
    return replace(table, columns=columns, unique_keys=keys)


@lru_cache(maxsize=4096)
def _told(sql: str) -> tuple[bool, dict[str, SqlType]]:
    """What only a CREATE TABLE statement tells: whether its key counts, and types in comments by column."""
    types = {
        name[1:-1].replace('""', '"'): SqlType.parse(form.replace("*\\/", "*/"))
        for name, form in (_COMMENTED.findall(sql) if "/*" in sql else ())
    }
    return "AUTOINCREMENT" in sql.upper(), types


def _column(row: tuple[Any, ...], counted: bool, told: Mapping[str, SqlType]) -> Column:
    """The column out of a row of the catalogue."""
    _, name, type, not_null, default, key = row
    return Column(
        name=name,
        type=told.get(name) or declared_type(type),
        nullable=not not_null and not key,
        default=_plain(default),
        primary_key=bool(key),
        auto_increment=bool(key) and counted,
    )


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
        except (InvalidQuery, SchemaChanged):
            continue
    return sorted(rows, key=lambda row: row[0])


# --- expressions -----------------------------------------------------------------------------------------
def _ascii(text: ColumnElement[Any]) -> ColumnElement[bool]:
    """As many characters as bytes; the fast half of most conditions."""
    return sqlalchemy.func.length(text) == sqlalchemy.func.length(sqlalchemy.cast(text, sqlalchemy.LargeBinary))


def _caseless(text: ColumnElement[Any]) -> ColumnElement[Any]:
    """Text in a form that needs no more than ASCII's case be ignored."""
    return sqlalchemy.case((_ascii(text), text), else_=sqlalchemy.func.directus8_fold(text))
