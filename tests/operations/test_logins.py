"""Everybody logs in at once: each is let in or told to wait, others are served, and all workers count together."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import time
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from tests.operations.conftest import Place, Served, serving

LOGINS = int(os.environ.get("DIRECTUS8_LOGINS", "300"))  # 10000 by hand
PATIENCE = 600  # seconds a client waits
GUESSES = 50
SLOWEST = float(os.environ.get("DIRECTUS8_LOGINS_SLOWEST", "10"))  # seconds of any other request meanwhile
LOGIN = {"email": "admin@example.com", "password": "demo"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two workers; passwords cost little, for what is asked is not how fast they are."""
    place = Place(
        tmp_path_factory.mktemp("home"), {"DIRECTUS8_AUTH_BCRYPT_COST": "4", "DIRECTUS8_LIMITS_GUESSES": str(GUESSES)}
    )
    place.directus8("project", "create", "demo", "--email", LOGIN["email"], "--password", "demo", "--token", "token")
    with serving(place) as made:
        yield made


async def _all(base: str, passwords: list[str]) -> tuple[Counter[int], float]:
    """Log in with each password; how often each status came, and how long the slowest other request took meanwhile."""
    entering = asyncio.gather(*(_status(base, password) for password in passwords))
    slowest = 0.0
    async with httpx.AsyncClient(base_url=base, timeout=PATIENCE) as beside:
        while not entering.done():
            started = time.monotonic()
            found = await beside.get("/demo/users/me", headers={"Authorization": "Bearer token"})
            assert found.status_code == 200
            slowest = max(slowest, time.monotonic() - started)
            await asyncio.sleep(0.05)
    return Counter(await entering), slowest


async def _status(base: str, password: str) -> int:
    """Log in by a connection of one's own; by hand, for thousands of clients of httpx are slower than the server."""
    url, body = httpx.URL(base), json.dumps({**LOGIN, "password": password}).encode()
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = f"Host: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(f"POST /demo/auth/authenticate HTTP/1.1\r\n{head}".encode() + body)
    async with asyncio.timeout(PATIENCE):
        answer = await reader.read()
    writer.close()
    return int(answer.split(b" ", 2)[1])


@pytest.fixture(scope="module", autouse=True)
def many_files() -> None:
    """A connection is an open file."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def test_everybody_logs_in_at_once(served: Served) -> None:
    statuses, slowest = asyncio.run(_all(served.server.base, ["demo"] * LOGINS))
    assert statuses == {200: LOGINS}
    assert slowest < SLOWEST
    sessions = served.admin.get("/activity?filter[action]=authenticate&limit=1&meta=filter_count")
    assert sessions["meta"]["filter_count"] == LOGINS


def test_guesses_are_counted_by_all_workers(served: Served) -> None:
    served.admin.ask("PATCH", "/settings/" + _setting(served), {"value": "0"})
    statuses, slowest = asyncio.run(_all(served.server.base, ["wrong"] * LOGINS))
    assert set(statuses) == {404, 429} and slowest < SLOWEST
    assert GUESSES <= statuses[404] <= GUESSES + 8, "as many as threads may be checking when the last one is counted"
    assert served.admin.get("/users/me?fields=status")["data"] == {"status": "active"}


def _setting(served: Served) -> str:
    (row,) = served.admin.get("/settings?filter[key]=login_attempts_allowed")["data"]
    return str(row["id"])
