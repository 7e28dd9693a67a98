"""Prometheus metrics of this installation, summed over its workers. Without the library nothing is counted."""

from __future__ import annotations

import os
from typing import Any

from directus8.api.http.response import Response
from directus8.api.http.visit import Request

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class _Metrics:
    """The instruments; made when metrics are switched on."""

    def __init__(self) -> None:
        from prometheus_client import Counter, Histogram

        self.requests = Counter("directus8_requests", "Requests answered", ("project", "method", "status"))
        self.seconds = Histogram("directus8_request_seconds", "Time to answer", ("route",), buckets=BUCKETS)
        self.statements = Counter("directus8_statements", "SQL statements", ("project",))


_metrics: _Metrics | None = None


def switch_on() -> None:
    """Count from now on."""
    global _metrics
    if _metrics is None:
        _metrics = _Metrics()


def count(request: Request, response: Response, seconds: float) -> None:
    """One request more."""
    if _metrics is None:
        return
    visit = request.visit
    project = visit.project.key if visit.project else ""  # only keys that exist: strangers make no series
    _metrics.requests.labels(project, _method(request), str(response.status_code)).inc()
    _metrics.seconds.labels(request.url_rule.rule if request.url_rule else "").observe(seconds)
    if visit.trace.statements:
        _metrics.statements.labels(project).inc(len(visit.trace))


def _method(request: Request) -> str:
    return request.method if request.method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"


def exposition() -> tuple[bytes, str]:
    """All metrics as Prometheus reads them, and their media type."""
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess

    registry: Any = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST
