"""What a handler gives back, and its envelope. Source: items.md §2."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Response

from directus8.api.render import dumps, dumps_ascii
from directus8.errors import Error

_NOTHING: Any = object()


@dataclass(frozen=True, slots=True)
class Answer:
    """The parts of an envelope; without ``data`` there is no body, unless the caller is the public."""

    data: Any = _NOTHING
    meta: Any = _NOTHING
    messages: list[dict[str, Any]] = field(default_factory=list)
    error: Any = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


def respond(answer: Answer, public: bool) -> Response:
    """The HTTP response of an answer."""
    body: dict[str, Any] = {}
    if answer.meta is not _NOTHING:
        body["meta"] = answer.meta
    if answer.data is not _NOTHING:
        body["data"] = answer.data
    if answer.messages:
        body["messages"] = answer.messages
    if answer.error is not None:
        body["error"] = answer.error
    if public:
        body["public"] = True
    if not body:
        response = Response(status=204)
        response.headers.pop("Content-Type", None)
    else:
        response = Response(dumps(body), answer.status, mimetype="application/json")
    for name, value in answer.headers:
        response.headers.add(name, value)
    return response


def error_response(error: Error) -> Response:
    """The HTTP response of an error."""
    if error.status == 429:
        return Response(status=429)
    body = {"error": {"code": error.code, "message": error.message or "Unknown Error"}}
    return Response(dumps_ascii(body), error.status, mimetype="application/json")
