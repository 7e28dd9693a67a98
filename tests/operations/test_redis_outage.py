"""Redis that is killed and comes back empty: clear errors meanwhile, nothing stale and nothing half-done afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.operations import private
from tests.operations.conftest import Place, Served, serving
from tests.operations.test_coherence import THINGS

LOGIN = {"email": "admin@example.com", "password": "demo"}


@dataclass(frozen=True)
class Shared:
    """Two servers that know of each other by redis only."""

    redis: private.Private
    one: Served
    other: Served

    def lose(self) -> None:
        """It comes back at once, with nothing in it."""
        self.redis.kill()
        self.redis.start()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """Ten things, and a redis of the test's own."""
    with private.redis(tmp_path_factory.mktemp("redis")) as redis:
        place = Place(tmp_path_factory.mktemp("home"), {"DIRECTUS8_CACHE_STAMPS_URL": redis.url})
        login = ("--email", "admin@example.com", "--password", "demo", "--token", "token")
        place.directus8("project", "create", "demo", *login)
        with serving(place, 1) as one, serving(place, 1) as other:
            one.admin.ask("POST", "/collections", THINGS)
            one.admin.ask("POST", "/items/things", [{"name": f"Thing {n}"} for n in range(10)])
            yield Shared(redis, one, other)


def test_what_was_remembered_is_no_longer_believed(shared: Shared) -> None:
    """Stamps begin anew with redis: what looks the same as before is not."""
    admin, reader = shared.one.admin, shared.other.admin
    (setting,) = admin.get("/settings?filter[key]=default_limit")["data"]
    for limit in range(1, 5):
        shared.lose()
        reader.get("/items/things")
        admin.ask("PATCH", f"/settings/{setting['id']}", {"value": str(limit)})
        shared.lose()
        assert len(reader.get("/items/things")["data"]) == limit


def test_nothing_is_done_without_it(shared: Shared) -> None:
    """Other hosts could not be told: an error at once, and all is well as soon as it is back."""
    admin, public = shared.one.admin, shared.one.public
    before = admin.get("/items/things?limit=-1&fields=id")["data"]
    shared.redis.kill()
    try:
        for method, path, body in (
            ("GET", "/items/things", None),
            ("POST", "/items/things", {"name": "lost"}),
            ("PATCH", "/items/things/1", {"name": "lost"}),
            ("DELETE", "/items/things/2", None),
            ("POST", "/fields/things", {"field": "lost", "type": "string", "datatype": "VARCHAR", "length": 9}),
            ("GET", "/v10/items/things", None),
        ) * 3:
            started = time.monotonic()
            answer = admin.send(method, path, body)
            assert time.monotonic() - started < 2
            told = answer.json()
            code = told["error"]["code"] if "error" in told else told["errors"][0]["extensions"]["code"]
            assert (answer.status_code, code) in ((503, 11), (503, "SERVICE_UNAVAILABLE")), answer.text
        assert public.send("POST", "/auth/authenticate", LOGIN).status_code == 503
        assert shared.one.http.get("/server/ping").text == "pong"
    finally:
        shared.redis.start()
    assert admin.get("/items/things?limit=-1&fields=id")["data"] == before
    assert admin.get("/items/things?filter[name]=lost")["data"] == []
    assert public.ask("POST", "/auth/authenticate", LOGIN)["data"]["token"]
    made = admin.ask("POST", "/items/things", {"name": "kept"})["data"]
    assert shared.other.admin.get(f"/items/things/{made['id']}")["data"] == made
