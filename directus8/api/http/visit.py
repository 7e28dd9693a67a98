"""One request on its way through the house, and what is known of it so far."""

from __future__ import annotations

import time
from contextvars import Token
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import flask
import orjson
from flask import request as request_proxy

from directus8.api import php
from directus8.api.http.cors import CLOSED, Headers, Policy
from directus8.context import Accountability
from directus8.db.trace import Trace
from directus8.project import Project
from directus8.registry import Entry

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


@dataclass(slots=True)
class Visit:
    """Made when a request comes in; filled by those who handle it."""

    id: str
    started: float
    trace: Trace
    token: Token[Trace | None]
    key: str | None = None  # as the request says it, whether there is such a project or not
    entry: Entry | None = None
    policy: Policy = CLOSED
    who: Accountability | None = None
    limits: Headers = field(default_factory=list)  # of the last limit that was looked at
    headers: Headers = field(default_factory=list)  # for whatever is answered
    stages: list[tuple[str, float]] = field(default_factory=list)

    @property
    def project(self) -> Project | None:
        """The open project."""
        return self.entry.project if self.entry else None

    def reached(self, stage: str) -> None:
        """A stage is over."""
        self.stages.append((stage, time.perf_counter()))


class Request(flask.Request):
    """A request that reads queries and bodies as PHP did."""

    visit: Visit

    @property
    def blueprints(self) -> list[str]:
        """There are none."""
        return []

    @property
    def page_origin(self) -> str | None:
        """The site whose page sends this request, as a browser tells it."""
        return self.environ.get("HTTP_ORIGIN")

    @property
    def agent(self) -> str:
        """The program that sends this request, as it calls itself."""
        agent: str = self.environ.get("HTTP_USER_AGENT", "")
        return agent

    def has(self, tag: str) -> bool:
        """Does the client say that it has the version of this tag already?"""
        given = self.environ.get("HTTP_IF_NONE_MATCH")
        return given is not None and (given == f'"{tag}"' or self.if_none_match.contains_weak(tag))

    @property
    def is_form(self) -> bool:
        """Is the body a form that is read for this method?"""
        media = self.mimetype
        return (media == FORM and self.method in ("POST", "PATCH")) or (media == MULTIPART and self.method == "POST")

    @property
    def is_json_like(self) -> bool:
        """Does the media type say JSON?"""
        media = self.mimetype
        return media == "application/json" or (media.startswith("application/") and media.endswith("+json"))

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """The query string, nested."""
        raw = self.query_string
        return php.parse_query(raw.decode("utf-8", "replace")) if raw else {}

    @cached_property
    def fields_of_form(self) -> dict[str, Any]:
        """The fields of a form body, nested."""
        if self.mimetype == MULTIPART:
            return php.nest(self.form.items(multi=True))
        return php.parse_form(self.get_data(cache=True).decode("utf-8", "replace"))

    @cached_property
    def payload(self) -> Any:
        """The parsed body: a map or a list; None for none, for another kind, for broken JSON and for scalars."""
        if self.is_json_like:
            return _json(self.get_data(cache=True))
        if not self.is_form or (self.mimetype == MULTIPART and not self.form and not self.files):
            return None
        return php.decoded(self.fields_of_form)


def _json(data: bytes) -> Any:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return php.decoded(value) if isinstance(value, (dict, list)) else None


def current() -> Request:
    """The request being handled, without a proxy in between."""
    request: Request = request_proxy._get_current_object()  # type: ignore[attr-defined]
    return request
