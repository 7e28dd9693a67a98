"""Routes of custom endpoints, and what their handlers get and give. Values that know no web framework."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, BinaryIO, TypeAlias

import orjson

from directus8.context import Accountability

Handler: TypeAlias = Callable[..., Any]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Headers(Mapping[str, str]):
    """Headers by name, in any case."""

    def __init__(self, given: Iterable[tuple[str, str]]) -> None:
        self._given = {name.lower(): value for name, value in given}

    def __getitem__(self, name: str) -> str:
        return self._given[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a multipart body."""

    field: str
    filename: str
    media_type: str
    stream: BinaryIO


@dataclass(frozen=True)
class Request:
    """What a handler is called with. ``path`` is below the endpoint, ``params`` are the values in it."""

    method: str
    path: str
    url: str
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    accountability: Accountability
    project: str
    params: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[Upload, ...] = ()
    read: Callable[[], bytes] = bytes

    @cached_property
    def body(self) -> bytes:
        """The body as it came."""
        return self.read()

    @cached_property
    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None


@dataclass(frozen=True, slots=True)
class Response:
    """What a handler may answer with instead of a plain value.

    ``body``: text, bytes, chunks of bytes, or anything JSON can tell.
    """

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """One route of an endpoint."""

    methods: tuple[str, ...]
    pattern: re.Pattern[str]
    handler: Handler


class Router:
    """The routes of one endpoint, the first that fits counts.

    Paths may hold ``{id}``, ``{id:[0-9]+}``, ``:id`` and an optional end ``[/{page}]``.
    """

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def add(self, methods: str | Iterable[str], path: str, handler: Handler) -> None:
        """Adds a route. TypeError for a handler that can't be called, ValueError for an unknown method or path."""
        if not callable(handler):
            raise TypeError(f"Endpoints handler must be a callable, but {type(handler).__name__} was given")
        listed = tuple(m.upper() for m in ([methods] if isinstance(methods, str) else methods))
        if wrong := set(listed) - set(METHODS):
            raise ValueError(f"there is no method {min(wrong)}")
        self.routes.append(Route(listed, pattern(path), handler))

    def route(self, path: str, handler: Handler | None = None, methods: Iterable[str] = ("GET",)) -> Any:
        """Adds a route of any methods: called with a handler, or as a decorator."""
        if handler is not None:
            self.add(methods, path, handler)
            return handler

        def register(decorated: Handler) -> Handler:
            self.add(methods, path, decorated)
            return decorated

        return register

    def get(self, path: str, handler: Handler | None = None) -> Any:
        """Adds a route for GET."""
        return self.route(path, handler, ("GET",))

    def post(self, path: str, handler: Handler | None = None) -> Any:
        """Adds a route for POST."""
        return self.route(path, handler, ("POST",))

    def put(self, path: str, handler: Handler | None = None) -> Any:
        """Adds a route for PUT."""
        return self.route(path, handler, ("PUT",))

    def patch(self, path: str, handler: Handler | None = None) -> Any:
        """Adds a route for PATCH."""
        return self.route(path, handler, ("PATCH",))

    def delete(self, path: str, handler: Handler | None = None) -> Any:
        """Adds a route for DELETE."""
        return self.route(path, handler, ("DELETE",))

    def all(self, path: str, handler: Handler | None = None) -> Any:
        """Adds a route for all methods."""
        return self.route(path, handler, METHODS)

    def find(self, method: str, path: str) -> tuple[Handler, dict[str, str]] | bool:
        """The handler for a request with the values in its path; else whether other methods have a route there."""
        known = False
        for route in self.routes:
            if found := route.pattern.fullmatch(path):
                if method in route.methods:
                    return route.handler, {n: v for n, v in found.groupdict().items() if v is not None}
                known = True
        return known

    def mount(self, routes: Mapping[str, Any], prefix: str = "") -> None:
        """Adds the routes of a map: path → {method, handler} or {group: True, endpoints: {…}}."""
        for path, told in routes.items():
            if not isinstance(told, Mapping):
                raise TypeError(f"the route {path!r} must be a map with method and handler")
            if told.get("group"):
                self.mount(told.get("endpoints") or {}, joined(prefix, path))
            else:
                self.add(told.get("method", "GET"), joined(prefix, path), told.get("handler"))  # type: ignore[arg-type]


def joined(prefix: str, path: str) -> str:
    """A path below another; a leading slash may be left out."""
    return prefix + path if path in ("", "/") or path.startswith(("/", "[")) else f"{prefix}/{path}"


_PART = re.compile(r"\{(\w+)(?::((?:[^{}]|\{[^{}]*\})+))?\}|:([A-Za-z_]\w*)")


def pattern(path: str) -> re.Pattern[str]:
    """The expression of a path. ``""`` and ``"/"`` are two paths; a router's own root answers to both."""
    path = joined("", path)
    optional = re.fullmatch(r"(.*?)\[(.*)\]", path) if path.endswith("]") and not path.endswith("}]]") else None
    if optional is not None and optional[1].count("{") == optional[1].count("}"):
        return re.compile(f"{_expression(optional[1])}(?:{_expression(optional[2])})?")
    return re.compile("/?" if path == "/" else _expression(path))


def _expression(path: str) -> str:
    made, at = "", 0
    for found in _PART.finditer(path):
        name = found[1] or found[3]
        made += f"{re.escape(path[at : found.start()])}(?P<{name}>{found[2] or '[^/]+'})"
        at = found.end()
    return made + re.escape(path[at:])


def takes_two(handler: Handler) -> bool:
    """Does a handler want the context as a second argument?"""
    try:
        parameters = inspect.signature(handler).parameters.values()
    except (TypeError, ValueError):
        return False
    plain = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty]
    return len(plain) > 1
