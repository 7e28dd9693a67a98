"""Rows of system tables that services write by themselves, told to listeners and webhooks like any other item.

Source: extensions_hooks.md §3. Nobody's permissions are asked and nothing is logged: that is the service's affair.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import column, delete, select

from directus8.db.engine import Connection
from directus8.db.rows import at, matching
from directus8.mutation import history
from directus8.mutation.history import Entry
from directus8.mutation.tree import CREATE, DELETE, UPDATE, Write
from directus8.mutation.write import delete_rows, load_rows, update_rows
from directus8.schema.catalog import Collection
from directus8.services import telling, webhooks

if TYPE_CHECKING:
    from directus8.services.session import Session

Row = dict[str, Any]


def log(session: Session, connection: Connection, entries: Iterable[Entry]) -> None:
    """Writes entries of the log, with their revisions."""
    history.record(connection, session.who, entries, partial(insert, session, connection))


def insert(
    session: Session, connection: Connection, name: str, rows: Sequence[Row], key: str | None = "id"
) -> list[Any]:
    """Inserts rows of the same columns, as database values; their keys (none without ``key``)."""
    if not _is_heard(session, CREATE, name):
        return connection.insert(name, rows, key)
    collection = session.catalog.collection(name)
    wanted = [_filtered(telling.creating(session, collection, row), row) for row in rows]
    keys = connection.insert(name, wanted, _key(collection))
    stored = load_rows(connection, collection, keys)
    nodes = [
        Write(collection, CREATE, key=k, sent=row, values=row, row=stored[str(k)])
        for k, row in zip(keys, wanted, strict=True)
    ]
    _tell(session, connection, nodes)
    return keys if key is not None else []


def change(session: Session, connection: Connection, name: str, key: Any, values: Row) -> None:
    """Changes columns of a row, as database values."""
    collection = session.catalog.collection(name)
    if not _is_heard(session, UPDATE, name):
        update_rows(connection, collection, tuple(values), [(key, values)])
        return
    values = _filtered(telling.filtered(session, "item.update:before", collection, values), values)
    node = Write(collection, UPDATE, key=key, sent=values, values=values)
    telling.before(session, node)
    update_rows(connection, collection, tuple(values), [(key, values)])
    _tell(session, connection, [node])


def remove(session: Session, connection: Connection, name: str, where: Mapping[str, Any]) -> None:
    """Deletes the rows whose columns have these values."""
    conditions = matching(where)
    source = at(name)
    if not _is_heard(session, DELETE, name):
        connection.run(delete(source).where(*conditions))
        return
    collection = session.catalog.collection(name)
    keys = connection.select(select(column(_key(collection))).select_from(source).where(*conditions))
    stored = load_rows(connection, collection, [key for (key,) in keys])
    nodes = [Write(collection, DELETE, key=key, stored=stored[str(key)]) for (key,) in keys]
    for node in nodes:
        telling.before(session, node)
    delete_rows(connection, collection, [node.key for node in nodes])
    _tell(session, connection, nodes)


def changed(session: Session, connection: Connection, name: str, key: Any, values: Row) -> None:
    """Tells of a row that was changed already, by a statement of its own kind."""
    if _is_heard(session, UPDATE, name):
        _tell(session, connection, [Write(session.catalog.collection(name), UPDATE, key=key, values=values)])


def _tell(session: Session, connection: Connection, nodes: Sequence[Write]) -> None:
    for node in nodes:
        telling.after(session, node)
    webhooks.enqueue(session, connection, nodes)


def _filtered(told: Mapping[str, Any], row: Row) -> Row:
    """The columns of a row as filters left them: none comes, none goes."""
    return {name: told.get(name) for name in row}


def _is_heard(session: Session, action: str, name: str) -> bool:
    """Would any listener or webhook be told?"""
    bus, event = session.project.bus, f"item.{action}"
    phases = [f"{event}{phase}" for phase in webhooks.PHASES]
    if session.webhooks and any((each, name) in session.webhooks for each in phases):
        return True
    return not bus.deaf and (bus.filters(phases[0], name) or any(bus.hears(each, name) for each in phases))


def _key(collection: Collection) -> str:
    assert collection.key is not None
    return collection.key.name
