"""Puts the v8 routes under ``/{project}`` and runs them: project, caller, handler, envelope."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask, Response, current_app, request

from directus8 import errors
from directus8.api.v8 import activity, assets, auth, files, items, project, schema, system
from directus8.api.v8.answer import respond
from directus8.api.v8.request import MULTIPART, V8Request, parsed_body, parsed_query
from directus8.api.v8.router import ROUTES, Route
from directus8.auth import cookie
from directus8.auth.extract import Presented, presented
from directus8.context import Accountability
from directus8.project import ProjectRegistry
from directus8.services.auth import identify
from directus8.services.session import Session

MODULES = (activity, assets, auth, files, items, project, schema, system)


def mount(app: Flask, registry: ProjectRegistry) -> None:
    """Adds every route of the table to the application."""
    for number, route in enumerate(ROUTES):
        app.add_url_rule(
            route.rule,
            endpoint=f"v8.{number}.{route.handler.__name__}",
            view_func=_view(route, registry),
            methods=[route.method],
            provide_automatic_options=False,
        )


def _view(route: Route, registry: ProjectRegistry) -> Callable[..., Response]:
    def view(project: str, **values: Any) -> Response:
        with registry.use(project) as opened:
            if opened is None:
                raise errors.Unauthorized()
            if request.method != "GET" and request.mimetype == MULTIPART:  # goes to disk, not to memory
                request.max_content_length = current_app.config["UPLOAD_LIMIT"]
            who = Accountability(ip=request.remote_addr or "", user_agent=request.headers.get("User-Agent", ""))
            if not route.is_anonymous(opened):
                who = identify(opened, project, token_of(project), who)
            session = Session(opened, who, partial(address_of, project, opened.config.public_url))
            answer = route.handler(V8Request(request, project, opened, session), **values)
            if isinstance(answer, Response):
                return answer
            return respond(answer, public=who.is_public)

    return view


def address_of(project: str, public_url: str) -> str:
    """The address of a project's API: the configured one, else the one this request came by."""
    return f"{(public_url or request.url_root).rstrip('/')}/{project}"


def token_of(project: str) -> Presented | None:
    """The token a request presents."""
    header = request.headers.get("Authorization")
    given = request.authorization
    basic = (given.username or "", given.password) if given and given.type == "basic" else None
    body = parsed_body(request) if request.method not in ("GET", "HEAD") else None
    query = parsed_query(request) if request.query_string else {}
    return presented(body, query, basic, header, request.cookies.get(cookie.name(project)))
