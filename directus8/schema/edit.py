"""Changes tables so that they and their metadata change together or not at all.

Where the database undoes DDL with its transaction, nothing is to be done. Where every DDL statement commits by itself
(MySQL), the form a table had before its first change is written down in a table of our own (and committed by that very
DDL); the entry goes away in the transaction that writes the metadata. When that fails, the tables are taken back to the
form that was written down; when the process or the database dies, the entry is left and who next loads or edits the
schema, or ``directus8 schema check --repair``, does it. What was dropped does not come back: drops run last, and
metadata of what is gone is cleared up.

One edit at a time: ``transaction(ddl=True)`` is exclusive.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import column, delete, insert, select, table

from directus8 import names
from directus8.db import ddl
from directus8.db.engine import Connection, Database
from directus8.db.model import Column, SqlType, Table
from directus8.errors import DuplicateKey, InvalidQuery, SchemaChanged, UnprocessableEntity
from directus8.schema.version import Stamps

JOURNAL = Table(
    names.SCHEMA_EDITS,
    (
        Column("collection", SqlType("VARCHAR", "64"), nullable=False, primary_key=True),
        Column("before", SqlType("LONGTEXT")),
    ),
)
_ENTRIES = table(names.SCHEMA_EDITS, column("collection"), column("before"))

#: Reading anything is what makes SQLite look whether its memory of the schema still holds; DDL alone believes it.
_COLLECTIONS = table(names.COLLECTIONS, column("collection"))


class Edit:
    """The tables one edit has changed so far, as they are now. Made by ``editing``."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._journals = not connection.dialect.transactional_ddl
        self._before: dict[str, Table | None] = {}
        self._now: dict[str, Table] = {}

    # --- changes -----------------------------------------------------------------------------------------------

    def create(self, made: Table) -> None:
        """Makes a table."""
        self._remember(made.name, None)
        with _refused(made.name):
            ddl.create_table(self.connection, made)
        self._now[made.name] = made

    def drop(self, dropped: Table) -> None:
        """Drops a table; nothing undoes it."""
        self._remember(dropped.name, dropped)
        with _refused(dropped.name):
            ddl.drop_table(self.connection, dropped.name)

    def put(self, known: Table, new: Column) -> None:
        """Gives a table a column, or the column of that name a new form."""
        now = self._current(known)
        old = next((c for c in now.columns if c.name == new.name), None)
        if old == new:
            return
        self._remember(known.name, known)
        with _refused(known.name):
            if old is None:
                ddl.add_column(self.connection, now, new)
            else:
                ddl.alter_column(self.connection, now, old, new)
        kept = tuple(new if c is old else c for c in now.columns)
        self._now[known.name] = replace(now, columns=kept if old else (*kept, new))

    def remove(self, known: Table, name: str) -> None:
        """Drops a column; nothing undoes it."""
        now = self._current(known)
        self._remember(known.name, known)
        with _refused(known.name):
            ddl.drop_column(self.connection, now, name)
        self._now[known.name] = replace(now, columns=tuple(c for c in now.columns if c.name != name))

    # --- inside ------------------------------------------------------------------------------------------------

    def _current(self, known: Table) -> Table:
        return self._now.get(known.name, known)

    def _remember(self, name: str, before: Table | None) -> None:
        if name in self._before:
            return
        self._before[name] = before
        if self._journals:
            _write(self.connection, name, before)

    def finish(self) -> None:
        """The metadata is written: the tables stay as they are when this transaction is committed."""
        if self._journals and self._before:
            self.connection.run(delete(_ENTRIES).where(_ENTRIES.c.collection.in_(list(self._before))))

    def undo(self) -> None:
        """Takes the tables back to what they were, where the database does not do it itself."""
        if self._journals and self._before:
            self._begin_anew("ROLLBACK")
            repair(self.connection)
            self._begin_anew("COMMIT")

    def _begin_anew(self, end: str) -> None:
        self.connection.control(end)
        self.connection.control(self.connection.dialect.begin())


@contextmanager
def editing(connection: Connection) -> Iterator[Edit]:
    """An edit inside ``transaction(ddl=True)``; the metadata is written in its block."""
    connection.select(select(_COLLECTIONS.c.collection).limit(1))  # now it knows the tables that others made meanwhile
    repair(connection)
    edit = Edit(connection)
    try:
        yield edit
        edit.finish()
    except Exception:
        edit.undo()
        raise


@contextmanager
def _refused(name: str) -> Iterator[None]:
    """What the database will not make is the client's fault."""
    try:
        yield
    except (InvalidQuery, SchemaChanged) as error:
        raise UnprocessableEntity(f'The database refuses this change of "{name}"') from error
    except DuplicateKey as error:
        raise UnprocessableEntity(f'There are equal values in "{name}": the field can not be unique') from error


# --- the journal ---------------------------------------------------------------------------------------------


def pending(connection: Connection) -> dict[str, Table | None]:
    """Edits that were never finished: the tables they changed, as they were before."""
    if connection.dialect.transactional_ddl or names.SCHEMA_EDITS not in connection.dialect.reflect(connection):
        return {}
    rows = connection.select(select(_ENTRIES.c.collection, _ENTRIES.c.before))
    return {name: _decoded(before) for name, before in rows}


def repair(connection: Connection) -> list[str]:
    """Takes back what unfinished edits did, inside ``transaction(ddl=True)``; the tables it looked after."""
    found = pending(connection)
    for name, before in found.items():
        _restore(connection, name, before)
        connection.run(delete(_ENTRIES).where(_ENTRIES.c.collection == name))
    return list(found)


def recover(database: Database, stamps: Stamps) -> None:
    """Takes back what a process or a database that died has begun; an edit that runs right now is left alone."""
    if database.dialect.transactional_ddl:
        return
    with database.read() as connection:
        try:
            begun = connection.select(select(_ENTRIES.c.collection).limit(1))
        except SchemaChanged:  # nobody has edited anything yet
            return
        if not begun or not connection.rows(database.dialect.ddl_idle)[0][0]:
            return
    with stamps.change(["schema"]), database.transaction(ddl=True) as connection:
        repair(connection)


def _write(connection: Connection, name: str, before: Table | None) -> None:
    try:
        connection.run(insert(_ENTRIES).values(collection=name, before=_encoded(before)))
    except SchemaChanged:  # the first edit of this database
        ddl.create_table(connection, JOURNAL)
        connection.run(insert(_ENTRIES).values(collection=name, before=_encoded(before)))


def _restore(connection: Connection, name: str, before: Table | None) -> None:
    """Makes a table what it was, as far as it and its columns still exist."""
    now = connection.dialect.reflect(connection).get(name)
    if now is None:
        return
    if before is None:
        ddl.drop_table(connection, name)
        return
    there = {c.name: c for c in before.columns}
    for made in now.columns:
        old = there.get(made.name)
        if old is None:
            ddl.drop_column(connection, now, made.name)
        elif old != made:
            ddl.alter_column(connection, now, made, old)


def _encoded(before: Table | None) -> str | None:
    if before is None:
        return None
    return orjson.dumps([_column_row(c) for c in before.columns]).decode()


def _column_row(made: Column) -> dict[str, Any]:
    return {
        "name": made.name,
        "type": [made.type.name, made.type.length, made.type.unsigned],
        "nullable": made.nullable,
        "default": made.default,
        "primary_key": made.primary_key,
        "auto_increment": made.auto_increment,
        "unique": made.unique,
        "unique_name": made.unique_name,
        "comment": made.comment,
        "collation": made.collation,
    }


def _decoded(before: str | None, name: str = "") -> Table | None:
    if before is None:
        return None
    rows = orjson.loads(before)
    return Table(name, tuple(Column(**{**row, "type": SqlType(*row["type"])}) for row in rows))
