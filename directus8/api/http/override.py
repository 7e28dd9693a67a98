"""Methods that stand in a header or in the body, for clients that can only GET and POST. Source: server_projects.md §5.

Honoured where no other site's page can bring it about: never on a GET, and in a form only if no cookie came along
(a form needs no preflight).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from directus8.api.http.matching import routes_of

if TYPE_CHECKING:
    from directus8.api.http.visit import Request

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
CHANGEABLE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def wanted(request: Request) -> str:
    """The method a request wants to be taken for: mostly its own."""
    if request.method not in CHANGEABLE:
        return request.method
    method = request.headers.get("X-Http-Method-Override") or _field(request) or request.method
    return method.upper() if method.upper() in METHODS else request.method


def reroute(app: Flask, request: Request, method: str) -> None:
    """Let a request be one of another method: matched anew."""
    request.environ["REQUEST_METHOD"] = request.method = method
    routes_of(app).find(request)


def _field(request: Request) -> str:
    if request.method != "POST":
        return ""
    if request.is_form:
        value = request.fields_of_form.get("_METHOD") if "Cookie" not in request.headers else None
    elif request.is_json_like and b'"_METHOD"' in request.get_data(cache=True):
        value = request.payload.get("_METHOD") if isinstance(request.payload, dict) else None
    else:
        value = None
    return value if isinstance(value, str) else ""
