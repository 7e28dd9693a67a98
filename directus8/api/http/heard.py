"""What listeners are told of requests and answers, whatever dialect they are in. Source: extensions_hooks.md §4–5."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from directus8.api.http.response import Response
from directus8.api.http.visit import Request
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


def changed(http: Request, session: Session, body: Any) -> Any:
    """The body of an answer as the filters leave it."""
    bus = session.project.bus
    if bus.deaf or not isinstance(body, dict):
        return body
    attributes = {"meta": body.get("meta"), "request": {"path": http.path, "method": http.method}}
    with working(session):
        for event in (EVENT, f"{EVENT}.{http.method}"):
            if bus.filters(event):
                body = bus.apply(event, body, attributes if event == EVENT else None)
    return body


def told(http: Request, session: Session, status: int, body: Any, response: Response) -> Response:
    """Tells of an answer; the answer."""
    bus = session.project.bus
    if not bus.deaf and bus.hears(EVENT):
        with working(session):
            bus.emit(EVENT, _facts(http, status, response), dict(body) if isinstance(body, dict) else {})
    return response


def failed(http: Request, project: Project, error: Error, response: Response, missed: bool) -> None:
    """Tells of an error. ``missed``: no route was found, which is told as an answer only."""
    if project.bus.deaf:
        return
    if not missed:
        project.bus.emit("application.error", error)
    said = {"code": error.code, "message": error.message}
    status = response.status_code
    project.bus.emit(EVENT, _facts(http, status, response), {"error": said} if missed else {"status": status, **said})


def _facts(http: Request, status: int, response: Response) -> Mapping[str, Any]:
    return {
        "path": http.path,
        "query": http.parameters,
        "status": status,
        "method": http.method,
        "size": response.content_length or 0,
    }
