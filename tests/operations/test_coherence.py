"""Two processes that serve the same project: what one changes, the other knows in the very next request."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.operations.conftest import Caller, Place, Served, serving

TIMES = int(os.environ.get("DIRECTUS8_ROUNDS", "40"))  # 200 by hand
KEY = {"type": "integer", "datatype": "INT", "primary_key": True, "auto_increment": True}
THINGS = {
    "collection": "things",
    "fields": [
        {"field": "id", **KEY},
        {"field": "name", "type": "string", "datatype": "VARCHAR", "length": 50},
    ],
}


@pytest.fixture(scope="module")
def pair(place: Place) -> Iterator[tuple[Served, Served]]:
    """Two servers of one worker each, over the same installation, with ten things."""
    with serving(place, 1) as one, serving(place, 1) as other:
        one.admin.ask("POST", "/collections", THINGS)
        other.admin.ask("POST", "/items/things", [{"name": f"Thing {n}"} for n in range(10)])
        yield one, other


def _turns(pair: tuple[Served, Served], times: int = TIMES) -> Iterator[tuple[int, Served, Served]]:
    """Who changes, who looks: each in turn."""
    for number in range(times):
        yield (number, *(pair if number % 2 else pair[::-1]))


def test_a_field_is_there_and_gone(pair: tuple[Served, Served]) -> None:
    for number, writer, reader in _turns(pair):
        name = f"field_{number}"
        field = {"field": name, "type": "string", "datatype": "VARCHAR", "length": 20}
        writer.admin.ask("POST", "/fields/things", field)
        changed = reader.admin.ask("PATCH", f"/items/things/1?fields={name}", {name: str(number)})
        assert changed == {"data": {name: str(number)}}
        assert writer.admin.get(f"/items/things/1?fields={name}") == {"data": {name: str(number)}}
        reader.admin.ask("DELETE", f"/fields/things/{name}", status=204)
        gone = writer.admin.get(f"/items/things?fields={name}", status=422)
        assert gone["error"]["code"] == 202


def _make_rule(admin: Caller) -> str:
    made: dict[str, Any] = admin.ask("POST", "/permissions", {"role": 2, "collection": "things", "read": "none"})
    return f"/permissions/{made['data']['id']}"


def test_a_permission_is_given_and_taken(pair: tuple[Served, Served]) -> None:
    rule = _make_rule(pair[0].admin)
    for _, writer, reader in _turns(pair):
        writer.admin.ask("PATCH", rule, {"read": "full"})
        assert len(reader.public.get("/items/things")["data"]) == 10
        writer.admin.ask("PATCH", rule, {"read": "none"})
        assert reader.public.get("/items/things", status=401)["error"]["code"] == 3


def test_a_setting_counts_at_once(pair: tuple[Served, Served]) -> None:
    (setting,) = pair[0].admin.get("/settings?filter[key]=default_limit")["data"]
    for number, writer, reader in _turns(pair):
        limit = number % 9 + 1
        writer.admin.ask("PATCH", f"/settings/{setting['id']}", {"value": str(limit)})
        assert len(reader.admin.get("/items/things")["data"]) == limit


def test_a_user_is_shut_out_at_once(pair: tuple[Served, Served]) -> None:
    user = {"email": "u@example.com", "password": "x", "role": 1, "status": "active", "token": "another"}
    path = f"/users/{pair[0].admin.ask('POST', '/users', user)['data']['id']}"
    for _, writer, reader in _turns(pair, 50):
        caller = Caller(reader.http, token="another")
        assert caller.get("/users/me?fields=email")["data"]["email"] == user["email"]
        writer.admin.ask("PATCH", path, {"status": "suspended"})
        caller.get("/users/me", status=401)
        writer.admin.ask("PATCH", path, {"status": "active"})
