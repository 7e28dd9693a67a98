"""A project that speaks SCIM, called in this thread."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from directus8.api.app import create_app
from directus8.cli import create_project
from directus8.config import Home
from directus8.project import Project, ProjectRegistry
from tests import databases

TOKEN = "provider"


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


def project(url: str, folder: Path, standard: bool = True) -> None:
    """A new project ``p`` on an empty database."""
    create_project("p", "admin@example.com", "secret", database_url=url, token=TOKEN, home=folder)
    if standard:
        config = folder / "config" / "p.toml"
        config.write_text(config.read_text() + "\n[scim]\nstandard = true\n")


def make(vendor: str, folder: Path, standard: bool = True) -> tuple[Scim, str]:
    """A new project on a new database, served, and the name of the database."""
    name = f"d8_test_{secrets.token_hex(6)}"
    project(databases.create(vendor, name, folder), folder, standard)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DIRECTUS8_TRACE", "1")
        app = create_app(Home(folder))
    return Scim(app, app.test_client(), vendor=vendor), name
