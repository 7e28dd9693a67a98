"""/files and /assets. Source: sdk_v10.md D.6."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO, cast

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.formparser import FormDataParser

from directus8 import names
from directus8.api.http.response import Response
from directus8.api.http.visit import FORM, MULTIPART, Request
from directus8.api.v8.contents import send
from directus8.api.v10 import items, payloads
from directus8.api.v10.answer import Answer
from directus8.api.v10.items import Writer, mount, written
from directus8.api.v10.request import V10Request
from directus8.api.v10.router import route
from directus8.errors import Forbidden, InvalidPayload, InvalidQuery, Refusal
from directus8.files import edits, kinds, thumbnails
from directus8.files.incoming import Incoming
from directus8.files.thumbnails import Size
from directus8.filters import Condition
from directus8.query.ast import ANY_STATUS, Entry, Node, Query
from directus8.schema.catalog import Collection
from directus8.services.assets import COLUMNS, AssetsService
from directus8.services.files import LIMIT, FilesService
from directus8.services.session import Session
from directus8.validation import natural_number

FITS = {"cover": "crop", "contain": "contain", "inside": "contain", "outside": "crop"}
FORMATS = ("auto", "jpg", "jpeg", "png", "webp", "avif", "tiff")
QUALITY = 80
#: How a multipart body begins.
_BOUNDARY = re.compile(rb"--([^\r\n]{1,70})\r\n")


# --- rows ----------------------------------------------------------------------------------------------------


def _create(session: Session, collection: Collection, given: Sequence[dict[str, Any]]) -> list[Any]:
    """Rows without a content say at least what they are."""
    if any(not each.get("type") for each in given):
        raise InvalidPayload('"type" is required')
    raise InvalidPayload("a file is made of its content: send it as multipart/form-data, or use /files/import")


def _update(session: Session, collection: Collection, changes: Sequence[tuple[Any, dict[str, Any]]]) -> list[Any]:
    service = FilesService(session)
    with session.transaction() as connection:
        there = service.items.stored(connection, [key for key, _ in changes])
        found = [(k, payloads.prepared(session, collection, g, k)) for k, g in changes if str(k) in there]
        if len(found) < len(changes) and not session.who.is_admin:
            raise Forbidden()
        changed = [(k, {n: v for n, v in g.items() if n != "id"}) for k, g in found]
        if changed := [(k, g) for k, g in changed if g]:
            service.update(changed, batch=len(changed) > 1)
    return [k for k, _ in found]


def _delete(session: Session, collection: Collection, keys: Sequence[Any]) -> None:
    service = FilesService(session)
    with session.transaction() as connection:
        there = service.items.stored(connection, keys)
        found = [key for key in keys if str(key) in there]
        if len(found) < len(keys) and not session.who.is_admin:
            raise Forbidden()
        if found:
            service.delete(found)


WRITER = Writer(_create, _update, _delete)


def _files(request: V10Request) -> Collection:
    return request.session.catalog.collection(names.FILES)


def _service(request: V10Request) -> FilesService:
    return FilesService(request.session, request.http.max_content_length or LIMIT)


# --- contents --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sent:
    """A form with contents: its plain fields and its files."""

    fields: Mapping[str, Any]
    files: Sequence[Incoming]


def _sent(request: V10Request) -> Sent | None:
    """The form of a request, if it is one. Version 9 of the SDK says that it is of another kind."""
    form, files = _parts(request.http) or (None, None)
    if form is None or files is None:
        return None
    given = {name: value for name, value in form.items() if name not in ("data", "storage")}
    parts = [part for _, part in files.items(multi=True) if part.filename]
    return Sent(
        payloads.prepared(request.session, _files(request), given),
        [Incoming(cast(BinaryIO, p.stream), p.filename or "", p.mimetype or None, from_form=True) for p in parts],
    )


def _parts(http: Request) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]] | None:
    if http.mimetype == MULTIPART:
        return http.form, http.files
    if http.mimetype != FORM:
        return None
    data = http.get_data(cache=True, parse_form_data=False)
    boundary = _BOUNDARY.match(data)
    if boundary is None:
        return None
    options = {"boundary": boundary[1].decode("latin-1")}
    _, form, files = FormDataParser().parse(BytesIO(data), MULTIPART, len(data), options)
    return form, files


@route("POST", "/files")
def upload(request: V10Request) -> Answer:
    """Files of a form; its fields are said of all of them."""
    sent = _sent(request)
    if sent is None:
        return items.create(request, _files(request), WRITER)
    if not sent.files:
        raise InvalidPayload("No files were included in the body")
    keys = [_service(request).upload(dict(sent.fields), content) for content in sent.files]
    return written(request, _files(request), keys, many=len(keys) > 1)


@route("POST", "/files/import")
def import_file(request: V10Request) -> Answer:
    url = request.text("url")
    data = request.fields().get("data")
    given = payloads.prepared(request.session, _files(request), data if isinstance(data, Mapping) else {})
    key = _service(request).upload({**given, "data": url})
    return written(request, _files(request), [key], many=False)


@route("PATCH", "/files/<key>")
def update_file(request: V10Request, key: str) -> Answer:
    """Changes of a row, or a new content for it."""
    sent = _sent(request)
    if sent is not None and sent.files:
        changed = _service(request).replace(key, dict(sent.fields), sent.files[0])
        return written(request, _files(request), [changed], many=False)
    return items.update_one(request, _files(request), key, WRITER)


mount("/files", names.FILES, WRITER)


# --- assets ------------------------------------------------------------------------------------------------------


@route("GET", "/assets/<key>")
@route("GET", "/assets/<key>/<path:name>")
def asset(request: V10Request, key: str, name: str = "") -> Response:
    """The content of a file the caller may read, or an image made of it."""
    row = _row(request.session, key)
    service = AssetsService(request.session)
    size = _size(request, row)
    found = service.original(row) if size is None else service.image(row, size)
    attachment = "download" in request.query or found.media in kinds.ACTIVE
    response = send(request.http, found, "no-cache", attachment=attachment)
    told = response.headers.get("Content-Disposition", "")
    if told.startswith("filename"):
        response.headers["Content-Disposition"] = f"inline; {told}"
    return response


def _row(session: Session, key: str) -> Mapping[str, Any]:
    node = Node(names.FILES, tuple(map(Entry, (*COLUMNS, "width", "height"))), ANY_STATUS)
    try:
        found = session.read(Query(node, Condition(("id",), "key", (key,))))
    except Refusal:
        raise Forbidden() from None
    if not found:
        raise Forbidden()
    return found[0]


def _size(request: V10Request, row: Mapping[str, Any]) -> Size | None:
    """The image a query asks for; None for the original. InvalidQuery."""
    query, settings = request.query, request.session.settings
    if "key" in query:
        return thumbnails.asked({"key": query["key"]}, settings)
    wanted = {n: query[n] for n in ("width", "height", "quality", "format", "fit", "transforms") if n in query}
    if not wanted:
        return None
    if settings.get("storage_asset_transform") in ("none", "presets") or request.project.config.security.hardened:
        raise InvalidQuery("Only configured presets can be used in asset generation")
    steps = edits.parse(str(wanted["transforms"])) if "transforms" in wanted else ()
    width, height = _number(wanted, "width"), _number(wanted, "height")
    own = int(row["width"] or 0), int(row["height"] or 0)
    if steps:
        width, height = width or 0, height or 0  # what is left open follows from the steps
    elif width is None:
        width = round(height * own[0] / own[1]) if height and own[1] else own[0]
    if height is None:
        height = round(width * own[1] / own[0]) if width and own[0] else own[1]
    if "withoutEnlargement" in query and all(own):
        width, height = min(width, own[0]), min(height, own[1])
    fit, form = wanted.get("fit", "cover"), wanted.get("format")
    if fit not in FITS:
        raise InvalidQuery(f'"fit" must be one of [{", ".join(FITS)}]')
    if form is not None and form not in FORMATS:
        raise InvalidQuery(f'"format" must be one of [{", ".join(FORMATS)}]')
    quality = _number(wanted, "quality") or QUALITY
    least = 0 if steps else 1
    bounds = (max(width, least), max(height, least))
    return thumbnails.checked(Size(*bounds, FITS[fit], quality, None if form == "auto" else form, steps))


def _number(given: Mapping[str, Any], name: str) -> int | None:
    if name not in given:
        return None
    number = natural_number(given[name])
    if number is None:
        raise InvalidQuery(f'"{name}" has to be a number')
    return number
