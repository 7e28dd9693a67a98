"""Files. Source: legacy_v1.md §4.3, §5."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import redirect

from directus8 import names
from directus8.api.v1 import answer, lens, rows, uploads
from directus8.api.v1.lens import Attribute, Lens, Place, Row, Told, Writer, constant, csv, moment, same, text
from directus8.api.v1.reading import Reader
from directus8.api.v1.request import V1Request
from directus8.api.v1.router import route
from directus8.context import Accountability
from directus8.errors import InvalidRequest, ItemNotFound
from directus8.files import incoming, kinds
from directus8.files import names as file_names
from directus8.files.incoming import Incoming
from directus8.files.urls import embed
from directus8.filters import Condition
from directus8.query.ast import Computed, Entry, Node, Query
from directus8.services.files import LIMIT, FilesService
from directus8.services.session import Session
from directus8.system.behaviours.files import DATA

TABLE = names.FILES
#: v1.1 name → column, of what is written as it is said
COLUMNS = {"title": "title", "location": "location", "caption": "description", "tags": "tags"}
#: The names Directus 8 gives at random.
RANDOM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
FILM = "embed/"
#: Digits of an id that is a file name.
BY_ID = 11


# --- how they are told -----------------------------------------------------------------------------------------


def _name(who: Accountability, row: Row) -> str:
    """The name a file is kept under. A random one is told as Directus 6 named files: by their ids."""
    name = str(row["filename_disk"] or "")
    stem, dot, ending = name.partition(".")
    return f"{row['id']:011}{dot}{ending}" if RANDOM.fullmatch(stem) else name


def _thumbnail(who: Accountability, row: Row) -> str | None:
    found = (row["data"] or {}).get("thumbnails")
    return found[0]["url"] if found else None


def _html(who: Accountability, row: Row) -> str | None:
    return ((row["data"] or {}).get("embed") or {}).get("html")


def _beside(session: Session, told: Sequence[tuple[Row, Told]]) -> None:
    """Files that nothing can be seen of have no small pictures."""
    for _, made in told:
        for name in ("thumbnail_url", "old_thumbnail_url"):
            if made.get(name, "") is None:
                del made[name]


ATTRIBUTES: Mapping[str, Attribute] = {
    "id": same("id"),
    "status": constant(1),
    "active": constant(1),
    "name": Attribute(_name, ("filename_disk", "id"), "filename_disk"),
    "title": text("title"),
    "location": text("location"),
    "caption": text("description"),
    "type": text("type"),
    "charset": text("charset"),
    "tags": csv("tags", ""),
    "width": same("width"),
    "height": same("height"),
    "size": same("filesize"),
    "embed_id": same("embed"),
    "user": same("uploaded_by"),
    "date_uploaded": moment("uploaded_on"),
    "storage_adapter": same("storage"),
    "url": Attribute(lambda who, row: f"/storage/uploads/{_name(who, row)}", ("filename_disk", "id")),
    "thumbnail_url": Attribute(_thumbnail, ("data",)),
    "old_thumbnail_url": Attribute(_thumbnail, ("data",)),
    "html": Attribute(_html, ("data",)),
}


# --- how they are written --------------------------------------------------------------------------------------


class Unnamed(InvalidRequest):
    """A file without a name, and without a title to make one of."""


def payload_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The words about a file as the house takes them."""
    made = {column: given[name] for name, column in COLUMNS.items() if name in given}
    if "tags" in made and not isinstance(made["tags"], list):
        made["tags"] = [tag.strip() for tag in str(made["tags"] or "").split(",") if tag.strip()]
    return made


def _service(request: V1Request) -> FilesService:
    return FilesService(request.session, request.http.max_content_length or LIMIT)


def _content(given: Mapping[str, Any]) -> Incoming:
    """The content of a payload, under its name. Unnamed, InvalidRequest."""
    data = given.get("data")
    if not isinstance(data, str) or not data:
        raise InvalidRequest("data: the content of the file is needed")
    made = incoming.of_text(data)
    name = given.get("name") or _made_up(given, made)
    if not isinstance(name, str):
        raise Unnamed()
    return Incoming(made.file, name)


def _made_up(given: Mapping[str, Any], content: Incoming) -> str | None:
    """A name of the title, ending as the kind told or the first bytes say."""
    title = given.get("title")
    if not isinstance(title, str) or not title:
        return None
    head = content.head()
    kind = str(given.get("type") or kinds.by_content(head) or ("text/plain" if kinds.is_text(head) else ""))
    ending = kinds.ending_of(kind)
    return f"{title}.{ending}" if ending else title


def _create(request: V1Request, place: Place, given: Sequence[Told]) -> list[Any]:
    return [_upload(request, row) for row in given]


def _upload(request: V1Request, given: Told) -> Any:
    service, words = _service(request), payload_of(given)
    if str(given.get("type") or "").startswith(FILM) and given.get("embed_id"):
        film = embed({"width": 0, "height": 0, "type": given["type"], "embed": given["embed_id"]})
        if film is not None:
            return service.upload({**words, "data": film["url"]}, None, request.options)
    with (content := uploads.waiting(request, given) or _content(given)).file:
        key = service.upload(words, content, request.options, {"charset": uploads.charset_of(content)})
    uploads.forget(request, given)
    return key


def _update(request: V1Request, place: Place, changes: Sequence[tuple[Any, Told]]) -> list[Any]:
    service, made = _service(request), []
    for key, given in changes:
        fields = payload_of(given)
        if isinstance(given.get("data"), str) and given["data"]:
            fields["data"] = given["data"]
        if isinstance(given.get("name"), str) and given["name"]:
            fields["filename_download"] = file_names.download(given["name"])
        made.append((key, fields or {"title": given.get("title")}))
    return service.update(made, request.options)


def _delete(request: V1Request, place: Place, keys: Sequence[Any]) -> None:
    _service(request).delete(keys, request.options)


def _counted(every: int) -> dict[str, int]:
    return {"Active": every, "Delete": 0, "Draft": 0}


LENS = lens.register(
    Lens(TABLE, names.FILES, ATTRIBUTES, beside=_beside, writer=Writer(_create, _update, _delete), counted=_counted)
)

# --- rows ------------------------------------------------------------------------------------------------------


@route("GET", "/files")
def list_files(request: V1Request) -> Any:
    return rows.list_rows(request, TABLE)


@route("POST", "/files")
def create_file(request: V1Request) -> Any:
    try:
        return rows.create_one(request, TABLE, request.fields())
    except Unnamed:
        return answer.failure("Missing [name] parameter. Must provide filename.")


@route("GET", "/files/<key>")
def read_file(request: V1Request, key: str) -> Any:
    return Reader(request, lens.place(request.session, TABLE)).one(key)


@route("PUT PATCH POST", "/files/<key>")
def update_file(request: V1Request, key: str) -> Any:
    return rows.update_one(request, TABLE, key, request.fields())


@route("DELETE", "/files/<key>")
def delete_file(request: V1Request, key: str) -> Any:
    try:
        _service(request).delete([key], request.options)
    except ItemNotFound:
        return {"success": False, "data": {"id": key}}
    return {"success": 1, "data": {"id": key}}


# --- contents --------------------------------------------------------------------------------------------------


def content(request: V1Request, name: str) -> Any:
    """Leads to the content of a file the caller may read, from the address it is told under. ItemNotFound."""
    stem = name.partition(".")[0]
    by_id = len(stem) == BY_ID and stem.isdecimal()
    wanted = Condition(("id",), "eq", int(stem)) if by_id else Condition(("filename_disk",), "eq", name)
    node = Node(TABLE, (Entry("id"), Entry("data", Computed(DATA))))
    request.session.rules.read_filter(request.session.catalog[TABLE])
    found = request.session.read(Query(node, wanted, limit=1))
    if not found:
        raise ItemNotFound("File not found")
    return redirect(found[0]["data"]["url"])
