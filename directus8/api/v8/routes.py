"""Puts the v8 routes into the application and runs them: caller, limit, handler, envelope."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Flask, Response

from directus8 import errors
from directus8.api.http import answers, gateway, origin
from directus8.api.http.visit import Request, current
from directus8.api.v8 import activity, auth, extensions, items, project, schema, system
from directus8.api.v8.answer import respond
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import ROUTES, Route
from directus8.auth import cookie
from directus8.auth.extract import Presented, Source, presented
from directus8.context import Accountability
from directus8.project import Project
from directus8.services.auth import identify
from directus8.services.session import Session

MODULES = (activity, auth, extensions, items, project, schema, system)

#: Reads that do nothing but read, and depend on the database alone: their answers have tags and may be kept.
LISTS = (
    "/activity", "/collection_presets", "/collections", "/fields", "/files", "/folders", "/items/*", "/permissions",
    "/relations", "/revisions", "/roles", "/settings", "/users", "/webhooks",
)  # fmt: skip
KEPT = frozenset({"/", *LISTS, *(f"{path}/*" for path in LISTS), "/fields/*/*", "/items/*/*/revisions"})
#: Without the limit by user: the original has none there.
UNLIMITED = ("/auth/", "/custom/", "/assets/")


def mount(app: Flask, shelf: answers.Shelf) -> None:
    """Adds every route of the table to the application."""
    for number, route in enumerate(ROUTES):
        app.add_url_rule(
            route.path if route.root else f"/<project:project>{route.path}",
            endpoint=f"v8.{number}.{route.handler.__name__}",
            view_func=_view(route, shelf),
            methods=[route.method],
            provide_automatic_options=False,
        )


def _view(route: Route, shelf: answers.Shelf) -> Callable[..., Response]:
    kept = route.method == "GET" and re.sub(r"<[^>]*>", "*", route.path) in KEPT

    def view(project: str = "", **values: Any) -> Response:
        http = current()
        visit = http.visit
        opened, key = visit.project, visit.key
        if opened is None or key is None:
            raise errors.Unauthorized()
        visit.reached("gate")
        who = visit.who = _caller(route, http, opened, key)
        if who.user and opened.config.rate_limit.enabled and not route.path.startswith(UNLIMITED):
            gateway.count(visit, "user", str(who.user))
        if route.login and who.is_public:
            raise errors.UserNotAuthenticated()
        visit.reached("caller")

        def make() -> Response:
            answer = route.handler(V8Request(http, key, opened, Session(opened, who)), **values)
            visit.reached("work")
            return respond(answer, public=who.is_public)

        response = answers.reply(shelf, opened, http, make) if kept else make()
        visit.reached("render")
        return response

    return view


def _caller(route: Route, http: Request, opened: Project, key: str) -> Accountability:
    who = Accountability(ip=http.remote_addr or "", user_agent=http.headers.get("User-Agent", ""))
    return who if route.anonymous else identify(opened, key, token_of(http), who)


def token_of(http: Request) -> Presented | None:
    """The token a request presents. A cookie that another site's page sent along to change something is none."""
    header = http.headers.get("Authorization")
    given = http.authorization if header else None
    basic = (given.username or "", given.password) if given and given.type == "basic" else None
    body = http.payload if http.method not in ("GET", "HEAD") else None
    visit = http.visit
    held = http.cookies.get(cookie.name(visit.key or "")) if "Cookie" in http.headers else None
    found = presented(body, http.parameters, basic, header, held)
    if found is not None and found.kind is Source.COOKIE and visit.project is not None:
        url = visit.project.config.public_url
        if origin.is_foreign(http.method, http.headers.get("Origin"), http.host, url, visit.policy):
            return None
    return found
