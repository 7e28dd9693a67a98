"""/server/docs: the page and its document; /{project}/openapi.json."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from flask import Flask

from directus8.api.http.pages import existing, page
from directus8.api.http.response import Response
from directus8.api.openapi import fixed, project
from directus8.api.render import dumps
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.errors import NotFound

UI = Path(__file__).parent / "ui"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)


def mount(app: Flask) -> None:
    """Add the routes that belong to no project."""

    def docs(path: str = "index.html") -> Response:
        file = existing(UI, path)
        if file is None:
            raise NotFound()
        response = page(file)
        response.headers["Content-Security-Policy"] = POLICY
        return response

    def slash() -> Response:
        return Response(status=302, headers={"Location": "./docs/"})

    def document() -> Response:
        return Response(_fixed(), mimetype="application/json")

    for rule, name, view in (
        ("/server/docs", "docs.slash", slash),
        ("/server/docs/", "docs.index", docs),
        ("/server/docs/<path:path>", "docs.page", docs),
        ("/server/docs/openapi.json", "docs.document", document),
    ):
        app.add_url_rule(rule, name, view, methods=["GET"], provide_automatic_options=False)


@cache
def _fixed() -> bytes:
    return dumps(fixed.document())


@route("GET", "/openapi.json")
def of_project(request: V8Request) -> Response:
    """The project's collections as the caller may see them."""
    session = request.session
    name = str(session.settings.get("project_name") or "")
    return Response(
        dumps(project.document(request.key, name, session.catalog, session.rules)), mimetype="application/json"
    )
