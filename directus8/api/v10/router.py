"""The v10 routes: a table of method, path and handler, filled by the handler modules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from directus8.api.http.response import Response
from directus8.api.v10.answer import Answer

Handler: TypeAlias = Callable[..., Answer | Response]
H = TypeVar("H", bound=Handler)


@dataclass(frozen=True, slots=True)
class Route:
    """One route below ``/{project}/v10``."""

    method: str
    path: str
    handler: Handler
    anonymous: bool = False  # tokens are not looked at
    sets_up_2fa: bool = False  # open to users who must set up a second factor first


ROUTES: list[Route] = []


def route(method: str, path: str, *, anonymous: bool = False, sets_up_2fa: bool = False) -> Callable[[H], H]:
    """Registers a handler: called with the request and the values in the path."""

    def register(handler: H) -> H:
        ROUTES.append(Route(method, path, handler, anonymous, sets_up_2fa))
        return handler

    return register
