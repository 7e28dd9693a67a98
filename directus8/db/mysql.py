"""MySQL and MariaDB: what the original ran on; types and comparisons are native."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from importlib.util import find_spec
from typing import Any

import sqlalchemy
from sqlalchemy import URL, ColumnElement, Engine, create_engine
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql
from sqlalchemy.schema import CreateColumn
from sqlalchemy.types import TypeEngine

from directus8.db import ddl, reflection
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

SESSION = (
    "SET NAMES utf8mb4 COLLATE utf8mb4_general_ci, "
    "sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO'"
)


class MySQL:
    """The dialect. Stateless, see ``directus8.db.dialect.Dialect`` for what each method promises."""

    name = "mysql"
    transactional_ddl = False
    placeholder = "%s"
    max_parameters = 65_000
    default_row = "() VALUES ()"
    single_writer = False
    before_ddl: Sequence[str] = ("SELECT GET_LOCK(CONCAT('directus8.', MD5(DATABASE())), 600)",)
    after_ddl: Sequence[str] = ("SELECT RELEASE_LOCK(CONCAT('directus8.', MD5(DATABASE())))",)
    ddl_idle = "SELECT IS_FREE_LOCK(CONCAT('directus8.', MD5(DATABASE())))"

    @cached_property
    def core(self) -> sqlalchemy.Dialect:
        return MySQLDialect_pymysql(paramstyle="format")

    # --- connections -------------------------------------------------------------------------------------
    def fetch(self, cursor: Any) -> list[tuple[Any, ...]]:
        return list(cursor.fetchall())

    def engine(self, url: URL, options: Mapping[str, Any]) -> Engine:
        driver, values = ("mysqldb", _mysqlclient_values) if find_spec("MySQLdb") else ("pymysql", _pymysql_values)
        if "+" in url.drivername:
            driver = url.drivername.partition("+")[2]
            values = _mysqlclient_values if driver == "mysqldb" else _pymysql_values
        # the server closes connections idle for wait_timeout, 8 hours by default and often less
        options = {"pool_size": 2, "max_overflow": 8, "pool_timeout": 10, "pool_recycle": 1800, **options}
        arguments = {"charset": "utf8mb4", "init_command": SESSION, "conv": values(), "connect_timeout": 10}
        return create_engine(
            url.set(drivername=f"mysql+{driver}"),
            isolation_level="AUTOCOMMIT",
            pool_reset_on_return=None,
            **{**options, "connect_args": {**arguments, **options.get("connect_args", {})}},
        )

    def begin(self) -> str:
        return "BEGIN"

    def quote(self, name: str) -> str:
        return "`" + name.replace("`", "``").replace("%", "%%") + "`"

    def translate(self, error: Exception, table: str | None, values: Mapping[str, Any]) -> Error:
        code, message = _told(error)
        collection = table or _named(r"for column `.*?`\.`(.*?)`\.`", message)
        if code in DUPLICATE:
            key = _named(r"for key '(?:.*\.)?(.*?)'", message)
            return DuplicateKey(value=_named(r"entry '(.*)' for key", message), collection=collection, key=key)
        if code in FOREIGN:
            return ForeignKeyViolated(field=_named(r"FOREIGN KEY \(`(.*?)`", message), collection=collection)
        if code in VALUES:
            field = _named(r"(?:[Cc]olumn|Field) (?:`.*?`\.`.*?`\.`|[`'])(.*?)[`']", message)
            return VALUES[code](field=field, collection=collection)
        if code in BUSY:
            return Busy()
        if code in CHANGED:
            return SchemaChanged()
        if code in OUTAGES or 2000 <= code < 3000:
            return ConnectionFailed()
        return ValueInvalid(field="", collection=collection) if isinstance(error, UnicodeError) else InvalidQuery()

    def advance(self, connection: Connection, table: str, key: str, highest: int) -> None:
        """MySQL's counter follows given keys by itself."""

    def key_step(self, connection: Connection) -> int:
        step: int = connection.rows("SELECT @@auto_increment_increment")[0][0]
        return step

    # --- schema ------------------------------------------------------------------------------------------
    def setup(self, connection: Connection) -> None:
        """MySQL has all we need."""

    def reflect(self, connection: Connection) -> dict[str, Table]:
        kinds = dict(connection.rows(TABLES))
        plain = _plain_mariadb if connection.server.is_mariadb else _plain_mysql
        keys = connection.rows(KEYS)
        return reflection.assemble(
            (_column(row, plain) for (row,) in connection.rows(CATALOGUE)),
            ((table, key, name) for table, key, name, other, _ in keys if other is None),
            ((table, name, other, other_name) for table, _, name, other, other_name in keys if other is not None),
            {table for table, kind in kinds.items() if kind == "VIEW"},
        )

    def column_type(self, type: SqlType) -> TypeEngine[Any]:
        return ddl.Declared(str(type.kept))

    def column(self, column: Column) -> sqlalchemy.Column[Any]:
        text = str(column.type.kept)
        if column.collation and column.type.kind == "text" and column.type.name != "JSON":
            text += f" COLLATE {self.quote(column.collation)}"
        if column.type.name == "TIMESTAMP" and column.nullable:
            text += " NULL"  # else older servers make it NOT NULL, set to the current time on every update
        if column.auto_increment:
            text += " AUTO_INCREMENT"
        return ddl.column(column, ddl.Declared(text), comment=column.comment or None, autoincrement=False)

    def table_options(self, table: Table) -> dict[str, Any]:
        return {
            "mysql_engine": "InnoDB",
            "mysql_charset": table.collation.partition("_")[0],
            "mysql_collate": table.collation,
        }

    def index_term(self, column: sqlalchemy.Column[Any]) -> ColumnElement[Any]:
        return column

    def add_column(self, connection: Connection, table: Table, column: Column) -> None:
        parts = (f"ADD COLUMN {self._written(column)}", *self._new_keys(table, None, column))
        try:
            self._alter(connection, table, *parts)
        except InvalidQuery as error:
            if not isinstance(error.__cause__, Exception) or _told(error.__cause__)[0] != ROW_TOO_LARGE:
                raise
            # MariaDB leaves traces of dropped columns in the rows, and counts them: a fresh copy has none
            self._alter(connection, table, "FORCE", "ALGORITHM=COPY")
            self._alter(connection, table, *parts)

    def alter_column(self, connection: Connection, table: Table, old: Column, new: Column) -> None:
        parts = [] if replace(old, unique=new.unique) == new else [f"MODIFY COLUMN {self._written(new)}"]
        if old.unique and not new.unique:
            parts.append(f"DROP INDEX {self.quote(ddl.key_name(table, old))}")
        try:
            self._alter(connection, table, *parts, *self._new_keys(table, old, new))
        except ValueInvalid as error:
            raise self._misfit(connection, table, old, new) or error from error.__cause__

    def drop_column(self, connection: Connection, table: Table, name: str) -> None:
        keys = [f"DROP INDEX {self.quote(key)}" for key, names in table.unique_keys if name in names]
        self._alter(connection, table, *keys, f"DROP COLUMN {self.quote(name)}")

    def _misfit(self, connection: Connection, table: Table, old: Column, new: Column) -> Error | None:
        """MariaDB calls every value that does not fit an altered column truncated: what is it really?"""
        values = {"field": new.name, "collection": table.name}
        name, empty = self.quote(new.name), f"SELECT 1 FROM {self.quote(table.name)} WHERE"
        if old.nullable and not new.nullable and connection.rows(f"{empty} {name} IS NULL LIMIT 1"):
            return ValueMissing(**values)
        too_long = old.type.kind == "text" and new.type.name in ("CHAR", "VARCHAR")
        return ValueTooLong(**values) if too_long else None

    def _written(self, column: Column) -> str:
        """The column as it stands in CREATE TABLE."""
        return str(CreateColumn(self.column(column)).compile(dialect=self.core)) + self._comment(column)

    def _comment(self, column: Column) -> str:
        literal = column.comment.replace("\\", "\\\\").replace("'", "''").replace("%", "%%")
        return f" COMMENT '{literal}'" if column.comment else ""

    def _new_keys(self, table: Table, old: Column | None, new: Column) -> Iterator[str]:
        if new.primary_key and not (old and old.primary_key):
            yield f"ADD PRIMARY KEY ({self.quote(new.name)})"
        if new.unique and not (old and old.unique):
            yield f"ADD UNIQUE KEY {self.quote(ddl.key_name(table, new))} ({self.quote(new.name)})"

    def _alter(self, connection: Connection, table: Table, *parts: str) -> None:
        """One statement: all parts or none, though MySQL has no transactions for these."""
        if parts:
            connection.execute(f"ALTER TABLE {self.quote(table.name)} {', '.join(parts)}", table=table.name)

    # --- expressions -------------------------------------------------------------------------------------
    def fold(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        return text

    def fold_value(self, value: str) -> str:
        return value

    def text_equal(self, text: ColumnElement[Any], value: ColumnElement[Any], indexed: bool) -> ColumnElement[bool]:
        return text == value

    def like(self, text: ColumnElement[Any], pattern: ColumnElement[Any]) -> ColumnElement[bool]:
        return text.like(pattern)  # the backslash is its escape by itself

    def as_text(self, value: ColumnElement[Any], type: SqlType) -> ColumnElement[Any]:
        return value

    def date_part(self, value: ColumnElement[Any], part: str) -> ColumnElement[Any]:
        if part == "week":
            return sqlalchemy.func.week(value, sqlalchemy.literal_column("5"))
        if part == "weekday":
            return sqlalchemy.func.dayofweek(value) - sqlalchemy.literal_column("1")
        return getattr(sqlalchemy.func, part)(value)  # type: ignore[no-any-return]

    def typed(self, value: ColumnElement[Any], type: SqlType) -> ColumnElement[Any]:
        return value

    def ordering(
        self, value: ColumnElement[Any], descending: bool, nulls_last: bool | None
    ) -> list[ColumnElement[Any]]:
        term = value.desc() if descending else value.asc()
        if nulls_last is None or nulls_last == descending:  # as MySQL does by itself
            return [term]
        return [value.is_(None) if nulls_last else value.is_not(None), term]

    def random(self) -> ColumnElement[Any]:
        return sqlalchemy.func.rand()


# --- connections -----------------------------------------------------------------------------------------
DUPLICATE = frozenset({1062, 1169, 1557, 1586, 1761, 1762})
FOREIGN = frozenset({1216, 1217, 1451, 1452})
VALUES: dict[int, type[Error]] = {
    1048: ValueMissing,
    1138: ValueMissing,
    1364: ValueMissing,
    1153: ValueTooLong,
    1301: ValueTooLong,
    1406: ValueTooLong,
    1264: ValueOutOfRange,
    1690: ValueOutOfRange,
    1265: ValueInvalid,
    1292: ValueInvalid,
    1366: ValueInvalid,
    1367: ValueInvalid,
    1411: ValueInvalid,
    1525: ValueInvalid,
    3140: ValueInvalid,
    3819: ValueInvalid,
    4025: ValueInvalid,
}
ROW_TOO_LARGE = 1118
CHANGED = frozenset({1054, 1146, 1412})
BUSY = frozenset({1205, 1213, 1317, 1614, 1969, 3024, 3572})
OUTAGES = frozenset({3, 1021, 1030, 1040, 1042, 1043, 1044, 1045, 1049, 1053, 1080, 1114, 1129, 1158, 1159, 1160, 1161})
OUTAGES |= {1203, 1226, 1290, 1698, 1792, 1836, 1927}


def _told(error: Exception) -> tuple[int, str]:
    """Number and text of a driver error."""
    code = error.args[0] if error.args else 0
    return (code if isinstance(code, int) else 0), str(error.args[1] if len(error.args) > 1 else error)


def _named(pattern: str, message: str) -> str:
    match = re.search(pattern, message, re.S)
    return match[1] if match else ""


def _moment(text: str) -> str:
    """A date and time cut to the second."""
    return text[:19]


def _time(text: str) -> str:
    """A time of day or a span, cut to the second."""
    return text.partition(".")[0]


def _pymysql_values() -> dict[Any, Any]:
    """PyMySQL's converters, less those that make other than our forms of values."""
    from pymysql.constants import FIELD_TYPE
    from pymysql.converters import conversions

    values: dict[Any, Any] = dict(conversions)
    for type in (FIELD_TYPE.DATE, FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL):
        values.pop(type, None)
    values |= {FIELD_TYPE.DATETIME: _moment, FIELD_TYPE.TIMESTAMP: _moment, FIELD_TYPE.TIME: _time}
    return values


def _mysqlclient_values() -> dict[Any, Any]:
    """The same for mysqlclient."""
    from MySQLdb.constants import FIELD_TYPE
    from MySQLdb.converters import conversions

    values: dict[Any, Any] = {**conversions, **dict.fromkeys((FIELD_TYPE.DATE, FIELD_TYPE.NEWDECIMAL), str)}
    values |= {FIELD_TYPE.DATETIME: _moment, FIELD_TYPE.TIMESTAMP: _moment, FIELD_TYPE.TIME: _time}
    return values


# --- schema ----------------------------------------------------------------------------------------------
TABLES = "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = DATABASE()"
# A column in one string: a pure Python driver spends more on each field than on everything else.
CATALOGUE = """
SELECT CONCAT_WS(CHAR(31 USING utf8mb4), table_name, column_name, column_type, is_nullable, column_key, extra,
  COALESCE(collation_name, ''), column_comment, column_default)
FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position
"""
KEYS = """
SELECT table_name, constraint_name, column_name, referenced_table_name, referenced_column_name
FROM information_schema.key_column_usage
WHERE table_schema = DATABASE() AND constraint_name <> 'PRIMARY'
ORDER BY table_name, constraint_name, ordinal_position
"""


def _column(row: str, plain: Callable[[str | None], str | None]) -> tuple[str, Column]:
    """Table and column out of a row of the catalogue; a NULL, which only the default may be, is left out."""
    table, name, type, nullable, key, extra, collation, comment, *default = row.split("\x1f", 8)
    return table, Column(
        name=name,
        type=SqlType.parse(type).kept,
        nullable=nullable == "YES",
        default=plain(default[0]) if default else None,
        primary_key=key == "PRI",
        auto_increment="auto_increment" in extra,
        comment=comment,
        collation=collation,
    )


def _plain_mysql(default: str | None) -> str | None:
    """The plain text of a default as MySQL tells it."""
    return default


def _plain_mariadb(default: str | None) -> str | None:
    """The plain text of a default as MariaDB tells it: an SQL expression."""
    if default is None or default == "NULL":
        return None
    if default.startswith("'"):
        return re.sub(r"''|\\(.)", lambda match: match[1] or "'", default[1:-1], flags=re.S)
    return re.sub(r"^current_timestamp\(\d*\)$", "CURRENT_TIMESTAMP", default)
