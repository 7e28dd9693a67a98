"""One v8 request: its project, caller, parameters and body."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from directus8.api.http.visit import Request
from directus8.api.v8 import params
from directus8.auth.extract import Presented
from directus8.errors import InvalidPayload
from directus8.project import Project
from directus8.services.session import Session


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

    @property
    def query(self) -> Mapping[str, Any]:
        """The query string, nested."""
        return self.http.parameters

    @cached_property
    def params(self) -> params.Params:
        """The parameters of the query string."""
        return params.read(self.query)

    @property
    def body(self) -> Any:
        """The parsed body: a map or a list; None for none, for another kind, for broken JSON and for scalars."""
        return self.http.payload

    def payload(self) -> Any:
        """The body of a request that must have one. InvalidPayload (400, 13)."""
        if self.body is None:
            raise InvalidPayload()
        return self.body

    def fields(self) -> dict[str, Any]:
        """The body as one object; a list counts as one with the keys 0, 1, …, as in PHP."""
        body = self.payload()
        return body if isinstance(body, dict) else {str(i): v for i, v in enumerate(body)}
