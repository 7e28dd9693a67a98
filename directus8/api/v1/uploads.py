"""Contents that are taken in first and become files when they are posted to /files. Source: legacy_v1.md §4.3."""

from __future__ import annotations

import base64
import re
import secrets
import time
from collections.abc import Mapping
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO, cast

from directus8 import names
from directus8.api.http.visit import MULTIPART
from directus8.api.v1 import answer
from directus8.api.v1.request import V1Request
from directus8.api.v1.router import route
from directus8.context import sql_time
from directus8.errors import Forbidden, InvalidRequest, Refusal
from directus8.files import embeds, incoming, kinds
from directus8.files import names as file_names
from directus8.files.incoming import Incoming
from directus8.files.storage import HIDDEN
from directus8.files.urls import embed
from directus8.net import OutgoingError
from directus8.services.files import LIMIT
from directus8.types.moment import iso

#: The folder of uploads that are no files yet.
ASIDE = f"{HIDDEN}waiting"
#: How many seconds an upload waits.
KEPT = 24 * 60 * 60
#: Names under which uploads are told until they become files: the given one with a secret in it.
WAITING = re.compile(r"(.*)-([0-9a-f]{32})((?:\.\w+)?)")


def charset_of(content: Incoming) -> str:
    """How a text is encoded; ``binary`` for what is none."""
    head = content.head()
    if not kinds.is_text(head):
        return "binary"
    return "us-ascii" if head.isascii() else "utf-8"


# --- between upload and row ------------------------------------------------------------------------------------


def _aside(request: V1Request, name: str) -> str:
    """Where an upload waits for its sender, and for nobody else."""
    return f"{ASIDE}/{request.session.who.user}-{name}"


def _clear(request: V1Request) -> None:
    """Uploads that nobody has made files of go."""
    store, oldest = request.session.project.stores.originals, time.time() - KEPT
    for path, changed in store.ages(ASIDE).items():
        if changed < oldest:
            store.delete(path)


def _waiting_name(given: Mapping[str, Any]) -> re.Match[str] | None:
    return None if given.get("data") else WAITING.fullmatch(str(given.get("name") or ""))


def waiting(request: V1Request, given: Mapping[str, Any]) -> Incoming | None:
    """The upload a payload names; None for one that names none."""
    found, store = _waiting_name(given), request.session.project.stores.originals
    if found is None or store.stat(aside := _aside(request, found[0])) is None:
        return None
    return Incoming(BytesIO(b"".join(store.read(aside))), f"{found[1]}{found[3]}")


def forget(request: V1Request, given: Mapping[str, Any]) -> None:
    """An upload that became a file waits no more."""
    if found := _waiting_name(given):
        request.session.project.stores.originals.delete(_aside(request, found[0]))


def _take_in(request: V1Request, content: Incoming) -> dict[str, Any]:
    """Keeps an upload aside, under a name only its sender knows."""
    incoming.check_size(content, request.http.max_content_length or LIMIT)
    stem, dot, ending = file_names.safe(content.name).rpartition(".")
    name = f"{stem or ending}-{secrets.token_hex(16)}{dot}{ending if stem else ''}"
    store = request.session.project.stores.originals
    store.create(_aside(request, name), content.chunks(lambda chunk: None))
    return {**_facts(request, content), "name": name}


# --- what is told ----------------------------------------------------------------------------------------------


def _facts(request: V1Request, content: Incoming) -> dict[str, Any]:
    kind = kinds.by_name(content.name)
    found = incoming.read_facts(content, kind)
    return {
        "type": kind,
        "name": content.name,
        "title": file_names.title(content.name),
        "tags": ",".join(found.tags) if found else "",
        "caption": found.description if found else "",
        "location": found.location if found else "",
        "charset": charset_of(content),
        "size": content.size,
        "width": found.width if found else None,
        "height": found.height if found else None,
        "date_uploaded": iso(sql_time(request.session.who.clock()), request.session.who.zone),
        "storage_adapter": request.session.project.config.storage.adapter,
    }


def _data_uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _of_film(request: V1Request, provider: str, id: str) -> dict[str, Any]:
    session = request.session
    get = partial(incoming.picture_of, private=session.project.config.security.allow_private_addresses)
    film = embeds.look_up(provider, id, get, str(session.settings.get("youtube_api_key") or ""))
    try:
        picture = get(film.picture) if film.picture else b""
    except OutgoingError:
        picture = b""
    kind = f"embed/{provider}"
    shown = embed({"type": kind, "embed": id, "width": film.width, "height": film.height}) or {}
    return {
        "type": kind,
        "name": film.file_name,
        "title": film.title,
        "tags": ",".join(film.tags),
        "caption": film.description or "",
        "location": "",
        "charset": "binary",
        "size": film.duration,
        "width": film.width,
        "height": film.height,
        "html": shown.get("html"),
        "embed_id": id,
        "data": _data_uri("image/jpeg", picture) if picture else None,
        "user": session.who.user,
    }


def _of_link(request: V1Request, link: object) -> dict[str, Any]:
    if not isinstance(link, str):
        raise InvalidRequest()
    if film := embeds.recognise(link):
        return _of_film(request, *film)
    if not incoming.is_url(link):
        raise InvalidRequest()
    private = request.session.project.config.security.allow_private_addresses
    with (found := incoming.of_url(link, request.http.max_content_length or LIMIT, private)).file:
        facts, content = _facts(request, found), b"".join(found.chunks(lambda chunk: None))
    more = {"html": None, "embed_id": None, "data": _data_uri(facts["type"], content)}
    return {**facts, **more, "user": request.session.who.user}


# --- routes ----------------------------------------------------------------------------------------------------


@route("POST", "/upload")
def upload(request: V1Request) -> Any:
    """Takes contents in; they become files when they are posted to /files under the names told here."""
    _check_may_upload(request)
    _clear(request)
    http = request.http
    parts = [p for _, p in http.files.items(multi=True) if p.filename] if http.mimetype == MULTIPART else []
    return [
        _take_in(request, Incoming(cast(BinaryIO, p.stream), p.filename or "", p.mimetype or None, from_form=True))
        for p in parts
    ]


@route("POST", "/upload/link")
def upload_link(request: V1Request) -> Any:
    """What is at an address: a film of YouTube or Vimeo, an image, a PDF. Nothing is kept."""
    _check_may_upload(request)
    try:
        return [_of_link(request, request.fields().get("link"))]
    except Refusal:
        return answer.respond(answer.failure("Invalid/Unsupported URL"), request.session.who.is_public, 400)


def _check_may_upload(request: V1Request) -> None:
    if not request.session.rules.allows("create", names.FILES):
        raise Forbidden()
