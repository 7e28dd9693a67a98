"""Making and changing tables, in neutral terms, through Alembic's operations."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zlib import crc32

import sqlalchemy
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import quoted_name
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.schema import SchemaItem
from sqlalchemy.types import TypeEngine, UserDefinedType

from directus8.db.dialect import Dialect
from directus8.db.engine import Connection
from directus8.db.model import Column, SqlType, Table
from directus8.errors import InvalidPayload

logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)

ZEROS = {"text": "", "blob": "", "date": "1970-01-01", "time": "00:00:00", "datetime": "1970-01-01 00:00:00"}
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def create_table(connection: Connection, table: Table) -> None:
    """Make a table with its keys."""
    with _altering(connection, table.name):
        operations(connection).impl.create_table(sqlalchemy_table(connection.dialect, table))


def drop_table(connection: Connection, name: str) -> None:
    """Drop a table."""
    with _altering(connection, name):
        operations(connection).drop_table(quoted_name(name, True))


def add_column(connection: Connection, table: Table, column: Column) -> None:
    """Add a column at the end of a table."""
    with _altering(connection, table.name):
        connection.dialect.add_column(connection, table, column)


def alter_column(connection: Connection, table: Table, old: Column, new: Column) -> None:
    """Make ``old``, a column of ``table``, into ``new``: type, nullability, default, unique key, comment."""
    if old != new:
        new = replace(new, unique_name=new.unique_name or old.unique_name, collation=new.collation or old.collation)
        with _altering(connection, table.name):
            connection.dialect.alter_column(connection, table, old, new)


def drop_column(connection: Connection, table: Table, name: str) -> None:
    """Drop a column with its data."""
    with _altering(connection, table.name):
        connection.dialect.drop_column(connection, table, name)


@contextmanager
def _altering(connection: Connection, table: str) -> Iterator[None]:
    """Errors in our own terms; where DDL ends the transaction (MySQL), what follows is one again."""
    try:
        with connection.translated(table):
            yield
    except ValueError as error:  # a type or length that is none
        raise InvalidPayload(str(error)) from error
    finally:
        if connection.writing and not connection.dialect.transactional_ddl:
            connection.control(connection.dialect.begin())


class Declared(UserDefinedType[Any]):
    """A column type written as it stands."""

    cache_ok = True

    def __init__(self, text: str) -> None:
        self.text = text

    def get_col_spec(self, **_: Any) -> str:
        return self.text


# --- for the dialects ------------------------------------------------------------------------------------
def operations(connection: Connection) -> Operations:
    """Alembic's operations on this connection."""
    return Operations(MigrationContext.configure(connection.sa))


def sqlalchemy_table(dialect: Dialect, table: Table) -> sqlalchemy.Table:
    """The SQLAlchemy table that a neutral one becomes on this vendor."""
    made = sqlalchemy.Table(
        quoted_name(table.name, True),
        sqlalchemy.MetaData(),
        *(dialect.column(column) for column in table.columns),
        **dialect.table_options(table),
    )
    for column in table.columns:
        if column.unique:
            unique_index(dialect, made, key_name(table, column), [column.name])
    for name, names in table.unique_keys:
        unique_index(dialect, made, name, names)
    for name, names in table.indexes:
        sqlalchemy.Index(quoted_name(name, True), *(made.c[n] for n in names))
    for name, other, other_name in table.foreign_keys:
        foreign_key(made, [name], other, [other_name])
    return made


def foreign_key(
    table: sqlalchemy.Table,
    names: Sequence[str],
    other: str,
    other_names: Sequence[str],
    on_update: str | None = None,
    on_delete: str | None = None,
) -> None:
    """Attach a foreign key to a table that is to be made; the other table need not be known."""
    target = sqlalchemy.Table(quoted_name(other, True), table.metadata, keep_existing=True)
    for name in other_names:
        if name not in target.c:
            target.append_column(sqlalchemy.Column(quoted_name(name, True)))
    columns = [target.c[name] for name in other_names]
    table.append_constraint(
        sqlalchemy.ForeignKeyConstraint(list(names), columns, onupdate=on_update, ondelete=on_delete)
    )


def column(column: Column, type: TypeEngine[Any], *items: SchemaItem, **options: Any) -> sqlalchemy.Column[Any]:
    """The SQLAlchemy column of a neutral one, with the type a dialect chose."""
    return sqlalchemy.Column(
        quoted_name(column.name, True),
        type,
        *items,
        primary_key=column.primary_key,
        nullable=column.nullable and not column.primary_key,
        server_default=default(column),
        **options,
    )


def default(column: Column) -> sqlalchemy.TextClause | str | None:
    """A default as DDL wants it: a number and the current time bare, all else as a string."""
    value = column.default
    if value is None or column.auto_increment:
        return None
    kind = column.type.kind
    if kind in ("integer", "decimal", "float") and _NUMBER.fullmatch(value):
        return sqlalchemy.text(_number(value, column.type))
    if kind == "datetime" and re.fullmatch(r"current_timestamp(\(\d*\))?", value, re.I):
        return sqlalchemy.text("CURRENT_TIMESTAMP")
    return value


def _number(value: str, type: SqlType) -> str:
    """A number as MySQL keeps it in a column: with the decimals the type has."""
    size = type.kept.size
    if type.kind == "float" or size is None:
        return value
    scale = size[1] if type.kind == "decimal" else 0
    return str(Decimal(value).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP))


def zero(type: SqlType) -> str:
    """What MySQL gives old rows in a new column that may not be NULL (a real date instead of its zero date)."""
    if type.name == "ENUM":
        return next(iter(type.labels), "")
    return ZEROS.get(type.kind, "0")


def unique_index(dialect: Dialect, table: sqlalchemy.Table, name: str, columns: tuple[str, ...] | list[str]) -> None:
    """Attach a unique key to a table that is to be made."""
    terms = [dialect.index_term(table.c[column]) for column in columns]
    table.append_constraint(sqlalchemy.Index(quoted_name(name, True), *terms, unique=True))


def create_unique_index(connection: Connection, table: Table, column: Column) -> None:
    """Make the unique key of a column that is there already."""
    made = sqlalchemy.Table(quoted_name(table.name, True), sqlalchemy.MetaData(), connection.dialect.column(column))
    unique_index(connection.dialect, made, key_name(table, column), [column.name])
    for index in made.indexes:
        connection.sa.execute(CreateIndex(index))


def key_name(table: Table, column: Column) -> str:
    """The name of a column's unique key: its own or ours."""
    return column.unique_name or unique_name(table.name, column.name)


def unique_name(table: str, column: str) -> str:
    """A name for a unique key that no other table has, short enough everywhere."""
    name = f"{table}_{column}_key"
    if len(name.encode()) <= 60:
        return name
    return f"{name.encode()[:50].decode(errors='ignore')}_{crc32(name.encode()):08x}"
