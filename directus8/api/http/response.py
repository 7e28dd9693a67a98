"""Answers as HTTP: sent as they were made."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import flask
from werkzeug.datastructures import Headers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class Response(flask.Response):
    """A response whose headers are not copied and looked through once more when it is sent."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Those that were given, and the length of a body that is known."""
        headers = self.headers
        if self.status_code in (204, 304) or "Location" in headers:
            return super().get_wsgi_headers(environ)
        if self.is_sequence and "Content-Length" not in headers:
            headers.add("Content-Length", str(sum(map(len, self.iter_encoded()))))
        return headers


class Content(Response):
    """A response with all the headers it needs: none is added when it is sent."""

    default_mimetype = None

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Those that were given."""
        return self.headers


def file(path: Path, headers: Iterable[tuple[str, str]]) -> Response:
    """A file of ours, always asked for anew but rarely sent again."""
    response = cast(Response, flask.send_file(path, conditional=True, max_age=0))
    response.headers.extend(headers)
    return response
