"""Rows about to be changed, and whether the caller may."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from directus8.db.engine import Connection
from directus8.errors import UnprocessableEntity
from directus8.filters import Condition, Filter
from directus8.mutation.nested import Named
from directus8.query.sql import Rows, Values, rows_statement
from directus8.schema.catalog import Collection
from directus8.services.session import Session

#: What one statement reads together at most: databases limit the tables, columns and values of a statement.
TABLES, WIDTH = 16, 800


@dataclass(frozen=True, slots=True)
class Stored:
    """A row about to be changed, and whether the caller may."""

    row: dict[str, Any]
    may_update: bool
    may_delete: bool


def by_keys(session: Session, connection: Connection, named: Iterable[Named]) -> list[dict[str, Stored]]:
    """The rows of each collection by key (as text), read by as few statements as possible."""
    return [
        found
        for together in _together(named)
        for found in matching(session, connection, [(c, by_key(c, keys)) for c, keys in together])
    ]


def by_key(collection: Collection, keys: Sequence[Any]) -> Condition:
    """The condition that an item has one of the keys."""
    assert collection.key is not None
    return Condition((collection.key.name,), "key", tuple(keys))


def _together(named: Iterable[Named]) -> Iterator[list[Named]]:
    """The same in order, in groups that one statement can read."""
    group: list[Named] = []
    width = 0
    for collection, keys in named:
        more = len(collection.columns) + len(keys)
        if group and (len(group) == TABLES or width + more > WIDTH):
            yield group
            group, width = [], 0
        group.append((collection, keys))
        width += more
    if group:
        yield group


def matching(
    session: Session, connection: Connection, asked: Sequence[tuple[Collection, Filter]]
) -> list[dict[str, Stored]]:
    """The rows of each collection that match, by key (as text), read by one statement.

    UnprocessableEntity where a key names several rows: nothing is written by such a key.
    """
    rules = session.rules
    wanted = [Rows(c, where, (rules.write_filter("update", c), rules.write_filter("delete", c))) for c, where in asked]
    statement = rows_statement(wanted, connection.dialect, session.catalog)
    found: list[dict[str, Stored]] = [{} for _ in asked]
    ends = list(accumulate((len(c.columns) + 2 for c, _ in asked), initial=1))
    for row in connection.rows(statement.sql, statement.parameters(Values((), session.who))):
        number = row[0]
        _add(found[number], asked[number][0], row[ends[number] : ends[number + 1]])
    return found


def _add(found: dict[str, Stored], collection: Collection, values: Sequence[Any]) -> None:
    assert collection.key is not None
    *columns, may_update, may_delete = values
    row = dict(zip((f.name for f in collection.columns), columns, strict=True))
    if row[collection.key.name] is None:
        return  # nothing matched
    key = str(row[collection.key.name])
    if key in found:  # of a key of several columns the first does not say which row is meant
        raise UnprocessableEntity(f'Several items of "{collection.name}" have the key "{key}"')
    found[key] = Stored(row, bool(may_update), bool(may_delete))


__all__ = ["Stored", "by_key", "by_keys", "matching"]
