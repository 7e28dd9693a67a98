"""What is written through one API is seen through the others, with activity and revisions."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient

from .conftest import TOKEN, Call

HEADERS = {"Authorization": f"Bearer {TOKEN}"}


def of(http: FlaskClient, path: str, method: str = "GET", **more: Any) -> Any:
    response = http.open(f"/demo{path}", method=method, headers=HEADERS, **more)
    assert response.status_code == 200, response.text
    return response.get_json()["data"]


def test_items_are_the_same_in_three_apis(http: FlaskClient, projects: Call) -> None:
    made = projects("POST", "/tables/projects/rows", json={"title": "One", "status": 1})["data"]["id"]
    assert of(http, f"/items/projects/{made}")["title"] == "One"
    assert of(http, f"/v10/items/projects/{made}")["title"] == "One"
    of(http, f"/items/projects/{made}", "PATCH", json={"title": "Eight"})
    assert projects("GET", f"/tables/projects/rows/{made}")["data"]["title"] == "Eight"
    of(http, f"/v10/items/projects/{made}", "PATCH", json={"title": "Ten"})
    assert projects("GET", f"/tables/projects/rows/{made}")["data"]["title"] == "Ten"

    revisions = of(http, f"/items/projects/{made}/revisions")
    assert [each["data"]["title"] for each in revisions] == ["One", "Eight", "Ten"]
    of_v10 = of(http, f"/v10/revisions?filter[item][_eq]={made}&filter[collection][_eq]=projects&sort=id")
    assert [each["data"]["title"] for each in of_v10] == ["One", "Eight", "Ten"]
    log = projects("GET", f"/activity?filters[table_name]=projects&filters[row_id]={made}")["data"]
    assert [(each["action"], each["identifier"]) for each in log] == [
        ("UPDATE", "Ten"), ("UPDATE", "Eight"), ("ADD", "One"),
    ]  # fmt: skip


def test_times_are_those_of_the_callers_clock(http: FlaskClient, projects: Call) -> None:
    of(http, "/users/1", "PATCH", json={"timezone": "Asia/Tokyo"})
    stored = of(http, "/activity?limit=1&sort=-id")[0]["action_on"]
    told = projects("GET", "/activity?limit=1")["data"][0]["datetime"]
    assert told.endswith("+09:00") and datetime.fromisoformat(told) == datetime.fromisoformat(f"{stored}+00:00")
    sent = projects("POST", "/messages/rows", json={"subject": "S", "message": "M", "recipients": "0_1"})["data"]
    assert sent["datetime"].endswith("+09:00") and sent["date_updated"].endswith("+09:00")
    of(http, "/users/1", "PATCH", json={"timezone": "Nowhere/Land"})
    assert projects("GET", "/activity?limit=1")["data"][0]["datetime"].endswith("+00:00")


def test_the_log_lists_what_was_done_for_its_own_sake(http: FlaskClient, projects: Call) -> None:
    projects("POST", "/tables", json={"name": "tasks"})
    for column in ({"column_name": "project", "data_type": "INT", "ui": "numeric"},
                   {"column_name": "name", "data_type": "VARCHAR", "length": 20, "ui": "text_input"}):  # fmt: skip
        projects("POST", "/tables/tasks/columns", json=column)
    of(http, "/fields/projects", "POST", json={"field": "tasks", "type": "o2m", "interface": "one-to-many"})
    relation = {"collection_many": "tasks", "field_many": "project", "collection_one": "projects", "field_one": "tasks"}
    of(http, "/relations", "POST", json=relation)
    made = of(
        http, "/items/projects", "POST", json={"title": "Parent", "status": 1, "tasks": [{"name": "a"}, {"name": "b"}]}
    )["id"]
    of(http, "/items/tasks", "POST", json={"project": made})
    assert [row["item"] for row in of(http, "/activity?filter[collection]=tasks")] == ["1", "2", "3"]
    told = projects("GET", "/activity?filters[table_name]=tasks")["data"]
    assert [(row["row_id"], row["parent_table"]) for row in told] == [(3, None)]


def test_people_files_and_presets_are_the_same(http: FlaskClient, projects: Call) -> None:
    given = {"email": "ann@example.com", "first_name": "Ann", "password": "secret", "position": "Boss", "phone": "1"}
    ann = projects("POST", "/users", json={**given, "location": "Bonn"})["data"]
    told = of(http, f"/users/{ann['id']}")
    assert (told["title"], told["status"]) == ("Boss", "active")
    assert of(http, f"/v10/users/{ann['id']}?fields=location")["location"] == "Bonn"
    assert ann["phone"] == "1"
    assert projects("DELETE", f"/users/{ann['id']}")["data"]["status"] == 0

    file = projects("POST", "/files", json={"name": "a.txt", "data": "bm90aGluZw==", "tags": "x,y"})["data"]
    assert of(http, f"/files/{file['id']}")["tags"] == ["x", "y"]
    led = http.get(f"/demo{file['url']}", headers=HEADERS)
    assert led.status_code == 302
    assert http.get(led.headers["Location"]).data == b"nothing"

    projects("POST", "/bookmarks", json={"title": "Mine", "table_name": "projects", "sort": "title", "status": "1"})
    preset = next(p for p in of(http, "/collection_presets") if p["title"] == "Mine")
    assert preset["view_query"]["tabular"]["sort"] == "title"
    assert projects("GET", "/bookmarks/Mine/preferences")["data"]["status"] == "1"


def test_uploads_become_files(http: FlaskClient, call: Call) -> None:
    form = {"file": (BytesIO(b"some text"), "a.txt")}
    taken = http.post("/demo/api/1.1/upload", data=form, headers=HEADERS).get_json()[0]
    made = call("POST", "/files", json=taken)["data"]
    assert (made["title"], made["size"], made["charset"]) == ("A", 9, "us-ascii")
    call("POST", "/files", 422, json=taken)


def test_members_see_what_their_group_may(http: FlaskClient, projects: Call) -> None:
    group = projects("POST", "/groups", json={"name": "Manager"})["data"]["id"]
    given = {"email": "mia@example.com", "password": "secret", "group": group, "token": "mia-token"}
    mia = projects("POST", "/users", json=given)["data"]["id"]
    mine = {"Authorization": "Bearer mia-token"}
    rows = http.get("/demo/api/1.1/tables/directus_users/rows", headers=mine).get_json()["data"]
    assert [row["id"] for row in rows] == [mia]
    assert "token" not in rows[0]
    found = http.get("/demo/api/1.1/users?filters[token]=admin-token", headers=mine)
    assert found.status_code == 422
    for path in ("/tables/projects/rows", "/settings", f"/privileges/{group}", "/messages/user/1"):
        assert http.get(f"/demo/api/1.1{path}", headers=mine).status_code == 403
    promoted = http.put("/demo/api/1.1/users/me", json={"group": 1}, headers=mine)
    assert promoted.status_code == 403
