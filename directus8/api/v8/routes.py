"""Puts the v8 routes under ``/{project}`` and runs them: project, caller, handler, envelope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from flask import Flask, Response, request

from directus8 import errors
from directus8.api.v8 import (
    activity,
    auth,
    folders,
    items,
    mail,
    permissions,
    presets,
    project,
    roles,
    schema,
    settings,
    sso,
    system,
    users,
    utils,
    webhooks,
)
from directus8.api.v8.answer import respond
from directus8.api.v8.cookies import cookie_header
from directus8.api.v8.request import V8Request, parsed_body, parsed_query
from directus8.api.v8.router import ROUTES, Route
from directus8.auth import cookie
from directus8.auth.extract import Presented, Source, presented
from directus8.context import Accountability, utc_now
from directus8.project import Project, ProjectRegistry
from directus8.services.auth import Caller, SessionService, identify
from directus8.services.auth.sessions import session_of
from directus8.services.session import Session
from directus8.state import SessionRow

MODULES = (
    activity, auth, folders, items, mail, permissions, presets, project, roles, schema, settings, sso, system, users,
    utils, webhooks,
)  # fmt: skip


def mount(app: Flask, registry: ProjectRegistry) -> None:
    """Adds every route of the table to the application."""
    for number, route in enumerate(ROUTES):
        app.add_url_rule(
            f"/<project>{route.path}",
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
            given = token_of(project)
            caller = _caller(route, opened, project, given, values)
            session = Session(opened, caller.who)
            answer = route.handler(V8Request(request, project, opened, session, given), **values)
            response = respond(answer, public=caller.who.is_public)
            keep_session(response, session, project, given)
            return response

    return view


def _caller(
    route: Route, opened: Project, project: str, given: Presented | None, values: dict[str, Any]
) -> Caller:
    who = Accountability(ip=request.remote_addr or "", user_agent=request.headers.get("User-Agent", ""))
    if route.anonymous:
        return Caller(who)
    return identify(opened, project, given, who, values.get("key") if route.sets_up_2fa else None)


def keep_session(response: Response, session: Session, project: str, given: Presented | None) -> None:
    """Prolongs the session of an answered request; its cookie is set again, or taken away when the session is over."""
    if given is None:
        return
    row = _living(session.project, project, given)
    until = SessionService(session, project).slide(row) if row is not None else utc_now()
    sets = any(c.startswith(f"{cookie.name(project)}=") for c in response.headers.getlist("Set-Cookie"))
    if given.kind is Source.COOKIE and not sets:
        response.headers.add("Set-Cookie", cookie_header(session.project, project, unquote(given.value), until))


def _living(opened: Project, project: str, given: Presented) -> SessionRow | None:
    try:
        return session_of(opened, project, given)
    except errors.Error:
        return None


def token_of(project: str) -> Presented | None:
    """The token a request presents."""
    header = request.headers.get("Authorization")
    given = request.authorization
    basic = (given.username or "", given.password) if given and given.type == "basic" else None
    body = parsed_body(request) if request.method not in ("GET", "HEAD") else None
    query = parsed_query(request) if request.query_string else {}
    return presented(body, query, basic, header, request.cookies.get(cookie.name(project)))
