"""The v1.1 routes: a table of method, path and handler, filled by the handler modules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

#: Called with the request and the values in the path; gives the JSON document to answer.
Handler: TypeAlias = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Route:
    """One route below the mount of the API."""

    method: str
    path: str
    handler: Handler
    anonymous: bool = False  # nobody is looked up


ROUTES: list[Route] = []


def route(methods: str, path: str, *, anonymous: bool = False) -> Callable[[Handler], Handler]:
    """Registers a handler for one or several methods."""

    def register(handler: Handler) -> Handler:
        ROUTES.extend(Route(method, path, handler, anonymous) for method in methods.split())
        return handler

    return register
