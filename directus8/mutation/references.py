"""Keeps those relations intact that were made to be: their fields hold a key that is there, or nothing.

The database itself knows nothing of them, so that a project of Directus 8 stays what it is; what is checked and what is
changed here happens in the same transaction as the write.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, select, update

from directus8.db.engine import Connection
from directus8.db.rows import at
from directus8.errors import ForeignKeyViolated
from directus8.mutation.tree import CREATE, UPDATE, Write
from directus8.mutation.write import BATCH, delete_rows
from directus8.schema.catalog import Catalog, Collection, Reference


def check(connection: Connection, catalog: Catalog, roots: Iterable[Write]) -> None:
    """ForeignKeyViolated when a finished write left a field with a key that is not there."""
    if not catalog.references:
        return
    nodes = [n for root in roots for n in root.descendants() if n.action in (CREATE, UPDATE)]
    for reference in catalog.references:
        given = {
            n.values[reference.field]
            for n in nodes
            if n.collection.name == reference.collection and n.values.get(reference.field) is not None
        }
        if given and len(_there(connection, catalog[reference.related], list(given))) < len(given):
            raise ForeignKeyViolated(field=reference.field, collection=reference.collection)


def _there(connection: Connection, collection: Collection, keys: Sequence[Any]) -> list[Any]:
    assert collection.key is not None
    source = at(collection.name, collection.key.name)
    key = source.c[collection.key.name]
    found: list[Any] = []
    for start in range(0, len(keys), BATCH):
        found += connection.select(select(key).where(key.in_(_bound(keys[start : start + BATCH]))))
    return found


def _bound(keys: Sequence[Any]) -> list[Any]:
    return [bindparam(None, key) for key in keys]


def release(connection: Connection, catalog: Catalog, collection: str, keys: Sequence[Any]) -> set[str]:
    """Does to all that points at items what is to be done when they go; the collections that were changed.

    ForeignKeyViolated where the items have to stay.
    """
    changed: set[str] = set()
    for reference in catalog.references:
        if reference.related == collection and keys:
            pointing = _pointing(connection, catalog[reference.collection], reference, keys)
            if pointing:
                changed |= {reference.collection} | _released(connection, catalog, reference, pointing)
    return changed


def _pointing(connection: Connection, many: Collection, reference: Reference, keys: Sequence[Any]) -> list[Any]:
    """The keys of the rows that point at items."""
    assert many.key is not None
    source = at(many.name, many.key.name, reference.field)
    key, foreign = source.c[many.key.name], source.c[reference.field]
    found: list[Any] = []
    for start in range(0, len(keys), BATCH):
        rows = connection.select(select(key).where(foreign.in_(_bound(keys[start : start + BATCH]))))
        found += [row[0] for row in rows]
    return found


def _released(connection: Connection, catalog: Catalog, reference: Reference, pointing: Sequence[Any]) -> set[str]:
    many = catalog[reference.collection]
    if reference.on_delete == "CASCADE":
        changed = release(connection, catalog, many.name, pointing)
        delete_rows(connection, many, list(pointing))
        return changed
    if reference.on_delete not in ("SET NULL", "SET DEFAULT"):
        raise ForeignKeyViolated(field=reference.field, collection=reference.collection)
    field = many.fields[reference.field].column
    assert many.key is not None and field is not None
    value = field.default if reference.on_delete == "SET DEFAULT" else None
    source = at(many.name, many.key.name, reference.field)
    for start in range(0, len(pointing), BATCH):
        change = update(source).where(source.c[many.key.name].in_(_bound(pointing[start : start + BATCH])))
        connection.run(change.values({reference.field: bindparam(None, value)}))
    return set()
