"""PostgreSQL: native types; where they say less than MySQL's, the MySQL form heads the column's comment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any

import psycopg
import sqlalchemy
from psycopg.adapt import AdaptersMap, Dumper
from psycopg.types.numeric import IntLoader
from psycopg.types.string import TextLoader
from sqlalchemy import URL, ColumnElement, Engine, create_engine, event, quoted_name
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine.interfaces import BindTyping
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeEngine

from directus8.db import ddl, folding, reflection
from directus8.db.engine import Connection
from directus8.db.model import Column, SqlType, Table
from directus8.errors import (
    Busy,
    ConnectionFailed,
    DuplicateKey,
    Error,
    ForeignKeyViolated,
    InvalidDatabaseConnection,
    InvalidQuery,
    SchemaChanged,
    ValueInvalid,
    ValueMissing,
    ValueOutOfRange,
    ValueTooLong,
)

COLLATION = "directus8_ci"
MARK = "directus8:"  # heads a column comment that tells the MySQL form


class PostgreSQL:
    """The dialect. Stateless, see ``directus8.db.dialect.Dialect`` for what each method promises."""

    name = "postgresql"
    transactional_ddl = True
    placeholder = "%s"
    max_parameters = 65_000
    default_row = "DEFAULT VALUES"
    single_writer = False
    before_ddl: Sequence[str] = ("SELECT pg_advisory_lock(8088)",)
    after_ddl: Sequence[str] = ("SELECT pg_advisory_unlock(8088)",)
    ddl_idle = ""

    @cached_property
    def core(self) -> sqlalchemy.Dialect:
        return _untyped(PGDialect_psycopg(paramstyle="format"))  # type: ignore[no-untyped-call]

    # --- connections -------------------------------------------------------------------------------------
    def fetch(self, cursor: Any) -> list[tuple[Any, ...]]:
        return list(cursor.fetchall())

    def engine(self, url: URL, options: Mapping[str, Any]) -> Engine:
        options = {"pool_size": 2, "max_overflow": 8, "pool_timeout": 10, **options}
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            isolation_level="AUTOCOMMIT",
            pool_reset_on_return=None,
            paramstyle="format",
            use_native_hstore=False,
            **{**options, "connect_args": {"context": _adapters(), **options.get("connect_args", {})}},
        )
        _untyped(engine.dialect)
        event.listen(engine, "connect", _prepare_connection)
        return engine

    def begin(self) -> str:
        return "BEGIN"

    def quote(self, name: str) -> str:
        return '"' + name.replace('"', '""').replace("%", "%%") + '"'

    def translate(self, error: Exception, table: str | None, values: Mapping[str, Any]) -> Error:
        if not isinstance(error, psycopg.Error):
            return ValueInvalid(field="", collection=table or "")
        state = error.sqlstate or ""
        collection = table or error.diag.table_name or ""
        if state == "23505":
            names, value = _key(error.diag.message_detail or "")
            return DuplicateKey(value=value, collection=collection, field=names[0])
        if state == "23502":
            return ValueMissing(field=error.diag.column_name or "", collection=collection)
        if state in ("23503", "23001"):
            return ForeignKeyViolated(field=_key(error.diag.message_detail or "")[0][0], collection=collection)
        if state == "22001":
            return ValueTooLong(field=_longer(values, str(error)), collection=collection)
        if state == "22003":
            return ValueOutOfRange(field=_larger(values, str(error)), collection=collection)
        if state[:2] == "22" or state in ("42804", "23514") or (not state and isinstance(error, psycopg.DataError)):
            return ValueInvalid(field=_spelt(values, str(error)), collection=collection)
        if state in ("40001", "40P01", "55P03", "57014", "25P03"):
            return Busy()
        if state in ("42703", "42P01", "0A000"):  # column, table, or the plan of a prepared statement
            return SchemaChanged()
        if state[:2] in ("08", "53", "28", "3D") or state in ("57P01", "57P02", "57P03", "25006", "58030"):
            return ConnectionFailed()
        if not state and isinstance(error, psycopg.OperationalError):
            return ConnectionFailed()
        return InvalidQuery()

    def advance(self, connection: Connection, table: str, key: str, highest: int) -> None:
        connection.rows(ADVANCE, [highest, self.quote(table).replace("%%", "%"), key, highest])

    def key_step(self, connection: Connection) -> int:
        return 1

    # --- schema ------------------------------------------------------------------------------------------
    def setup(self, connection: Connection) -> None:
        ((encoding, icu, there),) = connection.rows(SETTING, [COLLATION])
        if encoding != "UTF8":
            raise InvalidDatabaseConnection(f"A PostgreSQL database must be made with ENCODING 'UTF8', not {encoding}.")
        if not there:
            source = "(provider = icu, locale = 'und-u-ks-level1', deterministic = false)" if icu else 'FROM "C"'
            connection.execute(f"CREATE COLLATION {COLLATION} {source}")
        connection.execute(FOLD.replace("COLLATION", 'COLLATE "und-x-icu"' if icu else ""))

    def reflect(self, connection: Connection) -> dict[str, Table]:
        keys = connection.rows(KEYS)
        rows = connection.rows(CATALOGUE)
        primary = {(table, name) for table, _, is_primary, name in keys if is_primary}
        return reflection.assemble(
            ((row[0], _column(row, (row[0], row[2]) in primary)) for row in rows),
            ((table, key, name) for table, key, is_primary, name in keys if not is_primary),
            connection.rows(FOREIGN_KEYS),
            {row[0] for row in rows if row[1]},
        )

    def column_type(self, type: SqlType) -> TypeEngine[Any]:
        return ddl.Declared(native(type))

    def column(self, column: Column) -> sqlalchemy.Column[Any]:
        identity = (sqlalchemy.Identity(always=False),) if column.auto_increment else ()
        return ddl.column(column, ddl.Declared(_typed(column)), *identity, comment=_comment(column) or None)

    def table_options(self, table: Table) -> dict[str, Any]:
        return {}

    def index_term(self, column: sqlalchemy.Column[Any]) -> ColumnElement[Any]:
        assert isinstance(column.type, ddl.Declared)
        return column.collate(COLLATION) if _is_text(column.type.text) else column

    def add_column(self, connection: Connection, table: Table, column: Column) -> None:
        operations = ddl.operations(connection)
        # old rows get a value as in MySQL, new ones must bring theirs
        filled = not column.nullable and column.default is None and not column.auto_increment
        first = replace(column, default=ddl.zero(column.type)) if filled else column
        operations.add_column(quoted_name(table.name, True), self.column(first), inline_primary_key=column.primary_key)
        if filled:
            self._alter(connection, table, column, "DROP DEFAULT")
        if column.unique:
            ddl.create_unique_index(connection, table, column)

    def alter_column(self, connection: Connection, table: Table, old: Column, new: Column) -> None:
        if old.unique and not new.unique:
            self._drop_key(connection, table, ddl.key_name(table, old))
        if _typed(old) != _typed(new):
            if old.default is not None:
                self._alter(connection, table, old, "DROP DEFAULT")
                old = replace(old, default=None)
            self._alter(connection, table, new, f"TYPE {_typed(new)} USING {self._converted(old, new)}")
        if old.auto_increment and not new.auto_increment:
            self._alter(connection, table, old, "DROP IDENTITY IF EXISTS")
        ddl.operations(connection).alter_column(
            quoted_name(table.name, True),
            quoted_name(new.name, True),
            nullable=new.nullable if new.nullable != old.nullable else None,
            server_default=ddl.default(new) if new.default != old.default else False,
            comment=_comment(new) or None if _comment(new) != _comment(old) else False,
        )
        if new.auto_increment and not old.auto_increment:
            self._alter(connection, table, new, "ADD GENERATED BY DEFAULT AS IDENTITY")
            name, key = self.quote(table.name), self.quote(new.name)
            self.advance(connection, table.name, new.name, connection.rows(f"SELECT max({key}) FROM {name}")[0][0] or 0)
        if new.primary_key and not old.primary_key:
            connection.execute(f"ALTER TABLE {self.quote(table.name)} ADD PRIMARY KEY ({self.quote(new.name)})")
        if new.unique and not old.unique:
            ddl.create_unique_index(connection, table, new)

    def drop_column(self, connection: Connection, table: Table, name: str) -> None:
        ddl.operations(connection).drop_column(quoted_name(table.name, True), quoted_name(name, True))

    def _alter(self, connection: Connection, table: Table, column: Column, change: str) -> None:
        sql = f"ALTER TABLE {self.quote(table.name)} ALTER COLUMN {self.quote(column.name)} {change}"
        connection.execute(sql, table=table.name)

    def _drop_key(self, connection: Connection, table: Table, name: str) -> None:
        connection.execute(f"ALTER TABLE {self.quote(table.name)} DROP CONSTRAINT IF EXISTS {self.quote(name)}")
        connection.execute(f"DROP INDEX IF EXISTS {self.quote(name)}")

    def _converted(self, old: Column, new: Column) -> str:
        """The old value as the new type."""
        name, kinds = self.quote(new.name), (old.type.kind, new.type.kind)
        if kinds == ("blob", "text"):
            return f"convert_from({name}, 'UTF8')"
        if kinds == ("text", "blob"):
            return f"convert_to({name}, 'UTF8')"
        # not ::varchar(n), which would cut off what is too long
        return f"{name}::{'text' if new.type.kind == 'text' else native(new.type)}"

    # --- expressions -------------------------------------------------------------------------------------
    def fold(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        return sqlalchemy.func.directus8_fold(text).collate("C")

    def fold_value(self, value: str) -> str:
        return folding.fold(value)

    def text_equal(self, text: ColumnElement[Any], value: ColumnElement[Any], indexed: bool) -> ColumnElement[bool]:
        return text == value if indexed else self.fold(text) == value

    def like(self, text: ColumnElement[Any], pattern: ColumnElement[Any]) -> ColumnElement[bool]:
        return self.fold(text).like(pattern, escape="\\")

    def as_text(self, value: ColumnElement[Any], type: SqlType) -> ColumnElement[Any]:
        return sqlalchemy.cast(value, sqlalchemy.Text)

    def date_part(self, value: ColumnElement[Any], part: str) -> ColumnElement[Any]:
        def extract(name: str) -> ColumnElement[Any]:
            return sqlalchemy.cast(sqlalchemy.func.floor(sqlalchemy.extract(name, value)), sqlalchemy.Integer)

        def number(text: str) -> ColumnElement[Any]:
            return sqlalchemy.literal_column(text, sqlalchemy.Integer)

        if part == "week":  # EXTRACT has ISO weeks only
            since_monday = (extract("dow") + number("6")).op("%")(number("7"))
            return (extract("doy") + number("6") - since_monday).op("/")(number("7"))
        return extract({"weekday": "dow"}.get(part, part))

    def typed(self, value: ColumnElement[Any], type: SqlType) -> ColumnElement[Any]:
        return sqlalchemy.cast(value, self.column_type(type))

    def ordering(
        self, value: ColumnElement[Any], descending: bool, nulls_last: bool | None
    ) -> list[ColumnElement[Any]]:
        term = value.desc() if descending else value.asc()
        if nulls_last is None:
            nulls_last = descending
        return [term.nulls_last() if nulls_last else term.nulls_first()]

    def random(self) -> ColumnElement[Any]:
        return sqlalchemy.func.random()


# --- connections -----------------------------------------------------------------------------------------
ADVANCE = """
SELECT setval(s.name::regclass, %s) FROM (SELECT pg_get_serial_sequence(%s, %s) AS name) AS s
WHERE s.name IS NOT NULL AND coalesce(pg_sequence_last_value(s.name::regclass), 0) < %s
"""
AS_TEXT = ("date", "time", "timetz", "timestamp", "numeric", "json", "jsonb", "uuid", "interval", "inet", "cidr")


def _untyped(dialect: sqlalchemy.Dialect) -> sqlalchemy.Dialect:
    """Without casts of bound values: the server tells their types by the columns they meet."""
    dialect.bind_typing = BindTyping.NONE
    return dialect


class MomentLoader(TextLoader):
    """A time with a zone, shown in the session's zone (UTC), cut to the second."""

    def load(self, data: Any) -> str:
        return bytes(data)[:19].decode()


class FlagLoader(TextLoader):
    """A boolean as MySQL has it."""

    def load(self, data: Any) -> Any:
        return int(bytes(data) == b"t")


class FlagDumper(Dumper):
    """True and False as the numbers MySQL makes of them, of whatever type the column is."""

    def dump(self, value: Any) -> bytes:
        return b"1" if value else b"0"


def _adapters() -> AdaptersMap:
    """How values come in: see the forms in dialect.py."""
    adapters = AdaptersMap(psycopg.adapters)
    for name in AS_TEXT:
        adapters.register_loader(name, TextLoader)
    adapters.register_loader("oid", IntLoader)
    adapters.register_loader("timestamptz", MomentLoader)
    adapters.register_loader("bool", FlagLoader)
    adapters.register_dumper(bool, FlagDumper)
    return adapters


def _prepare_connection(connection: Any, _: ConnectionPoolEntry) -> None:
    connection.execute("SELECT set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO, YMD', false)")


def _key(detail: str) -> tuple[list[str], str]:
    """Column names and value out of ``Key (a, b)=(1, x) …``, in whatever language the rest is."""
    match = re.search(r"\((.*?)\)=\((.*)\)", detail, re.S)
    if match is None:
        return [""], ""
    names = [name.strip('"').replace('""', '"') for name in match[1].split(", ")]
    return names, match[2].replace(", ", "-") if len(names) > 1 else match[2]


def _longer(values: Mapping[str, Any], message: str) -> str:
    """The first text longer than the limit the message names; PostgreSQL does not tell the column."""
    limit = re.search(r"\((\d+)\)", message)
    length = int(limit[1]) if limit else 0
    return next((name for name, value in values.items() if isinstance(value, str) and len(value) > length), "")


def _larger(values: Mapping[str, Any], message: str) -> str:
    """The first number outside the type the message names."""
    bits = next((bits for type, bits in (("smallint", 16), ("integer", 32), ("bigint", 64)) if type in message), 0)
    if not bits:
        return ""
    limit = 2 ** (bits - 1)
    return next((name for name, value in values.items() if _beyond(value, limit)), "")


def _beyond(value: Any, limit: int) -> bool:
    try:
        return not -limit <= int(value) < limit
    except (TypeError, ValueError, OverflowError):
        return False


def _spelt(values: Mapping[str, Any], message: str) -> str:
    """The first text the message quotes."""
    return next((name for name, value in values.items() if isinstance(value, str) and f'"{value}"' in message), "")


# --- schema ----------------------------------------------------------------------------------------------
FOLD = f"""
CREATE OR REPLACE FUNCTION directus8_fold(x text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE WHEN octet_length(x) = length(x) THEN upper(x COLLATE "C")
ELSE upper(normalize(regexp_replace(normalize(replace(x COLLATION, 'ß', 's'), NFD),
  '{folding.MARKS}', '', 'g'), NFC)) COLLATE "C" END $$
"""
HERE = "(SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
SETTING = f"""
SELECT current_setting('server_encoding'), EXISTS (SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu'),
  EXISTS (SELECT 1 FROM pg_collation WHERE collname = %s AND collnamespace = {HERE})
"""
CATALOGUE = f"""
SELECT c.relname, c.relkind IN ('v', 'm'), a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
  CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END, a.attidentity <> '', n.description
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
LEFT JOIN pg_description AS n
  ON n.objoid = c.oid AND n.classoid = 'pg_class'::regclass AND n.objsubid = a.attnum
WHERE c.relnamespace = {HERE} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
ORDER BY c.relname COLLATE "C", a.attnum
"""
KEYS = f"""
SELECT c.relname, i.relname, x.indisprimary, a.attname
FROM pg_index AS x
JOIN pg_class AS c ON c.oid = x.indrelid
JOIN pg_class AS i ON i.oid = x.indexrelid
CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS k(number, position)
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.number
WHERE c.relnamespace = {HERE} AND x.indisunique AND x.indpred IS NULL AND x.indexprs IS NULL
  AND k.position <= x.indnkeyatts
ORDER BY c.relname, i.oid, k.position
"""
FOREIGN_KEYS = f"""
SELECT c.relname, a.attname, o.relname, b.attname
FROM pg_constraint AS f
JOIN pg_class AS c ON c.oid = f.conrelid
JOIN pg_class AS o ON o.oid = f.confrelid
CROSS JOIN LATERAL unnest(f.conkey, f.confkey) WITH ORDINALITY AS k(here, there, position)
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.here
JOIN pg_attribute AS b ON b.attrelid = o.oid AND b.attnum = k.there
WHERE c.relnamespace = {HERE} AND f.contype = 'f'
ORDER BY c.relname, f.oid, k.position
"""


def _column(row: tuple[Any, ...], primary_key: bool) -> Column:
    """The column out of a row of the catalogue."""
    _, _, name, native_type, not_null, default, identity, comment = row
    type, note = told(native_type, comment or "")
    counted = bool(identity) or (default is not None and default.startswith("nextval("))
    return Column(
        name=name,
        type=type,
        nullable=not not_null,
        default=None if counted else _plain(default),
        primary_key=primary_key,
        auto_increment=counted,
        comment=note,
    )


NATIVE = {
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "YEAR": "smallint",
    "MEDIUMINT": "integer",
    "INT": "integer",
    "BIGINT": "bigint",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "DATE": "date",
    "TIME": "time(0) without time zone",
    "DATETIME": "timestamp(0) without time zone",
    "TIMESTAMP": "timestamp(0) without time zone",
}
UNSIGNED = {"SMALLINT": "integer", "INT": "bigint"}  # where the sign's bit is needed; BIGINT has none to spare
MYSQL = {
    "smallint": SqlType("SMALLINT", "6"),
    "integer": SqlType("INT", "11"),
    "bigint": SqlType("BIGINT", "20"),
    "boolean": SqlType("TINYINT", "1"),
    "real": SqlType("FLOAT"),
    "double precision": SqlType("DOUBLE"),
    "date": SqlType("DATE"),
    "bytea": SqlType("BLOB"),
    "uuid": SqlType("CHAR", "36"),
    "json": SqlType("JSON"),
    "jsonb": SqlType("JSON"),
    "numeric": SqlType("DECIMAL", "65,30"),
    "text": SqlType("TEXT"),
}


@lru_cache(maxsize=4096)
def native(type: SqlType) -> str:
    """PostgreSQL's own type, as format_type() prints it (varchar aside)."""
    str(type)  # refuses what is no type
    type = type.kept
    if type.unsigned and type.name in UNSIGNED:
        return UNSIGNED[type.name]
    if type.name in NATIVE:
        return NATIVE[type.name]
    if type.name == "DECIMAL":
        return f"numeric({type.length})"
    if type.name in ("CHAR", "VARCHAR"):
        return f"varchar({type.length})" if type.length else "text"
    return "bytea" if type.kind == "blob" else "text"


@lru_cache(maxsize=4096)
def derived(native: str) -> SqlType:
    """The MySQL form of a column that does not tell it."""
    if native in MYSQL:
        return MYSQL[native]
    name, _, rest = native.partition("(")
    length = rest.partition(")")[0] or None
    if name in ("character varying", "varchar"):
        return SqlType("VARCHAR", length) if length else SqlType("TEXT")
    if name == "character":
        return SqlType("CHAR", length or "1")
    if name == "numeric":
        return SqlType("DECIMAL", length).kept
    if name.startswith("timestamp"):
        return SqlType("DATETIME")
    return SqlType("TIME") if name.startswith("time") else SqlType("TEXT")


@lru_cache(maxsize=4096)
def told(native_type: str, comment: str) -> tuple[SqlType, str]:
    """The MySQL form and the note of a column; a form that no longer fits the column is not believed."""
    native_type = native_type.replace("character varying", "varchar")
    if not comment.startswith(MARK):
        return derived(native_type), comment
    form, _, note = comment.removeprefix(MARK).partition("\n")
    type = SqlType.parse(form)
    return (type if native(type) == native_type else derived(native_type)), note


def _comment(column: Column) -> str:
    """The column's comment: the MySQL form where the native type does not imply it, then the note."""
    type = column.type.kept
    if derived(native(type)) == type and not column.comment.startswith(MARK):
        return column.comment
    return MARK + str(type) + (f"\n{column.comment}" if column.comment else "")


def _typed(column: Column) -> str:
    """Native type and collation: a text key finds its rows without regard to case."""
    type = native(column.type)
    return f'{type} COLLATE "{COLLATION}"' if _is_text(type) and (column.unique or column.primary_key) else type


def _is_text(native: str) -> bool:
    return native.startswith(("varchar", "text"))


def _plain(default: str | None) -> str | None:
    """The plain text of a default expression; None for NULL."""
    if default is None or default.startswith("NULL"):
        return None
    if match := re.fullmatch(r"(E?)'((?:[^']|'')*)'(?:::.*)?", default, re.S):
        text = match[2].replace("''", "'")
        return text.replace("\\\\", "\\") if match[1] else text
    if match := re.fullmatch(r"\(?(-?[\d.]+)\)?(?:::.*)?", default):
        return match[1]
    return "CURRENT_TIMESTAMP" if default == "now()" else default
