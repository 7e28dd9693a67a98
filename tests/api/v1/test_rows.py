"""Rows and tables through the v1.1 API, also beside v8."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from .conftest import TOKEN, Call, calling

COUNTS = {"Delete": 1, "Active": 1, "Draft": 1, "total_entries": 3}


def titles(document: Any) -> list[str]:
    return [row["title"] for row in document["data"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Alpha"]),
        ({"status": "1,2"}, ["Alpha", "Beta"]),
        ({"status": "0"}, ["Gamma"]),
        ({"status": "0,1,2", "filters[title][like]": "l%a"}, []),
        ({"status": "0,1,2", "filters[title][like]": "%l%a"}, ["Alpha"]),
        ({"status": "0,1,2", "filters[title][in]": "Beta,Gamma"}, ["Beta", "Gamma"]),
        ({"status": "0,1,2", "filters[budget][empty]": "1", "order[title]": "DESC"}, ["Gamma", "Beta", "Alpha"]),
        ({"status": "0,1,2", "filters[title]": "Beta", "filters[id][eq]": "1", "filters[id][logical]": "or"},
         ["Alpha", "Beta"]),
        ({"status": "0,1,2", "ids": "3"}, ["Gamma"]),
        ({"status": "0,1,2", "limit": "1", "offset": "1"}, ["Beta"]),
    ],
)  # fmt: skip
def test_what_a_list_shows(kept: FlaskClient, query: dict[str, str], found: list[str]) -> None:
    document = calling(kept)("GET", "/tables/projects/rows", query_string=query)
    assert titles(document) == found
    assert document["meta"] == {"table": "projects", "type": "collection", "total": len(found), **COUNTS}


def test_missing_numbers_are_null(kept: FlaskClient) -> None:
    assert calling(kept)("GET", "/tables/projects/rows/1")["data"] == {
        "id": 1, "status": 1, "title": "Alpha", "budget": None,
    }  # fmt: skip


def test_forms_count_with_put(projects: Call) -> None:
    document = projects("PUT", "/tables/projects/rows/2", data={"title": "Changed"})
    assert document["data"]["title"] == "Changed"


def test_bulk_is_all_or_nothing(projects: Call) -> None:
    rows = [{"id": 1, "title": "x"}, {"id": 99, "title": "y"}]
    projects("PUT", "/tables/projects/rows/bulk", 404, json={"rows": rows})
    assert titles(projects("GET", "/tables/projects/rows")) == ["Alpha"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/tables/projects/rows?filters[nothing]=1", None, 4),
        ("GET", "/tables/projects/rows?filters[a.b.c]=1", None, 4),
        ("GET", "/tables/directus_folders/rows", None, 404),
        ("POST", "/tables/projects/rows", [1], 4),
        ("POST", "/tables/projects/rows/bulk", {"rows": [1]}, 4),
        ("POST", "/tables/projects/columns", {"column_name": "x", "data_type": "NOPE"}, 4),
        ("POST", "/tables", {"name": ["x"]}, 4),
        ("POST", "/random", {"length": "many"}, 4),
        ("POST", "/hash", {"string": "x", "hasher": "nope"}, 4),
    ],
)
def test_wrong_requests_are_the_clients_fault(
    kept: FlaskClient, method: str, path: str, body: Any, status: int
) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    response = kept.open(f"/demo/api/1.1{path}", method=method, json=body, headers=headers)
    assert str(response.status_code).startswith(str(status)), response.text
    assert response.get_json()["success"] is False


def test_strangers_see_nothing(kept: FlaskClient) -> None:
    bad = kept.get("/demo/api/1.1/tables", headers={"Authorization": "Bearer nonsense"})
    assert bad.status_code == 401
    assert kept.get("/demo/api/1.1/tables").get_json()["data"] == []
    assert kept.get("/demo/api/1.1/tables/projects/rows").status_code == 403
    assert kept.post("/demo/api/1.1/tables", json={"name": "mine"}).status_code == 403


def test_the_default_project_needs_no_name(kept: FlaskClient) -> None:
    assert titles(calling(kept)("GET", "/tables/projects/rows/", base="/api/1.1")) == ["Alpha"]


def test_tokens(http: FlaskClient) -> None:
    path = "/demo/api/1.1/auth/request-token"
    given = {"email": "admin@example.com", "password": "password"}
    assert http.post(path, data=given).get_json() == {"success": True, "data": {"token": TOKEN}}
    wrong = http.post(path, json={**given, "password": "wrong"})
    assert wrong.get_json() == {"success": False, "error": {"message": "Incorrect email or password"}}


def test_v8_and_v1_see_the_same(http: FlaskClient, projects: Call) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    item = http.get("/demo/items/projects/2", headers=headers).get_json()["data"]
    assert item["title"] == "Beta"
    assert http.patch("/demo/items/projects/1", json={"title": "Eight"}, headers=headers).status_code == 200
    assert titles(projects("GET", "/tables/projects/rows")) == ["Eight"]
    log = projects("GET", "/tables/projects/rows/1/revisions")["data"]
    assert [entry["action"] for entry in log] == ["UPDATE", "ADD"]
    revisions = http.get("/demo/items/projects/1/revisions", headers=headers).get_json()["data"]
    assert len(revisions) == 2
