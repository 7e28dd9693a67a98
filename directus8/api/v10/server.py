"""/server: what anybody may know of the project; the description of its API. Source: sdk_v10.md D.6."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from directus8.api.http.response import Response
from directus8.api.v10 import openapi, settings
from directus8.api.v10.answer import Answer, dumps
from directus8.api.v10.request import V10Request
from directus8.api.v10.router import route

PROJECT = (
    "project_name", "project_descriptor", "project_logo", "project_color", "default_language", "public_foreground",
    "public_background", "public_note", "custom_css",
)  # fmt: skip


@route("GET", "/server/ping", anonymous=True)
def ping(request: V10Request) -> Response:
    return Response("pong", mimetype="text/html")


@route("GET", "/server/health", anonymous=True)
def health(request: V10Request) -> Response:
    with request.project.database.read() as connection:
        connection.rows("SELECT 1")
    return Response(dumps({"status": "ok"}), content_type="application/health+json; charset=utf-8")


@route("GET", "/server/info")
def info(request: V10Request) -> Answer:
    return Answer({"project": project_of(request.session.settings)})


def project_of(kept: Mapping[str, Any]) -> dict[str, Any]:
    """What the login page shows."""
    known = settings.told(kept)
    return {**{name: known.get(name) for name in PROJECT}, "public_registration": False}


@route("GET", "/server/specs/oas")
def specification(request: V10Request) -> Response:
    base = f"{request.root.rstrip('/')}/{request.key}/v10"
    return Response(dumps(openapi.document(request.session, base)), mimetype="application/json")
