"""Collections: tables with their directus_collections and directus_fields rows, made and changed together.

Source: schema.md §2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from directus8 import names
from directus8.db.model import Table
from directus8.errors import (
    AlterDenied,
    CollectionExists,
    CollectionNotManaged,
    InvalidRequest,
    Unauthorized,
    UnprocessableEntity,
)
from directus8.mutation import payload
from directus8.schema import definition, extras
from directus8.schema.catalog import Catalog, Collection
from directus8.schema.definition import Definition
from directus8.schema.edit import Edit
from directus8.services.fields import FieldsService
from directus8.services.schema import (
    editing,
    field_row,
    forget_collection,
    log_collection,
    tell,
    write_collection,
    write_fields,
)
from directus8.services.session import Session

ROW_KEYS = ("collection", "managed", "hidden", "single", "icon", "note", "translation")


class CollectionsService:
    """The schema as seen by one caller. Changing it is for administrators."""

    def __init__(self, session: Session) -> None:
        self.session = session

    # --- create ----------------------------------------------------------------------------------------------

    def create(self, given: Definition) -> Collection:
        """Makes a collection of a definition with its ``fields``; a table nobody manages is taken over."""
        if not self.session.who.is_admin:
            raise Unauthorized("Unauthorized to create collections")
        name, fields = self._checked(given)
        with editing(self.session) as edit:
            existing = _existing(self.session.catalog, name)
            if existing is None:
                definition.check_table(fields)
            else:
                definition.check_names(fields)
            columns = tuple(c for f in fields if (c := definition.column_of(f)))
            tell(self.session, "collection.create:before", name)
            if existing is None:
                edit.create(Table(name, columns))
            else:
                for column in columns:
                    edit.put(existing.table, column)
            known = existing.fields if existing is not None else {}
            write_fields(self.session, edit.connection, [field_row(name, f) for f in fields], known)
            row = {"managed": True, **_row_of(given)}
            write_collection(self.session, edit.connection, name, row, existing)
            if existing is None:
                tell(self.session, "collection.create", name)
                tell(self.session, "collection.create:after", name)
        return self.session.catalog.collection(name)

    def _checked(self, given: Definition) -> tuple[str, list[Definition]]:
        name = _text(given.get("collection"))
        check_name(name)
        self._check_row(given)
        fields = given.get("fields")
        if fields in (None, "", [], {}):
            raise InvalidRequest("fields: This value should not be blank.")
        listed = _listed(fields)
        for field in listed:
            definition.check(field)
        if names.is_reserved(name):
            raise InvalidRequest("Invalid collection name")
        return name, listed

    def _check_row(self, given: Definition) -> None:
        """Unknown keys, lengths, structures."""
        row = {k: v for k, v in given.items() if k != "fields"}
        unknown = [str(k) for k in row if k not in ROW_KEYS]
        if unknown:
            raise UnprocessableEntity(
                f'Payload fields: "{", ".join(unknown)}" does not exist in "{names.COLLECTIONS}" collection.'
            )
        sent = {k: v for k, v in row.items() if v is not None}
        payload.check(self.session.catalog.collection(names.COLLECTIONS), sent, partial=True)
        if "\x00" in str(given.get("collection")):
            raise InvalidRequest("Invalid collection name")

    # --- update ----------------------------------------------------------------------------------------------

    def update(self, name: str, given: Definition) -> Collection:
        """Changes the properties of a collection, registers or unregisters it, changes or adds fields."""
        if not self.session.who.is_admin:
            raise Unauthorized("Permission denied")
        check_name(name)
        given = {k: v for k, v in given.items() if k != "collection"}
        if not given.keys() - {"fields"}:
            self.session.catalog.collection(name)
            raise InvalidRequest("collection: This value should not be blank.")
        self._check_row(given)
        fields = _listed(given.get("fields") or [])
        with editing(self.session) as edit:
            collection = self.session.catalog.collection(name)
            if collection.table.is_view:
                raise AlterDenied(collection=name)
            if not collection.managed and not given.get("managed"):
                raise CollectionNotManaged(collection=name)
            tell(self.session, "collection.update:before", name, dict(given))
            self._write_fields(edit, collection, fields)
            write_collection(self.session, edit.connection, name, _row_of(given), collection)
            if not collection.registered:  # the original makes the row first and changes it then
                log_collection(self.session, edit.connection, name, _row_of(given))
            for phase in ("", ":after"):
                tell(self.session, f"collection.update{phase}", name, dict(given))
        return self.session.catalog.collection(name)

    def _write_fields(self, edit: Edit, collection: Collection, fields: Sequence[Definition]) -> None:
        rows = FieldsService(self.session).put(edit, collection, fields)
        write_fields(self.session, edit.connection, rows, collection.fields)

    # --- delete ----------------------------------------------------------------------------------------------

    def delete(self, name: str) -> None:
        """Drops a collection with its fields, permissions, presets and relations."""
        if not self.session.who.is_admin:
            raise AlterDenied(collection=name)
        with editing(self.session) as edit:
            self.drop(edit, self.session.catalog.collection(name))
            for phase in ("", ":after"):
                tell(self.session, f"collection.delete{phase}", name)

    def drop(self, edit: Edit, collection: Collection) -> None:
        """The same inside an edit."""
        if names.is_reserved(collection.name) or collection.table.is_view:
            raise AlterDenied(collection=collection.name)
        tell(self.session, "collection.delete:before", collection.name)
        edit.drop(collection.table)
        forget_collection(self.session, edit.connection, collection.name)
        if self.session.catalog.extras is not None:
            extras.forget_collection(edit.connection, collection.name)
        self.session.touch({"access", f"data:{collection.name}"})


def check_name(name: str) -> None:
    """InvalidRequest for a name no user collection may have."""
    if not re.search(r"[A-Za-z0-9]", name):
        raise InvalidRequest("Invalid collection name")
    if name.startswith(names.PREFIX):
        raise InvalidRequest(f'Collection name cannot begin with "{names.PREFIX}"')


def _existing(catalog: Catalog, name: str) -> Collection | None:
    """The table to take over; CollectionExists when it is managed, or spelt in another case."""
    existing = catalog.get(name)
    taken = existing.managed or existing.table.is_view if existing else name.lower() in map(str.lower, catalog.names())
    if taken:
        raise CollectionExists(collection=name)
    return existing


def _row_of(given: Definition) -> dict[str, Any]:
    return {k: v for k, v in given.items() if k in ROW_KEYS}


def _text(name: Any) -> str:
    return str(name) if isinstance(name, (str, int)) and not isinstance(name, bool) else ""


def _listed(fields: Any) -> list[Definition]:
    if isinstance(fields, Mapping):
        fields = list(fields.values())
    if not isinstance(fields, list) or not all(isinstance(f, Mapping) for f in fields):
        raise InvalidRequest("fields: This value should be of type array.")
    return list(fields)
