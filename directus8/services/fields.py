"""Fields: columns with their directus_fields rows. Source: schema.md §3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from directus8 import names
from directus8.db.engine import Connection
from directus8.db.rows import at
from directus8.errors import (
    AlterDenied,
    CreateDenied,
    DeleteDenied,
    Error,
    FieldEditFailed,
    FieldExists,
    FieldNotFound,
    FieldWriteDenied,
    SystemCollection,
    UnprocessableEntity,
    UpdateDenied,
)
from directus8.schema import definition, extras
from directus8.schema.catalog import Collection, Field, Relation
from directus8.schema.definition import Definition
from directus8.schema.edit import Edit
from directus8.services import inner
from directus8.services.schema import (
    delete_logged,
    editing,
    field_row,
    forget_alias,
    forget_collection,
    select_rows,
    tell,
    write_fields,
)
from directus8.services.session import Session
from directus8.system.tables import lasting_columns

#: Types whose relation is implied; their relation rows are left alone.
IMPLIED = ("file", "user", "owner", "user_updated")


class FieldsService:
    """Fields of all collections for one caller."""

    def __init__(self, session: Session) -> None:
        self.session = session

    # --- create and update -------------------------------------------------------------------------------------

    def create(self, collection: str, given: Definition) -> Field:
        """Adds a field; a column nobody described is taken over."""
        self._check_rights("create", collection, CreateDenied)
        definition.check(given)
        name = str(given["field"])
        with editing(self.session) as edit:
            target = self.session.catalog.collection(collection)
            if name in target.fields and target.fields[name].id is not None:
                raise FieldExists(field=name)
            tell(self.session, "field.create:before", collection, name, dict(given))
            self._shape(edit, target, name, given)
            write_fields(self.session, edit.connection, [field_row(collection, given)], {})
            for phase in ("", ":after"):
                tell(self.session, f"field.create{phase}", collection, name, dict(given))
        return self.session.catalog.collection(collection).fields[name]

    def update(self, collection: str, name: str, given: Definition) -> Field:
        """Changes a field."""
        return self._update(collection, [{**given, "field": name}])[0]

    def update_many(self, collection: str, given: Sequence[Definition]) -> list[Field]:
        """Changes several fields, each named by its ``field``, all or none. Not of system collections."""
        if names.is_system(collection):
            raise SystemCollection()
        return self._update(collection, given)

    def _update(self, collection: str, given: Sequence[Definition]) -> list[Field]:
        self.session.catalog.collection(collection)
        self._check_rights("update", collection, UpdateDenied)
        wanted = [str(g["field"]) for g in given]
        with editing(self.session) as edit:
            target = self.session.catalog.collection(collection)
            for name in wanted:
                self._check_writable(target, name)
            for name, each in zip(wanted, given, strict=True):
                tell(self.session, "field.update:before", collection, name, dict(each))
            write_fields(self.session, edit.connection, self.put(edit, target, given), target.fields)
            for name, each in zip(wanted, given, strict=True):
                for phase in ("", ":after"):
                    tell(self.session, f"field.update{phase}", collection, name, dict(each))
        fields = self.session.catalog.collection(collection).fields
        return [fields[name] for name in wanted]

    def put(self, edit: Edit, target: Collection, given: Sequence[Definition]) -> list[dict[str, Any]]:
        """Adds or changes the columns of fields; the directus_fields rows to write once all are done."""
        rows = [self._put(edit, target, {k: v for k, v in g.items() if k not in ("collection", "id")}) for g in given]
        return [row for row in rows if row is not None]

    def _put(self, edit: Edit, target: Collection, given: Definition) -> dict[str, Any] | None:
        name = str(given.get("field") or "")
        field = target.fields.get(name)
        if field is None:
            definition.check(given)
            self._shape(edit, target, name, given)
            return field_row(target.name, given)
        stored = definition_of(field)
        definition.check(given, partial=True, stored=stored)
        if any(k in given for k in definition.ALTERING):
            merged = _merged(stored, given)
            _check_nulls(edit.connection, target, field, merged)
            self._shape(edit, target, name, merged)
        row = field_row(target.name, given)
        if not row.keys() - {"collection", "field"}:
            return None
        return row if field.id is not None else {"type": field.type or "string", **row}

    def _shape(self, edit: Edit, target: Collection, name: str, whole: Definition) -> None:
        """Makes, changes or drops the column of a field so that it fits a complete definition."""
        if target.table.is_view:
            raise AlterDenied(collection=target.name)
        old = target.fields[name].column if name in target.fields else None
        new = definition.column_of(whole)
        if new is not None:
            if new.primary_key and any(c.primary_key and c.name != name for c in target.table.columns):
                raise UnprocessableEntity("Multiple primary key defined")
            edit.put(target.table, new)
        elif old is not None and definition.is_alias(whole):
            _check_droppable(target, target.fields[name], self.session.rules.hardened)
            edit.remove(target.table, name)

    # --- delete ----------------------------------------------------------------------------------------------

    def delete(self, collection: str, name: str, delete_junction: bool = False) -> None:
        """Removes a field, its column, and the relations it is part of; on demand the junction it leads through."""
        self.session.catalog.collection(collection)
        self._check_rights("delete", collection, DeleteDenied)
        with editing(self.session) as edit:
            target = self.session.catalog.collection(collection)
            field = target.fields.get(name)
            if field is None:
                raise FieldNotFound(field=name)
            _check_droppable(target, field, self.session.rules.hardened)
            relation = self._relation(target, field)
            tell(self.session, "field.delete:before", collection, name)
            if field.column is not None:
                edit.remove(target.table, name)
            junction = self._junction(relation) if delete_junction else None
            if junction is not None:
                edit.drop(junction.table)
                forget_collection(self.session, edit.connection, junction.name)
                self.session.touch({"access", f"data:{junction.name}"})
            if relation is not None:
                _forget_relation(self.session, edit.connection, relation)
            inner.remove(self.session, edit.connection, names.FIELDS, {"collection": collection, "field": name})
            if self.session.catalog.extras is not None:
                for scope in (names.FIELDS, names.RELATIONS):
                    extras.forget(edit.connection, scope, f"{collection}.{name}")
            if field.type == "status":
                self._forget_statuses(edit.connection, collection)
            self.session.touch({f"data:{collection}"})
            for phase in ("", ":after"):
                tell(self.session, f"field.delete{phase}", collection, name)

    @staticmethod
    def _relation(target: Collection, field: Field) -> Relation | None:
        relation = target.relation(field.name)
        return None if relation is None or relation.id is None or field.type in IMPLIED else relation

    def _junction(self, relation: Relation | None) -> Collection | None:
        if relation is None or relation.junction_field is None or names.is_reserved(relation.related):
            return None
        if not self.session.who.is_admin:
            raise AlterDenied(collection=relation.related)
        return self.session.catalog.get(relation.related)

    def _forget_statuses(self, connection: Connection, collection: str) -> None:
        """Without a status field there are no permissions by status."""
        rows = select_rows(connection, names.PERMISSIONS, ("id", "status"), collection=collection)
        gone = [row["id"] for row in rows if row["status"] not in (None, "")]
        if gone:
            delete_logged(self.session, connection, names.PERMISSIONS, gone)
            self.session.touch({"access"})

    # --- rights ------------------------------------------------------------------------------------------------

    def _check_rights(self, action: str, collection: str, denied: type[Error]) -> None:
        for checked in (names.FIELDS, collection):
            if not self.session.rules.allows(action, checked):
                raise denied(collection=checked)

    def _check_writable(self, target: Collection, name: str) -> None:
        if name not in target.fields:
            raise FieldNotFound(field=name)
        if name in self.session.rules.unwritable_fields(target.name, None):
            raise FieldWriteDenied(field=name, collection=target.name)


def _check_droppable(target: Collection, field: Field, hardened: bool) -> None:
    """AlterDenied for a column that stays; UnprocessableEntity where a table could not be read without it."""
    if field.column is None:
        return
    if target.table.is_view or field.name in lasting_columns(target.name, hardened):
        raise AlterDenied(collection=target.name)
    if len(target.columns) == 1:
        raise UnprocessableEntity("Cannot delete the last field")
    if field.column.primary_key:
        raise UnprocessableEntity("Cannot delete the primary key field")


def _check_nulls(connection: Connection, target: Collection, field: Field, merged: Definition) -> None:
    if not merged.get("required") or field.column is None or not field.column.nullable:
        return
    source = at(target.name, field.name)
    absent = source.c[field.name].is_(None)
    missing = connection.select(select(func.count()).select_from(source).where(absent))
    if missing[0][0]:
        raise FieldEditFailed(
            "Can't make this field required. There are items in this collection with no value for this field."
        )


def _forget_relation(session: Session, connection: Connection, relation: Relation) -> None:
    """What becomes of the rows behind a deleted field."""
    if relation.kind == "m2o":
        inner.remove(session, connection, names.RELATIONS, {"id": relation.id})
        forget_alias(session, connection, relation.related, relation.related_field)
    elif relation.junction_field is None:
        inner.change(session, connection, names.RELATIONS, relation.id, {"field_one": None})
    else:
        inner.remove(session, connection, names.RELATIONS, {"id": relation.id})
        far = {"collection_many": relation.related, "field_many": relation.junction_field}
        inner.remove(session, connection, names.RELATIONS, far)


# --- definitions of what is there ------------------------------------------------------------------------------


def definition_of(field: Field) -> dict[str, Any]:
    """The definition a stored field would be made from."""
    made: dict[str, Any] = {"field": field.name, "type": field.type, "note": field.note}
    column = field.column
    if column is None:
        return made
    return {
        **made,
        "datatype": column.type.name,
        "length": column.type.length,
        "signed": not column.type.unsigned,
        "unique": column.unique,
        "primary_key": column.primary_key,
        "auto_increment": column.auto_increment,
        "default_value": column.default,
        "required": not column.nullable and not column.primary_key,
    }


def _merged(stored: Definition, given: Definition) -> dict[str, Any]:
    """A change over what is there. Keys, unique or primary, and counters are only ever added."""
    merged = {**stored, **given}
    datatype = str(merged.get("datatype") or "").upper()
    if datatype not in definition.TAKES_LENGTH or ("datatype" in given and "length" not in given):
        merged["length"] = given.get("length")
    for flag in ("primary_key", "unique", "auto_increment"):
        if stored.get(flag):
            merged[flag] = True
    return merged


__all__ = ["FieldsService", "definition_of"]
