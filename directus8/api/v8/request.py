"""One v8 request: its project, caller, parameters and body."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import orjson
from flask import Request

from directus8.api import php
from directus8.api.v8 import params
from directus8.auth.extract import Presented
from directus8.errors import InvalidPayload
from directus8.project import Project
from directus8.services.session import Session

JSON = ("application/json",)
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


class V8Request:
    """What a handler of the v8 API works with."""

    def __init__(
        self, http: Request, key: str, project: Project, session: Session, presented: Presented | None = None
    ) -> None:
        self.http = http
        self.key = key
        self.project = project
        self.session = session
        self.presented = presented

    @property
    def root(self) -> str:
        """The address the request was sent to, with a trailing slash."""
        return self.http.url_root

    @cached_property
    def query(self) -> Mapping[str, Any]:
        """The query string, nested."""
        return parsed_query(self.http)

    @cached_property
    def params(self) -> params.Params:
        """The parameters of the query string."""
        return params.read(self.query)

    @cached_property
    def body(self) -> Any:
        """The parsed body: a map or a list; None for none, for another kind, for broken JSON and for scalars."""
        return parsed_body(self.http)

    def payload(self) -> Any:
        """The body of a request that must have one. InvalidPayload (400, 13)."""
        if self.body is None:
            raise InvalidPayload()
        return self.body

    def fields(self) -> dict[str, Any]:
        """The body as one object; a list counts as one with the keys 0, 1, …, as in PHP."""
        body = self.payload()
        return body if isinstance(body, dict) else {str(i): v for i, v in enumerate(body)}


def parsed_query(http: Request) -> Mapping[str, Any]:
    """The query string as PHP nests it."""
    return php.parse_query(http.query_string.decode("utf-8", "replace"))


def parsed_body(http: Request) -> Any:
    """The body as far as its media type tells how to read it."""
    media = http.mimetype
    if media in JSON or (media.startswith("application/") and media.endswith("+json")):
        return _json(http.get_data(cache=True))
    if media == FORM and http.method in ("POST", "PATCH"):
        return php.as_list(php.parse_query(http.get_data(cache=True).decode("utf-8", "replace")))
    if media == MULTIPART and http.method == "POST":
        return php.as_list(php.nest(http.form.items(multi=True)))
    return None


def _json(data: bytes) -> Any:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return php.decoded(value) if isinstance(value, (dict, list)) else None
