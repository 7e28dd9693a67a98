"""System collections that are read and written like any other.

Source: activity_revisions.md, users_roles_settings.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from directus8 import names
from directus8.api.v8 import items
from directus8.api.v8.answer import Answer
from directus8.api.v8.reading import read_keys, read_list
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.errors import InvalidRequest, ItemNotFound, NotFound
from directus8.filters import And, Condition
from directus8.query.ast import Query, Sort
from directus8.schema.catalog import Collection
from directus8.services.items import ANY, ItemsService

#: What a key in a path stands for.
Resolve = Callable[[V8Request, str], str]


def as_given(request: V8Request, key: str) -> str:
    """The key itself."""
    return key


def digits_only(request: V8Request, key: str) -> str:
    """The key if it is a number; nothing else is a route."""
    if not key.isdecimal():
        raise NotFound()
    return key


def digits_listed(request: V8Request, key: str) -> str:
    """The key if it is made of numbers joined by commas; nothing else is a route."""
    if not re.fullmatch(r"[0-9]+(,[0-9]+)*", key):
        raise NotFound()
    return key


def _collection(request: V8Request, name: str) -> Collection:
    return request.session.catalog.collection(name)


def mount_reading(path: str, name: str, resolve: Resolve = as_given) -> None:
    """GET of a list and of items by key."""

    @route("GET", path)
    def list_all(request: V8Request) -> Answer:
        return read_list(request, _collection(request, name))

    @route("GET", f"{path}/<key>")
    def read_one(request: V8Request, key: str) -> Answer:
        return read_keys(request, _collection(request, name), resolve(request, key))


def mount_create(path: str, name: str) -> None:
    """POST of one item or a list."""

    @route("POST", path)
    def create(request: V8Request) -> Answer:
        return items.create(request, _collection(request, name))


def mount_update_batch(path: str, name: str) -> None:
    """PATCH of a list of items."""

    @route("PATCH", path)
    def update_batch(request: V8Request) -> Answer:
        return items.update_batch(request, _collection(request, name))


def mount_update(path: str, name: str, resolve: Resolve = as_given) -> None:
    """PATCH by key."""

    @route("PATCH", f"{path}/<key>")
    def update(request: V8Request, key: str) -> Answer:
        return items.update(request, _collection(request, name), resolve(request, key))


def mount_delete(path: str, name: str, resolve: Resolve = as_given) -> None:
    """DELETE by key."""

    @route("DELETE", f"{path}/<key>")
    def delete(request: V8Request, key: str) -> Answer:
        return items.delete(request, _collection(request, name), resolve(request, key))


def mount_revisions(path: str, name: str) -> None:
    """GET of the revisions of an item, and of one by its place."""

    @route("GET", f"{path}/<key>/revisions")
    def revisions(request: V8Request, key: str) -> Answer:
        return item_revisions(request, name, key)

    @route("GET", f"{path}/<key>/revisions/<offset>")
    def revision(request: V8Request, key: str, offset: str) -> Answer:
        return item_revision(request, name, key, offset)


def update_existing(request: V8Request, name: str, key: str) -> Answer:
    """An update that first of all tells whether the item is there; an empty one is checked like a new item."""
    collection, body = _collection(request, name), request.fields()
    service = ItemsService(request.session, name)
    if not body:
        service.check_new({})
    keys = items.keys_of(key)
    with request.session.connection() as connection:
        there = service.stored(connection, keys, everything=True)
    if not all(each in there for each in keys):
        raise ItemNotFound()
    return items.update(request, collection, key)


mount_reading("/activity", names.ACTIVITY)
mount_reading("/revisions", names.REVISIONS)
mount_reading("/relations", names.RELATIONS)
mount_create("/relations", names.RELATIONS)
mount_update_batch("/relations", names.RELATIONS)
mount_update("/relations", names.RELATIONS)
mount_delete("/relations", names.RELATIONS)


# --- revisions of one item -----------------------------------------------------------------------------------


def _of_item(collection: str, key: str) -> And:
    return And((Condition(("collection",), "eq", collection), Condition(("item",), "eq", key)))


def _check_not_hidden(request: V8Request, collection: str, key: str) -> None:
    """Hardened, the revisions of an item are for its readers (security.md, activity-of-revisions-unreadable)."""
    session = request.session
    session.rules.read_filter(session.catalog.collection(names.REVISIONS))
    if session.rules.hardened and collection in session.catalog:
        ItemsService(session, collection, ANY).check_not_hidden(key)


def item_revisions(request: V8Request, collection: str, key: str) -> Answer:
    """The revisions of an item, oldest first; a filter of the client does not count."""
    from dataclasses import replace

    _check_not_hidden(request, collection, key)
    request.params = replace(request.params, filter=None)
    return read_list(request, _collection(request, names.REVISIONS), _of_item(collection, key))


def item_revision(request: V8Request, collection: str, key: str, offset: str) -> Answer:
    """The revision at a position, counted from the oldest."""
    from directus8.api.v8.reading import answer_of
    from directus8.services import selection as fields

    try:
        position = max(int(offset), 0)
    except ValueError:
        raise InvalidRequest("offset: This value should be of type numeric.") from None
    _check_not_hidden(request, collection, key)
    revisions = _collection(request, names.REVISIONS)
    session = request.session
    session.rules.read_filter(revisions)
    selection = fields.resolve(session.catalog, session.rules, revisions, request.params.fields)
    found = session.read(Query(selection.node, _of_item(collection, key), (Sort("id"),), 1, position))
    if not found:
        raise ItemNotFound()
    meta = {"collection": names.REVISIONS, "type": "item"}
    return answer_of(found[0], meta, request.params, selection.messages)


@route("GET", "/items/<collection>/<key>/revisions")
def revisions_of_item(request: V8Request, collection: str, key: str) -> Answer:
    return item_revisions(request, collection, key)


@route("GET", "/items/<collection>/<key>/revisions/<offset>")
def revision_of_item(request: V8Request, collection: str, key: str, offset: str) -> Answer:
    return item_revision(request, collection, key, offset)
