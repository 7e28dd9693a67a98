"""A small shop served in this very thread: two roles, the public, an administrator; with all of GraphQL or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from flask.testing import FlaskClient

from directus8.db import trace
from tests.served import served

KEY = {
    "field": "id", "type": "integer", "datatype": "INT", "length": 11, "primary_key": True, "auto_increment": True,
    "interface": "primary-key",
}  # fmt: skip
STATUSES = {"published": {"name": "P"}, "draft": {"name": "D"}, "deleted": {"name": "X", "soft_delete": True}}


def _text(name: str, **more: Any) -> dict[str, Any]:
    return {"field": name, "type": "string", "datatype": "VARCHAR", "length": 100, **more}


def _link(name: str, type: str = "m2o") -> dict[str, Any]:
    return {"field": name, "type": type, "datatype": "INT", "length": 10}


COLLECTIONS: dict[str, list[dict[str, Any]]] = {
    "writers": [KEY, _text("name", required=True), {"field": "books", "type": "o2m"}],
    "tags": [KEY, _text("label"), {"field": "books", "type": "o2m"}],
    "books": [
        KEY,
        {"field": "status", "type": "status", "datatype": "VARCHAR", "length": 20, "default_value": "published",
         "options": {"status_mapping": STATUSES}},
        _text("title"),
        _text("2nd_title"),
        {"field": "pages", "type": "integer", "datatype": "INT", "length": 10},
        {"field": "price", "type": "decimal", "datatype": "DECIMAL", "length": "10,2"},
        {"field": "in_print", "type": "boolean", "datatype": "TINYINT", "length": 1},
        {"field": "extra", "type": "json", "datatype": "TEXT"},
        {"field": "keywords", "type": "array", "datatype": "VARCHAR", "length": 200},
        _text("secret"),
        _link("writer"),
        _link("owner", "owner"),
        _link("cover", "file"),
        {"field": "tags", "type": "o2m"},
    ],
    "books_tags": [KEY, _link("book"), _link("tag")],
    "messages": [KEY, _text("text")],
}  # fmt: skip
RELATIONS = (
    ("books", "writer", "writers", "books", None),
    ("books_tags", "book", "books", "tags", "tag"),
    ("books_tags", "tag", "tags", "books", "book"),
)
ROWS: dict[str, list[dict[str, Any]]] = {
    "writers": [{"name": "Ann"}, {"name": "Bob"}],
    "tags": [{"label": "red"}, {"label": "blue"}],
    "books": [
        {"title": "Alpha", "2nd_title": "A", "pages": 100, "price": 9.5, "in_print": True, "secret": "s1", "writer": 1,
         "extra": {"a": [1, 2]}, "keywords": ["x", "y"], "tags": [{"tag": {"id": 1}}, {"tag": {"id": 2}}]},
        {"title": "Beta", "pages": 200, "price": 12, "secret": "s2", "writer": 1},
        {"title": "Gamma", "pages": 300, "secret": "s3", "writer": 2, "tags": [{"tag": {"id": 2}}]},
        {"title": "Delta", "status": "draft", "secret": "s4"},
    ],
}  # fmt: skip
FULL = {"create": "full", "read": "full", "update": "full", "delete": "full"}
PERMISSIONS = (
    {"role": 3, "collection": "books", **FULL, "read_field_blacklist": ["secret"], "write_field_blacklist": ["price"]},
    {"role": 3, "collection": "writers", "read": "full"},
    {"role": 3, "collection": "books_tags", **FULL},
    {"role": 3, "collection": "messages", "create": "full"},
    {"role": 2, "collection": "writers", "read": "full"},
    {"role": 2, "collection": "messages", "create": "full"},
)
TOKENS = {"admin": "admin-token", "editor": "editor-token", "nobody": "nobody-token"}


@dataclass(frozen=True)
class Shop:
    """The shop as its clients see it."""

    client: FlaskClient

    def send(self, method: str, path: str, body: Any = None, as_: str = "admin", **more: Any) -> Any:
        """A request in the name of somebody (or the public)."""
        headers = {"Authorization": f"Bearer {TOKENS[as_]}"} if as_ in TOKENS else {}
        headers.update(more.pop("headers", {}))
        return self.client.open(f"/shop{path}", method=method, json=body, headers=headers, **more)

    def post(self, path: str, body: Any) -> None:
        """An administrator's write, which must succeed."""
        answer = self.send("POST", path, body)
        assert answer.status_code in (200, 204), answer.get_data(as_text=True)

    def ask(self, query: str, variables: Any = None, as_: str = "admin") -> Any:
        """The whole answer to a document."""
        answer = self.send("POST", "/gql", {"query": query, "variables": variables}, as_)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()

    def data(self, query: str, variables: Any = None, as_: str = "admin") -> Any:
        """The data of an answer without errors."""
        answer = self.ask(query, variables, as_)
        assert "errors" not in answer, answer
        return answer["data"]

    def error(self, query: str, variables: Any = None, as_: str = "admin") -> Any:
        """The only error of an answer."""
        (error,) = self.ask(query, variables, as_)["errors"]
        return error

    def cost(self, query: str) -> list[str]:
        """The statements a document takes once everything is warm."""
        self.data(query)
        with trace.observe() as seen:
            self.data(query)
        return [statement.sql for statement in seen.statements]


Send = Callable[[str, Any], None]


def fill(post: Send) -> None:
    """Makes the shop through the API: ``post`` sends a body to a path."""
    for name, fields in COLLECTIONS.items():
        post("/collections", {"collection": name, "fields": fields})
    columns = ("collection_many", "field_many", "collection_one", "field_one", "junction_field")
    for relation in RELATIONS:
        post("/relations", dict(zip(columns, relation, strict=True)))
    for name, rows in ROWS.items():
        post(f"/items/{name}", rows)
    post("/roles", {"name": "Editor"})
    post("/roles", {"name": "Nobody"})
    for role, name in ((3, "editor"), (4, "nobody")):
        user = {"email": f"{name}@example.com", "password": "secret", "role": role, "status": "active"}
        post("/users", {**user, "token": TOKENS[name], "first_name": name.title()})
    for row in PERMISSIONS:
        post("/permissions", row)


def fill_over(base: str) -> None:
    """Makes the shop on a running server."""

    def post(path: str, body: Any) -> None:
        answer = httpx.post(base + path, json=body, headers={"Authorization": f"Bearer {TOKENS['admin']}"})
        assert answer.status_code in (200, 204), answer.text

    fill(post)


Make = Callable[..., Shop]


@pytest.fixture(scope="module")
def make(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Makes shops on each database; settings as lines of the project's [graphql] table."""
    with ExitStack() as stack:

        def shop(*settings: str) -> Shop:
            home, config = tmp_path_factory.mktemp("home"), "\n".join(["[graphql]", *settings])
            app = stack.enter_context(served(module_vendor, home, "shop", TOKENS["admin"], config))
            made = Shop(app.test_client())
            fill(made.post)
            return made

        yield shop


@pytest.fixture(scope="module")
def original(make: Make) -> Shop:
    """GraphQL as the original has it."""
    return make()


@pytest.fixture(scope="module")
def shop(make: Make) -> Shop:
    """All of it."""
    return make("extended = true")
