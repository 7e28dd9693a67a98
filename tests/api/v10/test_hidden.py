"""A field that is hidden in items of some status is not found out by filters, orders, groups or searches."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.v10.conftest import TOKENS, Blog

STATUSES = {"published": {"name": "P"}, "draft": {"name": "D"}}
KEY = {"field": "id", "type": "integer", "datatype": "INT", "length": 11, "primary_key": True, "auto_increment": True}
FIELDS = [
    KEY,
    {"field": "status", "type": "status", "datatype": "VARCHAR", "length": 20,
     "options": {"status_mapping": STATUSES}},
    {"field": "note", "type": "string", "datatype": "VARCHAR", "length": 60},
]  # fmt: skip


def _v8(blog: Blog, path: str, body: Any) -> Any:
    headers = {"Authorization": f"Bearer {TOKENS['admin']}"}
    answer = blog.client.post(f"/blog{path}", json=body, headers=headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()["data"]


@pytest.fixture(scope="module")
def notes(blog: Blog) -> Blog:
    """Two notes of which the editor may read one."""
    _v8(blog, "/collections", {"collection": "notes", "fields": FIELDS})
    _v8(blog, "/items/notes", [{"status": "published", "note": "seen"}, {"status": "draft", "note": "unseen"}])
    role = next(r["id"] for r in blog.get("/roles") if r["name"] == "Editor")
    for status, hidden in (("published", []), ("draft", ["note"])):
        row = {"collection": "notes", "role": role, "status": status, "read": "full", "read_field_blacklist": hidden}
        _v8(blog, "/permissions", row)
    return blog


@pytest.mark.parametrize(
    "filter",
    ['{"note":{"_contains":"seen"}}', '{"note":{"_nnull":true}}', '{"_or":[{"note":"unseen"},{"note":"seen"}]}'],
)
def test_filters_look_only_where_the_field_may_be_read(notes: Blog, filter: str) -> None:
    assert [item["id"] for item in notes.get("/items/notes", "editor", filter=filter)] == [1]
    assert len(notes.get("/items/notes", filter=filter)) == 2


def test_searches_leave_the_field_out(notes: Blog) -> None:
    assert notes.get("/items/notes", "editor", search="unseen") == []
    assert len(notes.get("/items/notes", search="unseen")) == 1


@pytest.mark.parametrize(
    "query", [{"sort": "note"}, {"groupBy": "note"}, {"aggregate": '{"max":["note"]}'}, {"aggregate[count]": "note"}]
)
def test_orders_and_groups_are_refused(notes: Blog, query: dict[str, str]) -> None:
    answer = notes.send("GET", "/items/notes", as_="editor", query_string=query)
    assert answer.get_json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.fixture(scope="module")
def shelves(blog: Blog) -> Blog:
    """Two shelves: of the three books on the second the editor may read one."""
    _v8(blog, "/collections", {"collection": "shelves", "fields": [KEY, {"field": "books", "type": "o2m"}]})
    books = [KEY, FIELDS[1], {"field": "shelf", "type": "m2o", "datatype": "INT", "length": 11}]
    _v8(blog, "/collections", {"collection": "shelved", "fields": books})
    relation = {"collection_many": "shelved", "field_many": "shelf", "collection_one": "shelves", "field_one": "books"}
    _v8(blog, "/relations", relation)
    _v8(blog, "/items/shelves", [{"books": []}, {"books": []}])
    rows = ((1, "published"), (1, "published"), (2, "draft"), (2, "draft"), (2, "published"))
    _v8(blog, "/items/shelved", [{"shelf": shelf, "status": status} for shelf, status in rows])
    role = next(r["id"] for r in blog.get("/roles") if r["name"] == "Editor")
    _v8(blog, "/permissions", {"collection": "shelves", "role": role, "read": "full"})
    _v8(blog, "/permissions", {"collection": "shelved", "role": role, "status": "published", "read": "full"})
    return blog


def test_counts_are_of_what_may_be_read(shelves: Blog) -> None:
    """In fields, filters and orders."""
    for who, count in (("admin", 3), ("editor", 1)):
        told = shelves.get("/items/shelves", who, fields="count(books)", sort="id")
        assert [item["books_count"] for item in told] == [2, count]
        many = shelves.get("/items/shelves", who, filter='{"count(books)":{"_gte":2}}', fields="id", sort="id")
        assert [item["id"] for item in many] == ([1, 2] if count == 3 else [1])
        order = shelves.get("/items/shelves", who, sort="-count(books)", fields="id")
        assert [item["id"] for item in order] == ([2, 1] if count == 3 else [1, 2])


def test_functions_are_for_what_they_make_sense_of(shelves: Blog) -> None:
    for filter in ('{"count(id)":{"_eq":1}}', '{"year(status)":{"_eq":1}}', '{"year(books)":{"_eq":1}}'):
        answer = shelves.send("GET", "/items/shelved", as_="admin", query_string={"filter": filter})
        assert answer.status_code == 400, answer.get_data(as_text=True)
