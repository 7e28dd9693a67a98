"""How collections and fields are told to clients. Source: schema.md §2.1, §3.1.

The parts are made once per collection and kept with it, so they live as long as the catalog that proves them; nobody
may change what is handed out here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from directus8.schema.catalog import Collection, Field
from directus8.types.moment import iso
from directus8.types.sqltype import length_of

Told = Mapping[str, Any]
_FIELDS: WeakKeyDictionary[Collection, dict[str, Told]] = WeakKeyDictionary()


def collection_row(collection: Collection) -> dict[str, Any]:
    """A collection as answers to writes have it."""
    return {
        "collection": collection.name,
        "managed": collection.managed,
        "hidden": collection.hidden,
        "single": collection.single,
        "icon": collection.icon,
        "note": collection.note,
        "translation": collection.translation,
    }


def collection_schema(collection: Collection) -> dict[str, Any]:
    """A collection with its fields, as reads have it."""
    return {
        "collection": collection.name,
        "note": collection.note,
        "hidden": collection.hidden,
        "single": collection.single,
        "managed": collection.managed,
        "fields": fields_schema(collection),
        "icon": collection.icon,
        "translation": collection.translation,
    }


def fields_schema(collection: Collection) -> Mapping[str, Told]:
    """All fields of a collection in the form of listings."""
    told = _FIELDS.get(collection)
    if told is None:
        told = _FIELDS[collection] = {f.name: field_schema(f) for f in collection.fields.values()}
    return told


def field_schema(field: Field) -> Told:
    """A field as listings have it: what the table says comes first."""
    column = field.column
    return {
        **_field(field),
        "type": field.type.upper() if column is None and field.type else field.type,
        "required": field.required if column is None else not column.nullable,
        "locked": None if field.locked is None else int(field.locked),
        "note": column.comment if field.note is None and column is not None else field.note,
    }


def field_row(field: Field) -> Told:
    """A field as single reads and answers to writes have it: as stored. One that is not stored: as in listings."""
    return field_schema(field) if field.id is None else _field(field)


def _field(field: Field) -> dict[str, Any]:
    column = field.column
    return {
        "collection": field.collection,
        "field": field.name,
        "datatype": column.type.name if column else None,
        "unique": bool(column and column.unique),
        "primary_key": bool(column and column.primary_key),
        "auto_increment": bool(column and column.auto_increment),
        "default_value": _default(field),
        "note": field.note,
        "signed": column is not None and not column.type.unsigned,
        "id": field.id,
        "type": field.type,
        "sort": field.sort,
        "interface": field.interface,
        "hidden_detail": field.hidden_detail,
        "hidden_browse": field.hidden_browse,
        "required": field.required,
        "options": field.options,
        "locked": field.locked,
        "translation": field.translation,
        "readonly": field.readonly,
        "width": field.width,
        "validation": field.validation,
        "group": field.group,
        "length": length_of(column.type) if column else None,
    }


def _default(field: Field) -> Any:
    if field.column is None or field.column.default is None:
        return None
    if field.column.default == "CURRENT_TIMESTAMP":
        return "current_timestamp()"
    return iso(field.column.default) if field.column.type.kind == "datetime" else field.column.default
