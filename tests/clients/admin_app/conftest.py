"""The v8 admin app as its API sees it: cookies, a project header, nested query strings, `{}` as body."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from directus8.api.app import create_app
from directus8.config import Home
from tests.api.people import ADMIN, EDITOR, PASSWORD, people

P = "/demo"
STATUSES = {
    "published": {"name": "Published", "value": "published", "text_color": "white", "background_color": "accent",
                  "browse_subdued": False, "browse_badge": True, "soft_delete": False, "published": True,
                  "required_fields": True},
    "draft": {"name": "Draft", "value": "draft", "text_color": "white", "background_color": "blue-grey-100",
              "browse_subdued": True, "browse_badge": True, "soft_delete": False, "published": False,
              "required_fields": False},
    "deleted": {"name": "Deleted", "value": "deleted", "text_color": "white", "background_color": "red",
                "browse_subdued": True, "browse_badge": True, "soft_delete": True, "published": False,
                "required_fields": False},
}  # fmt: skip
TEXT: dict[str, Any] = {
    "sort": None, "type": "string", "datatype": "VARCHAR", "interface": "text-input", "default_value": None,
    "options": {}, "readonly": False, "required": False, "unique": False, "note": "", "hidden_detail": False,
    "hidden_browse": False, "primary_key": False, "validation": "", "width": "half", "translation": {}, "length": 200,
    "signed": True,
}  # fmt: skip
PLAIN = {"type": "integer", "datatype": "INT", "interface": "numeric", "length": 10}
TO_ONE = {**TEXT, "type": "m2o", "datatype": "INT", "interface": "many-to-one", "length": 10}
TO_MANY = {**TEXT, "type": "o2m", "datatype": None, "interface": "one-to-many", "length": None}


@dataclass
class App:
    """The app in one browser: a client with its cookies."""

    browser: FlaskClient

    def send(self, method: str, path: str, body: Any = None, sdk: bool = True) -> TestResponse:
        """A request of the SDK, or of the app's bare client."""
        headers = {"X-Directus-Project": "demo"} if sdk else {}
        if method in ("POST", "PATCH") and body is None:
            body = {}
        return self.browser.open(path, method=method, json=body, headers=headers)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What a good answer holds, the envelope included; None for an answer without a body."""
        answer = self.send(method, path, body)
        assert 200 <= answer.status_code < 300, f"{method} {path}: {answer.get_data(as_text=True)}"
        assert answer.status_code != 204 or not answer.data
        return answer.get_json() if answer.data else None

    def get(self, path: str) -> Any:
        """The data of an answer."""
        return self.ask("GET", path)["data"]

    def post(self, path: str, body: Any = None) -> Any:
        """The data of an answer to a POST."""
        return self.ask("POST", path, body)["data"]

    def patch(self, path: str, body: Any = None) -> Any:
        """The data of an answer to a PATCH, if it has a body."""
        answer = self.ask("PATCH", path, body)
        return answer and answer["data"]

    def error(self, method: str, path: str, body: Any = None) -> int:
        """The code of an answer that must be a client error with a message to show."""
        answer = self.send(method, path, body)
        assert 400 <= answer.status_code < 500, answer.get_data(as_text=True)
        error = answer.get_json()["error"]
        assert isinstance(error["message"], str) and error["message"]
        code: int = error["code"]
        return code

    def login(self, email: str, password: str = PASSWORD) -> TestResponse:
        """The login form."""
        body = {"email": email, "password": password, "mode": "cookie"}
        return self.send("POST", f"{P}/auth/authenticate", body)

    def logged_in(self) -> bool:
        """How the app sees whether it is logged in."""
        return "public" not in self.send("GET", f"{P}/", sdk=False).get_json()

    def upload(self, name: str = "red.png") -> Any:
        """The upload of a picture, with the app's own client: one part named `data`."""
        content = io.BytesIO()
        Image.new("RGB", (300, 200), "red").save(content, "PNG")
        content.seek(0)
        headers = {"X-Directus-Project": "demo"}
        form = {"data": (content, name)}
        answer = self.browser.post(f"{P}/files", data=form, headers=headers, content_type="multipart/form-data")
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()["data"]


@dataclass
class Installation:
    """A project with two users, and collections that were made with the app."""

    server: Flask
    browsers: dict[str, App] = field(default_factory=dict)

    def new(self) -> App:
        """The app in a new browser."""
        return App(self.server.test_client())

    def user(self, email: str) -> App:
        """The app in the browser of somebody who has logged in."""
        if email not in self.browsers:
            app = self.new()
            assert app.login(email).status_code == 200
            self.browsers[email] = app
        return self.browsers[email]


def build(app: App) -> None:
    """Authors with books, books with tags: what the settings pages send, field by field."""
    for name in ("authors", "books", "tags"):
        app.post(f"{P}/collections", collection(name))
        app.post(f"{P}/fields/{name}", {**TEXT, "id": None, "field": "name", "required": True})
    app.post(f"{P}/collections", junction("books_tags", "books_id", "tags_id"))
    app.post(f"{P}/fields/books", {**TO_ONE, "id": None, "field": "author"})
    app.post(f"{P}/fields/books", {**TO_ONE, "id": None, "field": "cover", "type": "file", "interface": "file"})
    app.post(f"{P}/fields/authors", {**TO_MANY, "id": None, "field": "books"})
    app.post(f"{P}/fields/books", {**TO_MANY, "id": None, "field": "tags", "interface": "many-to-many"})
    for relation in (
        {"collection_many": "books", "field_many": "author", "collection_one": "authors", "field_one": "books"},
        {"collection_many": "books", "field_many": "cover", "collection_one": "directus_files"},
        {"collection_many": "books_tags", "field_many": "books_id", "collection_one": "books", "field_one": "tags",
         "junction_field": "tags_id"},
        {"collection_many": "books_tags", "field_many": "tags_id", "collection_one": "tags", "field_one": "books",
         "junction_field": "books_id"},
    ):  # fmt: skip
        row = app.post(f"{P}/relations", {"id": None, **relation})
        assert isinstance(row["id"], int)
        assert relation.items() <= row.items()


def collection(name: str) -> dict[str, Any]:
    """What the app sends for a new collection, with its optional fields."""
    key = {"field": "id", "type": "integer", "datatype": "INT", "length": 15, "interface": "primary-key",
           "auto_increment": True, "primary_key": True, "hidden_detail": True, "hidden_browse": True}  # fmt: skip
    status = {"field": "status", "type": "status", "datatype": "VARCHAR", "length": 20, "default_value": "draft",
              "interface": "status", "options": {"status_mapping": STATUSES}}  # fmt: skip
    sort = {"field": "sort", "type": "sort", "datatype": "INT", "interface": "sort", "hidden_detail": True}
    owner = {"field": "owner", "type": "owner", "datatype": "INT", "interface": "owner", "readonly": True,
             "options": {"template": "{{first_name}} {{last_name}}", "display": "both"}}  # fmt: skip
    created = {"field": "created_on", "type": "datetime_created", "datatype": "DATETIME", "interface": "datetime-created",
               "readonly": True}  # fmt: skip
    return {"collection": name, "hidden": 0, "fields": [key, status, sort, owner, created]}


def junction(name: str, *fields: str) -> dict[str, Any]:
    """What the app sends for the table between two collections."""
    key = {"field": "id", "type": "integer", "datatype": "int", "length": 15, "interface": "primary-key",
           "auto_increment": True, "primary_key": True}  # fmt: skip
    ends = [{**PLAIN, "datatype": "int", "field": name, "interface": None, "required": True} for name in fields]
    return {"collection": name, "hidden": True, "note": "Junction", "fields": [key, *ends]}


@pytest.fixture(scope="package")
def installation(package_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One project for all pages, on each database."""
    folder = tmp_path_factory.mktemp("app")
    with people(package_vendor, folder):
        made = Installation(create_app(Home(folder)))
        app = made.user(ADMIN)
        build(app)
        grant(app)
        yield made


def grant(app: App) -> None:
    """What the page of a role sends: an array of permissions."""
    rows = [
        {"collection": name, "role": 3, "create": "full", "read": "full", "update": "full", "delete": "mine"}
        for name in ("authors", "books")
    ]
    made = app.post(f"{P}/permissions", rows)
    assert [row["collection"] for row in made] == ["authors", "books"]
    assert all(isinstance(row["id"], int) for row in made)


@pytest.fixture
def visitor(installation: Installation) -> App:
    """A browser that is not logged in."""
    return installation.new()


@pytest.fixture
def app(installation: Installation) -> App:
    """The administrator's browser."""
    return installation.user(ADMIN)


@pytest.fixture
def editor(installation: Installation) -> App:
    """The editor's browser."""
    return installation.user(EDITOR)
