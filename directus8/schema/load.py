"""Reads a project's schema: reflected tables joined with the rows of directus_collections, _fields, _relations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from directus8 import names
from directus8.db.engine import Connection
from directus8.db.model import Column, Table
from directus8.db.rows import all_rows
from directus8.schema import extras
from directus8.schema.catalog import Catalog, Collection, Field, Reference, Relation
from directus8.schema.extras import Extra, Extras
from directus8.types.registry import field_type
from directus8.types.structure import json_decode

Row = Mapping[str, Any]

SHORT_NAMES = 63  # bytes

COLLECTION_COLUMNS = ("collection", "managed", "hidden", "single", "icon", "note", "translation")
FIELD_COLUMNS = (
    "id", "collection", "field", "type", "interface", "options", "locked", "validation", "required", "readonly",
    "hidden_detail", "hidden_browse", "sort", "width", "group", "note", "translation",
)  # fmt: skip
RELATION_COLUMNS = ("id", "collection_many", "field_many", "collection_one", "field_one", "junction_field")

#: Types that lead to a fixed collection, with or without a relation row.
FIXED_TARGETS = {"file": names.FILES, "user": names.USERS, "owner": names.USERS, "user_updated": names.USERS}


#: What columns of system tables lead to though no row says so (or a row that names tables of former versions).
IMPLIED = (
    Relation(None, "o2m", names.ACTIVITY, "revisions", names.REVISIONS, "activity"),
    Relation(None, "m2o", names.PRESETS, "user", names.USERS),
    Relation(None, "m2o", names.PRESETS, "role", names.ROLES),
    Relation(None, "m2o", names.PERMISSIONS, "role", names.ROLES),
)


def load(connection: Connection) -> Catalog:
    """The catalog of a project: one catalogue query and three for the metadata rows (four with extras)."""
    tables = connection.dialect.reflect(connection)
    collections = all_rows(connection, names.COLLECTIONS, COLLECTION_COLUMNS)
    return build(
        _full_names({n: t for n, t in tables.items() if not n.startswith(names.OWN_PREFIX)}, collections),
        collections,
        all_rows(connection, names.FIELDS, FIELD_COLUMNS),
        all_rows(connection, names.RELATIONS, RELATION_COLUMNS),
        extras.load(connection) if names.EXTRAS in tables else None,
    )


def _full_names(tables: dict[str, Table], collections: Sequence[Row]) -> dict[str, Table]:
    """Tables by the names they were made with, where the database has cut these (and so understands both)."""
    for name in (row["collection"] for row in collections):
        if name not in tables and len(name.encode()) > SHORT_NAMES and cut(name) in tables:
            tables[name] = replace(tables.pop(cut(name)), name=name)
    return tables


def cut(name: str) -> str:
    """What a database with short names (PostgreSQL) makes of a long one."""
    return name.encode()[:SHORT_NAMES].decode(errors="ignore")


def build(
    tables: Mapping[str, Table],
    collections: Sequence[Row],
    fields: Sequence[Row],
    relations: Sequence[Row],
    known: Extras | None = None,
) -> Catalog:
    """The catalog of reflected tables and metadata rows. Rows that match nothing are left out and reported."""
    by_collection = {row["collection"]: row for row in collections}
    by_field: dict[str, list[Row]] = defaultdict(list)
    for row in fields:
        by_field[row["collection"]].append(row)
    more = known or {}
    resolver = _Relations(tables, by_field, relations, more)
    problems = [f"collection {name} has no table" for name in by_collection if name not in tables]
    problems += resolver.problems(relations)

    def make(name: str) -> Collection:
        table = _full_column_names(tables[name], by_field[name])
        made = _fields(table, by_field[name], more)
        extra = more.get((names.COLLECTIONS, name), extras.NONE)
        implied = {r.field: r for r in IMPLIED if r.collection == name}
        return _collection(table, by_collection.get(name), made, resolver.of(name, made), extra, implied)

    makers = {name: partial(make, name) for name in tables}
    return Catalog(makers, tuple(problems), known, _references(tables, more))


def _references(tables: Mapping[str, Table], more: Extras) -> tuple[Reference, ...]:
    """The relations that are kept intact when items are written and deleted."""
    found = []
    for (scope, item), extra in more.items():
        collection, _, field = item.partition(".")
        known = extra.get("related") in tables and collection in tables
        if scope != names.RELATIONS or not extra.get("on_delete") or not known:
            continue
        if any(c.name == field for c in tables[collection].columns):
            found.append(Reference(collection, field, extra["related"], extra["on_delete"]))
    return tuple(found)


def _collection(
    table: Table,
    row: Row | None,
    fields: Mapping[str, Field],
    relations: Mapping[str, Relation],
    extra: Extra,
    implied: Mapping[str, Relation],
) -> Collection:
    row = row or {}
    return Collection(
        name=table.name,
        table=table,
        fields=fields,
        relations=relations,
        registered=bool(row),
        managed=bool(row.get("managed")),
        hidden=bool(row.get("hidden")),
        single=bool(row.get("single")),
        icon=row.get("icon"),
        note=row.get("note"),
        translation=json_decode(row.get("translation")),
        extra=extra,
        implied=implied,
    )


def _fields(table: Table, rows: Sequence[Row], more: Extras) -> dict[str, Field]:
    by_name = {row["field"]: row for row in rows}
    made = {c.name: _field(table.name, c.name, c, by_name.pop(c.name, None), more) for c in table.columns}
    for name, row in sorted(by_name.items(), key=lambda pair: pair[0].casefold()):
        if field_type(row["type"]).alias:
            made[name] = _field(table.name, name, None, row, more)
    return made


def _full_column_names(table: Table, rows: Sequence[Row]) -> Table:
    there = {c.name for c in table.columns}
    long = {cut(n): n for r in rows if len(n := r["field"]) > SHORT_NAMES and n not in there and cut(n) in there}
    if not long:
        return table
    return replace(table, columns=tuple(replace(c, name=long.get(c.name, c.name)) for c in table.columns))


def _field(collection: str, name: str, column: Column | None, row: Row | None, more: Extras) -> Field:
    extra = more.get((names.FIELDS, f"{collection}.{name}"), extras.NONE)
    if row is None:
        type = derived_type(column) if column else None
        return Field(collection, name, type, column, kind=field_type(type), extra=extra)
    type = str(row["type"]).lower()
    return Field(
        collection=collection,
        name=name,
        type=type,
        column=column,
        id=row["id"],
        interface=row["interface"],
        options=json_decode(row["options"]),
        locked=bool(row["locked"]),
        required=bool(row["required"]),
        readonly=bool(row["readonly"]),
        hidden_detail=bool(row["hidden_detail"]),
        hidden_browse=bool(row["hidden_browse"]),
        sort=row["sort"],
        width=row["width"],
        group=row["group"],
        note=row["note"],
        translation=json_decode(row["translation"]),
        validation=row["validation"],
        kind=field_type(type),
        extra=extra,
    )


def derived_type(column: Column) -> str | None:
    """The Directus type of a column nobody described. Source: schema.md §4.2."""
    if column.type.name in ("BLOB", "LONGBLOB", "BIT", "BINARY", "VARBINARY"):
        return "binary"
    if column.type.name == "JSON":
        return "json"
    return {
        "integer": "integer",
        "decimal": "decimal",
        "float": "decimal",
        "datetime": "datetime",
        "date": "date",
        "time": "time",
        "text": "string",
    }.get(column.type.kind)


class _Relations:
    """Finds the relations of a collection's fields among the rows. The last row that fits wins."""

    def __init__(
        self, tables: Mapping[str, Table], fields: Mapping[str, list[Row]], rows: Sequence[Row], more: Extras
    ) -> None:
        self.tables = tables
        self.more = more
        self.columns = {name: {c.name for c in t.columns} for name, t in tables.items()}
        self.many: dict[str, list[Row]] = defaultdict(list)
        self.one: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if row["field_many"] in self.columns.get(row["collection_many"], ()):
                self.many[row["collection_many"]].append(row)
                if row["collection_one"] and row["field_one"]:
                    self.one[row["collection_one"]].append(row)

    def problems(self, rows: Sequence[Row]) -> Iterator[str]:
        """What is wrong with rows, for tables of the users': those of the system came with some that lead nowhere."""
        for row in rows:
            field = f"{row['collection_many']}.{row['field_many']}"
            if not any(
                n in self.tables and not names.is_system(n) for n in (row["collection_many"], row["collection_one"])
            ):
                continue
            if row["field_many"] not in self.columns.get(row["collection_many"], ()):
                yield f"relation {row['id']}: {field} is no column"
            elif row["collection_one"] not in self.tables:
                yield f"relation {row['id']}: {field} leads to no table: {row['collection_one']}"

    def of(self, collection: str, fields: Mapping[str, Field]) -> dict[str, Relation]:
        found: dict[str, Relation] = {}
        for name, field in fields.items():
            target = FIXED_TARGETS.get(field.type or "")
            if target and field.column is not None and not field.column.primary_key and target in self.tables:
                found[name] = Relation(None, "m2o", collection, name, target)
        for row in self.many[collection]:
            field_many = fields.get(row["field_many"])
            if (
                field_many
                and field_many.column
                and not field_many.column.primary_key
                and row["collection_one"] in self.tables
            ):
                found[field_many.name] = Relation(
                    row["id"], "m2o", collection, field_many.name, row["collection_one"], row["field_one"],
                    row["junction_field"], self._extra(row),
                )  # fmt: skip
        for row in self.one[collection]:
            alias = fields.get(row["field_one"])
            if alias and alias.column is None and alias.kind.to_many:
                found[alias.name] = Relation(
                    row["id"], "o2m", collection, alias.name, row["collection_many"], row["field_many"],
                    self._junction(row), self._extra(row),
                )  # fmt: skip
        return found

    def _extra(self, row: Row) -> Extra:
        return self.more.get((names.RELATIONS, f"{row['collection_many']}.{row['field_many']}"), extras.NONE)

    def _junction(self, row: Row) -> str | None:
        """The far foreign key, when another relation of the same table names ours as its junction field."""
        return next(
            (r["field_many"] for r in self.many[row["collection_many"]] if r["junction_field"] == row["field_many"]),
            None,
        )
