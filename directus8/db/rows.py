"""Tables whose values pass through untouched: conditions, and small reads of whole ones as maps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnClause, ColumnElement, TableClause, bindparam, column, select, table

from directus8.db.engine import Connection


def at(name: str, *columns: str) -> TableClause:
    """A table with columns whose values pass through untouched."""
    return table(name, *(untyped(c) for c in columns))


def untyped(name: str) -> ColumnClause[Any]:
    """A column whose values pass through untouched."""
    return column(name)


def all_rows(connection: Connection, name: str, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Every row of a table, in the order of its first column."""
    source = at(name, *columns)
    statement = select(*(source.c[c] for c in columns)).order_by(source.c[columns[0]])
    return [dict(zip(columns, row, strict=True)) for row in connection.select(statement)]


def matching(where: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Conditions: each column has its value."""
    return [column(c) == bindparam(None, v) for c, v in where.items()]
