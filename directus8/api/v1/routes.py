"""Puts the v1.1 routes into the application: below each project, and at ``/api/1.1`` for the default one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask

from directus8 import errors
from directus8.api.http import gateway, heard
from directus8.api.http.response import Response
from directus8.api.http.visit import current
from directus8.api.v1 import (
    account,
    activity,
    columns,
    files,
    groups,
    messages,
    presets,
    privileges,
    rows,
    settings,
    tables,
    uploads,
    users,
    utils,
)  # fmt: skip
from directus8.api.v1.answer import error_response, not_logged_in, respond
from directus8.api.v1.request import V1Request
from directus8.api.v1.router import ROUTES, Route
from directus8.api.v8.routes import address_of, keep_session, token_of
from directus8.auth.extract import Source
from directus8.context import Accountability
from directus8.services.auth import Caller, identify
from directus8.services.session import Session

MODULES = (
    account, activity, columns, files, groups, messages, presets, privileges, rows, settings, tables, uploads, users,
    utils,
)  # fmt: skip
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
#: Where Directus 6 had contents; below the root, or a project.
CONTENTS = {"": "/storage/uploads", "project": "/<project:project>/storage/uploads"}
MOUNTS = {"": "/api/1.1", "project": "/<project:project>/api/1.1"}


def mount(app: Flask) -> None:
    """Adds every route of the table to the application; a slash at the end makes no difference."""
    for name, prefix in MOUNTS.items():
        for number, route in enumerate(ROUTES):
            for slash in ("", "/"):
                app.add_url_rule(
                    f"{prefix}{route.path}{slash}",
                    endpoint=f"v1.{name}{number}{slash and '.slash'}",
                    view_func=_view(route),
                    methods=[route.method],
                    provide_automatic_options=False,
                )

    for name, prefix in CONTENTS.items():
        view = _view(Route("GET", prefix, files.content))
        app.add_url_rule(
            f"{prefix}/<name>", f"v1.{name}content", view, methods=["GET"], provide_automatic_options=False
        )
    for name, prefix in MOUNTS.items():
        app.add_url_rule(
            f"{prefix}/<path:rest>", f"v1.{name}nothing", _nothing, methods=METHODS, provide_automatic_options=False
        )


def _nothing(**values: str) -> Response:
    """What Directus 6 shows where there is nothing: a page."""
    if current().visit.project is None:
        raise errors.Unauthorized()
    return Response("<h1>404 Page Not Found</h1>", 404, mimetype="text/html")


def _respond(session: Session, document: Any, public: bool) -> Response:
    http = current()
    body = heard.changed(http, session, document)
    return heard.told(http, session, 200, body, respond(body, public))


def _view(route: Route) -> Callable[..., Response]:
    def view(project: str = "", **values: Any) -> Response:
        http = current()
        visit = http.visit
        opened, key = visit.project, visit.key
        if opened is None or key is None:
            raise errors.Unauthorized()
        visit.reached("gate")
        given = token_of(http)
        who = Accountability(ip=http.remote_addr or "", user_agent=http.agent)
        caller = Caller(who) if route.anonymous else identify(opened, key, given, who)
        who = visit.who = caller.who
        if who.user and opened.config.rate_limit.enabled:
            gateway.count(visit, "user", str(who.user))
        visit.reached("caller")
        if given is not None and given.kind is not Source.COOKIE and who.is_public and not route.anonymous:
            return not_logged_in()
        session = Session(opened, who, partial(address_of, http, opened, key))
        public = who.is_public and not route.anonymous
        try:
            document = session.attempt(lambda: route.handler(V1Request(http, key, session, given), **values))
        except errors.Refusal as error:
            response = error_response(error, public)
            heard.failed(http, opened, error, response, missed=False)
            return response
        visit.reached("work")
        response = document if isinstance(document, Response) else _respond(session, document, public)
        keep_session(response, session, key, given, caller.session)
        return response

    return view
