"""Static files: the built admin app with its deep links, what it may load, and the pages of the documentation."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from werkzeug.security import safe_join

from directus8.api.http import response
from directus8.api.http.response import Response
from directus8.config import ServerConfig
from directus8.errors import NotFound

#: What browsers may get of extensions; the rest of a folder is code of the server.
SERVED = frozenset(f".{kind}" for kind in "js mjs css json map html svg png jpg gif webp woff woff2 ttf".split())
PRIVATE = (("Referrer-Policy", "same-origin"), ("Content-Security-Policy", "frame-ancestors 'self'"))


def mount(app: Flask, server: ServerConfig) -> None:
    """Add the routes."""
    admin = Path(server.home.root / server.admin_app) if server.admin_app else None
    extensions = server.home.root / "extensions"

    def admin_app(path: str = "") -> Response:
        if admin is None:
            raise NotFound("There is no admin app here: server.admin_app names none.")
        file = existing(admin, path)
        if file is None and Path(path).suffix in SERVED - {".html"}:
            raise NotFound()
        return page(file or admin / "index.html")

    def extension(path: str) -> Response:
        file = existing(extensions, path)
        if file is None or file.suffix not in SERVED:
            raise NotFound()
        return page(file)

    def slash() -> Response:
        return Response(status=302, headers={"Location": "./admin/"})

    for rule, name, view in (
        ("/admin", "admin.slash", slash),
        ("/admin/", "admin.index", admin_app),
        ("/admin/<path:path>", "admin.page", admin_app),
        ("/extensions/<path:path>", "extensions", extension),
    ):
        app.add_url_rule(rule, name, view, methods=["GET"], provide_automatic_options=False)


def existing(folder: Path, path: str) -> Path | None:
    """The file of that path inside a folder."""
    found = safe_join(str(folder), path) if path else None
    file = Path(found) if found else None
    return file if file is not None and file.is_file() else None


def page(file: Path) -> Response:
    """A file, always asked for anew but rarely sent again."""
    if not file.is_file():
        raise NotFound()
    return response.file(file, PRIVATE)
