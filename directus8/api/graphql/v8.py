"""/{project}/gql. Source: graphql.md §1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from directus8.api.graphql import page
from directus8.api.http import response
from directus8.api.http.response import Response
from directus8.api.render import dumps
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.errors import MethodNotAllowed, NotFound, PayloadTooLarge, Unauthorized

if TYPE_CHECKING:
    from directus8.api.graphql.engine import Mount, Request


@route("POST", "/gql")
def post(request: V8Request) -> Response:
    """Runs a document; the body is JSON whatever it says it is."""
    _admit(request)
    data = request.http.get_data(cache=True)
    if len(data) > request.project.config.graphql.max_body:
        raise PayloadTooLarge()
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError:
        body = None
    return _run(request, body if isinstance(body, dict) else {}, reads_only=False)


@route("GET", "/gql")
def get(request: V8Request) -> Response:
    """Runs a query; a browser gets a page to write one on."""
    query = request.query
    if "query" in query:
        _admit(request)
        return _run(request, {**query, "variables": _parsed(query.get("variables"))}, reads_only=True)
    if _offers_page(request) and "text/html" in (media for media, _ in request.http.accept_mimetypes):
        return response.file(page.INDEX, page.HEADERS)
    raise MethodNotAllowed()


@route("GET", "/gql/<name>", anonymous=True)
def page_file(request: V8Request, name: str) -> Response:
    """A file of the page."""
    if name not in page.FILES or not _offers_page(request):
        raise NotFound()
    return response.file(page.FILES[name], page.HEADERS)


def _offers_page(request: V8Request) -> bool:
    return request.project.config.graphql.graphiql and page.is_built()


def _admit(request: V8Request) -> None:
    """The original lets administrators in, nobody else."""
    if not (request.project.config.graphql.extended or request.session.who.is_admin):
        raise Unauthorized("Permission denied: Admin Only")


def _run(request: V8Request, body: Mapping[str, Any], reads_only: bool) -> Response:
    try:
        from directus8.api.graphql import engine
    except ImportError:  # an extra: most projects do without
        raise NotFound("GraphQL is not installed: pip install directus8[graphql]") from None
    answer = engine.execute(request.session, _request(body, reads_only), _mount(request))
    return Response(dumps(answer), mimetype="application/json")


def _request(body: Mapping[str, Any], reads_only: bool) -> Request:
    from directus8.api.graphql.engine import Request

    query, variables, operation = (body.get(name) for name in ("query", "variables", "operationName"))
    return Request(
        query if isinstance(query, str) else "",
        variables if isinstance(variables, dict) else {},
        operation if isinstance(operation, str) and operation else None,
        reads_only,
    )


def _parsed(text: Any) -> Any:
    try:
        return orjson.loads(text) if isinstance(text, str) else None
    except orjson.JSONDecodeError:
        return None


def _mount(request: V8Request) -> Mount:
    from directus8.api.graphql import engine
    from directus8.api.graphql.limits import Limits
    from directus8.api.graphql.view import Shape

    config = request.project.config.graphql
    limits = Limits(config.max_depth, config.max_aliases, config.max_complexity, config.introspection)
    return engine.Mount(Shape(config.extended), limits, engine.tell if config.extended else engine.mask)
