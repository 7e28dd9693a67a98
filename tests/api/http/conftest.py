"""A project on SQLite and clients that speak to the whole application."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from directus8.api.app import create_app
from directus8.cli import create_project
from directus8.config import Home

TOKEN = "admin-token"
ADMIN = {"Authorization": f"Bearer {TOKEN}"}
FIELDS = [
    {"field": "id", "type": "integer", "datatype": "INT", "length": 11, "primary_key": True, "auto_increment": True,
     "interface": "primary-key"},
    {"field": "title", "type": "string", "datatype": "VARCHAR", "length": 100, "interface": "text-input"},
]  # fmt: skip

Serve = Callable[..., FlaskClient]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An installation with the project ``demo``, its collection ``notes`` and one note."""
    monkeypatch.setenv("DIRECTUS8_HOME", str(tmp_path))
    monkeypatch.setenv("DIRECTUS8_SUPER_ADMIN_TOKEN", "super")
    create_project("demo", "admin@example.com", "password", token=TOKEN)
    return Home(tmp_path)


@pytest.fixture
def serve(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Serve the installation under more settings: ``DIRECTUS8_<NAME>`` of a project or of the server."""
    apps: list[Any] = []

    def start(**settings: str) -> FlaskClient:
        for name, value in settings.items():
            monkeypatch.setenv(f"DIRECTUS8_{name}", value)
        apps.append(create_app(home))
        client: FlaskClient = apps[-1].test_client()
        return client

    yield start
    for app in apps:
        app.extensions["directus8"].close()


@pytest.fixture
def client(serve: Serve) -> FlaskClient:
    """The installation as it is, with the collection ``notes``."""
    client = serve()
    notes(client)
    return client


def notes(client: FlaskClient) -> None:
    """Make the collection ``notes`` with one row."""
    made = client.post("/demo/collections", json={"collection": "notes", "fields": FIELDS}, headers=ADMIN)
    assert made.status_code == 200, made.text
    assert client.post("/demo/items/notes", json={"title": "first"}, headers=ADMIN).status_code == 200
