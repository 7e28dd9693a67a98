"""/relations. Source: sdk_v10.md D.6.

A relation of Directus 8 is a row of directus_relations. What becomes of items when their target goes, or when they are
taken out of a list, is kept beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from directus8 import names
from directus8.api.v10 import told
from directus8.api.v10.answer import EMPTY, Answer
from directus8.api.v10.lens import lens_of
from directus8.api.v10.reading import check_readable
from directus8.api.v10.request import V10Request
from directus8.api.v10.router import route
from directus8.errors import Forbidden, InvalidPayload
from directus8.schema import extras
from directus8.schema.catalog import Collection, Field, Relation
from directus8.services import inner
from directus8.services.fields import FieldsService, definition_of
from directus8.services.items import ItemsService
from directus8.services.kept import ready_extras
from directus8.services.session import Session

KEPT = ("one_deselect_action", "sort_field")
#: Types of fields that lead to a fixed collection, or hold what the server writes: a relation leaves them as they are.
FIXED = ("file", "user", "owner", "user_updated")


@route("GET", "/relations")
def list_all(request: V10Request) -> Answer:
    session = request.session
    check_readable(session, session.catalog.collection(names.RELATIONS))
    found = (r for c in session.catalog if session.rules.reads(c.name) for r in _of(session, c))
    return Answer([told.relation(session.catalog, r) for r in found])


@route("GET", "/relations/<name>")
def list_of(request: V10Request, name: str) -> Answer:
    session = request.session
    collection = _readable(session, name)
    return Answer([told.relation(session.catalog, r) for r in _of(session, collection)])


@route("GET", "/relations/<name>/<field>")
def read_relation(request: V10Request, name: str, field: str) -> Answer:
    return Answer(_told(request.session, name, field))


def _readable(session: Session, name: str) -> Collection:
    check_readable(session, session.catalog.collection(names.RELATIONS))
    found = session.catalog.get(name)
    if found is None or not session.rules.reads(name):
        raise Forbidden()
    return found


def _of(session: Session, collection: Collection) -> Iterator[Relation]:
    hidden = session.rules.hidden_fields(collection.name) | lens_of(collection.name).hidden
    for relation in (*collection.relations.values(), *collection.implied.values()):
        if relation.kind == "m2o" and relation.field not in hidden and session.rules.reads(relation.related):
            yield relation


def _told(session: Session, name: str, field: str) -> Mapping[str, Any]:
    collection = _readable(session, name)
    wanted = lens_of(name).column(field)
    for relation in _of(session, collection):
        if relation.field == wanted:
            return told.relation(session.catalog, relation)
    raise Forbidden()


# --- writing -------------------------------------------------------------------------------------------------


@route("POST", "/relations")
def create_relation(request: V10Request) -> Answer:
    session, given = request.session, request.fields()
    if not session.who.is_admin:
        raise Forbidden()
    collection, field = _new(session, given)
    related = session.catalog.get(str(given.get("related_collection")))
    if related is None:
        raise InvalidPayload(f'Collection "{given.get("related_collection")}" doesn\'t exist')
    meta = _part(given, "meta")
    ready_extras(session)
    with session.transaction(ddl=True):
        _fit(session, field, related)
        row = {
            "collection_many": collection.name,
            "field_many": field.name,
            "collection_one": related.name,
            "field_one": meta.get("one_field"),
            "junction_field": meta.get("junction_field"),
        }
        ItemsService(session, names.RELATIONS).create([row])
        kept = {name: meta[name] for name in KEPT if meta.get(name) is not None}
        if given.get("schema", {}) is not None:
            kept |= {"on_delete": _on_delete(given) or "NO ACTION", "related": related.name}
        _keep(session, collection.name, field.name, kept)
    return Answer(_told(session, collection.name, field.name))


def _new(session: Session, given: Mapping[str, Any]) -> tuple[Collection, Field]:
    for name in ("collection", "field"):
        if not isinstance(given.get(name), str) or not given[name]:
            raise InvalidPayload(f'"{name}" is required')
    name, field = given["collection"], given["field"]
    collection = session.catalog.get(name)
    if collection is None:
        raise InvalidPayload(f'Collection "{name}" doesn\'t exist')
    found = collection.fields.get(field)
    if found is None or found.column is None:
        raise InvalidPayload(f'Field "{field}" doesn\'t exist in collection "{name}"')
    relation = collection.relation(field)
    if relation is not None and relation.id is not None:
        raise InvalidPayload(f'Field "{field}" in collection "{name}" already has an associated relationship')
    return collection, found


def _fit(session: Session, field: Field, related: Collection) -> None:
    """Makes a field one that holds keys of a collection."""
    if field.type in FIXED or related.key is None or related.key.column is None or field.column is None:
        return
    now, key = definition_of(field), definition_of(related.key)
    shape = key if field.column.type.kind != related.key.column.type.kind else now
    kept = {k: shape.get(k) for k in ("datatype", "length", "signed")}
    target = {names.FILES: "file", names.USERS: "user"}.get(related.name, "m2o")
    FieldsService(session).update(field.collection, field.name, {"type": target, **kept})


@route("PATCH", "/relations/<name>/<field>")
def update_relation(request: V10Request, name: str, field: str) -> Answer:
    session, given = request.session, request.fields()
    relation = _changeable(session, name, field)
    meta = _part(given, "meta")
    ready_extras(session)
    kept = {**relation.extra, **{n: meta[n] for n in KEPT if n in meta}}
    if given.get("schema", {}) is None:
        kept = {k: v for k, v in kept.items() if k not in ("on_delete", "related")}
    elif on_delete := _on_delete(given):
        kept |= {"on_delete": on_delete, "related": relation.related}
    with session.transaction(ddl=True) as connection:
        changed = {
            c: meta[n] for n, c in (("one_field", "field_one"), ("junction_field", "junction_field")) if n in meta
        }
        if changed:
            inner.change(session, connection, names.RELATIONS, relation.id, changed)
        _keep(session, name, relation.field, kept)
    return Answer(_told(session, name, field))


@route("DELETE", "/relations/<name>/<field>")
def delete_relation(request: V10Request, name: str, field: str) -> Answer:
    session = request.session
    relation = _changeable(session, name, field)
    found = session.catalog[name].fields[relation.field]
    with session.transaction(ddl=True) as connection:
        ItemsService(session, names.RELATIONS).delete([relation.id])
        if session.catalog.extras is not None:
            extras.forget(connection, names.RELATIONS, f"{name}.{relation.field}")
        if found.type == "m2o" and found.column is not None:
            plain = "integer" if found.column.type.kind == "integer" else "string"
            kept = {k: definition_of(found).get(k) for k in ("datatype", "length", "signed")}
            FieldsService(session).update(name, found.name, {"type": plain, **kept})
        session.touch({"schema"})
        session.forget("schema")
    return EMPTY


def _changeable(session: Session, name: str, field: str) -> Relation:
    """A relation that has a row. Forbidden for all others."""
    collection = session.catalog.get(name)
    relation = collection.relation(lens_of(name).column(field)) if collection is not None else None
    if relation is None or relation.id is None or relation.kind != "m2o" or not session.who.is_admin:
        raise Forbidden()
    return relation


def _keep(session: Session, name: str, field: str, kept: Mapping[str, Any]) -> None:
    with session.connection() as connection:
        extras.put(connection, names.RELATIONS, f"{name}.{field}", kept)
    session.touch({"schema"})
    session.forget("schema")


def _part(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = given.get(name)
    return part if isinstance(part, Mapping) else {}


def _on_delete(given: Mapping[str, Any]) -> str | None:
    wanted = _part(given, "schema").get("on_delete")
    if wanted is None:
        return None
    if str(wanted).upper() not in told.ON_DELETE:
        raise InvalidPayload(f'"schema.on_delete" must be one of [{", ".join(told.ON_DELETE)}]')
    return str(wanted).upper()
