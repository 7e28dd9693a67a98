"""Kept answers and tags: never stale, never somebody else's."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from directus8.db import trace

from .conftest import ADMIN, Serve, notes

LIST = "/demo/items/notes?fields=id,title"


@pytest.fixture(params=["keeping", "stamps", "content"])
def client(request: pytest.FixtureRequest, serve: Serve) -> FlaskClient:
    keeping = {"CACHE_ENABLED": "true"} if request.param == "keeping" else {"CACHE_ETAGS": request.param}
    client = serve(**keeping)
    notes(client)
    return client


def asked(client: FlaskClient, path: str, **headers: str) -> tuple[int, bytes, str, int]:
    """Status, body, tag and number of statements."""
    with trace.observe() as seen:
        response = client.get(path, headers={**ADMIN, **headers})
    return response.status_code, response.data, response.headers.get("ETag", ""), len(seen)


def statements(client: FlaskClient, path: str, tag: str = "") -> int:
    given = {"If-None-Match": tag} if tag else {}
    response = client.get(path, headers={**ADMIN, **given})
    return (
        int(response.headers["Server-Timing"].split('desc="')[1].split('"')[0])
        if "desc=" in response.headers["Server-Timing"]
        else 0
    )


def test_a_tag_spares_the_body_until_something_changes(client: FlaskClient) -> None:
    tag = asked(client, LIST)[2]
    for _ in range(3):
        assert asked(client, LIST, **{"If-None-Match": tag})[:3] == (304, b"", tag)
    assert client.post("/demo/items/notes", json={"title": "second"}, headers=ADMIN).status_code == 200
    status, body, changed, _ = asked(client, LIST, **{"If-None-Match": tag})
    assert status == 200 and b"second" in body and changed != tag


def test_every_kind_of_change_is_seen(client: FlaskClient) -> None:
    def title() -> str:
        return str([asked(client, "/demo/items/notes/1?fields=title")[1] for _ in range(3)][-1])

    assert "first" in title()
    client.patch("/demo/items/notes/1", json={"title": "changed"}, headers=ADMIN)
    assert "changed" in title()
    client.delete("/demo/items/notes/1", headers=ADMIN)
    assert "not found" in title()


def test_history_is_seen_too(client: FlaskClient) -> None:
    path = "/demo/activity?fields=id&sort=-id&limit=1"
    before = [asked(client, path)[1] for _ in range(3)][-1]
    client.post("/demo/items/notes", json={"title": "x"}, headers=ADMIN)
    assert asked(client, path)[1] != before


def test_nobody_gets_what_is_not_his(client: FlaskClient) -> None:
    tag = [asked(client, LIST)[2] for _ in range(3)][-1]
    for headers in ({}, {"If-None-Match": tag}, {"Authorization": "Bearer nonsense", "If-None-Match": tag}):
        assert client.get(LIST, headers=headers).status_code == 401
    rule = {"role": 2, "collection": "notes", "read": "full"}
    assert client.post("/demo/permissions", json=rule, headers=ADMIN).status_code == 200
    assert client.get(LIST).json["public"] is True
    assert "public" not in client.get(LIST, headers=ADMIN).json


def test_rights_that_are_taken_are_gone(client: FlaskClient) -> None:
    rule = {"role": 2, "collection": "notes", "read": "full"}
    made = client.post("/demo/permissions", json=rule, headers=ADMIN).json["data"]["id"]
    tags = [client.get(LIST).headers["ETag"] for _ in range(3)]
    assert client.delete(f"/demo/permissions/{made}", headers=ADMIN).status_code == 204
    assert client.get(LIST, headers={"If-None-Match": tags[-1]}).status_code == 401


def test_what_changes_by_itself_is_not_kept(serve: Serve) -> None:
    client = serve(CACHE_ENABLED="true")
    notes(client)
    for path in (f"{LIST}&sort=?", f"{LIST}&sort=%3F", f"{LIST}&filter[title]=now"):
        assert [statements(client, path) > 0 for _ in range(4)] == [True] * 4


def test_kept_answers_ask_nothing(serve: Serve) -> None:
    client = serve(CACHE_ENABLED="true")
    notes(client)
    assert [statements(client, LIST) for _ in range(4)][2:] == [0, 0]
    assert statements(client, f"{LIST}&refresh_cache=1") > 0


def test_tags_by_stamps_ask_nothing(serve: Serve) -> None:
    client = serve()
    notes(client)
    tag = client.get(LIST, headers=ADMIN).headers["ETag"]
    assert [statements(client, LIST, tag) for _ in range(4)][2:] == [0, 0]
    assert statements(client, LIST) > 0  # without a tag the database is asked


def test_errors_and_writes_have_no_tag(client: FlaskClient) -> None:
    assert "ETag" not in client.get("/demo/items/notes/99", headers=ADMIN).headers
    assert "ETag" not in client.post("/demo/items/notes", json={"title": "x"}, headers=ADMIN).headers


def test_tags_switched_off(serve: Serve) -> None:
    client = serve(CACHE_ETAGS="off")
    notes(client)
    assert "ETag" not in client.get(LIST, headers=ADMIN).headers
