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
