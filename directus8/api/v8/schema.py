"""/{project}/collections and /fields. Source: schema.md §2–3."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from directus8 import names
from directus8.api.php import listed
from directus8.api.v8.answer import Answer
from directus8.api.v8.reading import answer_of, client_filter, list_meta, sort_of
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.errors import Error, FieldEditFailed, FieldNotFound, InvalidRequest, ItemNotFound, RelatedAccessDenied
from directus8.query.ast import Entry, Node, Query
from directus8.schema.catalog import Collection, Field
from directus8.services.collections import CollectionsService
from directus8.services.fields import FieldsService
from directus8.types.moment import iso
from directus8.types.sqltype import length_of

# --- what they look like -------------------------------------------------------------------------------------


def told_collection(collection: Collection, *, with_fields: bool) -> dict[str, Any]:
    """A collection as clients see it."""
    row = {
        "collection": collection.name,
        "managed": collection.managed,
        "hidden": collection.hidden,
        "single": collection.single,
        "icon": collection.icon,
        "note": collection.note,
        "translation": collection.translation,
    }
    if with_fields:
        row["fields"] = {f.name: told_field(f, as_schema=True) for f in collection.fields.values()}
    return row


def told_field(field: Field, *, as_schema: bool) -> dict[str, Any]:
    """A field as clients see it: in schema listings, or as the stored row."""
    column = field.column
    if field.id is None:
        as_schema = True
    return {
        "collection": field.collection,
        "field": field.name,
        "datatype": column.type.name if column else None,
        "unique": bool(column and column.unique),
        "primary_key": bool(column and column.primary_key),
        "auto_increment": bool(column and column.auto_increment),
        "default_value": _default(field),
        "note": _note(field, as_schema),
        "signed": bool(column) and not column.type.unsigned,
        "id": field.id,
        "type": field.type.upper() if as_schema and column is None and field.type else field.type,
        "sort": field.sort,
        "interface": field.interface,
        "hidden_detail": field.hidden_detail,
        "hidden_browse": field.hidden_browse,
        "required": _required(field) if as_schema else field.required,
        "options": field.options,
        "locked": _locked(field, as_schema),
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
    return iso(field.column.default) if field.column.type.kind in ("datetime",) else field.column.default


def _note(field: Field, as_schema: bool) -> Any:
    if field.note is not None or not as_schema:
        return field.note
    return field.column.comment if field.column else None


def _required(field: Field) -> bool:
    return field.required if field.column is None else not field.column.nullable


def _locked(field: Field, as_schema: bool) -> Any:
    return (None if field.locked is None else int(field.locked)) if as_schema else field.locked


# --- collections ---------------------------------------------------------------------------------------------


@route("GET", "/collections")
def list_collections(request: V8Request) -> Answer:
    session, params = request.session, request.params
    rows = session.catalog.collection(names.COLLECTIONS)
    session.rules.read_filter(rows)
    node = Node(names.COLLECTIONS, (Entry("collection"),))
    client = client_filter(session, rows, params)
    registered = [r["collection"] for r in session.read(Query(node, client, sort_of(session, rows, params.sort)))]
    others = [c.name for c in session.catalog if not c.registered and not c.table.is_view]
    found = [n for n in registered if n in session.catalog] + others
    if params.limit is not None and params.offset is not None:
        start = max(int(params.offset or 0), 0)
        found = found[start : start + int(params.limit or 0)]
    data = [told_collection(session.catalog[n], with_fields=True) for n in found]
    meta = list_meta(request, rows, client, len(data)) if params.meta else {}
    if params.single is not None and not data:
        raise ItemNotFound()
    return answer_of(data[0] if params.is_single else data, meta, params, [])


@route("GET", "/collections/<path:key>")
def read_collections(request: V8Request, key: str) -> Answer:
    session = request.session
    session.rules.read_filter(session.catalog.collection(names.COLLECTIONS))
    wanted = key.split(",")
    if len(wanted) == 1:
        collection = session.catalog.get(key)
        if collection is None or not collection.registered:
            raise ItemNotFound(f'Item with id "{key}" not found')
        data: Any = told_collection(collection, with_fields=True)
    else:
        data = [told_collection(c, with_fields=True) for n in wanted if (c := session.catalog.get(n))]
    return answer_of(data, {"collection": names.COLLECTIONS, "type": "item"}, request.params, [])


@route("POST", "/collections")
def create_collection(request: V8Request) -> Answer:
    made = CollectionsService(request.session).create(request.fields(), partial=bool(request.query))
    return _row(request, told_collection(made, with_fields=False), names.COLLECTIONS)


@route("PATCH", "/collections/<path:key>")
def update_collection(request: V8Request, key: str) -> Answer:
    changed = CollectionsService(request.session).update(key, request.fields())
    return _row(request, told_collection(changed, with_fields=False), names.COLLECTIONS)


@route("DELETE", "/collections/<path:key>")
def delete_collection(request: V8Request, key: str) -> Answer:
    CollectionsService(request.session).delete(key)
    return Answer()


def _row(request: V8Request, data: Any, collection: str) -> Answer:
    return answer_of(data, {"collection": collection, "type": "item"}, request.params, [])


# --- fields --------------------------------------------------------------------------------------------------


def _visible(request: V8Request, collection: Collection) -> Iterator[Field]:
    hidden = request.session.rules.hidden_fields(collection.name)
    return (f for f in collection.fields.values() if f.name not in hidden)


@route("GET", "/fields")
def list_fields(request: V8Request) -> Answer:
    session = request.session
    session.rules.read_filter(session.catalog.collection(names.FIELDS))
    found = []
    for collection in sorted(session.catalog, key=lambda c: c.name):
        if session.rules.reads(collection.name):
            found.extend(told_field(f, as_schema=True) for f in _visible(request, collection))
    return Answer(found)


@route("GET", "/fields/<collection>")
def list_fields_of(request: V8Request, collection: str) -> Answer:
    session = request.session
    found = session.catalog.collection(collection)
    session.rules.read_filter(session.catalog.collection(names.FIELDS))
    if not session.rules.reads(collection):
        raise session.rules.denied_read(collection)
    return Answer([told_field(f, as_schema=True) for f in _visible(request, found)])


@route("GET", "/fields/<collection>/<field>")
def read_field(request: V8Request, collection: str, field: str) -> Answer:
    session = request.session
    session.rules.read_filter(session.catalog.collection(names.FIELDS))
    found = session.catalog.collection(collection)
    wanted = field.split(",")
    data = [_told(request, found, name) for name in wanted]
    return _row(request, data if len(wanted) > 1 else data[0], names.FIELDS)


def _told(request: V8Request, collection: Collection, name: str) -> dict[str, Any]:
    if name not in collection.fields:
        raise FieldNotFound(field=name)
    if name in request.session.rules.hidden_fields(collection.name):
        raise RelatedAccessDenied(field=name)
    told = told_field(collection.fields[name], as_schema=False)
    wanted = [f for f in request.params.fields if f != "*"]
    return {k: v for k, v in told.items() if k in wanted} if wanted else told


@route("POST", "/fields/<collection>")
def create_field(request: V8Request, collection: str) -> Answer:
    with _retold():
        made = FieldsService(request.session).create(collection, request.fields())
    return _row(request, told_field(made, as_schema=False), names.FIELDS)


@route("PATCH", "/fields/<collection>/<field>")
def update_field(request: V8Request, collection: str, field: str) -> Answer:
    service, body = FieldsService(request.session), request.fields()
    if "," in field:
        changed = [service.update(collection, name, body) for name in listed(field)]
        return _row(request, [told_field(f, as_schema=False) for f in changed], names.FIELDS)
    with _retold():
        updated = service.update(collection, field, body)
    return _row(request, told_field(updated, as_schema=False), names.FIELDS)


@route("PATCH", "/fields/<collection>")
def update_fields(request: V8Request, collection: str) -> Answer:
    body = request.payload()
    entries = body if isinstance(body, list) else [body]
    service = FieldsService(request.session)
    with request.session.transaction(ddl=True):
        changed = []
        for entry in entries:
            if not isinstance(entry, dict) or not entry.get("field"):
                raise InvalidRequest("field: This value should not be blank.")
            changed.append(service.update(collection, str(entry["field"]), entry))
    return _row(request, [told_field(f, as_schema=False) for f in changed], names.FIELDS)


@route("DELETE", "/fields/<collection>/<field>")
def delete_field(request: V8Request, collection: str, field: str) -> Answer:
    FieldsService(request.session).delete(collection, field, "delete_junction" in request.query)
    return Answer()


@contextmanager
def _retold() -> Iterator[None]:
    """Whatever goes wrong with a field is told as 422 with code 404, in its own words."""
    try:
        yield
    except Error as error:
        raise FieldEditFailed(error.message) from error


__all__ = ["Callable"]
