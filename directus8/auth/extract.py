"""Where a request may present a token, and which of several counts.

Source: reference/auth.md §1. First match wins; later places are not tried.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple


class Source(Enum):
    """How a presented value is to be read: as JWT or static token, or as a sealed session cookie."""

    JWT = "jwt"
    COOKIE = "cookie"


@dataclass(frozen=True, slots=True)
class Presented:
    """A token somebody presents; never empty."""

    value: str
    kind: Source


class Basic(NamedTuple):
    """User name and password of HTTP Basic."""

    user: str
    password: str | None


_BEARER = re.compile(r"Bearer\s+(\S.*)$", re.IGNORECASE)


def presented(
    body: object,
    query: Mapping[str, Any],
    basic: Basic | tuple[str, str | None] | None,
    authorization: str | None,
    cookie: str | None,
) -> Presented | None:
    """The token of a request, or None for an anonymous one.

    ``body`` is the parsed body of any shape, ``authorization`` the first header, ``cookie`` the session cookie's value.
    """
    parameter = _parameter(body, query)
    if _truthy(parameter):
        return _given(parameter, Source.JWT)
    if basic is not None:
        user, password = basic
        return _given(user if password in (None, "", user) else None, Source.JWT)
    if authorization is not None and (match := _BEARER.search(authorization)):
        return _given(match[1].rstrip(), Source.JWT)
    return _given(cookie, Source.COOKIE)


def _parameter(body: object, query: Mapping[str, Any]) -> object:
    value = body.get("access_token") if isinstance(body, Mapping) else None
    return value if value is not None else query.get("access_token")


def _truthy(value: object) -> bool:
    return bool(value) and value != "0"


def _given(value: object, kind: Source) -> Presented | None:
    # A list or an object can be no token; it still keeps later places from being tried.
    if type(value) is int:
        value = str(value)
    return Presented(value, kind) if isinstance(value, str) and value else None
