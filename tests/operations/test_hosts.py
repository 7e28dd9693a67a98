"""Two hosts, each with its own folder and caches, that share one PostgreSQL and one Redis."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import databases, servers
from tests.operations.conftest import Caller, Place, Served, serving
from tests.operations.test_coherence import THINGS

LIMIT = 10_000
ROUNDS = 6
Hosts = tuple[Served, Served]


@pytest.fixture(scope="module")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A redis of our own."""
    pytest.importorskip("redis")
    if not shutil.which("redis-server"):
        pytest.skip("no redis-server")
    port, folder = servers.free_port(), tmp_path_factory.mktemp("redis")
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server, end = subprocess.Popen(command, stdout=subprocess.DEVNULL), time.monotonic() + servers.PATIENCE
    try:
        while not _answers(port):
            assert time.monotonic() < end, "redis does not answer"
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def hosts(redis_port: int, database_vendors: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """A server on each host, with ten things."""
    if "postgresql" not in database_vendors:
        pytest.skip(f"no database: {databases.problem('postgresql')}")
    folder = tmp_path_factory.mktemp("hosts")
    shared = {
        "DIRECTUS8_CACHE_STAMPS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "DIRECTUS8_RATE_LIMIT_ENABLED": "true",
        "DIRECTUS8_RATE_LIMIT_LIMIT": str(LIMIT),
        "DIRECTUS8_RATE_LIMIT_INTERVAL": "3600",
        "DIRECTUS8_RATE_LIMIT_PORT": str(redis_port),
    }
    first, second = (_host(folder / name, shared) for name in ("first", "second"))
    with databases.temporary("postgresql") as url:
        login = ("--email", "admin@example.com", "--password", "demo", "--token", "token")
        first.directus8("project", "create", "demo", *login, "--database-url", url)
        shutil.copytree(first.home / "config", second.home / "config", dirs_exist_ok=True)
        with serving(first, 1) as one, serving(second, 1) as other:
            one.admin.ask("POST", "/collections", THINGS)
            one.admin.ask("POST", "/items/things", [{"name": f"Thing {n}"} for n in range(10)])
            yield one, other


def _host(home: Path, environment: dict[str, str]) -> Place:
    home.mkdir()
    return Place(home, environment)


def _turns(hosts: Hosts) -> Iterator[tuple[int, Served, Served]]:
    """Who changes, who looks: each in turn."""
    for number in range(ROUNDS):
        yield (number, *(hosts if number % 2 else hosts[::-1]))


def test_the_schema_is_the_same(hosts: Hosts) -> None:
    for number, writer, reader in _turns(hosts):
        name = f"field_{number}"
        field = {"field": name, "type": "string", "datatype": "VARCHAR", "length": 20}
        writer.admin.ask("POST", "/fields/things", field)
        assert reader.admin.ask("PATCH", f"/items/things/1?fields={name}", {name: "x"}) == {"data": {name: "x"}}
        reader.admin.ask("DELETE", f"/fields/things/{name}", status=204)
        assert writer.admin.get(f"/items/things?fields={name}", status=422)["error"]["code"] == 202


def test_permissions_are_the_same(hosts: Hosts) -> None:
    rule = {"role": 2, "collection": "things", "read": "none"}
    path = f"/permissions/{hosts[0].admin.ask('POST', '/permissions', rule)['data']['id']}"
    for _, writer, reader in _turns(hosts):
        writer.admin.ask("PATCH", path, {"read": "full"})
        assert len(reader.public.get("/items/things")["data"]) == 10
        writer.admin.ask("PATCH", path, {"read": "none"})
        assert reader.public.get("/items/things", status=401)["error"]["code"] == 3


def test_settings_are_the_same(hosts: Hosts) -> None:
    (setting,) = hosts[0].admin.get("/settings?filter[key]=default_limit")["data"]
    for number, writer, reader in _turns(hosts):
        writer.admin.ask("PATCH", f"/settings/{setting['id']}", {"value": str(number + 1)})
        assert len(reader.admin.get("/items/things")["data"]) == number + 1


def test_a_session_counts_on_both_until_it_ends(hosts: Hosts) -> None:
    login = {"email": "admin@example.com", "password": "demo", "mode": "cookie"}
    for _, writer, reader in _turns(hosts):
        writer.public.ask("POST", "/auth/authenticate", login)
        cookies = {"Cookie": "; ".join(f"{n}={v}" for n, v in writer.http.cookies.items())}
        writer.http.cookies.clear()
        assert reader.http.get("/demo/users/me", headers=cookies).status_code == 200
        assert writer.http.post("/demo/auth/logout", headers=cookies).status_code == 200
        assert reader.http.get("/demo/users/me", headers=cookies).status_code == 401
        reader.http.cookies.clear()


def test_requests_are_counted_together(hosts: Hosts) -> None:
    left = [int(_remaining(host.admin)) for host in (*hosts, *hosts)]
    assert left == list(range(left[0], left[0] - 4, -1)) and left[0] < LIMIT


def _remaining(caller: Caller) -> str:
    return caller.send("GET", "/items/things/1").headers["X-RateLimit-Remaining"]
