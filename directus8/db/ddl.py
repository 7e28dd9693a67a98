"""Making and changing tables, in neutral terms, through Alembic's operations."""

from __future__ import annotations

import logging
import re
from typing import Any
from zlib import crc32

import sqlalchemy
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import quoted_name
from sqlalchemy.sql.schema import SchemaItem
from sqlalchemy.types import TypeEngine

from directus8.db.dialect import Dialect
from directus8.db.engine import Connection
from directus8.db.model import Column, Table

logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def create_table(connection: Connection, table: Table) -> None:
    """Make a table with its keys."""
    made = sqlalchemy_table(connection.dialect, table)
    with connection.translated(table.name):
        operations(connection).impl.create_table(made)


def drop_table(connection: Connection, name: str) -> None:
    """Drop a table."""
    with connection.translated(name):
        operations(connection).drop_table(quoted_name(name, True))


def add_column(connection: Connection, table: Table, column: Column) -> None:
    """Add a column at the end of a table."""
    with connection.translated(table.name):
        connection.dialect.add_column(connection, table, column)


def alter_column(connection: Connection, table: Table, old: Column, new: Column) -> None:
    """Make ``old``, a column of ``table``, into ``new``: type, nullability, default, unique key, comment."""
    if old != new:
        with connection.translated(table.name):
            connection.dialect.alter_column(connection, table, old, new)


def drop_column(connection: Connection, table: Table, name: str) -> None:
    """Drop a column with its data."""
    with connection.translated(table.name):
        connection.dialect.drop_column(connection, table, name)


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
            unique_index(dialect, made, column.unique_name or unique_name(table.name, column.name), [column.name])
    for name, names in table.unique_keys:
        unique_index(dialect, made, name, names)
    for name, other, other_name in table.foreign_keys:
        target = sqlalchemy.Table(quoted_name(other, True), made.metadata, keep_existing=True)
        if other_name not in target.c:
            target.append_column(sqlalchemy.Column(quoted_name(other_name, True)))
        made.append_constraint(sqlalchemy.ForeignKeyConstraint([name], [target.c[other_name]]))
    return made


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
        return sqlalchemy.text(value)
    if kind == "datetime" and re.fullmatch(r"current_timestamp(\(\d*\))?", value, re.I):
        return sqlalchemy.text("CURRENT_TIMESTAMP")
    return value


def unique_index(dialect: Dialect, table: sqlalchemy.Table, name: str, columns: tuple[str, ...] | list[str]) -> None:
    """Attach a unique key to a table that is to be made."""
    terms = [dialect.index_term(table.c[column]) for column in columns]
    table.append_constraint(sqlalchemy.Index(quoted_name(name, True), *terms, unique=True))


def unique_name(table: str, column: str) -> str:
    """A name for a unique key that no other table has, short enough everywhere."""
    name = f"{table}_{column}_key"
    if len(name.encode()) <= 60:
        return name
    return f"{name.encode()[:50].decode(errors='ignore')}_{crc32(name.encode()):08x}"
