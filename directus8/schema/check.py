"""Finds metadata that speaks of tables and columns which are not there. Tables are the truth, rows follow them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, column, delete, select, table, update

from directus8 import names
from directus8.db.engine import Connection
from directus8.schema import edit
from directus8.schema.catalog import Catalog, Collection
from directus8.schema.load import derived_type, load
from directus8.types.registry import field_type

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Orphan:
    """A row that fits no table: where it is, what is wrong, and the values that mend it (none: it must go)."""

    rows: str
    key: str
    id: Any
    text: str
    values: Mapping[str, Any] = field(default_factory=dict)


def orphans(connection: Connection) -> list[Orphan]:
    """All there are. The system's own rows are left out: some stand for nothing by design."""
    catalog = load(connection)
    read = _Reader(connection)
    return [
        *_collections(catalog, read(names.COLLECTIONS, "collection")),
        *_fields(catalog, read(names.FIELDS, "id", "collection", "field", "type")),
        *_relations(catalog, read(names.RELATIONS, "id", "collection_many", "field_many", "collection_one")),
        *_belongings(catalog, names.PERMISSIONS, read(names.PERMISSIONS, "id", "collection")),
        *_belongings(catalog, names.PRESETS, read(names.PRESETS, "id", "collection")),
    ]


def unfinished(connection: Connection) -> list[str]:
    """Collections of which an edit was begun and never finished."""
    return list(edit.pending(connection))


def mend(connection: Connection, found: Iterable[Orphan]) -> None:
    """Deletes or corrects the rows, inside a transaction."""
    for orphan in found:
        at = table(orphan.rows, column(orphan.key), *(column(n) for n in orphan.values))
        where = at.c[orphan.key] == bindparam(None, orphan.id)
        connection.run(update(at).where(where).values(orphan.values) if orphan.values else delete(at).where(where))


@dataclass(frozen=True, slots=True)
class _Reader:
    connection: Connection

    def __call__(self, rows: str, *columns: str) -> list[Row]:
        statement: Any = select(*(column(c) for c in columns)).select_from(table(rows)).order_by(column(columns[0]))
        return [dict(zip(columns, row, strict=True)) for row in self.connection.select(statement)]


def _collections(catalog: Catalog, rows: Iterable[Row]) -> Iterator[Orphan]:
    for row in rows:
        if row["collection"] not in catalog:
            yield Orphan(names.COLLECTIONS, "collection", row["collection"], f"{row['collection']} has no table")


def _fields(catalog: Catalog, rows: Iterable[Row]) -> Iterator[Orphan]:
    for row in rows:
        collection = catalog.get(row["collection"])
        if names.is_reserved(row["collection"]):
            continue
        path = f"{row['collection']}.{row['field']}"
        if collection is None:
            yield Orphan(names.FIELDS, "id", row["id"], f"the field {path} has no table")
        elif (found := _misfit(collection, row)) is not None:
            yield Orphan(names.FIELDS, "id", row["id"], f"the field {path} {found[0]}", found[1])


def _misfit(collection: Collection, row: Row) -> tuple[str, Row] | None:
    known = collection.fields.get(row["field"])
    if known is None:
        return "has no column", {}
    if field_type(row["type"]).alias and known.column is not None:
        return f"is of type {row['type']}, but has a column", {"type": derived_type(known.column) or "string"}
    return None


def _relations(catalog: Catalog, rows: Iterable[Row]) -> Iterator[Orphan]:
    for row in rows:
        many, one = row["collection_many"], row["collection_one"]
        if names.is_reserved(many):
            continue
        path = f"{many}.{row['field_many']}"
        if many not in catalog or row["field_many"] not in catalog[many].fields:
            yield Orphan(names.RELATIONS, "id", row["id"], f"the relation of {path} has no column")
        elif one and one not in catalog:
            yield Orphan(names.RELATIONS, "id", row["id"], f"the relation of {path} leads to {one}, which has no table")


def _belongings(catalog: Catalog, name: str, rows: Iterable[Row]) -> Iterator[Orphan]:
    for row in rows:
        if row["collection"] not in catalog and not names.is_reserved(row["collection"]):
            yield Orphan(name, "id", row["id"], f"{name} {row['id']} is of {row['collection']}, which has no table")
