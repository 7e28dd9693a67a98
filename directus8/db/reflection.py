"""Putting the answers of catalogue queries together; the same for every vendor."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace

from directus8.db.model import Column, Table


def assemble(
    columns: Iterable[tuple[str, Column]],
    keys: Iterable[tuple[str, str, str]],
    foreign_keys: Iterable[tuple[str, str, str, str]],
    views: Container[str],
) -> dict[str, Table]:
    """Tables in name order, from (table, column) in column order, (table, unique key, column name) in key order
    and (table, column name, other table, other column name)."""
    parts: dict[str, list[Column]] = {}
    for table, column in columns:
        parts.setdefault(table, []).append(column)
    named: dict[str, dict[str, list[str]]] = {}
    for table, key, name in keys:
        named.setdefault(table, {}).setdefault(key, []).append(name)
    foreign: dict[str, list[tuple[str, str, str]]] = {}
    for table, name, other, other_name in foreign_keys:
        foreign.setdefault(table, []).append((name, other, other_name))
    tables: dict[str, Table] = {}
    for table in sorted(parts):
        mine = named.get(table, {})
        alone = {names[0]: key for key, names in reversed(mine.items()) if len(names) == 1}
        tables[table] = Table(
            name=table,
            columns=tuple(_unique(column, alone) for column in parts[table]) if alone else tuple(parts[table]),
            is_view=table in views,
            unique_keys=tuple((key, tuple(names)) for key, names in sorted(mine.items()) if len(names) > 1),
            foreign_keys=tuple(foreign.get(table, ())),
        )
    return tables


def _unique(column: Column, alone: dict[str, str]) -> Column:
    key = alone.get(column.name)
    return replace(column, unique=True, unique_name=key) if key is not None else column
