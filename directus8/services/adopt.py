"""Takes over plain tables: each becomes a managed collection, each foreign key a relation with its other side.

For operators. No table is changed; only metadata rows are written, and those that are there stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from directus8 import names
from directus8.db.model import Column
from directus8.errors import CollectionNotFound
from directus8.schema.catalog import Catalog, Collection
from directus8.schema.load import derived_type
from directus8.services.schema import editing
from directus8.services.session import Session

INTERFACES: Mapping[str | None, str] = {
    "integer": "numeric", "decimal": "decimal", "boolean": "toggle", "string": "text-input", "text": "textarea",
    "json": "json", "date": "date", "time": "time", "datetime": "datetime", "m2o": "many-to-one",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key: the field that has it and the collection it leads to."""

    many: str
    field: str
    one: str
    other: str | None = None  # the second foreign key of a junction


@dataclass(slots=True)
class Adoption:
    """The rows to write, in order, and what an operator should know."""

    collections: list[dict[str, Any]] = field(default_factory=list)
    fields: list[dict[str, Any]] = field(default_factory=list)
    relations: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """What is taken over, for people."""
        for row in self.collections:
            count = sum(f["collection"] == row["collection"] for f in self.fields)
            yield f"+ collection {row['collection']} ({count} fields)"
        for row in self.relations:
            yield f"+ relation {row['collection_many']}.{row['field_many']} → {row['collection_one']}"
        for warning in self.warnings:
            yield f"! {warning}"


def adopt(session: Session, wanted: Sequence[str] = (), *, really: bool = True) -> Adoption:
    """Takes over the named tables, or all that nobody manages. CollectionNotFound for one that is not there."""
    if not really:
        return plan(session.catalog, wanted)
    with editing(session) as edit:
        adoption = plan(session.catalog, wanted)
        for name, rows in (
            (names.COLLECTIONS, adoption.collections),
            (names.FIELDS, adoption.fields),
            (names.RELATIONS, adoption.relations),
        ):
            for row in rows:
                edit.connection.insert(name, [row], None)
    return adoption


def plan(catalog: Catalog, wanted: Sequence[str] = ()) -> Adoption:
    """What taking over means, decided from the schema alone."""
    for name in wanted:
        if name not in catalog:
            raise CollectionNotFound(collection=name)
    adopted = [c for c in catalog if _is_plain(c) and (not wanted or c.name in wanted)]
    made = Adoption()
    links = [link for c in adopted for link in _links(catalog, c)]
    targets = {(link.many, link.field) for link in links}
    for collection in adopted:
        made.collections.append({"collection": collection.name, "managed": 1, "hidden": int(_is_junction(collection))})
        made.fields.extend(_fields(collection, targets))
        made.warnings.extend(_warnings(collection))
    taken = {c.name: set(c.fields) for c in catalog}
    for link in links:
        alias = _alias(link, taken[link.one])
        made.fields.append(_alias_row(link, alias))
        made.relations.append(
            {
                "collection_many": link.many,
                "field_many": link.field,
                "collection_one": link.one,
                "field_one": alias,
                "junction_field": link.other,
            }
        )
    return made


def _is_plain(collection: Collection) -> bool:
    return not (collection.registered or names.is_reserved(collection.name) or collection.table.is_view)


# --- fields --------------------------------------------------------------------------------------------------


def _fields(collection: Collection, targets: set[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    for number, known in enumerate(collection.columns, 1):
        column = known.column
        assert column is not None
        if known.id is not None:
            continue
        type = "m2o" if (collection.name, known.name) in targets and not column.primary_key else _type(column)
        yield {
            "collection": collection.name,
            "field": known.name,
            "type": type or "string",
            "interface": "primary-key" if column.primary_key else _interface(column, type),
            "required": int(not column.nullable and column.default is None and not column.auto_increment),
            "hidden_detail": int(column.auto_increment),
            "sort": number,
        }


def _type(column: Column) -> str | None:
    if column.type.name == "TINYINT" and column.type.length == "1":
        return "boolean"
    return derived_type(column)


def _interface(column: Column, type: str | None) -> str | None:
    long = type == "string" and column.type.name.endswith("TEXT")
    return INTERFACES.get("text" if long else type)


# --- relations -----------------------------------------------------------------------------------------------


def _links(catalog: Catalog, collection: Collection) -> Iterator[Link]:
    """The foreign keys that lead to the primary key of a collection."""
    found = [
        Link(collection.name, name, other)
        for name, other, other_name in collection.table.foreign_keys
        if (target := catalog.get(other)) is not None
        and target.key is not None
        and other_name in (target.key.name, "")
        and name in collection.fields
        and name not in collection.relations
    ]
    if _is_junction(collection) and len(found) == 2:
        first, second = found
        found = [Link(*_of(first), second.field), Link(*_of(second), first.field)]
    yield from found


def _of(link: Link) -> tuple[str, str, str]:
    return link.many, link.field, link.one


def _is_junction(collection: Collection) -> bool:
    """Nothing but two foreign keys and a key."""
    foreign = {name for name, _, _ in collection.table.foreign_keys}
    rest = [f for f in collection.columns if f.name not in foreign and not (f.column and f.column.primary_key)]
    return len(foreign) == 2 and not rest


def _alias(link: Link, taken: set[str]) -> str:
    """A free name for the other side: the many collection's, else with the field's."""
    candidates: Iterable[str] = (link.many, f"{link.many}_{link.field}", *(f"{link.many}_{n}" for n in range(2, 100)))
    alias = next(name[:64] for name in candidates if name[:64] not in taken)
    taken.add(alias)
    return alias


def _alias_row(link: Link, alias: str) -> dict[str, Any]:
    interface = "one-to-many" if link.other is None else "many-to-many"
    return {"collection": link.one, "field": alias, "type": "o2m", "interface": interface, "sort": 1000}


def _warnings(collection: Collection) -> Iterator[str]:
    keys = collection.table.primary_key
    if not keys:
        yield f"{collection.name} has no primary key: its items can be listed, not changed"
    elif len(keys) > 1:
        yield f"{collection.name} has a key of several columns: only {keys[0]} is taken for it"
