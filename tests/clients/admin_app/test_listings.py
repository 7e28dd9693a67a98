"""Listings: preferences, pages of rows, bookmarks, deleting."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.admin_app.conftest import App, P

META = "meta=total_count,result_count,filter_count"


def preferences(app: App, collection: str) -> dict[str, Any]:
    """What the app asks for before each listing; the row that counts."""
    user = app.get(f"{P}/users/me?fields=*.*")
    common = f"filter[collection][eq]={collection}&filter[title][null]=1&limit=1&sort=-id"
    found: dict[str, Any] = {}
    for whose in (
        "filter[role][null]=1&filter[user][null]=1",
        f"filter[role][eq]={user['role']['id']}&filter[user][null]=1",
        f"filter[user][eq]={user['id']}",
    ):
        found = next(iter(app.get(f"{P}/collection_presets?{common}&{whose}")), found)
    return found


@pytest.mark.parametrize(
    ("collection", "view"),
    [("activity", "timeline"), ("files", "cards"), ("users", "cards"), ("webhooks", "tabular")],
)
def test_the_preferences_of_a_fresh_project(editor: App, collection: str, view: str) -> None:
    row = preferences(editor, f"directus_{collection}")
    assert (row["view_type"], row["user"], row["role"], row["title"]) == (view, None, None, None)
    assert all(type(row[key]) in (dict, type(None)) for key in ("view_query", "view_options"))


def test_changed_preferences(app: App) -> None:
    made = app.post(
        f"{P}/collection_presets",
        {"collection": "tags", "user": 1, "view_query": {"tabular": {"sort": "-id"}}, "title": None, "role": None},
    )
    assert type(made["id"]) is int and made["user"] == 1
    for change in (
        {"search_query": "blue"},
        {"filters": [{"field": "name", "operator": "contains", "value": "b"}]},
        {"view_type": "tabular"},
        {"view_options": {"tabular": {"widths": {"id": 200}}}},
        {"search_query": None},
    ):
        app.ask("PATCH", f"{P}/collection_presets/{made['id']}", change)
    row = preferences(app, "tags")
    assert row["id"] == made["id"]
    assert row["view_query"] == {"tabular": {"sort": "-id"}}
    assert row["filters"] == [{"field": "name", "operator": "contains", "value": "b"}]
    assert row["view_options"] == {"tabular": {"widths": {"id": 200}}}
    assert row["search_query"] is None


def test_bookmarks(app: App) -> None:
    assert {"id", "name"} <= app.get(f"{P}/roles")[0].keys()
    kept: dict[str, Any] = {
        "search_query": None,
        "filters": [],
        "view_type": "tabular",
        "view_query": {"tabular": {"sort": "id"}},
    }
    made = app.post(f"{P}/collection_presets", {"title": "Mine", "user": 1, "collection": "authors", **kept})
    assert kept.items() <= made.items()
    assert (made["view_options"], made["role"]) == (None, None)
    (row,) = app.get(f"{P}/collection_presets?filter[title][nnull]=1&filter[user][eq]=1")
    assert row == made
    wanted = "filter[user][eq]=1&filter[title][null]=1&filter[collection][eq]=authors&fields=id"
    assert app.get(f"{P}/collection_presets?{wanted}") == []
    app.ask("DELETE", f"{P}/collection_presets/{made['id']}")
    assert app.get(f"{P}/collection_presets?filter[title][nnull]=1&filter[user][eq]=1") == []


def test_rows_page_by_page(app: App) -> None:
    author = app.post(f"{P}/items/authors", {"name": "Listed"})["id"]
    for number in range(3):
        app.post(f"{P}/items/books", {"name": f"Listed {number}", "author": str(author), "status": "published"})
    mine = f"filter[author][eq]={author}"
    first = app.ask("GET", f"{P}/items/books?{META}&limit=2&offset=0&fields=*.*&{mine}")
    assert first["meta"]["result_count"] == 2
    assert first["meta"]["filter_count"] == 3
    assert first["meta"]["total_count"] >= 3
    for row in first["data"]:
        assert type(row["id"]) is int
        assert row["author"]["name"] == "Listed"
        assert row["owner"]["id"] == 1
        assert row["status"] == "published"
        assert row["created_on"][10:11] == "T"
    second = app.ask(
        "GET", f"{P}/items/books?{META}&limit=2&offset=2&fields=name.*,author.*,owner.*,id&sort=-name&{mine}"
    )
    (row,) = second["data"]
    assert row["name"] == "Listed 0" and row["author"]["name"] == "Listed" and row["owner"]["id"] == 1
    found = app.ask("GET", f"{P}/items/books?{META}&limit=200&offset=0&fields=*.*&q=Listed 1")
    assert [row["name"] for row in found["data"]] == ["Listed 1"]


@pytest.mark.parametrize(
    ("operator", "value", "numbers"),
    [
        ("eq", "F1", [1]), ("neq", "F1", [0, 2]), ("lt", "F1", [0]), ("lte", "F1", [0, 1]), ("gt", "F1", [2]),
        ("gte", "F1", [1, 2]), ("in", "F0,F2", [0, 2]), ("nin", "F0,F2", [1]), ("null", "", []),
        ("nnull", "", [0, 1, 2]), ("contains", "1", [1]), ("ncontains", "1", [0, 2]), ("empty", "", []),
        ("nempty", "", [0, 1, 2]), ("between", "F1,F2", [1, 2]),
    ],
)  # fmt: skip
def test_every_filter_of_the_sidebar(app: App, operator: str, value: str, numbers: list[int]) -> None:
    if not app.get(f"{P}/items/tags?filter[name][rlike]=F%25&limit=1"):
        for number in range(3):
            app.post(f"{P}/items/tags", {"name": f"F{number}", "status": "published"})
    query = f"{META}&limit=200&offset=0&fields=*.*&filter[name][{operator}]={value}&sort=name"
    rows = app.get(f"{P}/items/tags?{query}")
    assert [row["name"] for row in rows if row["name"].startswith("F")] == [f"F{number}" for number in numbers]


def test_values_that_the_app_has_not(app: App) -> None:
    assert type(app.get(f"{P}/items/tags?limit=undefined&offset=NaN&fields=*.*")) is list


def test_filters_of_to_many_fields(app: App) -> None:
    author = app.post(f"{P}/items/authors", {"name": "Has one", "books": [{"name": "One"}]})["id"]
    found = app.get(f"{P}/items/authors?filter[books][has]=1&fields=id&limit=200")
    assert {"id": author} in found
    assert type(app.get(f"{P}/items/authors?filter[books][nhas]=1&fields=id&limit=200")) is list


def test_deleting_rows(app: App) -> None:
    one, two, three = (app.post(f"{P}/items/tags", {"name": "Gone"})["id"] for _ in range(3))
    assert app.send("DELETE", f"{P}/items/tags/{one},{two}").status_code == 204
    answer = app.send(
        "PATCH", f"{P}/items/tags/{three},{app.post(f'{P}/items/tags', {'name': 'Gone'})['id']}", {"status": "deleted"}
    )
    assert (answer.status_code, answer.data) == (204, b"")
    assert app.get(f"{P}/items/tags?filter[name][eq]=Gone") == []


def test_dragging_rows(app: App) -> None:
    keys = [app.post(f"{P}/items/tags", {"name": f"Drag {number}"})["id"] for number in range(2)]
    app.ask("PATCH", f"{P}/items/tags", [{"id": keys[0], "sort": 2}, {"id": keys[1], "sort": 1}])
    rows = app.get(f"{P}/items/tags?filter[name][contains]=Drag&sort=sort&fields=id")
    assert [row["id"] for row in rows] == keys[::-1]


def test_the_calendar(app: App) -> None:
    app.post(f"{P}/items/tags", {"name": "Dated"})
    query = "fields=*.*.*&filter[created_on][between]=2020-1-1 0:0:0,2099-12-31 23:59:59&filter[name][eq]=Dated"
    assert app.get(f"{P}/items/tags?{query}")


def test_other_listings(app: App) -> None:
    app.upload()
    for path, query in (
        ("users", "fields=*.*"), ("files", "fields=*.*&sort=-id"), ("activity", "fields=id,action,action_on,action_by.*&sort=-action_on"),
        ("webhooks", "fields=*.*"),
    ):  # fmt: skip
        answer = app.ask("GET", f"{P}/{path}?{META}&limit=200&offset=0&{query}")
        assert answer["meta"]["result_count"] == len(answer["data"])
        assert all("id" in row for row in answer["data"])
    (file, *_) = app.get(f"{P}/files?{META}&limit=200&offset=0&fields=*.*&sort=-id")
    assert file["uploaded_by"]["id"] == 1
    assert file["data"]["thumbnails"]


def test_the_user_under_the_mouse(app: App) -> None:
    query = "fields[0]=avatar.data.thumbnails&fields[1]=first_name&fields[2]=last_name&fields[3]=title&fields[4]=company&fields[5]=role.name"
    user = app.get(f"{P}/users/2?{query}")
    assert user["role"] == {"name": "Editor"}
    assert user["first_name"] == "Ed"
