"""Random texts and hashes. Source: legacy_v1.md §4.7."""

from __future__ import annotations

import secrets
import string
from typing import Any

from directus8.api.v1.answer import failure
from directus8.api.v1.request import V1Request
from directus8.api.v1.router import route
from directus8.errors import InvalidRequest
from directus8.services.limits import spend

LETTERS = string.ascii_letters + string.digits
LONGEST, LONGEST_TEXT = 4096, 100_000


@route("POST", "/random")
def random(request: V1Request) -> Any:
    spend(request.session, "utils")
    given = str(request.fields().get("length", request.text("length") or 32))
    if not given.isdecimal() or not 0 < len(given) < 6 or int(given) > LONGEST:
        raise InvalidRequest(f"length: a number up to {LONGEST} is expected")
    made = "".join(secrets.choice(LETTERS) for _ in range(int(given)))
    return {"success": True, "data": {"random": made}}


@route("POST", "/hash")
def hash_text(request: V1Request) -> Any:
    spend(request.session, "utils")
    body = request.fields()
    text = body.get("string")
    if not isinstance(text, (str, int)) or text == "":
        return failure("Hash expect a string")
    if len(str(text)) > LONGEST_TEXT:
        raise InvalidRequest("string: too long")
    hashers = request.session.project.hashers
    return {
        "success": True,
        "data": {"hash": hashers.hash(body.get("hasher") or "core", str(text), body.get("options"))},
    }
