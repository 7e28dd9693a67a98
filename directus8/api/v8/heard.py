"""What listeners are told of answers. Source: extensions_hooks.md §4–5."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from directus8.api.http.visit import Request
from directus8.api.v8.answer import Answer, body_of, rendered
from directus8.errors import Error
from directus8.project import Project
from directus8.services import reading
from directus8.services.current import working
from directus8.services.session import Session

EVENT = "response"


def depends_on_listeners(project: Project) -> bool:
    """May a listener change what is answered to the same question?"""
    bus = project.bus
    if bus.deaf:
        return False
    return reading.is_heard(bus) or bus.filters(EVENT) or bus.filters(f"{EVENT}.GET") or bus.hears(EVENT)


def respond(http: Request, session: Session, answer: Answer) -> Response:
    """The response of an answer, as filters leave its body; then it is told."""
    body, bus = body_of(answer, session.who.is_public), session.project.bus
    if bus.deaf:
        return rendered(answer, body)
    with working(session):
        attributes = {"meta": body.get("meta"), "request": {"path": http.path, "method": http.method}}
        for event in (EVENT, f"{EVENT}.{http.method}"):
            if bus.filters(event):
                body = bus.apply(event, body, attributes if event == EVENT else None)
        response = rendered(answer, body)
        if bus.hears(EVENT):
            bus.emit(EVENT, _facts(http, answer.status, response), dict(body))
    return response


def failed(http: Request, project: Project, error: Error, response: Response, missed: bool) -> None:
    """Tells of an error. ``missed``: no route was found, which is told as an answer only."""
    if project.bus.deaf:
        return
    if not missed:
        project.bus.emit("application.error", error)
    told = {"code": error.code, "message": error.message}
    status = response.status_code
    project.bus.emit(EVENT, _facts(http, status, response), {"error": told} if missed else {"status": status, **told})


def _facts(http: Request, status: int, response: Response) -> Mapping[str, Any]:
    return {
        "path": http.path,
        "query": http.parameters,
        "status": status,
        "method": http.method,
        "size": response.content_length or 0,
    }
