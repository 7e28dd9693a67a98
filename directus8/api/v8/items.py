"""/{project}/items: the items of user collections. Source: items.md §1, §3."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from directus8 import names
from directus8.api.v8.answer import Answer
from directus8.api.v8.reading import read_keys, read_list, written
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.errors import InvalidField, InvalidRequest, ItemNotFound, SystemCollection, UnprocessableEntity
from directus8.schema.catalog import Collection
from directus8.services import selection as fields
from directus8.services.items import ItemsService


def user_collection(request: V8Request, name: str) -> Collection:
    """The collection of that name; SystemCollection (201) for the system's own, CollectionNotFound (200)."""
    if names.is_reserved(name):
        raise SystemCollection()
    catalog = request.session.catalog
    if name not in catalog and any(known.lower() == name.lower() for known in catalog.names()):
        # MySQL finds the table whatever the case, the original then misses its fields.
        raise InvalidField(field=next(iter(request.params.fields), "*"), collection=name.lower())
    return catalog.collection(name)


def keys_of(text: str) -> list[str]:
    """``1,2`` as keys."""
    return [k for k in text.split(",") if k != ""] or [text]


def check_children(request: V8Request, collection: Collection, payload: Any) -> None:
    """The original reads existing children named in a payload with the request's own ``fields``: recorded as 422."""
    tree = fields.tree_of(request.params.fields)
    for name, value in payload.items() if isinstance(payload, dict) and tree else ():
        relation = collection.relation(name)
        if relation is None or relation.kind != "o2m" or relation.junction_field or not isinstance(value, list):
            continue
        child = request.session.catalog[relation.related]
        key = child.key.name if child.key else ""
        if any(isinstance(e, dict) and e.get(key) is not None and not e.get("$delete") for e in value):
            for wanted in tree:
                if wanted not in ("*", "-") and wanted.removeprefix("-") not in child.fields:
                    raise InvalidField(field=wanted, collection=child.name)


def is_batch(body: Any) -> bool:
    """A list whose first entry is itself an object or a list."""
    return isinstance(body, list) and bool(body) and isinstance(body[0], (dict, list))


def _entry(entry: Any) -> dict[str, Any]:
    if isinstance(entry, list):  # a list is a map with the keys 0, 1, … to PHP
        return {str(i): v for i, v in enumerate(entry)}
    if not isinstance(entry, dict):
        raise InvalidRequest("batch create expect an array of items")
    return entry


def whole_rows(request: V8Request) -> V8Request:
    """The request without its ``fields``: some endpoints always answer with the whole row."""
    request.params = replace(request.params, fields=())
    return request


def create(request: V8Request, collection: Collection) -> Answer:
    """Creates one item, or all of a list."""
    body = request.payload()
    service = ItemsService(request.session, collection.name)
    if is_batch(body):
        entries = [_entry(e) for e in body]
        return written(request, collection, service.create(entries, request.params.options), many=True)
    check_children(request, collection, request.fields())
    return create_one(request, collection)


def create_one(request: V8Request, collection: Collection) -> Answer:
    """Creates one item; a list is one object with the keys 0, 1, …"""
    keys = ItemsService(request.session, collection.name).create([request.fields()], request.params.options)
    return written(request, collection, keys, many=False)


def update(request: V8Request, collection: Collection, text: str) -> Answer:
    """Updates one item, or several with the same values."""
    service, payload = ItemsService(request.session, collection.name), request.fields()
    keys = keys_of(text)
    check_children(request, collection, payload)
    changed = service.update([(key, payload) for key in keys], request.params.options)
    return written(request, collection, changed, many=len(keys) > 1)


def update_batch(request: V8Request, collection: Collection) -> Answer:
    """Updates each item of a list with its own values; an object is nobody's item."""
    body = request.payload()
    service = ItemsService(request.session, collection.name)
    key = collection.key.name if collection.key else ""
    if not is_batch(body):
        service.check_new(request.fields())
        raise ItemNotFound()
    if not all(isinstance(e, dict) and isinstance(e.get(key), (str, int, float)) for e in body):
        raise UnprocessableEntity("Payload must include the primary key")
    changed = service.update([(e[key], e) for e in body], request.params.options)
    return written(request, collection, changed, many=True)


def delete(request: V8Request, collection: Collection, text: str) -> Answer:
    """Deletes one item or several."""
    ItemsService(request.session, collection.name).delete(keys_of(text), request.params.options)
    return Answer()


@route("GET", "/items/<collection>")
def list_items(request: V8Request, collection: str) -> Answer:
    return read_list(request, user_collection(request, collection))


@route("POST", "/items/<collection>")
def create_items(request: V8Request, collection: str) -> Answer:
    return create(request, user_collection(request, collection))


@route("PATCH", "/items/<collection>")
def update_items(request: V8Request, collection: str) -> Answer:
    return update_batch(request, user_collection(request, collection))


@route("GET", "/items/<collection>/<key>")
def read_item(request: V8Request, collection: str, key: str) -> Answer:
    return read_keys(request, user_collection(request, collection), key)


@route("PATCH", "/items/<collection>/<key>")
def update_item(request: V8Request, collection: str, key: str) -> Answer:
    return update(request, user_collection(request, collection), key)


@route("DELETE", "/items/<collection>/<key>")
def delete_item(request: V8Request, collection: str, key: str) -> Answer:
    return delete(request, user_collection(request, collection), key)


@route("PATCH", "/items/<collection>/<key>/revert/<revision>")
def revert_item(request: V8Request, collection: str, key: str, revision: str) -> Answer:
    found = user_collection(request, collection)
    reverted = ItemsService(request.session, collection).revert(key, revision)
    answer = written(request, found, [reverted], many=False)
    if answer == Answer():
        raise ItemNotFound(f'Item with id "{key}" not found')
    return answer
