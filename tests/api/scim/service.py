"""A project that speaks SCIM, called in this thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from directus8.project import Project
from directus8.registry import ProjectRegistry
from tests.served import served

TOKEN = "provider"
STANDARD = "[scim]\nstandard = true\n"


@dataclass(frozen=True)
class Scim:
    """The SCIM service of one project, called in this thread."""

    app: Flask
    client: FlaskClient
    token: str = TOKEN
    vendor: str = ""

    def open(self, method: str, path: str, body: Any = None, **more: Any) -> TestResponse:
        """The answer to a request of the provider; never a 5xx."""
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})} if self.token else {}
        url = f"/p/scim/v2{path}"
        kind = more.pop("content_type", "application/scim+json")
        if body is None:
            answer = self.client.open(url, method=method, headers=headers, **more)
        else:
            answer = self.client.open(url, method=method, json=body, headers=headers, content_type=kind, **more)
        assert answer.status_code < 500, answer.get_data(as_text=True)
        return answer

    def ask(self, method: str, path: str, body: Any = None, status: int = 200, **more: Any) -> Any:
        """The body of an answer that must have that status."""
        answer = self.open(method, path, body, **more)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json(force=True, silent=True)

    def v8(self, method: str, path: str, body: Any = None, token: str = TOKEN) -> TestResponse:
        """The answer of the v8 API."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self.client.open(f"/p{path}", method=method, json=body, headers=headers)
        assert answer.status_code < 500, answer.get_data(as_text=True)
        return answer

    @property
    def registry(self) -> ProjectRegistry:
        """The registry of the application."""
        found: ProjectRegistry = self.app.extensions["directus8"]
        return found

    def project(self) -> Project:
        """The project itself, open."""
        found = self.registry.get("p")
        assert found is not None
        return found


@contextmanager
def service(vendor: str, folder: Path, standard: bool = True) -> Iterator[Scim]:
    """A new project ``p`` on a new database, served."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DIRECTUS8_TRACE", "1")
        with served(vendor, folder, "p", TOKEN, STANDARD if standard else "") as app:
            environment.undo()
            yield Scim(app, app.test_client(), vendor=vendor)
