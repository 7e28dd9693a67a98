"""Which route a request is for: looked for once, however often the same is asked."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask.ctx import RequestContext
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

if TYPE_CHECKING:
    from directus8.api.http.visit import Request

_NAME = "directus8.routes"
MOST, LONGEST = 4096, 200  # paths that are remembered, characters of one


class Routes:
    """The routes of an application. Hosts and subdomains play no part in them."""

    def __init__(self, map: Map) -> None:
        self.adapter = map.bind("localhost")
        self._known = lru_cache(MOST)(self._found)

    def find(self, request: Request) -> None:
        """Tells a request its route and the values in its path, or why it has none."""
        find = self._known if len(request.path) <= LONGEST else self._found
        request.url_rule = request.routing_exception = None
        try:
            request.url_rule, values = find(request.method, request.path)
            request.view_args = dict(values)
        except HTTPException as error:
            request.routing_exception = error

    def _found(self, method: str, path: str) -> tuple[Rule, Any]:
        return self.adapter.match(path, method, return_rule=True)


class Context(RequestContext):
    """Flask's context of a request, with our way to its route."""

    request: Request

    def match_request(self) -> None:
        """Finds the route."""
        routes_of(self.app).find(self.request)


def install(app: Flask) -> None:
    """Give an application what remembers its routes."""
    app.extensions[_NAME] = Routes(app.url_map)


def routes_of(app: Flask) -> Routes:
    """The routes of an application."""
    routes: Routes = app.extensions[_NAME]
    return routes
