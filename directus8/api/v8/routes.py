"""Puts the v8 routes into the application and runs them: caller, limit, handler, envelope."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import unquote

from flask import Flask

from directus8 import errors
from directus8.api.graphql import v8 as graphql
from directus8.api.http import answers, gateway, heard, origin
from directus8.api.http.response import Response
from directus8.api.http.visit import Request, current
from directus8.api.v8 import (
    activity,
    assets,
    auth,
    custom,
    extensions,
    files,
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
from directus8.api.v8.answer import body_of, rendered
from directus8.api.v8.cookies import cookie_header
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import ROUTES, Route
from directus8.auth import cookie
from directus8.auth.extract import Presented, Source, presented
from directus8.context import Accountability, utc_now
from directus8.project import Project
from directus8.services.auth import Caller, SessionService, identify
from directus8.services.auth.sessions import living
from directus8.services.session import Session
from directus8.state import SessionRow

MODULES = (
    activity, assets, auth, custom, extensions, files, folders, graphql, items, mail, permissions, presets, project,
    roles, schema, settings, sso, system, users, utils, webhooks,
)  # fmt: skip

#: Reads that do nothing but read, and depend on the database alone: their answers have tags and may be kept.
LISTS = (
    "/activity", "/collection_presets", "/collections", "/fields", "/files", "/folders", "/items/*", "/permissions",
    "/relations", "/revisions", "/roles", "/settings", "/users", "/webhooks",
)  # fmt: skip
KEPT = frozenset({"/", *LISTS, *(f"{path}/*" for path in LISTS), "/fields/*/*", "/items/*/*/revisions"})
#: Without the limit by user: the original has none there.
UNLIMITED = ("/auth/", "/custom/", "/assets/")


def mount(app: Flask) -> None:
    """Adds every route of the table to the application."""
    for number, route in enumerate(ROUTES):
        app.add_url_rule(
            route.path if route.root else f"/<project:project>{route.path}",
            endpoint=f"v8.{number}.{route.handler.__name__}",
            view_func=_view(route),
            methods=[route.method],
            provide_automatic_options=False,
        )


def _view(route: Route) -> Callable[..., Response]:
    kept = route.method == "GET" and re.sub(r"<[^>]*>", "*", route.path) in KEPT

    def view(project: str = "", **values: Any) -> Response:
        http = current()
        visit = http.visit
        opened, key = visit.project, visit.key
        if opened is None or key is None:
            raise errors.Unauthorized()
        visit.reached("gate")
        given = token_of(http)
        caller = _caller(route, http, opened, key, given, values)
        who = visit.who = caller.who
        if who.user and opened.config.rate_limit.enabled and not route.path.startswith(UNLIMITED):
            gateway.count(visit, "user", str(who.user))
        if route.login and who.is_public:
            raise errors.UserNotAuthenticated()
        visit.reached("caller")

        session = Session(opened, who, partial(address_of, http, opened, key))

        def make() -> Response:
            answer = session.attempt(lambda: route.handler(V8Request(http, key, opened, session, given), **values))
            visit.reached("work")
            if isinstance(answer, Response):
                return answer
            body = heard.changed(http, session, body_of(answer, session.who.is_public))
            return heard.told(http, session, answer.status, body, rendered(answer, body))

        response = answers.reply(opened, http, make) if kept and not heard.depends_on_listeners(opened) else make()
        keep_session(response, session, key, given, caller.session)
        visit.reached("render")
        return response

    return view


def address_of(http: Request, project: Project, key: str) -> str:
    """The address of a project's API: the configured one, else the one a request came by."""
    return f"{(project.config.public_url or http.url_root).rstrip('/')}/{key}"


def _caller(
    route: Route, http: Request, opened: Project, key: str, given: Presented | None, values: dict[str, Any]
) -> Caller:
    who = Accountability(ip=http.remote_addr or "", user_agent=http.agent)
    if route.is_anonymous(opened):
        return Caller(who)
    return identify(opened, key, given, who, values.get("key") if route.sets_up_2fa else None)


def keep_session(
    response: Response, session: Session, project: str, given: Presented | None, used: SessionRow | None
) -> None:
    """Prolongs the session of an answered request; its cookie is set again, or taken away when the session is over."""
    if given is None:
        return
    row = used if used is not None and _lives(session.project, used) else living(session.project, project, given)
    until = SessionService(session, project).slide(row) if row is not None else utc_now()
    if given.kind is Source.COOKIE and not _sets_cookie(response, project):
        response.headers.add("Set-Cookie", cookie_header(session.project, project, unquote(given.value), until))


def _lives(opened: Project, used: SessionRow) -> bool:
    """Is the session that a request began with as it was then? Verifying its token again tells nothing more."""
    return opened.state.sessions.get(opened.database, used.id, utc_now()) is used


def _sets_cookie(response: Response, project: str) -> bool:
    return any(each.startswith(f"{cookie.name(project)}=") for each in response.headers.getlist("Set-Cookie"))


def token_of(http: Request) -> Presented | None:
    """The token a request presents. A cookie that another site's page sent along to change something is none."""
    header = http.environ.get("HTTP_AUTHORIZATION")
    given = http.authorization if header and header[:5].lower() == "basic" else None
    basic = (given.username or "", given.password) if given and given.type == "basic" else None
    body = http.payload if http.method not in ("GET", "HEAD") else None
    visit = http.visit
    held = http.cookies.get(cookie.name(visit.key or "")) if "HTTP_COOKIE" in http.environ else None
    found = presented(body, http.parameters, basic, header, held)
    if found is not None and found.kind is Source.COOKIE and visit.project is not None:
        url = visit.project.config.public_url
        if origin.is_foreign(http.method, http.page_origin, http.host, url, visit.policy):
            return None
    return found
