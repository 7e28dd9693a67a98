"""Answers that are kept, and the tags by which a client proves that it has the current one.

An answer depends on the collections its statements named, and on schema, access and settings. The first answer to a
question teaches what it depends on; the second is kept together with the stamps of just that, read before anything
else was. It is given again only while these stamps are the same, to the same user in the same role: see
``schema/version.py`` for why that is never stale. What somebody writes past the API moves no stamp; therefore

    cache.enabled      whole answers are kept
    cache.etags        "stamps": 304 without asking the database; "content": the answer is made and compared; "off"

and nothing is kept longer than ``cache.response_ttl``.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from directus8.api.http.response import Content, Response
from directus8.api.http.shelf import Key, the_shelf
from directus8.api.http.visit import Request
from directus8.db.trace import Statement, named
from directus8.project import Project
from directus8.schema.version import Stamps, proof

ALWAYS = ("access", "schema", "settings")


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given: what it depends on, the proof that this has not changed, and perhaps its body."""

    names: tuple[str, ...]
    proof: tuple[int, ...] | None
    tag: str
    body: bytes | None
    until: float

    def is_fresh(self, stamps: Stamps) -> bool:
        """May it be given again?"""
        return self.proof is not None and time.monotonic() < self.until and self.proof == stamps.read(self.names)


def reply(project: Project, request: Request, make: Callable[[], Response]) -> Response:
    """The answer to a GET: a kept one, none at all (304), or a new one."""
    cache = project.config.cache
    if cache.etags == "off" and not cache.enabled:
        return make()
    if not (cache.enabled or (cache.etags == "stamps" and "HTTP_IF_NONE_MATCH" in request.environ)) or _is_fleeting(
        request, project
    ):
        return _tagged(request, make()) if cache.etags != "off" else make()
    return _kept_or_new(project, request, make)


def _kept_or_new(project: Project, request: Request, make: Callable[[], Response]) -> Response:
    key, shelf = _key(request), the_shelf()
    kept = None if request.parameters.get("refresh_cache") else shelf.get(key, Kept)
    if kept is not None and kept.is_fresh(project.stamps):
        if request.has(kept.tag):
            return _not_modified(kept.tag)
        if kept.body is not None:
            return _with_tag(Response(kept.body, mimetype="application/json"), kept.tag)
    found = proof(project.stamps, kept.names) if kept else None
    before = len(request.visit.trace)
    response = make()
    if response.status_code != 200 or "Set-Cookie" in response.headers:
        return response
    names = depends_on(project, request.visit.trace.statements[before:])
    if kept is None or not set(names) <= set(kept.names):
        found = None
    cache = project.config.cache
    body = response.get_data() if cache.enabled else None
    tag = _tag(response)
    until = time.monotonic() + cache.response_ttl
    shelf.put(key, Kept(kept.names if kept and found else names, found, tag, body, until), len(body or b""))
    return _compared(request, response, tag)


def depends_on(project: Project, statements: Iterable[Statement]) -> tuple[str, ...]:
    """The stamps of everything that statements look at."""
    tables = project.state.schema.catalog.names()
    found = {f"data:{name}" for statement in statements for name in named(statement.sql, tables)}
    return (*ALWAYS, *sorted(found))


def _is_fleeting(request: Request, project: Project) -> bool:
    """May the answer change although nothing was written: by ``now``, by chance, by addresses signed for a while?"""
    raw = request.query_string
    return project.config.storage.private or b"now" in raw or b"?" in raw or b"%3F" in raw or b"%3f" in raw


def _key(request: Request) -> Key:
    """Who asks what, and under which address: links in answers carry it."""
    visit = request.visit
    assert visit.who is not None
    who = (visit.key, visit.who.user, visit.who.role)
    return (*who, request.scheme, request.host, request.path, request.query_string)


# --- tags ------------------------------------------------------------------------------------------------------


def _tagged(request: Request, response: Response) -> Response:
    if response.status_code != 200 or response.is_streamed:
        return response
    return _compared(request, response, _tag(response))


def _tag(response: Response) -> str:
    return hashlib.sha1(response.get_data(), usedforsecurity=False).hexdigest()[:24]


def _compared(request: Request, response: Response, tag: str) -> Response:
    return _not_modified(tag) if request.has(tag) else _with_tag(response, tag)


def _not_modified(tag: str) -> Response:
    return Content((), 304, _version(tag))


def _with_tag(response: Response, tag: str) -> Response:
    response.headers.extend(_version(tag))
    return response


def _version(tag: str) -> tuple[tuple[str, str], ...]:
    return ("ETag", f'"{tag}"'), ("Cache-Control", "private, no-cache")
