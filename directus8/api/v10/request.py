"""One v10 request: its project, caller, parameters and body."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import orjson

from directus8.api.http.visit import Request
from directus8.api.v10 import params
from directus8.api.v10.params import Params
from directus8.errors import InvalidPayload
from directus8.project import Project
from directus8.services.session import Session


class V10Request:
    """What a handler of the v10 API works with."""

    def __init__(self, http: Request, key: str, project: Project, session: Session, path: str) -> None:
        self.http = http
        self.key = key
        self.project = project
        self.session = session
        self.path = path

    @property
    def root(self) -> str:
        """The address the request was sent to, with a trailing slash."""
        return self.http.url_root

    def within(self, session: Session, query: Mapping[str, Any], body: Any, params: Params) -> V10Request:
        """A request that is a part of this one."""
        made = V10Request(self.http, self.key, self.project, session, self.path)
        made.query, made.body, made.params = query, body, params
        return made

    @cached_property
    def query(self) -> Mapping[str, Any]:
        """The query string, nested."""
        return self.http.parameters

    @cached_property
    def params(self) -> Params:
        """The query of the request: of a SEARCH its body's."""
        if self.http.method == "SEARCH":
            given = self.fields().get("query")
            return params.read(given if isinstance(given, dict) else {}, body=True)
        return params.read(self.query)

    @cached_property
    def body(self) -> Any:
        """The JSON body, an object or a list; an empty object when there is none. InvalidPayload (400)."""
        if not self.http.is_json_like:
            return self.http.payload or {}
        return _parsed(self.http.get_data(cache=True))

    def fields(self) -> dict[str, Any]:
        """The body as one object; a list is none."""
        return self.body if isinstance(self.body, dict) else {}

    def text(self, name: str, label: str = '"{}" is required') -> str:
        """A text the body must have. InvalidPayload."""
        value = self.fields().get(name)
        if value is None or value == "":
            raise InvalidPayload(label.format(name))
        if not isinstance(value, str):
            raise InvalidPayload(f'"{name}" must be a string')
        return value


def _parsed(data: bytes) -> Any:
    """Broken JSON and scalars are refused in the words of the JavaScript parser."""
    text = data.decode("utf-8", "replace").strip()
    if not text:
        return {}
    if text[0] not in "{[":
        raise InvalidPayload(f"Unexpected token '{text[0]}', \"{text[:40]}\" is not valid JSON")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if error.pos >= len(text):
            raise InvalidPayload("Unexpected end of JSON input") from None
        raise InvalidPayload(f"Unexpected token '{text[error.pos]}' at position {error.pos} in JSON") from None
