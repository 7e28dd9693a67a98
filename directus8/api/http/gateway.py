"""The gate every request passes: project, origin, method, limits; and what every answer carries."""

from __future__ import annotations

import os
import random
import re
import time

from flask import Flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge
from werkzeug.routing import RequestRedirect

from directus8 import errors
from directus8.api.http import cors, limits, observe, override
from directus8.api.http.address import first_segment, project_key
from directus8.api.http.response import Response
from directus8.api.http.visit import MULTIPART, Request, Visit, current
from directus8.config import ServerConfig, maintenance
from directus8.db import trace
from directus8.registry import ProjectRegistry

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
#: Where a request without project is told that the method is wrong. Elsewhere nothing is told.
KNOWN = frozenset({"", "server", "projects"})


class Gateway:
    """What happens before and after each request."""

    def __init__(self, app: Flask, server: ServerConfig, registry: ProjectRegistry) -> None:
        self.app = app
        self.server = server
        self.registry = registry
        self.tell_statements = os.environ.get("DIRECTUS8_TRACE") == "1"

    def install(self) -> None:
        """Put the gate into the application."""
        self.app.before_request(self.enter)
        self.app.after_request(self.leave)
        self.app.teardown_request(self.close)

    # --- in ----------------------------------------------------------------------------------------------------

    def enter(self) -> Response | None:
        """Find the project and turn away what may not come in."""
        request = current()
        if request.method != "GET" and request.mimetype == MULTIPART:  # goes to disk, not to memory
            request.max_content_length = self.server.upload_limit
        seen = trace.Trace()
        visit = request.visit = Visit(_request_id(request), time.perf_counter(), seen, trace.current.set(seen))
        visit.key = project_key(request.path, request.parameters, request.headers, self.server.default_project)
        observe.begin(visit)
        self._open(visit)
        if request.method == "OPTIONS" and visit.policy.enabled:
            visit.headers += visit.policy.preflight_headers(request.page_origin)
            visit.policy = cors.CLOSED  # all has been said
            return Response(status=200, mimetype="text/html")
        if (method := override.wanted(request)) != request.method:
            override.reroute(self.app, request, method)
        _admit(request)
        return None

    def _open(self, visit: Visit) -> None:
        if visit.key is None:
            visit.policy = cors.OPEN
            return
        visit.entry = self.registry.known(visit.key)
        if visit.entry is None:
            if maintenance.is_on(self.server.home, visit.key):
                raise errors.Maintenance()
            visit.entry = self.registry.acquire(visit.key)
        if visit.project is None:
            visit.policy = cors.OPEN
            return
        visit.policy = cors.policy_of(visit.project.config.cors)
        observe.opened(visit)
        visit.project.bus.emit("application.boot", visit.project)

    # --- out ---------------------------------------------------------------------------------------------------

    def leave(self, response: Response) -> Response:
        """Add what every answer carries."""
        request = current()
        visit = request.visit
        headers = response.headers
        for name, value in visit.policy.answer_headers(request.page_origin):
            headers.add(name, value)
        for name, value in (*visit.limits, *visit.headers):
            headers.add(name, value)
        headers.add("X-Content-Type-Options", "nosniff")
        headers.add("X-Request-Id", visit.id)
        if self.server.hsts and request.scheme == "https":
            headers.add("Strict-Transport-Security", f"max-age={self.server.hsts}")
        if self.tell_statements:
            headers.add("X-Directus8-Statements", str(len(visit.trace)))
        observe.end(self.server, request, response)
        return response

    def close(self, error: BaseException | None) -> None:
        """Let go of the project."""
        visit = getattr(current(), "visit", None)
        if visit is None:
            return
        trace.current.reset(visit.token)
        if (outer := trace.current.get()) is not None:  # who observes from outside sees them too
            outer.statements += visit.trace.statements
        if visit.entry is not None:
            entry, visit.entry = visit.entry, None
            self.registry.release(entry)


def _request_id(request: Request) -> str:
    given = request.headers.get("X-Request-Id", "") if "directus8.trusted_peer" in request.environ else ""
    return given if REQUEST_ID.fullmatch(given) else f"{random.getrandbits(64):016x}"


def _admit(request: Request) -> None:
    """Raises when nothing is served here: Unauthorized without a project, RateLimited."""
    visit = request.visit
    if visit.project is None:
        _admit_without_project(request)
        return
    if isinstance(request.routing_exception, RequestRedirect):
        raise errors.NotFound()  # paths are exact: nobody is sent to the one with a slash
    config = visit.project.config.rate_limit
    if config.enabled:
        count(visit, "ip", request.remote_addr or "")


def _admit_without_project(request: Request) -> None:
    rule = request.url_rule
    if rule is not None and "project" not in rule.arguments:
        return
    wrong_method = isinstance(request.routing_exception, MethodNotAllowed)
    if not (wrong_method and first_segment(request.path) in KNOWN):
        raise errors.Unauthorized()


def count(visit: Visit, kind: str, identity: str) -> None:
    """Count the request against one of the project's limits. RateLimited (429)."""
    assert visit.project is not None
    verdict = limits.hit(visit.project.config.rate_limit, visit.project.key, kind, identity)
    if verdict is None:
        return
    visit.limits = verdict.headers
    if not verdict.allowed:
        raise errors.RateLimited()


def told(error: HTTPException) -> errors.Error:
    """Our error for one of the web framework's."""
    if error.code == 404:
        return errors.NotFound()
    if isinstance(error, MethodNotAllowed):
        return errors.MethodNotAllowed()
    if isinstance(error, RequestEntityTooLarge):
        return errors.PayloadTooLarge()
    return errors.InvalidPayload()
