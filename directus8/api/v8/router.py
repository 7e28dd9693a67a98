"""The v8 routes: a table of method, path and handler, filled by the handler modules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from directus8.api.http.response import Response
from directus8.api.v8.answer import Answer
from directus8.api.v8.request import V8Request
from directus8.project import Project

Handler: TypeAlias = Callable[..., Answer | Response]
H = TypeVar("H", bound=Handler)


@dataclass(frozen=True, slots=True)
class Route:
    """One route, below ``/{project}`` or at the root."""

    method: str
    path: str
    handler: Handler
    anonymous: bool | Callable[[Project], bool] = False  # /auth: no one is looked up, answers are always public
    root: bool = False  # not below a project: the request names it in another way
    login: bool = False  # not for the public
    sets_up_2fa: bool = False  # open to users who must set up a second factor first; ``key`` names them

    def is_anonymous(self, project: Project) -> bool:
        """Is no one looked up?"""
        return self.anonymous(project) if callable(self.anonymous) else self.anonymous


ROUTES: list[Route] = []


def route(
    method: str,
    path: str,
    *,
    anonymous: bool | Callable[[Project], bool] = False,
    root: bool = False,
    login: bool = False,
    sets_up_2fa: bool = False,
) -> Callable[[H], H]:
    """Registers a handler: called with the request and the values in the path."""

    def register(handler: H) -> H:
        ROUTES.append(Route(method, path, handler, anonymous, root, login, sets_up_2fa))
        return handler

    return register


__all__ = ["ROUTES", "Answer", "Any", "Route", "V8Request", "route"]
