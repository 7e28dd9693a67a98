"""The WSGI application: finds the project and the caller, hands over to a dialect, renders errors once."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from directus8 import errors
from directus8.api.scim import routes as scim
from directus8.api.v8 import routes as v8
from directus8.api.v8.answer import error_response
from directus8.config import Home, load_server
from directus8.db import trace
from directus8.project import ProjectRegistry

log = logging.getLogger("directus8.api")


def create_app(home: Home | None = None) -> Flask:
    """The application serving all projects of an installation. ConfigError for a wrong configuration."""
    home = home or Home.find()
    app = Flask("directus8", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    server = load_server(home, os.environ)
    registry = ProjectRegistry(home, os.environ, server.max_open_projects)
    app.config["MAX_CONTENT_LENGTH"] = server.body_limit
    app.extensions["directus8"] = registry
    _server_routes(app, registry)
    v8.mount(app, registry)
    scim.mount(app, registry)
    _error_handlers(app)
    if os.environ.get("DIRECTUS8_TRACE") == "1":
        app.wsgi_app = traced(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _server_routes(app: Flask, registry: ProjectRegistry) -> None:
    @app.get("/server/ping")
    def ping() -> Response:
        return Response("pong", mimetype="text/html")

    @app.get("/server/projects")
    def projects() -> Response:
        from directus8.api.v8.answer import Answer, respond

        keys = registry.keys()
        return respond(Answer(list(keys)), public=True)


def _error_handlers(app: Flask) -> None:
    @app.errorhandler(errors.Error)
    def known(error: errors.Error) -> Response:
        if error.status >= 500:
            log.error("%s: %s", type(error).__name__, error, exc_info=error)
        return error_response(error)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        if isinstance(error, NotFound):
            return error_response(errors.NotFound() if _has_project(app) else errors.Unauthorized())
        if isinstance(error, MethodNotAllowed):
            return error_response(errors.MethodNotAllowed())
        if isinstance(error, RequestEntityTooLarge):
            return error_response(errors.PayloadTooLarge())
        return error_response(errors.InvalidPayload())

    @app.errorhandler(Exception)
    def unknown(error: Exception) -> Response:
        log.error("%s %s failed", request.method, request.path, exc_info=error)
        return error_response(_Internal())


class _Internal(errors.Error):
    code = None
    status = 500


def _has_project(app: Flask) -> bool:
    """Does the path name a project that exists? Elsewhere nothing is told, not even what is missing."""
    key = request.path.strip("/").split("/", 1)[0]
    registry: ProjectRegistry = app.extensions["directus8"]
    return registry.get(key) is not None


def traced(application: Callable[..., Any]) -> Callable[..., Any]:
    """Tells in a header how many statements a request took."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        with trace.observe() as seen:

            def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
                return start_response(status, [*headers, ("X-Directus8-Statements", str(len(seen)))], exc_info)

            return application(environ, start)

    return wrapped
