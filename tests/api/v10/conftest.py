"""A small blog made through the v10 API and served in this very thread: an administrator, an editor, the public."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient

from directus8.db import trace
from tests.served import served

TOKENS = {"admin": "admin-token", "editor": "editor-token"}
KEY = {"field": "id", "type": "integer", "schema": {"is_primary_key": True, "has_auto_increment": True}, "meta": {}}


def _field(name: str, type: str = "string", **schema: Any) -> dict[str, Any]:
    return {"field": name, "type": type, "schema": schema, "meta": {}}


def _alias(name: str, special: str) -> dict[str, Any]:
    return {"field": name, "type": "alias", "schema": None, "meta": {"special": [special]}}


COLLECTIONS: dict[str, list[dict[str, Any]]] = {
    "authors": [KEY, _field("name", is_nullable=False), _field("age", "integer"), _alias("articles", "o2m")],
    "tags": [KEY, _field("label")],
    "articles": [
        KEY,
        _field("title"),
        _field("secret"),
        _field("views", "integer", default_value=0),
        _field("price", "decimal"),
        _field("published", "boolean"),
        _field("published_on", "timestamp"),
        _field("day", "date"),
        _field("big", "bigInteger"),
        _field("more", "json"),
        _field("words", "csv"),
        _field("author", "integer"),
        _alias("tags", "m2m"),
    ],
    "articles_tags": [KEY, _field("articles_id", "integer"), _field("tags_id", "integer")],
    "about": [KEY, _field("headline", default_value="About us")],
}
RELATIONS: tuple[dict[str, Any], ...] = (
    {"collection": "articles", "field": "author", "related_collection": "authors", "meta": {"one_field": "articles"}},
    {"collection": "articles_tags", "field": "articles_id", "related_collection": "articles",
     "meta": {"one_field": "tags", "junction_field": "tags_id"}},
    {"collection": "articles_tags", "field": "tags_id", "related_collection": "tags",
     "meta": {"junction_field": "articles_id"}},
)  # fmt: skip
ROWS: dict[str, list[dict[str, Any]]] = {
    "authors": [{"name": "Anna", "age": 30}, {"name": "Bert"}],
    "tags": [{"label": "red"}, {"label": "blue"}],
    "articles": [
        {"title": "Alpha", "secret": "s1", "views": 10, "price": 9.5, "published": True, "author": 1, "day": "2020-02-29",
         "published_on": "2020-01-05T10:00:00Z", "big": 9007199254740993, "more": {"a": [1]}, "words": ["x", "y"],
         "tags": [{"tags_id": 1}, {"tags_id": 2}]},
        {"title": "Beta", "secret": "s2", "views": 20, "published": False, "author": 1,
         "published_on": "2021-05-05T10:00:00Z", "tags": [{"tags_id": 2}]},
        {"title": "Gamma", "secret": "s3", "views": 30, "author": 2},
        {"title": "Delta", "secret": "s4"},
    ],
}  # fmt: skip
PERMISSIONS: tuple[dict[str, Any], ...] = (
    {"collection": "articles", "action": "read",
     "fields": ["id", "title", "views", "published_on", "author", "tags"]},
    {"collection": "articles", "action": "create", "fields": ["*"]},
    {"collection": "articles", "action": "update", "fields": ["*"]},
    {"collection": "authors", "action": "read", "fields": ["*"]},
    {"collection": "tags", "action": "create", "fields": ["*"]},
)  # fmt: skip


@dataclass(frozen=True)
class Blog:
    """The blog as its clients see it."""

    client: FlaskClient

    def send(self, method: str, path: str, body: Any = None, as_: str = "admin", **more: Any) -> Any:
        """A request in the name of somebody (or the public)."""
        headers = {"Authorization": f"Bearer {TOKENS[as_]}"} if as_ in TOKENS else {}
        return self.client.open(f"/blog/v10{path}", method=method, json=body, headers=headers, **more)

    def data(self, method: str, path: str, body: Any = None, as_: str = "admin", **more: Any) -> Any:
        """The data of a request that succeeds."""
        answer = self.send(method, path, body, as_, **more)
        assert answer.status_code in (200, 204), answer.get_data(as_text=True)
        return answer.get_json()["data"] if answer.status_code == 200 and answer.get_data() else None

    def get(self, path: str, as_: str = "admin", **query: Any) -> Any:
        """The data of a list or an item."""
        return self.data("GET", path, None, as_, query_string=query)

    def ask(self, query: str, variables: Any = None, as_: str = "admin", path: str = "/graphql") -> Any:
        """The whole answer to a document."""
        return self.send("POST", path, {"query": query, "variables": variables}, as_).get_json()

    def graph(self, query: str, variables: Any = None, as_: str = "admin", path: str = "/graphql") -> Any:
        """The data of a document without errors."""
        answer = self.ask(query, variables, as_, path)
        assert "errors" not in answer, answer
        return answer["data"]

    def system(self, query: str, variables: Any = None, as_: str = "admin") -> Any:
        """The data of a document of the system without errors."""
        return self.graph(query, variables, as_, "/graphql/system")

    def cost(self, query: str) -> list[str]:
        """The statements a document takes once everything is warm."""
        self.graph(query)
        with trace.observe() as seen:
            self.graph(query)
        return [statement.sql for statement in seen.statements]


def fill(blog: Blog) -> None:
    """Collections, relations, rows, people."""
    made = [
        {"collection": name, "schema": {}, "meta": {"singleton": name == "about"}, "fields": fields}
        for name, fields in COLLECTIONS.items()
    ]
    blog.data("POST", "/collections", made)
    for relation in RELATIONS:
        blog.data("POST", "/relations", {**relation, "schema": {"on_delete": "SET NULL"}})
    for name, rows in ROWS.items():
        blog.data("POST", f"/items/{name}", rows)
    role = blog.data("POST", "/roles", {"name": "Editor"})["id"]
    person = {"email": "editor@example.com", "password": "secret", "role": role, "status": "active"}
    blog.data("POST", "/users", {**person, "token": TOKENS["editor"], "first_name": "Edith"})
    for row in PERMISSIONS:
        blog.data("POST", "/permissions", {**row, "role": role, "permissions": {}})


@pytest.fixture(scope="module")
def blog(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Blog]:
    """The blog on each database, shared by the tests of a module."""
    with served(module_vendor, tmp_path_factory.mktemp("home"), "blog", TOKENS["admin"]) as app:
        made = Blog(app.test_client())
        fill(made)
        yield made
