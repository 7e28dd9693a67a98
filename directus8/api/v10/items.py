"""/items, and what all collections have in common: read, create, update, delete. Source: sdk_v10.md D.5."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from directus8 import names
from directus8.api.http.response import Response
from directus8.api.v10 import export, payloads, reading
from directus8.api.v10.answer import EMPTY, NOTHING, Answer, RouteNotFound
from directus8.api.v10.params import Params, read
from directus8.api.v10.request import V10Request
from directus8.api.v10.router import route
from directus8.api.v10.values import decoder
from directus8.errors import Forbidden, InvalidPayload
from directus8.schema.catalog import Collection
from directus8.services.items import ItemsService
from directus8.services.kept import keep, ready_extras
from directus8.services.session import Session

Item = dict[str, Any]
NO_TARGET = '"value" must contain at least one of [query, keys]'


@dataclass(frozen=True, slots=True)
class Writer:
    """How items of a collection are written, where not by ItemsService alone."""

    create: Callable[[Session, Collection, Sequence[Item]], list[Any]]
    update: Callable[[Session, Collection, Sequence[tuple[Any, Item]]], list[Any]]
    delete: Callable[[Session, Collection, Sequence[Any]], None]


# --- reading -------------------------------------------------------------------------------------------------


def read_list(request: V10Request, collection: Collection) -> Answer | Response:
    """A list, the groups of an aggregate, or a download; a singleton is one item."""
    session, params = request.session, request.params
    if collection.single and not params.aggregate:
        return Answer(singleton(session, collection, params))
    items = reading.items_of(session, collection, params)
    if params.export is not None:
        return export.download(collection.name, params.export, items, session.who.clock())
    meta = reading.counts_of(session, collection, params) if params.meta else NOTHING
    return Answer(items, meta)


def search(request: V10Request, collection: Collection) -> Answer | Response:
    """SEARCH: a list by a query in the body, or by keys."""
    keys = request.fields().get("keys")
    if isinstance(keys, list) and not collection.single:
        return Answer(reading.items_by_key(request.session, collection, keys, request.params))
    return read_list(request, collection)


def read_one(request: V10Request, collection: Collection, key: Any) -> Answer:
    """One item by key."""
    return Answer(reading.item_of(request.session, collection, key, request.params))


def singleton(session: Session, collection: Collection, params: Params) -> Item:
    """The only item; while there is none, the defaults of its fields."""
    asked = replace(params, limit=1, offset=None, page=None, sort=(), filter=None, search=None, aggregate={}, group=())
    items = reading.items_of(session, collection, asked)
    return items[0] if items else _defaults(collection, params)


def _defaults(collection: Collection, params: Params) -> Item:
    found: Item = {}
    for field in collection.columns:
        column = field.column
        assert column is not None
        if column.primary_key or (column.default is not None and not column.auto_increment):
            decode = decoder(field)
            value = None if column.primary_key else column.default
            found[field.name] = decode(value) if decode is not None else value
    wanted = params.fields
    return found if wanted is None or "*" in wanted else {n: v for n, v in found.items() if n in wanted}


# --- writing -------------------------------------------------------------------------------------------------


def create_items(session: Session, collection: Collection, given: Sequence[Item]) -> list[Any]:
    """Creates items, all or none; their keys."""
    service = ItemsService(session, collection.name, payloads.MANNER)
    _ready(session, collection, given)
    with session.transaction():
        keys = service.create([payloads.prepared(session, collection, each) for each in given])
        _keep(session, collection, list(zip(keys, given, strict=True)))
    return keys


def update_items(session: Session, collection: Collection, changes: Sequence[tuple[Any, Item]]) -> list[Any]:
    """Updates items by key, all or none; the keys of those that are there. Forbidden for others, for most callers."""
    service = ItemsService(session, collection.name, payloads.MANNER)
    _ready(session, collection, [given for _, given in changes])
    with session.transaction() as connection:
        there = service.stored(connection, [key for key, _ in changes])
        found = [(key, given) for key, given in changes if str(key) in there]
        if len(found) < len(changes) and not session.who.is_admin:
            raise Forbidden()
        keys = service.update([(k, payloads.prepared(session, collection, g, _stored_key(collection, there, k)))
                               for k, g in found])  # fmt: skip
        _keep(session, collection, found)
    return keys


def _stored_key(collection: Collection, there: Mapping[str, Any], key: Any) -> Any:
    assert collection.key is not None
    return there[str(key)].row[collection.key.name]


def delete_items(session: Session, collection: Collection, keys: Sequence[Any]) -> None:
    """Deletes items by key, all or none. Forbidden for what is not there, for most callers."""
    service = ItemsService(session, collection.name, payloads.MANNER)
    with session.transaction() as connection:
        there = service.stored(connection, keys)
        found = [key for key in keys if str(key) in there]
        if len(found) < len(keys) and not session.who.is_admin:
            raise Forbidden()
        service.delete(found)


PLAIN = Writer(create_items, update_items, delete_items)


def _ready(session: Session, collection: Collection, given: Sequence[Item]) -> None:
    """The table for what is kept beside is there before the transaction begins."""
    if any(payloads.kept(collection, each) for each in given):
        ready_extras(session)


def _keep(session: Session, collection: Collection, written: Sequence[tuple[Any, Item]]) -> None:
    """Writes what is kept beside the table."""
    for key, given in written:
        keep(session, collection.name, key, payloads.kept(collection, given))


def create(request: V10Request, collection: Collection, writer: Writer = PLAIN) -> Answer:
    """POST: one item or a list of them."""
    session, body = request.session, request.body
    given = body if isinstance(body, list) else [body]
    if not all(isinstance(each, dict) for each in given):
        raise InvalidPayload("items must be objects")
    keys = writer.create(session, collection, given)
    return written(request, collection, keys, many=isinstance(body, list))


def update_one(request: V10Request, collection: Collection, key: Any, writer: Writer = PLAIN) -> Answer:
    """PATCH of one item."""
    keys = writer.update(request.session, collection, [(key, request.fields())])
    return written(request, collection, keys, many=False)


def update_many(request: V10Request, collection: Collection, writer: Writer = PLAIN) -> Answer:
    """PATCH of a list: of items with their keys, of keys or a query with one payload; or of a singleton."""
    session, body = request.session, request.body
    if collection.single and isinstance(body, dict):
        write_singleton(session, collection, body, writer)
        return Answer(singleton(session, collection, request.params))
    keys = writer.update(session, collection, changes_of(session, collection, body))
    return written(request, collection, keys, many=True)


def changes_of(session: Session, collection: Collection, body: Any) -> list[tuple[Any, Item]]:
    """Keys and payloads of a PATCH. InvalidPayload."""
    name = collection.key.name if collection.key else ""
    if isinstance(body, list):
        if not all(isinstance(each, dict) and each.get(name) is not None for each in body):
            raise InvalidPayload("Item in update misses primary key")
        return [(each[name], each) for each in body]
    data = body.get("data")
    keys = targets(session, collection, body)
    if not isinstance(data, dict):
        raise InvalidPayload('"data" is required')
    return [(key, data) for key in keys]


def targets(session: Session, collection: Collection, body: Any) -> list[Any]:
    """The keys a body names: as a list, as ``keys``, by a ``query``. InvalidPayload."""
    if isinstance(body, dict) and isinstance(body.get("keys"), list):
        body = body["keys"]
    if isinstance(body, list):
        if any(isinstance(key, (dict, list)) for key in body):
            raise InvalidPayload('"keys" must be a list of keys')
        return list(dict.fromkeys(body))
    if not isinstance(body.get("query"), dict):
        raise InvalidPayload(NO_TARGET)
    return _keys_by_query(session, collection, read(body["query"], body=True))


def _keys_by_query(session: Session, collection: Collection, params: Params) -> list[Any]:
    if collection.key is None:
        return []
    asked = replace(params, fields=(collection.key.name,), aggregate={}, group=(), alias={}, deep={})
    if asked.limit is None:
        asked = replace(asked, limit=-1)
    return [item[collection.key.name] for item in reading.items_of(session, collection, asked)]


def write_singleton(session: Session, collection: Collection, given: Item, writer: Writer = PLAIN) -> None:
    """Changes the only item; while there is none, it is made."""
    key = collection.key.name if collection.key else ""
    with session.transaction():
        found = reading.items_of(session, collection, Params(fields=(key,), sort=(key,), limit=1))
        if found:
            writer.update(session, collection, [(found[0][key], given)])
        else:
            writer.create(session, collection, [given])


def delete_many(request: V10Request, collection: Collection, writer: Writer = PLAIN) -> Answer:
    """DELETE of a list of keys, or of what a query finds."""
    session = request.session
    writer.delete(session, collection, targets(session, collection, request.body))
    return EMPTY


def delete_one(request: V10Request, collection: Collection, key: Any, writer: Writer = PLAIN) -> Answer:
    """DELETE of one item."""
    writer.delete(request.session, collection, [key])
    return EMPTY


def written(request: V10Request, collection: Collection, keys: Sequence[Any], *, many: bool) -> Answer:
    """What was written, as the caller may now read it; nothing when he may not."""
    try:
        items = reading.items_by_key(request.session, collection, keys, request.params)
    except Forbidden:
        return EMPTY
    if many:
        return Answer(items)
    return Answer(items[0]) if items else EMPTY


# --- routes --------------------------------------------------------------------------------------------------


def user_collection(request: V10Request, name: str) -> Collection:
    """A collection that is no system collection. Forbidden for every other name."""
    found = None if names.is_reserved(name) else request.session.catalog.get(name)
    if found is None:
        raise Forbidden()
    return found


@route("GET", "/items/<collection>")
def list_items(request: V10Request, collection: str) -> Answer | Response:
    return read_list(request, user_collection(request, collection))


@route("SEARCH", "/items/<collection>")
def search_items(request: V10Request, collection: str) -> Answer | Response:
    return search(request, user_collection(request, collection))


@route("POST", "/items/<collection>")
def create_route(request: V10Request, collection: str) -> Answer:
    found = user_collection(request, collection)
    if found.single:
        raise RouteNotFound(f"/{collection}")
    return create(request, found)


@route("PATCH", "/items/<collection>")
def update_route(request: V10Request, collection: str) -> Answer:
    return update_many(request, user_collection(request, collection))


@route("DELETE", "/items/<collection>")
def delete_route(request: V10Request, collection: str) -> Answer:
    return delete_many(request, user_collection(request, collection))


@route("GET", "/items/<collection>/<key>")
def read_item(request: V10Request, collection: str, key: str) -> Answer:
    return read_one(request, user_collection(request, collection), key)


@route("PATCH", "/items/<collection>/<key>")
def update_item(request: V10Request, collection: str, key: str) -> Answer:
    return update_one(request, user_collection(request, collection), key)


@route("DELETE", "/items/<collection>/<key>")
def delete_item(request: V10Request, collection: str, key: str) -> Answer:
    return delete_one(request, user_collection(request, collection), key)


def mount(path: str, name: str, writer: Writer | None = PLAIN) -> None:
    """The routes of a system collection; without a writer only those that read."""

    def found(request: V10Request) -> Collection:
        return request.session.catalog.collection(name)

    route("GET", path)(lambda request: read_list(request, found(request)))
    route("SEARCH", path)(lambda request: search(request, found(request)))
    route("GET", f"{path}/<key>")(lambda request, key: read_one(request, found(request), key))
    if writer is None:
        return
    route("POST", path)(lambda request: create(request, found(request), writer))
    route("PATCH", path)(lambda request: update_many(request, found(request), writer))
    route("DELETE", path)(lambda request: delete_many(request, found(request), writer))
    route("PATCH", f"{path}/<key>")(lambda request, key: update_one(request, found(request), key, writer))
    route("DELETE", f"{path}/<key>")(lambda request, key: delete_one(request, found(request), key, writer))
