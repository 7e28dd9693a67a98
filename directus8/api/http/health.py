"""/server/health and /metrics: for balancers and monitoring."""

from __future__ import annotations

import hmac
import logging
import os
from typing import Any

from flask import Flask

from directus8.api.http import metrics
from directus8.api.http.response import Response
from directus8.api.http.visit import current
from directus8.api.render import dumps
from directus8.config import ServerConfig
from directus8.errors import Unauthorized
from directus8.project import Project
from directus8.registry import ProjectRegistry

log = logging.getLogger("directus8.health")


def mount(app: Flask, server: ServerConfig, registry: ProjectRegistry) -> None:
    """Add the routes."""

    def health() -> Response:
        detailed = _may(server.super_admin_token, str(current().parameters.get("super_admin_token") or ""))
        checks = _checks(server, registry, detailed)
        good = all(check["status"] != "error" for check in checks.values())
        body: dict[str, Any] = {"status": "ok" if good else "error"}
        if detailed:
            body["checks"] = checks
        return Response(dumps(body), 200 if good else 503, mimetype="application/health+json")

    def prometheus() -> Response:
        header = current().headers.get("Authorization", "")
        if not _may(server.metrics_token, header.removeprefix("Bearer ")):
            raise Unauthorized()
        body, media = metrics.exposition()
        return Response(body, content_type=media)

    app.add_url_rule("/server/health", "health", health, methods=["GET"], provide_automatic_options=False)
    app.add_url_rule("/metrics", "metrics", prometheus, methods=["GET"], provide_automatic_options=False)


def _may(token: str, given: str) -> bool:
    return bool(token) and hmac.compare_digest(token.encode(), given.encode())


def _checks(server: ServerConfig, registry: ProjectRegistry, detailed: bool) -> dict[str, dict[str, Any]]:
    """The configuration folder; for those who may know also the databases of the open projects."""
    readable = os.access(server.home.config, os.R_OK) or bool(os.environ.get("DIRECTUS_USE_ENV"))
    checks: dict[str, dict[str, Any]] = {"configuration": {"status": "ok" if readable else "error"}}
    for key in registry.open_keys() if detailed else ():
        with registry.use(key) as project:
            if project is not None:
                checks[f"{key}:database"] = {"status": "ok" if _answers(project) else "error"}
                if broken := [str(each) for each in project.extended.broken]:
                    checks[f"{key}:extensions"] = {"status": "warn", "broken": broken}
    return checks


def _answers(project: Project) -> bool:
    try:
        with project.database.read() as connection:
            return bool(connection.rows("SELECT 1"))
    except Exception as error:  # whatever is wrong, that is the answer
        log.warning("the database of %s does not answer: %s", project.key, error)
        return False
