"""Puts the v10 routes under ``/{project}/v10`` and runs them: caller, limit, handler, envelope."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from directus8 import errors
from directus8.api.http import gateway, heard
from directus8.api.http.response import Response
from directus8.api.http.visit import Request, current
from directus8.api.v10 import (
    activity,
    auth,
    collections,
    fields_api,
    files,
    graphql_api,
    items,
    permissions,
    relations,
    server,
    settings,
    system,
    users,
    utils,
)
from directus8.api.v10.answer import Answer, RouteNotFound, error_response, respond
from directus8.api.v10.caller import at_route
from directus8.api.v10.request import V10Request
from directus8.api.v10.router import ROUTES, Route
from directus8.schema.catalog import Catalog
from directus8.services.session import Session

MODULES = (
    activity, auth, collections, fields_api, files, graphql_api, items, permissions, relations, server, settings,
    system, users, utils,
)  # fmt: skip
METHODS = ("GET", "POST", "PATCH", "DELETE", "PUT", "SEARCH")
PREFIX = "/v10"

log = logging.getLogger("directus8.api.v10")


def mount(app: Flask) -> None:
    """Adds the dialect to the application: one rule, behind it a table of its own."""
    table = Map([Rule(r.path, endpoint=str(n), methods=[r.method]) for n, r in enumerate(ROUTES)], merge_slashes=False)

    def view(project: str, path: str = "") -> Response:
        return _answered(current(), table, f"/{path}")

    for number, rule in enumerate((PREFIX, f"{PREFIX}/", f"{PREFIX}/<path:path>")):
        app.add_url_rule(
            f"/<project:project>{rule}",
            endpoint=f"v10.{number}",
            view_func=view,
            methods=list(METHODS),
            provide_automatic_options=False,
        )


def speaks(path: str) -> bool:
    """Is a path one of this dialect?"""
    parts = path.split("/", 3)
    return len(parts) > 2 and f"/{parts[2]}" == PREFIX


def _answered(http: Request, table: Map, path: str) -> Response:
    visit = http.visit
    opened, key = visit.project, visit.key
    if opened is None or key is None:
        raise errors.Unauthorized()
    catalog = None
    try:
        visit.reached("gate")
        route, values = _route(table, http.method, path)
        who = visit.who = at_route(route, http, opened, key)
        if who.user and opened.config.rate_limit.enabled:
            gateway.count(visit, "user", str(who.user))
        visit.reached("caller")
        session = Session(opened, who)
        catalog = session.catalog
        answer = session.attempt(lambda: route.handler(V10Request(http, key, opened, session, path), **values))
        visit.reached("work")
        return answer if isinstance(answer, Response) else _respond(http, session, answer)
    except errors.Error as error:
        response = failed(error, catalog)
        heard.failed(http, opened, error, response, missed=isinstance(error, RouteNotFound))
        return response


def _respond(http: Request, session: Session, answer: Answer) -> Response:
    body = heard.changed(http, session, answer.body)
    response = respond(answer, body)
    return heard.told(http, session, response.status_code, body, response)


def _route(table: Map, method: str, path: str) -> tuple[Route, Mapping[str, Any]]:
    """The route of a path. RouteNotFound, for a known path with another method as well."""
    try:
        endpoint, values = table.bind("").match(path, "GET" if method == "HEAD" else method)
    except HTTPException:
        raise RouteNotFound(path) from None
    return ROUTES[int(endpoint)], values


def failed(error: errors.Error, catalog: Catalog | None = None, logged: bool = False) -> Response:
    """The answer for an error; ``logged``: somebody has taken note of it already."""
    if error.status >= 500 and not logged:
        log.error("%s: %s", type(error).__name__, error, exc_info=error)
    if isinstance(error, errors.DuplicateKey) and catalog is not None:
        error = _with_field(error, catalog)
    return error_response(error)


def _with_field(error: errors.DuplicateKey, catalog: Catalog) -> errors.DuplicateKey:
    """The error with the field at fault, where the database told only the name of its key."""
    values = error.values
    collection = catalog.get(str(values.get("collection")))
    if values.get("field") is not None or collection is None:
        return error
    named = (c.name for c in collection.table.columns if c.unique and c.unique_name == values.get("key"))
    key = collection.key.name if collection.key else None
    return errors.DuplicateKey(**{**values, "field": next(named, key)})
