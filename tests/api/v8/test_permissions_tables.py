"""What a role may read, find and write: requests and answers in tables. On each database.

Source: permissions.md §4–6; security.md, filter-through-relation and write-blacklist-nested.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.people import EDITOR, People, people

STATUS = {
    "field": "status", "type": "status", "datatype": "varchar", "length": 20, "default_value": "draft",
    "interface": "status",
    "options": {"status_mapping": {
        "published": {"name": "Published"}, "draft": {"name": "Draft"}, "gone": {"name": "Gone", "soft_delete": True},
    }},
}  # fmt: skip
KEY = {
    "field": "id", "type": "integer", "datatype": "int", "length": 10, "primary_key": True, "auto_increment": True,
    "interface": "primary-key",
}  # fmt: skip


def text(name: str) -> dict[str, Any]:
    return {"field": name, "type": "string", "datatype": "varchar", "length": 100, "interface": "text-input"}


def number(name: str, kind: str = "integer") -> dict[str, Any]:
    return {"field": name, "type": kind, "datatype": "int", "length": 10, "interface": "numeric"}


LISTS = {"field": "books", "type": "o2m", "interface": "one-to-many"}
#: writers: the secret is hidden in drafts; the editor reads published and draft ones. books: only his own.
COLLECTIONS: dict[str, list[dict[str, Any]]] = {
    "writers": [KEY, STATUS, text("name"), text("secret"), LISTS],
    "books": [KEY, text("title"), number("writer", "m2o"), number("owner", "owner")],
}
RIGHTS: tuple[dict[str, Any], ...] = (
    {"collection": "writers", "status": "published", "create": "full", "read": "full", "update": "full"},
    {"collection": "writers", "status": "draft", "create": "full", "read": "full", "update": "full",
     "read_field_blacklist": ["secret"], "write_field_blacklist": ["secret"]},
    {"collection": "writers", "status": "gone"},
    {"collection": "books", "create": "full", "read": "mine", "update": "mine", "delete": "mine"},
)  # fmt: skip
WRITERS = (
    {"name": "Ann", "secret": "alpha", "status": "published"},
    {"name": "Bob", "secret": "bravo", "status": "draft"},
    {"name": "Cid", "secret": "charlie", "status": "gone"},
)
BOOKS = ({"title": "One", "writer": 1}, {"title": "Two", "writer": 2}, {"title": "Three", "writer": 3})


def good(folks: People, method: str, path: str, body: Any, token: str) -> Any:
    answer = folks.ask(method, path, body, token)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()["data"]


@pytest.fixture(scope="module")
def library(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """Three writers; of each a book of the administrator's, and of the first two one of the editor's."""
    with people(module_vendor, tmp_path_factory.mktemp("library")) as made:
        for name, columns in COLLECTIONS.items():
            good(made, "POST", "/collections", {"collection": name, "fields": columns}, made.admin)
        relation = {
            "collection_many": "books",
            "field_many": "writer",
            "collection_one": "writers",
            "field_one": "books",
        }
        good(made, "POST", "/relations", relation, made.admin)
        role = good(made, "GET", "/users/2?fields=role", None, made.admin)["role"]
        for right in RIGHTS:
            good(made, "POST", "/permissions", {"role": role, **right}, made.admin)
        for collection, rows in (("writers", WRITERS), ("books", BOOKS)):
            good(made, "POST", f"/items/{collection}", list(rows), made.admin)
        made.others["editor"] = made.token(EDITOR)
        for row in ({"title": "Four", "writer": 1}, {"title": "Five", "writer": 2}):
            good(made, "POST", "/items/books", row, made.others["editor"])
        yield made


#: what is asked for, the names found by the editor
FOUND: tuple[tuple[str, list[str]], ...] = (
    ("writers?", ["Ann", "Bob"]),
    ("writers?q=alpha", ["Ann"]),
    ("writers?q=bravo", []),  # hidden in drafts
    ("writers?q=charlie", []),
    ("writers?filter[secret][contains]=a", ["Ann"]),
    ("writers?filter[secret][ncontains]=x", ["Ann"]),
    ("writers?filter[secret][nnull]=1", ["Ann"]),
    ("writers?filter[name][eq]=x&filter[secret][eq]=bravo&filter[secret][logical]=or", []),
    ("writers?q=Four", ["Ann"]),
    ("writers?q=One", []),  # a book he may not read
    ("writers?filter[books.title]=Four", ["Ann"]),
    ("writers?filter[books.title]=One", []),
    ("writers?filter[books.title][neq]=One", ["Ann", "Bob"]),
    ("writers?filter[books][has]=1", ["Ann", "Bob"]),
    ("writers?filter[books][has]=2", []),  # the others are not his
    ("writers?filter[books][nhas]=2", []),
    ("writers?groups=name", ["Ann", "Bob"]),
    ("books?filter[writer.books][has]=1", ["Four", "Five"]),
    ("books?filter[writer.books][has]=2", []),
    ("books?", ["Four", "Five"]),
    ("books?filter[writer.secret]=alpha", ["Four"]),
    ("books?filter[writer.secret]=bravo", []),
    ("books?filter[writer.secret][nnull]=1", ["Four"]),
    ("books?filter[writer.name]=Bob", ["Five"]),
    ("books?filter[writer.books.title]=One", []),
    ("books?filter[writer.books.title]=Four", ["Four"]),
    ("books?filter[writer][contains]=brav", []),
    ("books?filter[title]=One&filter[id][gt]=0&filter[id][logical]=or", ["Four", "Five"]),
)


def test_nothing_hidden_is_found(library: People) -> None:
    wrong = []
    for query, expected in FOUND:
        answer = library.ask("GET", f"/items/{query}&sort=id&meta=filter_count", token=library.others["editor"])
        told = answer.get_json()
        names = [row.get("name", row.get("title")) for row in told.get("data", ())]
        counted = told.get("meta", {}).get("filter_count")
        if names != expected or (("filter" in query or "q=" in query) and counted != len(expected)):
            wrong.append((query, answer.status_code, told))
    assert not wrong, "\n".join(map(str, wrong))


#: method, path, body, status, code
REFUSED: tuple[tuple[str, str, Any, int, int], ...] = (
    ("POST", "/items/writers", {"name": "x", "secret": "s"}, 403, 305),
    ("POST", "/items/writers", {"name": "x", "secret": "s", "status": "draft"}, 403, 305),
    ("POST", "/items/writers", {"name": "x", "status": "gone"}, 403, 301),
    ("POST", "/items/books", {"title": "x", "writer": {"name": "n", "secret": "s"}}, 403, 305),
    ("POST", "/items/books", {"title": "x", "writer": {"name": "n", "status": "gone"}}, 403, 301),
    ("POST", "/items/books", {"title": "x", "writer": {"id": 2, "secret": "s"}}, 403, 305),
    ("PATCH", "/items/books/4", {"writer": {"id": 2, "secret": "s"}}, 403, 305),
    ("PATCH", "/items/writers/1", {"books": [{"id": 1, "title": "x"}]}, 403, 302),
    ("PATCH", "/items/writers/1", {"books": [{"id": 1, "$delete": True}]}, 403, 303),
    ("PATCH", "/items/books/1", {"title": "x"}, 404, 203),
    ("DELETE", "/items/books/1", None, 403, 303),
    ("DELETE", "/items/writers/1", None, 403, 303),
    ("GET", "/items/writers?sort=secret", None, 403, 215),  # hidden in drafts
    ("GET", "/items/writers?sort=name,-secret", None, 403, 215),
    ("GET", "/items/writers?groups=secret", None, 403, 215),
    ("GET", "/items/books/1", None, 404, 203),
    ("GET", "/items/writers/3", None, 404, 203),
)


def test_nothing_forbidden_is_done(library: People) -> None:
    before = library.rows("SELECT id, name, secret, status FROM writers ORDER BY id")
    wrong = []
    for method, path, body, status, code in REFUSED:
        answer = library.ask(method, path, body, library.others["editor"])
        told = answer.get_json()
        if answer.status_code != status or told["error"]["code"] != code:
            wrong.append((method, path, body, answer.status_code, told))
    assert not wrong, "\n".join(map(str, wrong))
    assert library.rows("SELECT id, name, secret, status FROM writers ORDER BY id") == before
    assert len(library.rows("SELECT id FROM books")) == 5
