"""A database that is killed while clients write: clear errors meanwhile, all or nothing, and back without hands."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.operations import private
from tests.operations.albums import Locked, Run, check_whole, define, writing
from tests.operations.conftest import Caller, Place, Served, serving

WRITES = int(os.environ.get("DIRECTUS8_WRITES", "60"))  # 500 by hand
EDIT_KILLS = int(os.environ.get("DIRECTUS8_KILLS", "2"))  # 30 by hand
#: What every kind of request is answered while the database is away: each dialect has its own shape of errors.
ASKED = (
    ("GET", "/items/albums", None),
    ("POST", "/items/albums", {"title": "x"}),
    ("POST", "/auth/authenticate", {"email": "admin@example.com", "password": "demo"}),
    ("GET", "/users/me", None),
    ("GET", "/collections", None),
    ("POST", "/gql", {"query": "{items{albums{title}}}"}),
    ("GET", "/v10/items/albums", None),
    ("POST", "/v10/auth/login", {"email": "admin@example.com", "password": "demo"}),
    ("POST", "/v10/graphql", {"query": "{albums{title}}"}),
    ("GET", "/scim/v2/Users", None),
)  # fmt: skip


@dataclass(frozen=True)
class Fragile:
    """A server of two projects: one on a database that may be killed, one beside it."""

    database: private.Private
    served: Served
    uploads: Path

    @property
    def beside(self) -> Caller:
        """The administrator of the project that has nothing to do with it."""
        return Caller(self.served.http, "beside", "token")


@pytest.fixture(scope="module", params=["mysql", "postgresql"])
def fragile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fragile]:
    """The albums of the demo on a database of the test's own."""
    place = Place(tmp_path_factory.mktemp("home"))
    login = ("--email", "admin@example.com", "--password", "demo", "--token", "token")
    with private.database(request.param) as database:
        place.directus8("project", "create", "demo", *login, "--database-url", database.url)
        place.directus8("project", "create", "beside", *login)
        with serving(place) as served:
            define(served.admin)
            yield Fragile(database, served, place.home / "projects" / "demo" / "uploads")


def test_all_or_nothing(fragile: Fragile) -> None:
    run = Run(outage=True)
    with writing(fragile.served, run, Locked(range(10**6))) as stop:
        for share in (1, 2):
            assert run.passed(WRITES * share // 3)
            fragile.database.kill()
            _until_refused(run)
            fragile.database.start()
        assert run.passed(WRITES), "it does not recover"
        stop.set()
    assert not run.cut and set(run.refused) == {(503, 11)}
    there = check_whole(fragile.served.admin, run)
    assert len(run.kept) <= there <= len(run.kept) + run.refused.total()


def test_edits_of_the_schema(fragile: Fragile) -> None:
    """A field is there with its column or not at all, also where the database can't undo what it did to tables."""
    admin, stop = fragile.served.admin, threading.Event()

    def edit(collection: str) -> None:
        field = {"field": "more", "type": "string", "datatype": "VARCHAR", "length": 20}
        while not stop.is_set():
            for method, path, body in (("POST", "", field), ("DELETE", "/more", None)):
                answer = admin.send(method, f"/fields/{collection}{path}", body)
                assert answer.status_code in (200, 204, 404, 422, 503), answer.text

    collections = ("artists", "genres")
    with ThreadPoolExecutor() as pool:
        editing = [pool.submit(edit, collection) for collection in collections]
        try:
            for _ in range(EDIT_KILLS):
                time.sleep(0.7)
                fragile.database.kill()
                fragile.database.start()
        finally:
            stop.set()
    for each in editing:
        each.result()
    for collection in collections:
        fields = {row["field"] for row in admin.get(f"/fields/{collection}")["data"]}
        made = admin.ask("POST", f"/items/{collection}?fields=*", {"name": "x"})["data"]
        assert set(made) <= fields
        if "more" in fields:
            assert admin.ask("PATCH", f"/items/{collection}/{made['id']}?fields=more", {"more": "y"})["data"]
        else:
            admin.ask(
                "POST",
                f"/fields/{collection}",
                {"field": "more", "type": "string", "datatype": "VARCHAR", "length": 20},
            )


def _until_refused(run: Run) -> None:
    """Clients have noticed."""
    seen = run.refused.total()
    with run.more:
        assert run.more.wait_for(lambda: run.refused.total() > seen + 50, 30)


def test_every_dialect_tells_it(fragile: Fragile) -> None:
    admin, told = fragile.served.admin, {}
    fragile.database.kill()
    try:
        for method, path, body in ASKED:
            started = time.monotonic()
            answer = admin.send(method, path, body)
            told[method, path] = answer
            assert time.monotonic() - started < 5, path
        upload = fragile.served.http.post(
            "/demo/files", files={"file": ("a", b"x")}, headers={"Authorization": "Bearer token"}
        )
        assert upload.status_code == 503 and upload.json()["error"]["code"] == 11
        assert not [file for file in fragile.uploads.rglob("*") if file.is_file()], "left without a row"
        assert fragile.beside.get("/users/me?fields=email")["data"] == {"email": "admin@example.com"}
        assert fragile.served.http.get("/server/ping").text == "pong"
    finally:
        fragile.database.start()
    assert {each: answer.status_code for each, answer in told.items()} == dict.fromkeys(told, 503)
    for (_, path), answer in told.items():
        assert _code(path, answer) in (11, "SERVICE_UNAVAILABLE", 503), answer.text
        assert fragile.database.url.rpartition("@")[2] not in answer.text
    assert admin.get("/items/albums?limit=1")


def _code(path: str, answer: httpx.Response) -> object:
    """The code that an error carries, wherever its dialect puts it."""
    body = answer.json()
    if "/scim/" in path:
        return body["status"]
    return body["error"]["code"] if "error" in body else body["errors"][0]["extensions"]["code"]
