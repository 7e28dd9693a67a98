"""System collections that are read and written like any other.

Source: activity_revisions.md, users_roles_settings.md.
"""

from __future__ import annotations

from directus8 import names
from directus8.api.v8 import items
from directus8.api.v8.answer import Answer
from directus8.api.v8.reading import read_keys, read_list
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.errors import InvalidRequest, ItemNotFound, NotFound, Unauthorized
from directus8.filters import And, Condition
from directus8.query.ast import Query, Sort
from directus8.schema.catalog import Collection

READABLE = {
    "/activity": names.ACTIVITY,
    "/revisions": names.REVISIONS,
    "/users": names.USERS,
    "/roles": names.ROLES,
    "/permissions": names.PERMISSIONS,
    "/relations": names.RELATIONS,
    "/folders": names.FOLDERS,
    "/collection_presets": names.PRESETS,
    "/webhooks": names.WEBHOOKS,
    "/settings": names.SETTINGS,
}
WRITABLE = {p: n for p, n in READABLE.items() if n not in (names.ACTIVITY, names.REVISIONS)}


def _collection(request: V8Request, name: str) -> Collection:
    return request.session.catalog.collection(name)


def _me(request: V8Request, name: str, key: str) -> str:
    """``me`` among the users is the caller."""
    if name != names.USERS or key != "me":
        return key
    if request.session.who.is_public:
        raise Unauthorized()
    return str(request.session.who.user)


def _mount_reading(path: str, name: str) -> None:
    @route("GET", path)
    def list_all(request: V8Request) -> Answer:
        return read_list(request, _collection(request, name))

    @route("GET", f"{path}/<key>")
    def read_one(request: V8Request, key: str) -> Answer:
        return read_keys(request, _collection(request, name), _me(request, name, key))


def _mount_writing(path: str, name: str) -> None:
    @route("POST", path)
    def create(request: V8Request) -> Answer:
        return items.create(request, _collection(request, name))

    @route("PATCH", path)
    def update_batch(request: V8Request) -> Answer:
        return items.update_batch(request, _collection(request, name))

    @route("PATCH", f"{path}/<key>")
    def update(request: V8Request, key: str) -> Answer:
        return items.update(request, _collection(request, name), _me(request, name, key))

    @route("DELETE", f"{path}/<key>")
    def delete(request: V8Request, key: str) -> Answer:
        return items.delete(request, _collection(request, name), _me(request, name, key))


for _path, _name in READABLE.items():
    _mount_reading(_path, _name)
for _path, _name in WRITABLE.items():
    _mount_writing(_path, _name)


# --- revisions of one item -----------------------------------------------------------------------------------


def _of_item(collection: str, key: str) -> And:
    return And((Condition(("collection",), "eq", collection), Condition(("item",), "eq", key)))


def item_revisions(request: V8Request, collection: str, key: str) -> Answer:
    """The revisions of an item, oldest first; a filter of the client does not count."""
    from dataclasses import replace

    request.params = replace(request.params, filter=None)
    return read_list(request, _collection(request, names.REVISIONS), _of_item(collection, key))


def item_revision(request: V8Request, collection: str, key: str, offset: str) -> Answer:
    """The revision at a position, counted from the oldest."""
    from directus8.api.v8 import fields
    from directus8.api.v8.reading import answer_of

    try:
        position = max(int(offset), 0)
    except ValueError:
        raise InvalidRequest("offset: This value should be of type numeric.") from None
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


__all__ = ["NotFound"]
