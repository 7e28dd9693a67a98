"""A schema edit under load: nobody gets an error; and a large schema is quick."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from directus8 import names
from directus8.api.app import create_app
from directus8.config import Home
from directus8.db import ddl, trace
from directus8.db.model import Column, SqlType, Table
from directus8.project import Project
from directus8.services.collections import CollectionsService
from tests.schema.helpers import KEY, TITLE, session

ADMIN = {"Authorization": "Bearer t"}
ROUNDS = 6


@contextmanager
def meanwhile(*works: Callable[[], None]) -> Iterator[list[str]]:
    """Repeats each work in a thread of its own while the block runs; what failed."""
    done, failures, rounds = threading.Event(), list[str](), [0] * len(works)

    def repeat(number: int, work: Callable[[], None]) -> None:
        while not done.is_set():
            try:
                work()
            except BaseException as error:
                failures.append(str(error))
            rounds[number] += 1

    threads = [threading.Thread(target=repeat, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    try:
        yield failures
    finally:
        done.set()
        for thread in threads:
            thread.join(60)
    assert all(rounds), "every thread did something"


def call(client: FlaskClient, method: str, path: str, expected: tuple[int, ...], body: object = None) -> None:
    answer = client.open(f"/demo{path}", method=method, json=body, headers=ADMIN)
    assert answer.status_code in expected, f"{method} {path}: {answer.status_code} {answer.get_data(as_text=True)}"


def test_nobody_notices_an_edit(project: Project, tmp_path: Path) -> None:
    service = CollectionsService(session(project))
    for name in ("books", "films"):
        service.create({"collection": name, "fields": [KEY, TITLE]})
    app, other = create_app(Home(tmp_path)), create_app(Home(tmp_path))  # two workers: memories of their own
    clients = [a.test_client() for a in (app, other, app, other, app, other)]
    for client in clients:
        call(client, "GET", "/items/books", (200,))
    added = {"field": "extra", "type": "string", "datatype": "VARCHAR", "length": 20}
    with meanwhile(
        lambda: call(clients[1], "GET", "/items/books?fields=*&meta=*&limit=5", (200,)),
        lambda: call(clients[2], "GET", "/items/films?fields=*&limit=5", (200,)),
        lambda: call(clients[3], "POST", "/items/books?fields=*", (200,), {"title": "x"}),
        lambda: call(clients[4], "POST", "/items/films", (200,), {"title": "x"}),
        lambda: call(clients[5], "GET", "/items/books?fields=title&sort=-id&limit=1", (200,)),
    ) as failures:
        for _ in range(ROUNDS):
            call(clients[0], "POST", "/fields/books", (200,), added)
            call(clients[0], "PATCH", "/fields/books/extra", (200,), {"length": 40})
            call(clients[0], "DELETE", "/fields/books/extra", (204,))
    assert failures == []


def test_edits_at_the_same_time_wait_for_each_other(project: Project, tmp_path: Path) -> None:
    CollectionsService(session(project)).create({"collection": "books", "fields": [KEY, TITLE]})
    made: list[int] = []
    apps = [create_app(Home(tmp_path)) for _ in range(4)]

    def add(number: int) -> None:
        client = apps[number].test_client()
        field = {"field": "same", "type": "integer", "datatype": "INT"}
        made.append(client.post("/demo/fields/books", json=field, headers=ADMIN).status_code)
        own = {"collection": f"own_{number}", "fields": [KEY, TITLE]}
        made.append(client.post("/demo/collections", json=own, headers=ADMIN).status_code)

    threads = [threading.Thread(target=add, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(made) == [200] * 5 + [422] * 3


@pytest.fixture
def large(project: Project) -> Project:
    """300 collections of 30 fields."""
    columns = tuple(Column(f"f{n}", SqlType("VARCHAR", "50")) for n in range(29))
    key = Column("id", SqlType("INT", "11", True), nullable=False, primary_key=True, auto_increment=True)
    with project.database.transaction(ddl=True) as connection:
        for n in range(300):
            ddl.create_table(connection, Table(f"c{n:03}", (key, *columns)))
        connection.insert(names.COLLECTIONS, [{"collection": f"c{n:03}", "managed": 1} for n in range(300)], None)
        rows = [
            {"collection": f"c{n:03}", "field": c.name, "type": "string" if c.nullable else "integer", "sort": 1}
            for n in range(300)
            for c in (key, *columns)
        ]
        connection.insert(names.FIELDS, rows, None)
    project.stamps.forget()
    return project


def test_a_large_schema(large: Project, tmp_path: Path) -> None:
    def load() -> float:
        large.stamps.forget()
        started = time.thread_time()
        assert len(session(large).catalog["c299"].fields) == 30
        return time.thread_time() - started

    load()
    seconds = min(load() for _ in range(3))
    client = create_app(Home(tmp_path)).test_client()
    call(client, "GET", "/collections", (200,))
    took = {}
    for path in ("/collections", "/fields", "/fields/c005"):
        with trace.observe() as seen:
            started = time.perf_counter()
            call(client, "GET", path, (200,))
            took[path] = (time.perf_counter() - started, len(seen.statements))
    print({"load": seconds, **took})
    assert seconds < 0.3 * 5, "300 ms, on a machine that does other things too"
    assert all(statements <= 3 for _, statements in took.values())
