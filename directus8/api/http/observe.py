"""What is seen of a request from outside: a log line, the Server-Timing header, metrics, slow statements."""

from __future__ import annotations

import logging
import time

from directus8.api.http import log as project_log
from directus8.api.http import metrics
from directus8.api.http.response import Response
from directus8.api.http.visit import Request, Visit
from directus8.config import ServerConfig

slow = logging.getLogger("directus8.slow")
QUIET = frozenset({"/server/ping", "/server/health", "/metrics"})  # asked every few seconds: not logged


def begin(visit: Visit) -> None:
    """From now on log lines name this request."""
    project_log.about.set({"request": visit.id})
    project_log.current.set(None)


def opened(visit: Visit) -> None:
    """From now on log lines name the project too, and go where it wants them."""
    assert visit.project is not None
    project_log.about.set({"project": visit.project.key, "request": visit.id})
    project_log.current.set(visit.project.config.logger)


def end(server: ServerConfig, request: Request, response: Response) -> None:
    """Tell of a request that has been answered."""
    visit = request.visit
    seconds = time.perf_counter() - visit.started
    if server.timing:
        response.headers.add("Server-Timing", timing(visit, seconds))
    metrics.count(request, response, seconds)
    if visit.trace.statements and server.slow_query_ms:
        _slow(server, visit)
    if server.access_log and request.path not in QUIET and project_log.access.isEnabledFor(logging.INFO):
        _log(request, response, seconds)


def timing(visit: Visit, seconds: float) -> str:
    """The Server-Timing header: each stage, the database, all of it; in milliseconds."""
    parts, before = [], visit.started
    for stage, at in visit.stages:
        parts.append(f"{stage};dur={(at - before) * 1000:.2f}")
        before = at
    if visit.trace.statements:
        parts.append(f'db;dur={visit.trace.seconds * 1000:.2f};desc="{len(visit.trace)}"')
    parts.append(f"total;dur={seconds * 1000:.2f}")
    return ", ".join(parts)


def _slow(server: ServerConfig, visit: Visit) -> None:
    """Statements that took too long. Their text has placeholders only: no value gets into the log."""
    for statement in visit.trace.statements:
        if statement.seconds * 1000 >= server.slow_query_ms:
            slow.warning("slow statement", extra={"ms": round(statement.seconds * 1000, 1), "sql": statement.sql})


def _log(request: Request, response: Response, seconds: float) -> None:
    visit = request.visit
    told = {
        "method": request.method,
        "path": _path(request),
        "status": response.status_code,
        "ms": round(seconds * 1000, 2),
        "statements": len(visit.trace),
        "ip": request.remote_addr,
        "user": visit.who.user if visit.who else 0,
    }
    project_log.answered(told)


def _path(request: Request) -> str:
    """The path without its query; where a token stands in it, the route."""
    rule = request.url_rule
    return rule.rule if rule is not None and "token" in rule.arguments else request.path
