"""What newer dialects know of collections, fields, relations and items that the original's tables have no place for.

One table of ours, a JSON object per thing; it is made when something is first written to it. The scope is the system
table the thing belongs to; the item is a collection's name, ``collection.field``, or a key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import orjson
from sqlalchemy import bindparam, delete, select

from directus8 import names
from directus8.db.engine import Connection
from directus8.db.model import Column, SqlType, Table
from directus8.db.rows import at

Extra: TypeAlias = Mapping[str, Any]
#: (scope, item) → what is known
Extras: TypeAlias = Mapping[tuple[str, str], Extra]

TABLE = Table(
    names.EXTRAS,
    (
        Column("scope", SqlType("VARCHAR", "64"), nullable=False, primary_key=True),
        Column("item", SqlType("VARCHAR", "200"), nullable=False, primary_key=True),
        Column("value", SqlType("LONGTEXT")),
    ),
)
SCHEMA = (names.COLLECTIONS, names.FIELDS, names.RELATIONS)
NONE: Extra = {}

_AT = at(names.EXTRAS, "scope", "item", "value")


def load(connection: Connection) -> Extras:
    """All extras of the schema. The table must be there."""
    statement = select(_AT.c.scope, _AT.c.item, _AT.c.value).where(_AT.c.scope.in_(SCHEMA))
    return {(scope, item): orjson.loads(value) for scope, item, value in connection.select(statement)}


def of_items(connection: Connection, scope: str, keys: Iterable[Any]) -> dict[str, Extra]:
    """The extras of items by key (as text). The table must be there."""
    listed: list[Any] = [bindparam(None, str(key)) for key in keys]
    if not listed:
        return {}
    statement = select(_AT.c.item, _AT.c.value).where(_AT.c.scope == bindparam(None, scope), _AT.c.item.in_(listed))
    return {item: orjson.loads(value) for item, value in connection.select(statement)}


def put(connection: Connection, scope: str, item: str, extra: Extra) -> None:
    """Writes the extras of one thing in place of former ones."""
    forget(connection, scope, item)
    if extra:
        row = {"scope": scope, "item": item, "value": orjson.dumps(extra).decode()}
        connection.insert(names.EXTRAS, [row], None)


def forget(connection: Connection, scope: str, *items: str) -> None:
    """Deletes the extras of things."""
    listed: list[Any] = [bindparam(None, item) for item in items]
    connection.run(delete(_AT).where(_AT.c.scope == bindparam(None, scope), _AT.c.item.in_(listed)))


def forget_collection(connection: Connection, name: str) -> None:
    """Deletes the extras of a collection, its fields and its relations."""
    found: dict[str, list[str]] = defaultdict(list)
    for scope, item in load(connection):
        if item.partition(".")[0] == name:
            found[scope].append(item)
    for scope, items in found.items():
        forget(connection, scope, *items)
