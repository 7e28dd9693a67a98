"""What a handler gives back, and its envelope. Source: items.md §2."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from directus8.api.http.response import Response
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
    return rendered(answer, body_of(answer, public))


def body_of(answer: Answer, public: bool) -> dict[str, Any]:
    """The envelope."""
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
    return body


def rendered(answer: Answer, body: dict[str, Any]) -> Response:
    """The HTTP response of an envelope."""
    if not body:
        response = Response(status=204)
        response.headers.pop("Content-Type", None)
    else:
        response = Response(dumps(body), answer.status, mimetype="application/json")
    for name, value in answer.headers:
        response.headers.add(name, value)
    return response


def error_response(error: Error, env: str = "production", origin: Exception | None = None) -> Response:
    """The HTTP response of an error. Outside of production it tells where it comes from."""
    if error.status == 429:
        return Response(status=429, mimetype="text/html")
    told: dict[str, Any] = {"code": error.code, "message": error.message or "Unknown Error"}
    if env != "production":
        told |= _place(origin or error)
    return Response(dumps_ascii({"error": told}), error.status, mimetype="application/json")


def _place(error: BaseException) -> dict[str, Any]:
    """Class, file and line of the innermost frame."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    file = trace.tb_frame.f_code.co_filename if trace else ""
    return {"class": type(error).__name__, "file": file, "line": trace.tb_lineno if trace else 0}
