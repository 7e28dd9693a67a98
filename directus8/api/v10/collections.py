"""/collections. Source: sdk_v10.md D.6."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from directus8 import names
from directus8.api.v10 import told
from directus8.api.v10.answer import EMPTY, Answer
from directus8.api.v10.reading import check_readable
from directus8.api.v10.request import V10Request
from directus8.api.v10.router import route
from directus8.errors import CollectionExists, Forbidden, InvalidPayload
from directus8.schema import extras
from directus8.services import definitions
from directus8.services.collections import CollectionsService
from directus8.services.kept import ready_extras
from directus8.services.session import Session

KEY = {
    "field": "id",
    "type": "integer",
    "schema": {"is_primary_key": True, "has_auto_increment": True},
    "meta": {"hidden": True, "readonly": True, "interface": "input"},
}
Given = Mapping[str, Any]


@route("GET", "/collections")
def list_collections(request: V10Request) -> Answer:
    session = request.session
    check_readable(session, session.catalog.collection(names.COLLECTIONS))
    found = [told.collection(c) for c in session.catalog if session.rules.reads(c.name)]
    return Answer([*found, *(told.folder(n, e) for n, e in folders(session).items())])


@route("GET", "/collections/<name>")
def read_collection(request: V10Request, name: str) -> Answer:
    check_readable(request.session, request.session.catalog.collection(names.COLLECTIONS))
    return Answer(_told(request.session, name))


def folders(session: Session) -> dict[str, Mapping[str, Any]]:
    """Collections without a table, by name."""
    known = session.catalog.extras or {}
    return {item: extra for (scope, item), extra in known.items() if scope == names.COLLECTIONS and extra.get("folder")}


def _told(session: Session, name: str) -> Mapping[str, Any]:
    """A collection the caller may read something of. Forbidden."""
    found = session.catalog.get(name)
    if found is not None and session.rules.reads(name):
        return told.collection(found)
    if found is None and name in folders(session):
        return told.folder(name, folders(session)[name])
    raise Forbidden()


# --- writing -------------------------------------------------------------------------------------------------


@route("POST", "/collections")
def create_collections(request: V10Request) -> Answer:
    body, session = request.body, request.session
    made = write(session, [body] if isinstance(body, dict) else body, _create)
    return Answer([_told(session, n) for n in made] if isinstance(body, list) else _told(session, made[0]))


@route("PATCH", "/collections")
def update_collections(request: V10Request) -> Answer:
    body = request.body
    if not isinstance(body, list):
        raise InvalidPayload('"value" must be an array')
    changed = write(request.session, body, _update)
    return Answer([_told(request.session, name) for name in changed])


@route("PATCH", "/collections/<name>")
def update_collection(request: V10Request, name: str) -> Answer:
    write(request.session, [{**request.fields(), "collection": name}], _update)
    return Answer(_told(request.session, name))


@route("DELETE", "/collections/<name>")
def delete_collection(request: V10Request, name: str) -> Answer:
    session = request.session
    if not session.who.is_admin:
        raise Forbidden()
    if name in folders(session) and name not in session.catalog:
        with session.transaction(ddl=True) as connection:
            extras.forget(connection, names.COLLECTIONS, name)
            session.touch({"schema"})
        session.renew("schema")
        return EMPTY
    if name not in session.catalog:
        raise Forbidden()
    CollectionsService(session).delete(name)
    return EMPTY


def write(session: Session, given: Sequence[Any], one: Any) -> list[str]:
    """Writes several collections, all or none; their names."""
    if not session.who.is_admin:
        raise Forbidden()
    if not all(isinstance(each, dict) for each in given):
        raise InvalidPayload("collections must be objects")
    ready_extras(session)
    with session.transaction(ddl=True):
        return [one(session, each) for each in given]


def _create(session: Session, given: Given) -> str:
    name = _name(given)
    meta = _meta(given)
    if name in session.catalog or name in folders(session):
        raise CollectionExists(collection=name)
    if given.get("schema", {}) is None:
        _keep(session, name, {"folder": True, **_beside(meta, {"icon", "note", "hidden"})})
        return name
    defined = [definitions.field(f) for f in _fields(given)]
    CollectionsService(session).create({"collection": name, **_row(meta), "fields": [d.definition for d in defined]})
    with session.connection() as connection:
        for each in defined:
            extras.put(connection, names.FIELDS, f"{name}.{each.definition['field']}", each.extra)
    _keep(session, name, _beside(meta))
    return name


def _update(session: Session, given: Given) -> str:
    name = _name(given)
    meta = _meta(given)
    if name in folders(session) and name not in session.catalog:
        _keep(session, name, {**folders(session)[name], **_beside(meta, {"icon", "note", "hidden"})})
        return name
    if name not in session.catalog:
        raise Forbidden()
    if row := _row(meta):
        CollectionsService(session).update(name, {"managed": True, **row})
    _keep(session, name, {**session.catalog[name].extra, **_beside(meta)})
    return name


def _keep(session: Session, name: str, extra: Mapping[str, Any]) -> None:
    with session.connection() as connection:
        extras.put(connection, names.COLLECTIONS, name, extra)
    session.touch({"schema"})
    session.forget("schema")


def _name(given: Given) -> str:
    name = given.get("collection")
    if not isinstance(name, str) or not name:
        raise InvalidPayload('"collection" is required')
    if names.is_reserved(name):
        raise InvalidPayload(f'Collections can\'t start with "{names.PREFIX}"')
    return name


def _meta(given: Given) -> Mapping[str, Any]:
    meta = given.get("meta")
    return meta if isinstance(meta, Mapping) else {}


def _fields(given: Given) -> list[Given]:
    """The fields of a new collection; one without a key gets one."""
    listed = given.get("fields") or []
    if not isinstance(listed, list) or not all(isinstance(f, Mapping) for f in listed):
        raise InvalidPayload('"fields" must be an array')
    keyed = any((f.get("schema") or {}).get("is_primary_key") for f in listed)
    return listed if keyed else [KEY, *listed]


def _row(meta: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a directus_collections row that are given."""
    row = {name: meta[name] for name in ("icon", "note") if name in meta}
    if "hidden" in meta:
        row["hidden"] = bool(meta["hidden"])
    if "singleton" in meta:
        row["single"] = bool(meta["singleton"])
    if "translations" in meta:
        row["translation"] = definitions.translations(meta["translations"])
    return row


def _beside(meta: Mapping[str, Any], more: frozenset[str] | set[str] = frozenset()) -> dict[str, Any]:
    return {k: v for k, v in meta.items() if k in told.COLLECTION_EXTRAS or k in more}
