"""Collections, fields and relations for extension authors. Definitions may be those of Directus 8 or of later versions.

Those of later versions have ``meta`` and ``schema``; those of Directus 8 say all in one map.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from directus8 import names
from directus8.context import Accountability
from directus8.errors import FieldNotFound, InvalidPayload, ItemNotFound
from directus8.extensions.items import ADMINISTRATOR, Item, Schema, desk
from directus8.schema.catalog import Collection, Field, Relation
from directus8.services import collections, definitions, fields
from directus8.services.fields import definition_of
from directus8.services.items import ItemsService as Items
from directus8.services.session import Session

KEY = {
    "field": "id", "type": "integer", "datatype": "INT", "length": "11", "signed": False, "primary_key": True,
    "auto_increment": True, "interface": "primary-key", "hidden_detail": True,
}  # fmt: skip
#: Words of later versions for properties of a collection.
WORDS = {"singleton": "single", "translations": "translation"}


class CollectionsService:
    """The collections. Changing them is for administrators."""

    def __init__(self, *, schema: Schema, accountability: Accountability | None = ADMINISTRATOR) -> None:
        self.schema = schema
        self.desk = desk(schema, accountability)

    def create_one(self, data: Mapping[str, Any]) -> str:
        """Makes a collection of its name (``collection`` or ``name``), ``fields`` and ``meta``; its name."""
        name = data.get("collection") or data.get("name")
        listed = [field_definition(each) for each in data.get("fields") or ()]
        if not any(each.get("primary_key") for each in listed):
            listed = [KEY, *listed]
        given = {"collection": name, **_row(data), "fields": listed}
        return self.desk.do(lambda s: collections.CollectionsService(s).create(given).name)

    def create_many(self, data: Sequence[Mapping[str, Any]]) -> list[str]:
        """Makes collections; their names."""
        return [self.create_one(each) for each in data]

    def read_one(self, name: str) -> Item:
        """A collection. CollectionNotFound, and errors for one that may not be read."""
        return self.desk.do(lambda s: _collection(_readable(s, name)))

    def read_many(self, listed: Sequence[str]) -> list[Item]:
        """Collections by name."""
        return [self.read_one(name) for name in listed]

    def read_by_query(self) -> list[Item]:
        """All collections of which something may be read."""
        return self.desk.do(lambda s: [_collection(c) for c in s.catalog if s.rules.reads(c.name)])

    def update_one(self, name: str, data: Mapping[str, Any]) -> str:
        """Changes the properties of a collection; its name."""
        return self.desk.do(lambda s: collections.CollectionsService(s).update(name, _row(data)).name)

    def delete_one(self, name: str) -> str:
        """Drops a collection with all that belongs to it; its name."""
        self.desk.do(lambda s: collections.CollectionsService(s).delete(name))
        return name

    def delete_many(self, listed: Sequence[str]) -> list[str]:
        """Drops collections; their names."""
        return [self.delete_one(name) for name in listed]


class FieldsService:
    """The fields of all collections."""

    def __init__(self, *, schema: Schema, accountability: Accountability | None = ADMINISTRATOR) -> None:
        self.schema = schema
        self.desk = desk(schema, accountability)

    def create_field(self, collection: str, data: Mapping[str, Any]) -> str:
        """Adds a field; its name."""
        given = field_definition(data)
        return self.desk.do(lambda s: fields.FieldsService(s).create(collection, given).name)

    def read_one(self, collection: str, field: str) -> Item:
        """A field. FieldNotFound."""
        return self.desk.do(lambda s: _field(_visible(s, collection, field)))

    def read_all(self, collection: str | None = None) -> list[Item]:
        """The fields of a collection, or all there are."""

        def read(session: Session) -> list[Item]:
            found = [_readable(session, collection)] if collection else list(session.catalog)
            seen = [c for c in found if session.rules.reads(c.name)]
            hidden = session.rules.hidden_fields
            return [_field(f) for c in seen for f in c.fields.values() if f.name not in hidden(c.name)]

        return self.desk.do(read)

    def update_field(self, collection: str, field: str, data: Mapping[str, Any]) -> str:
        """Changes a field; its name."""

        def change(session: Session) -> str:
            known = session.catalog.collection(collection).fields.get(field)
            if known is None:
                raise FieldNotFound(field=field)
            is_new = "meta" in data or "schema" in data
            given = definitions.changed(known, data).definition if is_new else dict(data)
            return fields.FieldsService(session).update(collection, field, given).name

        return self.desk.do(change)

    def delete_field(self, collection: str, field: str) -> str:
        """Removes a field with its column; its name."""
        self.desk.do(lambda s: fields.FieldsService(s).delete(collection, field))
        return field


class RelationsService:
    """The relations, each named by the collection and field that hold the key."""

    def __init__(self, *, schema: Schema, accountability: Accountability | None = ADMINISTRATOR) -> None:
        self.schema = schema
        self.desk = desk(schema, accountability)

    def create_one(self, data: Mapping[str, Any]) -> Item:
        """Makes a relation: ``collection``, ``field``, ``related_collection``, ``meta``; the relation."""
        meta = data.get("meta") or {}
        row = {
            "collection_many": data.get("collection"),
            "field_many": data.get("field"),
            "collection_one": data.get("related_collection"),
            "field_one": meta.get("one_field"),
            "junction_field": meta.get("junction_field"),
        }
        if missing := [n for n in ("collection", "field", "related_collection") if not data.get(n)]:
            raise InvalidPayload(f'"{missing[0]}" is required')
        self.desk.do(lambda s: Items(s, names.RELATIONS).create([row]))
        return self.read_one(str(data["collection"]), str(data["field"]))

    def read_one(self, collection: str, field: str) -> Item:
        """A relation. ItemNotFound."""
        return self.desk.do(lambda s: _relation(_between(s, collection, field)))

    def read_all(self, collection: str | None = None) -> list[Item]:
        """The relations of a collection, or all there are."""

        def read(session: Session) -> list[Item]:
            found = [_readable(session, collection)] if collection else list(session.catalog)
            seen = [c for c in found if session.rules.reads(c.name)]
            return [_relation(r) for c in seen for r in c.relations.values() if r.kind == "m2o" and r.id is not None]

        return self.desk.do(read)

    def update_one(self, collection: str, field: str, data: Mapping[str, Any]) -> Item:
        """Changes a relation; the relation."""
        meta = data.get("meta") or {}
        told = {"one_field": "field_one", "junction_field": "junction_field"}
        row = {told[n]: meta[n] for n in told if n in meta}
        if "related_collection" in data:
            row["collection_one"] = data["related_collection"]
        self.desk.do(lambda s: Items(s, names.RELATIONS).update([(_between(s, collection, field).id, row)]))
        return self.read_one(collection, field)

    def delete_one(self, collection: str, field: str) -> None:
        """Removes a relation; the field stays."""
        self.desk.do(lambda s: Items(s, names.RELATIONS).delete([_between(s, collection, field).id]))


# --- definitions -------------------------------------------------------------------------------------------------


def field_definition(given: Mapping[str, Any]) -> dict[str, Any]:
    """A field as Directus 8 defines it. One without ``datatype`` is taken for one of later versions."""
    if given.get("datatype") or given.get("type") not in definitions.TYPES:
        return dict(given)
    return definitions.field(given).definition


def _row(given: Mapping[str, Any]) -> dict[str, Any]:
    told = {**given, **(given.get("meta") or {})}
    renamed = {WORDS.get(name, name): value for name, value in told.items()}
    return {n: v for n, v in renamed.items() if n in collections.ROW_KEYS and n != "collection"}


# --- what is told ------------------------------------------------------------------------------------------------


def _readable(session: Session, name: str) -> Collection:
    found = session.catalog.collection(name)
    session.rules.read_filter(found)
    return found


def _visible(session: Session, collection: str, name: str) -> Field:
    found = _readable(session, collection).fields.get(name)
    if found is None or name in session.rules.hidden_fields(collection):
        raise FieldNotFound(field=name)
    return found


def _between(session: Session, collection: str, field: str) -> Relation:
    found = _readable(session, collection).relation(field)
    if found is None or found.id is None:
        raise ItemNotFound()
    return found


def _collection(found: Collection) -> Item:
    meta = {n: getattr(found, n) for n in ("managed", "hidden", "single", "icon", "note", "translation")}
    return {"collection": found.name, "meta": meta, "fields": list(found.fields)}


def _field(found: Field) -> Item:
    kept = ("id", "interface", "options", "note", "sort", "required", "readonly", "width", "group", "validation")
    meta = {n: getattr(found, n) for n in kept}
    return {"collection": found.collection, **definition_of(found), "meta": {**meta, **found.extra}}


def _relation(found: Relation) -> Item:
    meta = {"id": found.id, "one_field": found.related_field, "junction_field": found.junction_field}
    return {
        "collection": found.collection,
        "field": found.field,
        "related_collection": found.related,
        "meta": meta,
    }
