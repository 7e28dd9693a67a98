"""/{project}/collections and /fields. Source: schema.md §2–3. (/relations are ordinary items: system.py.)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from directus8 import names
from directus8.api.php import listed
from directus8.api.v8 import told
from directus8.api.v8.answer import Answer
from directus8.api.v8.params import number
from directus8.api.v8.reading import answer_of, client_filter, list_meta, read_list, sort_of
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.errors import (
    CollectionNotFound,
    FieldEditFailed,
    FieldNotFound,
    InvalidField,
    InvalidRequest,
    ItemNotFound,
    Refusal,
    RelatedAccessDenied,
)
from directus8.filters import Condition
from directus8.query.ast import Entry, Node, Query
from directus8.schema.catalog import Collection
from directus8.services.collections import CollectionsService
from directus8.services.fields import FieldsService

# --- collections ---------------------------------------------------------------------------------------------


@route("GET", "/collections")
def list_collections(request: V8Request) -> Answer:
    session, params = request.session, request.params
    rows = session.catalog.collection(names.COLLECTIONS)
    session.rules.read_filter(rows)
    client = client_filter(session, rows, params)
    found = [c for c in (*_registered(request, rows, client), *_others(request)) if _shown(request, c)]
    if params.limit is not None and params.offset is not None:
        start = max(number(params.offset), 0)
        found = found[start : start + max(number(params.limit), 0)]
    if params.single is not None and not found:
        raise ItemNotFound()
    meta = list_meta(request, rows, client, len(found)) if params.meta else {}
    data = [told.collection_schema(c) for c in found]
    return answer_of(data[0] if params.is_single else data, meta, params, [])


def _registered(request: V8Request, rows: Collection, client: Any) -> Iterator[Collection]:
    """The collections of the rows the caller asks for; rows without a table are left out."""
    session = request.session
    node = Node(names.COLLECTIONS, (Entry("collection"),))
    for row in session.read(Query(node, client, sort_of(session, rows, request.params.sort))):
        collection = session.catalog.get(row["collection"])
        if collection is not None:
            yield collection


def _others(request: V8Request) -> Sequence[Collection]:
    """All other tables. Where the original has those of the project is up to its server: among the system's."""
    catalog = request.session.catalog
    unmanaged = [c.name for c in catalog if not (c.table.is_view or c.name in names.LISTED)]
    at = names.LISTED.index(names.FILES) + 1
    listed = (*names.LISTED[:at], *unmanaged, *names.LISTED[at:])
    return [c for n in listed if (c := catalog.get(n)) and not c.registered]


@route("GET", "/collections/<path:key>")
def read_collections(request: V8Request, key: str) -> Answer:
    session = request.session
    session.rules.read_filter(session.catalog.collection(names.COLLECTIONS))
    wanted = key.split(",")
    if len(wanted) == 1:
        collection = session.catalog.get(key)
        if collection is None or not collection.registered or not _shown(request, collection):
            raise ItemNotFound(f'Item with id "{key}" not found')
        return _answer(request, _chosen(request, told.collection_schema(collection)), names.COLLECTIONS)
    found = [c for n in dict.fromkeys(wanted) if (c := session.catalog.get(n)) and _shown(request, c)]
    found.sort(key=lambda c: (not c.registered, c.name if c.registered else ""))
    return _answer(request, [told.collection_schema(c) for c in found], names.COLLECTIONS)


def _shown(request: V8Request, collection: Collection) -> bool:
    """A hardened project tells of collections of which the caller may read something (schema-of-closed-collections)."""
    rules = request.session.rules
    return not rules.hardened or rules.reads(collection.name)


def _chosen(request: V8Request, shown: dict[str, Any]) -> dict[str, Any]:
    """Of all that is told of a collection, ``fields`` chooses only these two: they stand in its row alone."""
    fields = {field.split(".")[0] for field in request.params.fields}
    if not fields or "*" in fields:
        return shown
    return {**shown, **{name: None for name in ("icon", "translation") if name not in fields}}


@route("POST", "/collections")
def create_collection(request: V8Request) -> Answer:
    made = CollectionsService(request.session).create(request.fields())
    return _answer(request, told.collection_row(made), names.COLLECTIONS)


@route("PATCH", "/collections/<path:key>")
def update_collection(request: V8Request, key: str) -> Answer:
    changed = CollectionsService(request.session).update(key, request.fields())
    return _answer(request, told.collection_row(changed), names.COLLECTIONS)


@route("DELETE", "/collections/<path:key>")
def delete_collection(request: V8Request, key: str) -> Answer:
    CollectionsService(request.session).delete(key)
    return Answer()


def _answer(request: V8Request, data: Any, collection: str) -> Answer:
    return answer_of(data, {"collection": collection, "type": "item"}, request.params, [])


# --- fields: reading -----------------------------------------------------------------------------------------


@route("GET", "/fields")
def list_fields(request: V8Request) -> Answer:
    session = request.session
    session.rules.read_filter(session.catalog.collection(names.FIELDS))
    _check_names(request, request.params.fields)
    order = request.params.sort or ()
    _check_names(request, order)
    collections = sorted(session.catalog, key=lambda c: c.name)
    found = [(c, t) for c in collections for t in told.fields_schema(c).values()]
    for name in reversed(order):
        found.sort(key=lambda pair: (pair[1].get(name) is not None, _folded(pair[1].get(name))))
    if number(request.params.limit) > 0:
        found = found[: number(request.params.limit)]
    if session.rules.is_admin:
        return Answer([t for _, t in found])
    hidden = {c.name: session.rules.hidden_fields(c.name) for c in collections if session.rules.reads(c.name)}
    return Answer([t for c, t in found if c.name in hidden and t["field"] not in hidden[c.name]])


def _folded(value: Any) -> Any:
    """Texts without case among texts, numbers among numbers."""
    return (0, value, "") if isinstance(value, (int, float)) else (1, 0, str(value).casefold())


@route("GET", "/fields/<collection>")
def list_fields_of(request: V8Request, collection: str) -> Answer:
    session = request.session
    found = session.catalog.collection(collection)
    if found.table.is_view and not found.registered:
        raise CollectionNotFound(collection=collection)
    session.rules.read_filter(session.catalog.collection(names.FIELDS))
    if not session.rules.reads(collection):
        raise session.rules.denied_read(collection)
    _check_names(request, request.params.fields)
    hidden = session.rules.hidden_fields(collection)
    return Answer([t for name, t in told.fields_schema(found).items() if name not in hidden])


@route("GET", "/fields/<collection>/<field>")
def read_field(request: V8Request, collection: str, field: str) -> Answer:
    session = request.session
    session.rules.read_filter(session.catalog.collection(names.FIELDS))
    found = session.catalog.collection(collection)
    if not session.rules.reads(collection):
        raise session.rules.denied_read(collection)
    _check_names(request, request.params.fields)
    wanted = field.split(",")
    if len(wanted) == 1:
        if field not in found.fields:
            raise FieldNotFound(field=field)
        return _answer(request, _told(request, found, field), names.FIELDS)
    data = [_told(request, found, name) for name in wanted if name in found.fields]
    return _answer(request, data, names.FIELDS)


@route("GET", "/settings/fields")
def list_settings_fields(request: V8Request) -> Answer:
    """The stored rows of the settings' pseudo-fields, as items of their own."""
    rows = request.session.catalog.collection(names.FIELDS)
    return read_list(request, rows, Condition(("collection",), "eq", names.SETTINGS))


def _told(request: V8Request, collection: Collection, name: str) -> Mapping[str, Any]:
    """The stored form; with ``fields`` the form of listings, cut to ``fields`` only if the id is among them."""
    if name in request.session.rules.hidden_fields(collection.name):
        raise RelatedAccessDenied(field=name)
    field, wanted = collection.fields[name], request.params.fields
    if not wanted or "*" in wanted:
        return told.field_row(field)
    row = told.field_schema(field)
    return {k: v for k, v in row.items() if k in wanted} if "id" in wanted else row


def _check_names(request: V8Request, wanted: Sequence[str]) -> None:
    """InvalidField for what directus_fields does not have; a leading minus counts as part of the name."""
    known = request.session.catalog.collection(names.FIELDS).fields
    for name in wanted:
        if name != "*" and name.partition(".")[0] not in known:
            raise InvalidField(field=name, collection=names.FIELDS)


# --- fields: writing -----------------------------------------------------------------------------------------


@route("POST", "/fields/<collection>")
def create_field(request: V8Request, collection: str) -> Answer:
    with _retold():
        made = FieldsService(request.session).create(collection, request.fields())
    return _answer(request, told.field_row(made), names.FIELDS)


@route("PATCH", "/fields/<collection>/<field>")
def update_field(request: V8Request, collection: str, field: str) -> Answer:
    service, body = FieldsService(request.session), request.fields()
    if "," in field:
        changed = service.update_many(collection, [{**body, "field": name} for name in listed(field)])
        return _answer(request, [told.field_row(f) for f in changed], names.FIELDS)
    with _retold():
        updated = service.update(collection, field, body)
    return _answer(request, told.field_row(updated), names.FIELDS)


@route("PATCH", "/fields/<collection>")
def update_fields(request: V8Request, collection: str) -> Answer:
    body = request.payload()
    if not isinstance(body, list):
        raise FieldEditFailed("field: This value should not be blank.")
    for entry in body:
        if not isinstance(entry, dict) or not entry.get("field"):
            raise InvalidRequest("field: This value should not be blank.")
    changed = FieldsService(request.session).update_many(collection, body)
    return _answer(request, [told.field_row(f) for f in changed], names.FIELDS)


@route("DELETE", "/fields/<collection>/<field>")
def delete_field(request: V8Request, collection: str, field: str) -> Answer:
    FieldsService(request.session).delete(collection, field, "delete_junction" in request.query)
    return Answer()


@contextmanager
def _retold() -> Iterator[None]:
    """Whatever a client does wrong with a field is told as 422 with code 404, in its own words."""
    try:
        yield
    except Refusal as error:
        raise FieldEditFailed(error.message) from error
