"""The WSGI application: a gate, the routes of the dialects behind it, and one way to tell of errors."""

from __future__ import annotations

import atexit
import logging
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import flask
from flask import Flask
from flask.sessions import NullSession, SessionInterface
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from directus8 import errors
from directus8.api.http import health, heard, log, matching, metrics, pages, shelf
from directus8.api.http.address import ProjectConverter
from directus8.api.http.gateway import Gateway, told
from directus8.api.http.matching import Context, routes_of
from directus8.api.http.proxies import TrustedProxies, networks
from directus8.api.http.response import Response
from directus8.api.http.rules import LazyRule
from directus8.api.http.visit import Request, current
from directus8.api.openapi import routes as openapi
from directus8.api.scim import routes as scim
from directus8.api.v1 import routes as v1
from directus8.api.v8 import routes, server
from directus8.api.v8.answer import error_response
from directus8.api.v10 import routes as v10
from directus8.config import ConfigError, Home, ServerConfig, load_server
from directus8.extensions import extend
from directus8.files.storage import trouble
from directus8.project import Outside, Project
from directus8.registry import ProjectRegistry
from directus8.services.deliverer import Deliverer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

logger = logging.getLogger("directus8.api")
#: Seconds until a configuration file that was edited by hand is looked at again.
TRUST = 1.0


class Sessionless(SessionInterface):
    """Flask without the sessions of its own."""

    _none = NullSession()

    def open_session(self, app: Flask, request: flask.Request) -> NullSession:
        """The same for everybody: nothing can be written into it."""
        return self._none


class Application(Flask):
    """Flask with our requests and exact paths."""

    request_class = Request
    response_class = Response
    url_rule_class = LazyRule
    session_interface = Sessionless()

    def request_context(self, environ: WSGIEnvironment) -> Context:
        """One that finds its route in our way."""
        return Context(self, environ)

    def create_url_adapter(self, request: flask.Request | None) -> MapAdapter | None:
        """Only that there is one is asked for."""
        return routes_of(self).adapter if request is not None else None

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is: there are no coroutines here, and finding that out costs on every request."""
        return func


def create_app(home: Home | None = None) -> Flask:
    """The application serving all projects of an installation. ConfigError for a wrong configuration."""
    home = home or Home.find()
    config = load_server(home, os.environ)
    deliverer = Deliverer()
    outside = Outside(extend, deliverer.post, _warn_unhardened, deliverer.rest)
    registry = ProjectRegistry(home, os.environ, config.max_open_projects, outside, TRUST)
    deliverer.registry = registry
    app = _flask(config)
    app.extensions["directus8"] = registry
    matching.install(app)
    shelf.install(app, config.cache_size)
    log.configure(config)
    if config.metrics_token:
        metrics.switch_on()
    Gateway(app, config, registry).install()
    _mount(app, config, registry)
    _error_handlers(app)
    atexit.register(registry.close)
    return app


def _warn_unhardened(project: Project) -> None:
    """One line in the log when a project is first served in production with the original's known defects."""
    if project.config.env == "production" and not project.config.security.hardened:
        logger.warning('project "%s" runs without security.hardened: see docs/security.md', project.key)


def _flask(config: ServerConfig) -> Flask:
    app = Application("directus8", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = config.body_limit
    app.config["MAX_FORM_MEMORY_SIZE"] = config.body_limit
    app.url_map.merge_slashes = False
    app.url_map.converters["project"] = ProjectConverter
    if trusted := networks(config.trusted_proxies):
        app.wsgi_app = TrustedProxies(app.wsgi_app, trusted)  # type: ignore[method-assign]
    return app


def _mount(app: Flask, config: ServerConfig, registry: ProjectRegistry) -> None:
    server.mount(app, config, registry)
    health.mount(app, config, registry)
    pages.mount(app, config)
    openapi.mount(app)
    v10.mount(app)
    scim.mount(app)
    routes.mount(app)
    v1.mount(app)


def _error_handlers(app: Flask) -> None:
    @app.errorhandler(errors.Error)
    def known(error: errors.Error) -> Response:
        if error.status >= 500 and not isinstance(error, errors.Maintenance):
            logger.error("%s: %s", type(error).__name__, error, exc_info=error)
        return _told(error)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        return _told(told(error), missed=error.code in (404, 405))

    @app.errorhandler(ConfigError)
    def misconfigured(error: ConfigError) -> Response:
        logger.error("the project cannot be served:\n%s", error)
        return _told(errors.ProjectFaulty())

    @app.errorhandler(OSError)
    def full(error: OSError) -> Response:
        """Uploads go to the disk before any handler sees them."""
        found = trouble(error)
        return known(found) if found else unknown(error)

    @app.errorhandler(Exception)
    def unknown(error: Exception) -> Response:
        logger.error("%s %s failed", current().method, current().path, exc_info=error)
        return _told(errors.Internal(), error)


def _told(error: errors.Error, origin: Exception | None = None, missed: bool = False) -> Response:
    """An error in the words of the dialect that was spoken. Listeners are told."""
    request = current()
    later = v10.speaks(request.path)
    response = v10.failed(error, logged=True) if later else error_response(error, _env(), origin)
    visit = getattr(request, "visit", None)
    if visit is not None and visit.project is not None:
        heard.failed(request, visit.project, error, response, missed)
    return response


def _env() -> str:
    """The environment of the current project: outside of ``production`` errors tell where they come from."""
    visit = getattr(current(), "visit", None)
    project = visit.project if visit is not None else None
    return project.config.env if project else "production"
