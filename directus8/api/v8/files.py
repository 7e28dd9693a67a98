"""/{project}/files: uploads, rows, contents. Source: files_assets.md §1, §4–§6."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from directus8 import names
from directus8.api.http.visit import MULTIPART
from directus8.api.v8.answer import Answer
from directus8.api.v8.items import is_batch, keys_of
from directus8.api.v8.reading import answer_of, items_by_key, read_keys, read_list
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.api.v8.system import item_revision, item_revisions
from directus8.context import ADMIN_ROLE
from directus8.errors import BatchUploadNotAllowed, InvalidPayload, PartialUpload, Refusal, UnprocessableEntity
from directus8.files.incoming import Incoming
from directus8.files.storage import trouble
from directus8.filters import Condition
from directus8.permissions.rules import Rules
from directus8.query.ast import Query
from directus8.schema.catalog import Collection
from directus8.services import selection as fields
from directus8.services.files import LIMIT, FilesService


def _files(request: V8Request) -> Collection:
    return request.session.catalog.collection(names.FILES)


def _service(request: V8Request) -> FilesService:
    return FilesService(request.session, request.http.max_content_length or LIMIT)


def _content(request: V8Request) -> Incoming | None:
    """The one file of a form. BatchUploadNotAllowed for several, PartialUpload for a form that ends too early."""
    http = request.http
    if http.mimetype != MULTIPART:
        return None
    try:
        parts = [part for _, part in http.files.items(multi=True) if part.filename]
    except OSError as error:  # large parts are written to the folder of temporary files on their way
        raise (trouble(error) or error) from error
    if len(parts) > 1:
        raise BatchUploadNotAllowed()
    if parts:
        part = parts[0]
        return Incoming(cast(BinaryIO, part.stream), part.filename or "", part.mimetype or None, from_form=True)
    if http.content_length and not http.form:
        raise PartialUpload()
    return None


@route("POST", "/files")
def upload(request: V8Request) -> Answer:
    content = _content(request)
    body = request.body if content is not None else request.payload()
    if isinstance(body, list) and body:
        raise BatchUploadNotAllowed()
    key = _service(request).upload(body or {}, content, request.params.options)
    return _created(request, key)


def _created(request: V8Request, key: Any) -> Answer:
    """The whole new row, whatever ``fields`` says, also for one who may not read it."""
    session = request.session
    node = fields.resolve(session.catalog, Rules(ADMIN_ROLE, ()), _files(request), ()).node
    row = session.read(Query(node, Condition(("id",), "eq", key)), system=True)[0]
    return answer_of(row, {"collection": names.FILES, "type": "item"}, request.params, [])


@route("GET", "/files")
def list_files(request: V8Request) -> Answer:
    return read_list(request, _files(request))


@route("GET", "/files/<key>")
def read_file(request: V8Request, key: str) -> Answer:
    request.session.rules.read_filter(_files(request))
    return read_keys(request, _files(request), key)


@route("PATCH", "/files")
def update_batch(request: V8Request) -> Answer:
    body = request.payload()
    if not is_batch(body):
        raise InvalidPayload()
    if not all(isinstance(e, dict) and e.get("id") is not None for e in body):
        raise UnprocessableEntity("Payload must include the primary key")
    changed = _service(request).update([(e["id"], e) for e in body], request.params.options, batch=True)
    return _changed(request, changed, many=True)


@route("PATCH", "/files/<key>")
def update_file(request: V8Request, key: str) -> Answer:
    content, keys, options = _content(request), keys_of(key), request.params.options
    if content is None:
        given = request.fields()
        changed = _service(request).update([(k, given) for k in keys], options, batch=len(keys) > 1)
    elif len(keys) > 1:
        raise BatchUploadNotAllowed()
    else:
        changed = [_service(request).replace(key, request.body or {}, content, options)]
    return _changed(request, changed, many=len(keys) > 1)


def _changed(request: V8Request, keys: list[Any], *, many: bool) -> Answer:
    """The changed rows in a list; those of several keys each in a list of its own. Nothing for one who may not read."""
    try:
        items, messages = items_by_key(request.session, _files(request), keys, request.params)
    except Refusal:
        return Answer()
    if not items:
        return Answer()
    order = {str(k): i for i, k in enumerate(keys)}
    items.sort(key=lambda item: order.get(str(item.get("id")), 0))
    return Answer([[item] for item in items] if many else items, messages=messages)


@route("DELETE", "/files/<key>")
def delete_file(request: V8Request, key: str) -> Answer:
    _service(request).delete(keys_of(key), request.params.options)
    return Answer()


@route("GET", "/files/<key>/revisions")
def revisions(request: V8Request, key: str) -> Answer:
    return item_revisions(request, names.FILES, key)


@route("GET", "/files/<key>/revisions/<offset>")
def revision(request: V8Request, key: str, offset: str) -> Answer:
    return item_revision(request, names.FILES, key, offset)
