"""A served project on every database, and a client of its v1.1 API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from directus8.api.app import create_app
from directus8.cli import create_project
from directus8.config import Home
from tests import databases

TOKEN = "admin-token"
Call = Callable[..., Any]


@contextmanager
def served(url: str, home: Path) -> Iterator[FlaskClient]:
    """The application with the project ``demo``, which is the default one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIRECTUS8_HOME", str(home))
        patch.setenv("DIRECTUS8_SERVER_DEFAULT_PROJECT", "demo")
        patch.setenv("DIRECTUS8_MAIL_DEFAULT_TRANSPORT", "file")
        patch.setenv("DIRECTUS8_MAIL_DEFAULT_PATH", str(home / "mails"))
        patch.setenv("DIRECTUS8_SECURITY_ALLOW_PRIVATE_ADDRESSES", "true")
        create_project("demo", "admin@example.com", "password", database_url=url, token=TOKEN)
        app = create_app(Home(home))
        yield app.test_client()
        app.extensions["directus8"].close()


@pytest.fixture
def http(database_url: str, tmp_path: Path) -> Iterator[FlaskClient]:
    """A new project on each database."""
    with served(database_url, tmp_path) as client:
        yield client


@pytest.fixture
def call(http: FlaskClient) -> Call:
    """Call the API as the administrator: the document answered."""
    return calling(http)


def calling(http: FlaskClient) -> Call:
    """The administrator's calls by a client."""

    def request(method: str, path: str, status: int = 200, base: str = "/demo/api/1.1", **more: Any) -> Any:
        response = http.open(f"{base}{path}", method=method, headers={"Authorization": f"Bearer {TOKEN}"}, **more)
        assert response.status_code == status, response.text
        return response.get_json()

    return request


@pytest.fixture
def projects(call: Call) -> Call:
    """With the table ``projects``."""
    return with_projects(call)


@pytest.fixture(scope="module")
def kept(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A project with the table ``projects`` that a module's tests share: they change nothing in it."""
    home = tmp_path_factory.mktemp("home")
    with databases.temporary(module_vendor, home) as url, served(url, home) as client:
        with_projects(calling(client))
        yield client


def with_projects(call: Call) -> Call:
    """Make the table ``projects``: a status, a title, a budget, three rows of status 1, 2 and 0."""
    call("POST", "/tables", json={"name": "projects", "columns": ["status"]})
    for column in (
        {"column_name": "title", "data_type": "VARCHAR", "length": 100, "ui": "text_input"},
        {"column_name": "budget", "data_type": "DECIMAL", "length": "8,2", "ui": "numeric"},
    ):
        call("POST", "/tables/projects/columns", json=column)
    for status, title in ((1, "Alpha"), (2, "Beta"), (0, "Gamma")):
        call("POST", "/tables/projects/rows", json={"title": title, "status": status})
    return call
