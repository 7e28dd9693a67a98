"""One v1.1 request: caller, parameters and body."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from directus8.api.http.visit import FORM, Request
from directus8.api.php import listed
from directus8.auth.extract import Presented
from directus8.errors import InvalidPayload
from directus8.services.items import Options
from directus8.services.session import Session


class V1Request:
    """What a handler of the v1.1 API works with."""

    def __init__(self, http: Request, key: str, session: Session, presented: Presented | None = None) -> None:
        self.http = http
        self.key = key
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
    def body(self) -> Any:
        """The parsed body; forms count with every method. None for none and for broken JSON."""
        if self.http.mimetype == FORM:
            return self.http.fields_of_form
        return self.http.payload

    def fields(self) -> dict[str, Any]:
        """The body as one object, empty when there is none. InvalidPayload for a list."""
        body = self.body or {}
        if not isinstance(body, dict):
            raise InvalidPayload()
        return body

    def text(self, *names: str) -> str | None:
        """The first of these parameters that is given as one value."""
        return next((str(v) for n in names if isinstance(v := self.query.get(n), (str, int))), None)

    def list(self, *names: str) -> list[str]:
        """The first of these parameters that is given, as a list."""
        return next((found for n in names if (found := [v for v in listed(self.query.get(n)) if v])), [])

    @property
    def options(self) -> Options:
        """How writes are logged."""
        return Options(log=self.text("skip_activity_log") in (None, "0", ""))
