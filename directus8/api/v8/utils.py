"""/{project}/utils: hashes, random strings, secrets. Source: users_roles_settings.md §8."""

from __future__ import annotations

import secrets
import string
from typing import Any

from directus8 import validation
from directus8.api.v8.answer import Answer
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.auth import totp
from directus8.errors import InvalidRequest
from directus8.services.limits import spend

ALPHABET = string.digits + string.ascii_letters + "!@#$%^&*()_+}{;?>.<,"
#: Longest random string, and longest text that is hashed for strangers (security.md, utils-unbounded).
LONGEST, LONGEST_TEXT = 4096, 100_000

_TEXT = [validation.required, validation.string]


@route("POST", "/utils/hash")
def hash_text(request: V8Request) -> Answer:
    spend(request.session, "utils")
    body = request.fields()
    validation.require(body, {"string": _TEXT})
    text = _bounded(body, "string")
    return Answer({"hash": request.project.hashers.hash(_hasher(body), text, body.get("options"))})


@route("POST", "/utils/hash/match")
def match_hash(request: V8Request) -> Answer:
    spend(request.session, "utils")
    body = request.fields()
    validation.require(body, {"string": _TEXT, "hash": _TEXT})
    text, hashed = _bounded(body, "string"), _bounded(body, "hash")
    hashers = request.project.hashers
    return Answer({"valid": hashers.match(_hasher(body), text, hashed, body.get("options"))})


def _hasher(body: dict[str, Any]) -> Any:
    """The hasher a body names; null is none."""
    return "core" if body.get("hasher") is None else body["hasher"]


def _bounded(body: dict[str, Any], name: str) -> str:
    text = str(body[name])
    if len(text) > LONGEST_TEXT:
        raise InvalidRequest(f"{name}: {validation.NOT_VALID}")
    return text


@route("POST", "/utils/random/string")
def random_string(request: V8Request) -> Answer:
    spend(request.session, "utils")
    body = request.fields()
    validation.require(body, {"length": [validation.numeric]})
    given = body.get("length")
    length = float(32 if given is None else given)
    if not 0 <= length <= LONGEST:
        raise InvalidRequest(f"length: {validation.NOT_VALID}")
    return Answer({"random": "".join(secrets.choice(ALPHABET) for _ in range(int(length)))})


@route("GET", "/utils/2fa_secret")
def two_factor_secret(request: V8Request) -> Answer:
    spend(request.session, "utils")
    return Answer({"2fa_secret": totp.new_secret()})
