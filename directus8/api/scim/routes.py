"""Puts SCIM under ``/{project}/scim/v2``: finds project and caller, lets one of the two forms answer, renders."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Flask

from directus8 import errors
from directus8.api.http.response import Response
from directus8.api.http.visit import current
from directus8.api.render import dumps
from directus8.api.scim import original, standard
from directus8.api.scim.message import MEDIA, Answer, Request
from directus8.api.v8.routes import token_of
from directus8.context import Accountability
from directus8.project import Project
from directus8.services.auth import identify
from directus8.services.session import Session

log = logging.getLogger("directus8.scim")
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@dataclass(frozen=True, slots=True)
class Form:
    """One way to speak SCIM: how a body is read, a request answered and an error told."""

    body: Callable[[], Any]
    handle: Callable[[Request], Answer]
    error: Callable[[errors.Error], Answer]


def mount(app: Flask) -> None:
    """Adds SCIM to the application; which form a project speaks is its setting ``scim.standard``."""

    def view(project: str, path: str = "") -> Response:
        opened = current().visit.project
        if opened is None:
            raise errors.Unauthorized()
        return _respond(_answer(opened, project, path))

    for rule in ("/<project:project>/scim/v2", "/<project:project>/scim/v2/<path:path>"):
        endpoint = f"scim.{'resource' if 'path:' in rule else 'root'}"
        app.add_url_rule(rule, endpoint, view, methods=METHODS, provide_automatic_options=False)


def _answer(project: Project, key: str, path: str) -> Answer:
    form = STANDARD if project.config.scim.standard else ORIGINAL
    try:
        return form.handle(_request(project, key, path, form))
    except errors.Error as failed:
        if failed.status >= 500:
            log.error("%s %s: %s", current().method, current().path, failed, exc_info=failed)
        return form.error(failed)


def _request(project: Project, key: str, path: str, form: Form) -> Request:
    request = current()
    caller = Accountability(ip=request.remote_addr or "", user_agent=request.agent)
    who = request.visit.who = identify(project, key, token_of(request), caller).who
    return Request(
        method=request.method,
        path=tuple(path.split("/")) if path else (),
        session=Session(project, who),
        base=f"{(project.config.public_url or request.root_url).rstrip('/')}/{key}/scim/v2",
        query=request.parameters,
        body=form.body(),
        size=request.content_length or 0,
        if_match=request.headers.get("If-Match"),
        if_none_match=request.headers.get("If-None-Match"),
    )


def _respond(answer: Answer) -> Response:
    made = Response(status=answer.status) if answer.body is None else Response(dumps(answer.body), answer.status)
    if answer.body is None:
        made.headers.pop("Content-Type", None)
    else:
        made.headers["Content-Type"] = f"{answer.media};charset=utf-8" if answer.media == MEDIA else answer.media
    for name, value in answer.headers:
        made.headers[name] = value
    return made


def _loaded() -> Any:
    """The body of a standard request: None for none, BROKEN for what is no JSON."""
    data = current().get_data()
    if not data.strip():
        return None
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return standard.BROKEN


ORIGINAL = Form(lambda: current().payload, original.handle, original.error)
STANDARD = Form(_loaded, standard.handle, standard.error)
