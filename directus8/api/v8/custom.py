"""/{project}/custom, /modules, /interfaces: the endpoints of extensions. Source: extensions_hooks.md §2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from directus8.api.http.response import Response
from directus8.api.render import dumps
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.errors import Error, MethodNotAllowed, NotFound
from directus8.events.bus import ListenerFailed
from directus8.router import METHODS, Headers, Request, Upload, takes_two
from directus8.router import Response as Said
from directus8.services.current import working

GROUPS = ("custom", "modules", "interfaces")


def _mount(group: str, method: str) -> None:
    @route(method, f"/{group}/<name>")
    def root(request: V8Request, name: str) -> Response:
        return _answer(request, group, name, "")

    @route(method, f"/{group}/<name>/<path:rest>")
    def below(request: V8Request, name: str, rest: str) -> Response:
        return _answer(request, group, name, f"/{rest}")

    @route(method, f"/{group}/<name>/")
    def with_slash(request: V8Request, name: str) -> Response:
        return _answer(request, group, name, "/")


for _group in GROUPS:
    for _method in METHODS:
        _mount(_group, _method)


def _answer(request: V8Request, group: str, name: str, path: str) -> Response:
    endpoint = request.project.extended.endpoints.get((group, name))
    if endpoint is None:
        raise NotFound()
    found = endpoint.router.find(request.http.method, path)
    if isinstance(found, bool):
        raise MethodNotAllowed() if found else NotFound()
    handler, params = found
    asked = _asked(request, path, params)
    with working(request.session):
        try:
            said = handler(asked, endpoint.context) if takes_two(handler) else handler(asked)
        except Error:
            raise
        except Exception as error:
            raise ListenerFailed(error) from error
    return response_of(said)


def _asked(request: V8Request, path: str, params: Mapping[str, str]) -> Request:
    http = request.http
    uploads = tuple(
        Upload(field, each.filename or "", each.mimetype, cast(Any, each.stream))
        for field, each in (http.files.items(multi=True) if http.mimetype == "multipart/form-data" else ())
    )
    return Request(
        method=http.method,
        path=path,
        url=http.url,
        query=request.query,
        headers=Headers(http.headers.items()),
        accountability=request.session.who,
        project=request.key,
        params=params,
        form=http.fields_of_form if http.is_form else {},
        files=uploads,
        read=lambda: http.get_data(cache=True),
    )


def response_of(said: Any) -> Response:
    """What a handler gave, as a response: text is HTML, bytes are bytes, None is 204, everything else JSON."""
    if isinstance(said, tuple) and len(said) == 2 and isinstance(said[1], int):
        said = Said(said[0], said[1])
    given = said if isinstance(said, Said) else Said(said)
    body, media = _told(given.body)
    if given.body is None and given.status == 200:
        made = Response(status=204)
        made.headers.pop("Content-Type", None)
    else:
        made = Response(body, given.status, content_type=given.media_type or media)
    for name, value in given.headers.items():
        made.headers[name] = value
    return made


def _told(body: Any) -> tuple[Any, str]:
    if body is None:
        return b"", "text/plain"
    if isinstance(body, str):
        return body, "text/html; charset=utf-8"
    if isinstance(body, (bytes, Iterator)):
        return body, "application/octet-stream"
    return dumps(body), "application/json"
