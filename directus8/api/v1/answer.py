"""Documents of the v1.1 API: envelopes and errors. Source: legacy_v1.md §1.3, §1.4."""

from __future__ import annotations

from typing import Any

from directus8 import names
from directus8.api.http.response import Response
from directus8.api.render import dumps
from directus8.errors import CollectionNotFound, Error, Forbidden

#: The tables of Directus 6 by which its documents are labelled.
COLUMNS, TABLES = f"{names.PREFIX}columns", f"{names.PREFIX}tables"


class Denied(Forbidden):
    """A refusal that says why; others say no more than that it is one."""


def item(table: str, data: Any) -> dict[str, Any]:
    """The envelope of one item."""
    return {"meta": {"table": table, "type": "item"}, "data": data}


def collection(table: str, data: list[Any], **meta: Any) -> dict[str, Any]:
    """The envelope of a list."""
    return {"meta": {"table": table, "type": "collection", **meta}, "data": data}


def failure(message: str) -> dict[str, Any]:
    """What did not work out, told with status 200."""
    return {"success": False, "error": {"message": message}}


def respond(document: Any, public: bool, status: int = 200) -> Response:
    """The response of a document; the public is told that it is."""
    if public and isinstance(document, dict):
        document = {**document, "public": True}
    return Response(dumps(document), status, mimetype="application/json")


def error_response(error: Error, public: bool) -> Response:
    """The response of an error. Who is known, if only as the public, is never told to log in."""
    if isinstance(error, CollectionNotFound):
        return respond(failure(f'Unable to find the table "{error.values.get("collection", "")}"'), public, 404)
    if error.status in (401, 403):
        return respond(failure(error.message if isinstance(error, Denied) else "Permission denied"), public, 403)
    return respond(failure(error.message or "Unknown Error"), public, error.status)


def not_logged_in() -> Response:
    """The answer to a token that is nobody's."""
    return respond(failure("You must be logged in to access the API"), False, 401)
