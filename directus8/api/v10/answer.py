"""What a handler of the v10 API gives back, and how answers and errors look on the wire. Source: sdk_v10.md D.1."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from directus8 import errors
from directus8.api.http.response import Response
from directus8.api.render import fallback

NOTHING: Any = object()
#: What an error of a code is told as, whatever the house says of it in other dialects: status and message.
FIXED: Mapping[str, tuple[int, str]] = {
    "FORBIDDEN": (403, "You don't have permission to access this."),
    "INVALID_CREDENTIALS": (401, "Invalid user credentials."),
    "INVALID_OTP": (401, "Invalid user OTP."),
    "INVALID_IP": (401, "Invalid IP address."),
    "INVALID_TOKEN": (403, "Invalid token."),
    "TOKEN_EXPIRED": (401, "Token expired."),
    "USER_SUSPENDED": (401, "User suspended."),
    "REQUESTS_EXCEEDED": (429, "Too many requests, try again later."),
    "INTERNAL_SERVER_ERROR": (500, "An unexpected error occurred."),
}
#: Codes whose message tells a reason.
REASONED: Mapping[str, tuple[int, str]] = {
    "INVALID_PAYLOAD": (400, "Invalid payload."),
    "INVALID_QUERY": (400, "Invalid query."),
    "UNPROCESSABLE_ENTITY": (422, "Unprocessable entity."),
}
OF_FIELD: Mapping[str, str] = {
    "RECORD_NOT_UNIQUE": 'Value for field "{field}" in collection "{collection}" has to be unique.',
    "NOT_NULL_VIOLATION": 'Value for field "{field}" in collection "{collection}" can\'t be null.',
    "VALUE_OUT_OF_RANGE": 'Value for field "{field}" in collection "{collection}" is out of range.',
    "VALUE_TOO_LONG": 'Value for field "{field}" in collection "{collection}" is too long.',
}


@dataclass(frozen=True, slots=True)
class Answer:
    """The parts of an answer; without ``data`` there is no body."""

    data: Any = NOTHING
    meta: Any = NOTHING
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def body(self) -> dict[str, Any]:
        """What is told: the parts there are."""
        return {name: part for name in ("meta", "data") if (part := getattr(self, name)) is not NOTHING}


EMPTY = Answer()


@dataclass(frozen=True, slots=True)
class Failure:
    """One field that breaks a rule."""

    field: str
    type: str
    more: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def message(self) -> str:
        """What clients are told."""
        why = {"required": " Value is required.", "nnull": " Value can't be null."}.get(self.type, "")
        return f'Validation failed for field "{self.field}".{why}'


class FailedValidation(errors.Refusal):
    """Fields of a payload break their rules; one error for each is told."""

    code = 4
    status = 400
    v10 = "FAILED_VALIDATION"

    def __init__(self, failures: Sequence[Failure]) -> None:
        super().__init__(" ".join(f.message for f in failures))
        self.failures = tuple(failures)


class RouteNotFound(errors.NotFound):
    """No such route; ``path`` is what was asked for below /v10."""

    def __init__(self, path: str) -> None:
        super().__init__(f"Route {path} doesn't exist.", path=path)


def respond(answer: Answer, body: Any) -> Response:
    """The HTTP response of an answer with this body."""
    response = Response(dumps(body), mimetype="application/json") if body else Response(status=204)
    if not body:
        response.headers.pop("Content-Type", None)
    response.headers["Cache-Control"] = "no-cache"
    for name, value in answer.headers:
        response.headers.add(name, value)
    return response


def dumps(value: Any) -> bytes:
    """JSON as JavaScript writes it."""
    return orjson.dumps(value, default=fallback, option=orjson.OPT_NON_STR_KEYS)


def error_response(error: errors.Error) -> Response:
    """The HTTP response of an error."""
    status, listed = told(error)
    return Response(dumps({"errors": listed}), status, mimetype="application/json")


def told(error: errors.Error) -> tuple[int, list[dict[str, Any]]]:
    """The status of an error and what clients are told of it, in one entry or more."""
    code = error.v10
    if isinstance(error, FailedValidation):
        return 400, [
            _error(f.message, {"field": f.field, "type": f.type, **f.more, "code": code}) for f in error.failures
        ]
    if isinstance(error, RouteNotFound):
        return 404, [_error(error.message, {"path": error.values["path"], "code": code})]
    if code in FIXED:
        status, message = FIXED[code]
        return status, [_error(message, {"code": code})]
    if code in REASONED:
        status, message = REASONED[code]
        reason = str(error.message).removesuffix(".")
        return status, [_error(f"{message} {reason}.", {"reason": reason, "code": code})]
    if code == "INVALID_FOREIGN_KEY":
        return 400, [_error("Invalid foreign key.", {"collection": None, "field": None, "code": code})]
    if code in OF_FIELD:
        about = {"collection": error.values.get("collection"), "field": error.values.get("field")}
        return 400, [_error(OF_FIELD[code].format(**about), {**about, "code": code})]
    return error.status, [_error(str(error.message), {"code": code})]


def _error(message: str, extensions: Mapping[str, Any]) -> dict[str, Any]:
    return {"message": message, "extensions": dict(extensions)}


__all__ = [
    "EMPTY",
    "Answer",
    "FailedValidation",
    "Failure",
    "RouteNotFound",
    "dumps",
    "error_response",
    "respond",
    "told",
]
