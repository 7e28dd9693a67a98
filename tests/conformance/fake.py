"""A tiny server that answers a few requests, to try the runner on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

StartResponse = Callable[[str, list[tuple[str, str]]], object]


def _answer(method: str, path: str) -> tuple[str, str, str]:
    if path == "/server/ping":
        return "200 OK", "text/html; charset=UTF-8", "pong"
    if path.endswith("/auth/authenticate"):
        return "200 OK", "application/json", json.dumps({"data": {"token": "t"}, "public": True})
    if path.endswith("/items/wrong"):
        return "200 OK", "application/json", json.dumps({"data": {"id": 2, "project": path.split("/")[1]}})
    if path.endswith("/items/right"):
        return "200 OK", "application/json", json.dumps({"data": {"id": 1, "project": path.split("/")[1]}})
    if method in ("POST", "PATCH"):
        return "200 OK", "application/json", json.dumps({"data": {"id": 1, "token": "t"}})
    return "404 Not Found", "application/json", json.dumps({"error": {"code": 1, "message": "Route not found"}})


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answer by method and path alone."""
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    status, media, body = _answer(environ["REQUEST_METHOD"], environ["PATH_INFO"])
    start_response(status, [("Content-Type", media)])
    return [body.encode()]
