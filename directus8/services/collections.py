"""Collections: tables with their directus_collections and directus_fields rows, made and changed together.

Source: schema.md §2.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import column, delete, table

from directus8 import names
from directus8.db import ddl
from directus8.db.engine import Connection
from directus8.db.model import Table
from directus8.errors import (
    AlterDenied,
    CollectionExists,
    CollectionNotFound,
    CollectionNotManaged,
    InvalidRequest,
    Unauthorized,
    UnprocessableEntity,
)
from directus8.mutation import history
from directus8.mutation.history import Entry, record
from directus8.mutation.payload import check_length, encode
from directus8.mutation.write import load_rows, update_rows
from directus8.schema import definition
from directus8.schema.catalog import Collection, Field
from directus8.services.session import Session
from directus8.types.registry import SYSTEM_TYPES, field_type

Definition = Mapping[str, Any]
ROW_KEYS = ("collection", "managed", "hidden", "single", "icon", "note", "translation")


class CollectionsService:
    """The schema as seen by one caller. Changing it is for administrators."""

    def __init__(self, session: Session) -> None:
        self.session = session

    # --- create ----------------------------------------------------------------------------------------------

    def create(self, given: Definition, *, partial: bool = False) -> Collection:
        """Makes a collection of a definition with its ``fields``."""
        if not self.session.who.is_admin:
            raise Unauthorized("Unauthorized to create collections")
        name, fields = self._checked(given, partial)
        with self.session.transaction(ddl=True) as connection:
            existing = self.session.catalog.get(name)
            if existing is None:
                ddl.create_table(connection, Table(name, tuple(c for f in fields if (c := definition.column_of(f)))))
            self._write_fields(connection, name, fields, existing)
            self._write_row(connection, name, {"managed": True, **given}, existing)
            self._done(connection)
            self.session.project.bus.emit("collection.create", name)
            return self.session.catalog.collection(name)

    def _checked(self, given: Definition, partial: bool) -> tuple[str, list[Definition]]:
        name = given.get("collection")
        if name is not None and name != "":
            check_name(str(name))
        unknown = [k for k in given if k not in (*ROW_KEYS, "fields")]
        if unknown:
            raise UnprocessableEntity(
                f'Payload fields: "{", ".join(unknown)}" does not exist in "directus_collections" collection.'
            )
        _check_lengths(self.session.catalog.collection(names.COLLECTIONS), given)
        fields = given.get("fields")
        _check_required(name, fields, given)
        assert isinstance(fields, (list, dict))
        listed = list(fields.values()) if isinstance(fields, dict) else fields
        for field in listed:
            if not isinstance(field, dict):
                raise InvalidRequest("fields: This value should be of type array.")
            definition.check(field, partial=partial)
        self._check_new(str(name), listed)
        return str(name), listed

    def _check_new(self, name: str, fields: Sequence[Definition]) -> None:
        existing = self.session.catalog.get(name)
        if existing is not None and existing.managed:
            raise CollectionExists(collection=name)
        columns = [c for f in fields if (c := definition.column_of(f))]
        if existing is None:
            definition.check_table(columns, [str(f.get("field")) for f in fields])
        counted = Counter(str(f.get("type")) for f in fields)
        twice = [t for t, n in counted.items() if n > 1 and t in SYSTEM_TYPES]
        if twice:
            raise InvalidRequest(f"Only one system field permitted per table: {', '.join(twice)}")

    def _write_fields(
        self, connection: Connection, name: str, fields: Sequence[Definition], existing: Collection | None
    ) -> None:
        for field in fields:
            if existing is not None:
                alter_column(connection, existing, str(field.get("field")), field)
        rows = [field_row(name, f) for f in fields]
        known = {f.name: f for f in existing.fields.values() if f.id is not None} if existing else {}
        write_field_rows(self.session, connection, rows, known)

    def _write_row(self, connection: Connection, name: str, given: Definition, existing: Collection | None) -> None:
        collection = self.session.catalog.collection(names.COLLECTIONS)
        sent = {k: v for k, v in given.items() if k in ROW_KEYS}
        sent["collection"] = name
        values = encode(collection, sent, self.session.project.hash)
        if existing is not None and existing.registered:
            changed = tuple(k for k in values if k != "collection")
            update_rows(connection, collection, changed, [(name, values)])
        else:
            connection.insert(names.COLLECTIONS, [values], None)
        row = load_rows(connection, collection, [name])[name]
        data = history.revision_data(collection, row)
        record(connection, self.session.who, [Entry("update", names.COLLECTIONS, name, None, data, sent)])

    def _done(self, connection: Connection) -> None:
        self.session.touch({"schema"})
        self.session.forget("schema")

    # --- update ----------------------------------------------------------------------------------------------

    def update(self, name: str, given: Definition) -> Collection:
        """Changes the properties of a collection, registers or unregisters it, changes or adds fields."""
        if not self.session.who.is_admin:
            raise Unauthorized("Permission denied")
        check_name(name)
        collection = self.session.catalog.collection(name)
        given = {k: v for k, v in given.items() if k != "collection"}
        if not given.keys() - {"fields"}:
            raise InvalidRequest("collection: This value should not be blank.")
        unknown = [k for k in given if k not in (*ROW_KEYS, "fields")]
        if unknown:
            raise UnprocessableEntity(
                f'Payload fields: "{", ".join(unknown)}" does not exist in "directus_collections" collection.'
            )
        _check_lengths(self.session.catalog.collection(names.COLLECTIONS), given)
        _check_structures(given)
        if not collection.registered and not given.get("managed"):
            raise CollectionNotManaged(collection=name)
        fields = given.get("fields") or []
        listed = list(fields.values()) if isinstance(fields, dict) else fields
        with self.session.transaction(ddl=True) as connection:
            from directus8.services.fields import FieldsService

            for field in listed:
                FieldsService(self.session).write(connection, name, field)
            self._write_row(connection, name, given, self.session.catalog.collection(name))
            self._done(connection)
            self.session.project.bus.emit("collection.update", name, dict(given))
            return self.session.catalog.collection(name)

    # --- delete ----------------------------------------------------------------------------------------------

    def delete(self, name: str) -> None:
        """Drops a collection with its fields, permissions, presets and the relations it is the many side of."""
        if not self.session.who.is_admin:
            raise AlterDenied(collection=name)
        collection = self.session.catalog.collection(name)
        if names.is_reserved(name) or collection.table.is_view:
            raise AlterDenied(collection=name)
        with self.session.transaction(ddl=True) as connection:
            self.session.project.bus.emit("collection.delete:before", name)
            for rows, by in _BELONGINGS:
                connection.run(delete(table(rows, column(by))).where(column(by) == name))
            ddl.drop_table(connection, name)
            self.session.touch({"access", f"data:{name}"})
            self._done(connection)
            self.session.project.bus.emit("collection.delete", name)


_BELONGINGS = (
    (names.PERMISSIONS, "collection"),
    (names.FIELDS, "collection"),
    (names.RELATIONS, "collection_many"),
    (names.COLLECTIONS, "collection"),
    (names.PRESETS, "collection"),
)


def check_name(name: str) -> None:
    """InvalidRequest for a name no user collection may have."""
    if not re.search(r"[A-Za-z0-9]", name):
        raise InvalidRequest("Invalid collection name")
    if name.startswith(names.PREFIX):
        raise InvalidRequest(f'Collection name cannot begin with "{names.PREFIX}"')
    if name.startswith(names.OWN_PREFIX) or len(name) > 64 or "\x00" in name:
        raise InvalidRequest("Invalid collection name")


def _check_required(name: Any, fields: Any, given: Definition) -> None:
    messages = []
    if name in (None, ""):
        messages.append("collection: This value should not be blank.")
    if fields in (None, "", [], {}):
        messages.append("fields: This value should not be blank.")
    elif not isinstance(fields, (list, dict)):
        messages.append("fields: This value should be of type array.")
    if messages:
        raise InvalidRequest(" ".join(messages))
    _check_structures(given)


def _check_structures(given: Definition) -> None:
    if given.get("translation") is not None and not isinstance(given["translation"], (dict, list)):
        raise InvalidRequest("translation: This value should be of type json.")


def _check_lengths(collection: Collection, given: Definition) -> None:
    for name, value in given.items():
        if name in collection.fields and name != "fields":
            check_length(collection, collection.fields[name], value)


# --- rows of fields ------------------------------------------------------------------------------------------


def field_row(collection: str, given: Definition) -> dict[str, Any]:
    """The directus_fields row of a definition, as sent."""
    skipped = (*definition.COLUMN_KEYS, "id", "collection")
    row = {k: v for k, v in given.items() if k not in skipped}
    if row.get("type") is not None:
        row["type"] = str(row["type"]).lower()
    return {"collection": collection, **row}


def write_field_rows(
    session: Session, connection: Connection, rows: Sequence[dict[str, Any]], known: Mapping[str, Field]
) -> list[int]:
    """Creates or changes directus_fields rows and logs it; their ids in order."""
    collection = session.catalog.collection(names.FIELDS)
    encoded = [encode(collection, row, session.project.hash) for row in rows]
    ids: list[int] = []
    for row, values in zip(rows, encoded, strict=True):
        field = known.get(row["field"])
        if field is not None and field.id is not None:
            changed = tuple(k for k in values if k not in ("collection", "field"))
            if changed:
                update_rows(connection, collection, changed, [(field.id, values)])
            ids.append(field.id)
        else:
            ids.extend(connection.insert(names.FIELDS, [{"sort": 0, **values}], "id"))
    stored = load_rows(connection, collection, ids)
    entries = [
        Entry(
            "update" if known.get(row["field"]) else "create",
            names.FIELDS,
            str(id),
            None,
            history.revision_data(collection, stored[str(id)]),
            row,
        )
        for id, row in zip(ids, rows, strict=True)
    ]
    record(connection, session.who, entries)
    return ids


def alter_column(connection: Connection, collection: Collection, name: str, given: Definition) -> None:
    """Makes, changes or drops the column of a field so that it fits a complete definition."""
    new = definition.column_of(given)
    field = collection.fields.get(name)
    old = field.column if field else None
    if new is not None and old is None:
        ddl.add_column(connection, collection.table, new)
    elif new is not None and old is not None:
        ddl.alter_column(connection, collection.table, old, new)
    elif old is not None and field_type(str(given.get("type"))).alias:
        ddl.drop_column(connection, collection.table, name)


__all__ = ["CollectionNotFound", "CollectionsService"]
