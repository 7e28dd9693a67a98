"""Fields: columns with their directus_fields rows. Source: schema.md §3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import column, delete, func, select, table, update

from directus8 import names
from directus8.db import ddl
from directus8.db.engine import Connection
from directus8.errors import (
    CreateDenied,
    DeleteDenied,
    FieldEditFailed,
    FieldExists,
    FieldNotFound,
    UnprocessableEntity,
    UpdateDenied,
)
from directus8.schema import definition
from directus8.schema.catalog import Collection, Field
from directus8.services.collections import alter_column, field_row, write_field_rows
from directus8.services.session import Session
from directus8.types.registry import field_type
from directus8.types.sqltype import length_of

Definition = Mapping[str, Any]

#: Only these make an update touch the column.
ALTERING = ("type", "datatype", "unique", "primary_key", "auto_increment", "length", "note", "signed")


class FieldsService:
    """Fields of all collections for one caller."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def create(self, collection: str, given: Definition) -> Field:
        """Adds a field. FieldEditFailed is the caller's business: errors come as they are."""
        rules = self.session.rules
        if not rules.allows("create", names.FIELDS):
            raise CreateDenied(collection=names.FIELDS)
        if not rules.allows("create", collection):
            raise CreateDenied(collection=collection)
        definition.check(given)
        target = self.session.catalog.collection(collection)
        name = str(given["field"])
        if name in target.fields and target.fields[name].id is not None:
            raise FieldExists(field=name)
        with self.session.transaction(ddl=True) as connection:
            alter_column(connection, target, name, given)
            row = {"sort": 0, **field_row(collection, given)}
            write_field_rows(self.session, connection, [row], {})
            return self._done(collection, name)

    def update(self, collection: str, name: str, given: Definition) -> Field:
        """Changes a field."""
        rules = self.session.rules
        target = self.session.catalog.collection(collection)
        if not rules.allows("update", names.FIELDS):
            raise UpdateDenied(collection=names.FIELDS)
        if not rules.allows("update", collection):
            raise UpdateDenied(collection=collection)
        if name not in target.fields:
            raise FieldNotFound(field=name)
        given = {k: v for k, v in given.items() if k not in ("field", "collection", "id")}
        with self.session.transaction(ddl=True) as connection:
            self.write(connection, collection, {**given, "field": name})
            return self._done(collection, name)

    def write(self, connection: Connection, collection: str, given: Definition) -> None:
        """Adds or changes a field inside an open transaction."""
        target, name = self.session.catalog.collection(collection), str(given.get("field") or "")
        field = target.fields.get(name)
        if field is None:
            definition.check(given)
            alter_column(connection, target, name, given)
            write_field_rows(self.session, connection, [{"sort": 0, **field_row(collection, given)}], {})
        else:
            stored = definition_of(field)
            definition.check(given, partial=True, stored=stored)
            if any(k in given for k in ALTERING):
                merged = _merged(stored, given)
                self._check_nulls(connection, target, field, merged)
                alter_column(connection, target, name, merged)
            row = field_row(collection, given)
            if row.keys() - {"collection", "field"}:
                known = {name: field} if field.id is not None else {}
                row = row if known else {"type": field.type, **row}
                write_field_rows(self.session, connection, [row], known)
        self._done(collection, name)

    def _check_nulls(self, connection: Connection, target: Collection, field: Field, merged: Definition) -> None:
        if not merged.get("required") or field.column is None or not field.column.nullable:
            return
        c = column(field.name)
        missing = connection.select(select(func.count()).select_from(table(target.name, c)).where(c.is_(None)))
        if missing[0][0]:
            raise FieldEditFailed(
                "Can't make this field required. There are items in this collection with no value for this field."
            )

    def delete(self, collection: str, name: str, delete_junction: bool = False) -> None:
        """Removes a field, its column, and the relations it is part of."""
        rules = self.session.rules
        target = self.session.catalog.collection(collection)
        for checked in (names.FIELDS, collection):
            if not rules.allows("delete", checked):
                raise DeleteDenied(collection=checked)
        field = target.fields.get(name)
        if field is None:
            raise FieldNotFound(field=name)
        if field.column is not None and len(target.columns) == 1:
            raise UnprocessableEntity("Cannot delete the last field")
        with self.session.transaction(ddl=True) as connection:
            if field.column is not None:
                ddl.drop_column(connection, target.table, name)
            self._delete_relations(connection, target, field, delete_junction)
            _delete_rows(connection, names.FIELDS, collection=collection, field=name)
            if field.type == "status":
                c = column("status")
                gone = delete(table(names.PERMISSIONS, column("collection"), c))
                connection.run(gone.where(column("collection") == collection, c.is_not(None), c != ""))
                self.session.touch({"access"})
            self.session.touch({"schema"})
            self.session.forget("schema")

    def _delete_relations(
        self, connection: Connection, target: Collection, field: Field, delete_junction: bool
    ) -> None:
        relation = target.relation(field.name)
        if relation is None or relation.id is None or field.type in ("file", "user", "owner", "user_updated"):
            return
        if relation.kind == "m2o":
            _delete_rows(connection, names.RELATIONS, id=relation.id)
            if relation.related_field:
                _delete_rows(connection, names.FIELDS, collection=relation.related, field=relation.related_field)
        elif relation.junction_field is None:
            at = table(names.RELATIONS, column("id"), column("field_one"))
            connection.run(update(at).where(at.c.id == relation.id).values(field_one=None))
        else:
            _delete_rows(connection, names.RELATIONS, id=relation.id)
            for column_name in ("field_many",):
                _delete_rows(
                    connection,
                    names.RELATIONS,
                    collection_many=relation.related,
                    **{column_name: relation.junction_field},
                )
            if delete_junction:
                from directus8.services.collections import CollectionsService

                CollectionsService(self.session).delete(relation.related)

    def _done(self, collection: str, name: str) -> Field:
        self.session.touch({"schema"})
        self.session.forget("schema")
        return self.session.catalog.collection(collection).fields[name]


def _delete_rows(connection: Connection, rows: str, **by: Any) -> None:
    at = table(rows, *(column(c) for c in by))
    connection.run(delete(at).where(*(at.c[c] == v for c, v in by.items())))


def definition_of(field: Field) -> dict[str, Any]:
    """The definition a stored field would be made from."""
    column = field.column
    made: dict[str, Any] = {"field": field.name, "type": field.type, "note": field.note}
    if column is None:
        return made
    return {
        **made,
        "datatype": column.type.name,
        "length": column.type.length if column.type.name in ("ENUM", "SET") else length_of(column.type),
        "signed": not column.type.unsigned,
        "unique": column.unique,
        "primary_key": column.primary_key,
        "auto_increment": column.auto_increment,
        "default_value": column.default,
        "required": not column.nullable and not column.primary_key,
    }


def _merged(stored: Definition, given: Definition) -> dict[str, Any]:
    merged = {**stored, **given}
    changed = str(merged.get("datatype") or "").upper()
    if changed not in definition.TAKES_LENGTH or ("datatype" in given and "length" not in given):
        merged["length"] = given.get("length")
    if stored.get("primary_key"):
        merged["primary_key"] = True
    if stored.get("unique"):
        merged["unique"] = True
    if stored.get("auto_increment") and "auto_increment" not in given:
        merged["auto_increment"] = True
    return merged


__all__ = ["FieldsService", "definition_of", "field_type"]
