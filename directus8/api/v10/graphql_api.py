"""/graphql and /graphql/system: documents over the project's items, or over the system. Source: sdk_v10.md B.2."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import orjson

from directus8 import errors
from directus8.api.http.response import Response
from directus8.api.v10.answer import dumps, told
from directus8.api.v10.params import DEFAULT_LIMIT
from directus8.api.v10.request import V10Request
from directus8.api.v10.router import route
from directus8.errors import InvalidPayload, InvalidQuery, NotFound, PayloadTooLarge
from directus8.services.kept import ready_extras

if TYPE_CHECKING:
    from graphql import GraphQLError

    from directus8.api.graphql.schema import Built

INVALID = "GRAPHQL_VALIDATION"
log = logging.getLogger("directus8.api.v10.graphql")


@route("POST", "/graphql")
def run_items(request: V10Request) -> Response:
    return _posted(request, system=False)


@route("GET", "/graphql")
def ask_items(request: V10Request) -> Response:
    return _asked(request, system=False)


@route("POST", "/graphql/system")
def run_system(request: V10Request) -> Response:
    return _posted(request, system=True)


@route("GET", "/graphql/system")
def ask_system(request: V10Request) -> Response:
    return _asked(request, system=True)


@route("GET", "/server/specs/graphql")
@route("GET", "/server/specs/graphql/<scope>")
def specification(request: V10Request, scope: str = "items") -> Response:
    """The schema as the caller may use it, in GraphQL's own language."""
    if scope not in ("items", "system"):
        raise NotFound()
    built = _schema(request, scope == "system")
    from graphql import print_schema

    return Response(print_schema(built.schema), mimetype="text/plain")


def _posted(request: V10Request, system: bool) -> Response:
    if len(request.http.get_data(cache=True)) > request.project.config.graphql.max_body:
        raise PayloadTooLarge()
    return _run(request, request.fields(), system, reads_only=False)


def _asked(request: V10Request, system: bool) -> Response:
    """A query in the address: nothing may be changed by it."""
    text = request.query.get("variables")
    try:
        variables = orjson.loads(text) if isinstance(text, str) and text else None
    except orjson.JSONDecodeError:
        raise InvalidQuery("Variables are invalid JSON") from None
    return _run(request, {**request.query, "variables": variables}, system, reads_only=True)


def _schema(request: V10Request, system: bool) -> Built:
    """The schema of the caller's role."""
    try:
        from directus8.api.graphql.engine import kept_schema
        from directus8.api.v10.graphql.schema import build
        from directus8.api.v10.graphql.view import View
    except ImportError:  # an extra: most projects do without
        raise NotFound("GraphQL is not installed: pip install directus8[graphql]") from None
    session = request.session
    return kept_schema(session, ("v10", system), lambda: build(View(session.catalog, session.rules), system))


def _run(request: V10Request, body: Mapping[str, Any], system: bool, reads_only: bool) -> Response:
    built = _schema(request, system)
    from directus8.api.graphql import engine
    from directus8.api.graphql.limits import Limits
    from directus8.api.v10.graphql.resolve import Visit

    query, variables, operation = (body.get(name) for name in ("query", "variables", "operationName"))
    if not isinstance(query, str) or not query:
        raise InvalidPayload("Must provide query string")
    asked = engine.Request(
        query,
        variables if isinstance(variables, dict) else {},
        operation if isinstance(operation, str) and operation else None,
        reads_only,
    )
    config = request.project.config.graphql
    limits = Limits(config.max_depth, config.max_aliases, config.max_complexity, config.introspection)
    visit = Visit(request.session, request=request)
    if system:
        visit.prepare = lambda: ready_extras(request.session)
    try:
        result = engine.perform(visit, built, asked, limits, DEFAULT_LIMIT)
    except engine.Invalid as invalid:
        return _invalid(invalid.found)
    if result.errors and result.data is None and all(error.path is None for error in result.errors):
        return _invalid(result.errors)
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer = {"errors": [each for error in result.errors for each in _told(error)], **answer}
    response = Response(dumps(answer), mimetype="application/json")
    response.headers["Cache-Control"] = "no-cache"
    for name, value in visit.headers:
        response.headers.add(name, value)
    return response


def _invalid(found: Iterable[GraphQLError]) -> Response:
    """The answer to a document that was not run."""
    from directus8.api.graphql.engine import requoted

    listed = [{"message": requoted(error.message), **_places(error)} for error in found]
    told = {"message": "GraphQL validation error.", "extensions": {"errors": listed, "code": INVALID}}
    return Response(dumps({"errors": [told]}), 400, mimetype="application/json")


def _places(error: GraphQLError) -> dict[str, Any]:
    return {"locations": [{"line": p.line, "column": p.column} for p in error.locations]} if error.locations else {}


def _told(error: GraphQLError) -> list[dict[str, Any]]:
    """What clients are told of a part that failed."""
    original = error.original_error
    if not isinstance(original, errors.Error):
        if original is None:
            return [{"message": error.message, "extensions": {"code": INVALID}, **_places(error), "path": error.path}]
        log.error("a field could not be resolved", exc_info=original)
        original = errors.Internal()
    elif original.status >= 500:
        log.error("%s: %s", type(original).__name__, original, exc_info=original)
    return [{**each, **_places(error), "path": error.path} for each in told(original)[1]]
