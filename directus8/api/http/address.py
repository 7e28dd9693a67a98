"""Which project a request is for. Source: server_projects.md §1."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import orjson
from werkzeug.datastructures import Headers
from werkzeug.routing import BaseConverter

from directus8.config.projects import RESERVED

#: First segments behind which the project stands.
BEFORE = frozenset({"uploads", "downloads"})


class ProjectConverter(BaseConverter):
    """A first path segment that may be the key of a project."""

    regex = rf"(?!(?:{'|'.join(sorted(RESERVED))})$)[^/]+"
    part_isolating = True  # one state for all routes: matched once, not once per route


def first_segment(path: str) -> str:
    """What stands between the first two slashes."""
    return path[1:].split("/", 1)[0]


def project_key(path: str, query: Mapping[str, Any], headers: Headers, default: str = "") -> str | None:
    """The key of the project a request names, whether there is one or not; None if it names none."""
    segment = first_segment(path)
    if segment in BEFORE:
        return first_segment(path[len(segment) + 1 :]) or None
    if segment and segment not in RESERVED:
        return segment
    authorization = headers.get("Authorization", "")
    if authorization[:7].lower() == "bearer ":
        claimed = claimed_project(authorization[7:].strip())
        return claimed or (default or None if segment == "api" else None)  # tokens of Directus 6 name no project
    named = query.get("project") if query else None
    key = named if isinstance(named, str) and named else headers.get("X-Directus-Project") or default
    return key or None


def claimed_project(token: str) -> str | None:
    """The project a token says it belongs to. Nothing is verified: the project itself will do that."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > 8192:
        return None
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    key = claims.get("project") if isinstance(claims, dict) else None
    return key if isinstance(key, str) and key else None
