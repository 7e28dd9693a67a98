"""Many projects in one process: what they cost, and that none sees another."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from directus8.api.app import create_app
from directus8.cli import create_project
from directus8.config import Home

MANY = int(os.environ.get("DIRECTUS8_PROJECTS", "50"))  # 1000 by hand
TENANTS = 50
LOGIN = {"email": "admin@example.com", "password": "secret"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Copies of one project, each with a secret of its own."""
    root = tmp_path_factory.mktemp("home")
    create_project("t0", **LOGIN, token="token", home=root)
    text = (root / "config" / "t0.toml").read_text()
    secret = next(line for line in text.splitlines() if line.startswith("secret_key"))
    for number in range(1, MANY):
        own = text.replace(secret, f'secret_key = "{number:064}"')
        (root / "config" / f"t{number}.toml").write_text(own)
        shutil.copytree(root / "projects" / "t0", root / "projects" / f"t{number}")
    return Home(root)


@pytest.fixture(scope="module")
def app(home: Home) -> Iterator[Flask]:
    made = create_app(home)
    yield made
    made.extensions["directus8"].close()


def _memory() -> float:
    """Resident megabytes of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def test_a_project_costs_nothing_until_it_is_asked_for(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIRECTUS8_SERVER_MAX_OPEN_PROJECTS", str(MANY))
    started = time.perf_counter()
    app = create_app(home)
    start = time.perf_counter() - started
    client, headers = app.test_client(), {"Authorization": "Bearer token"}
    assert client.get("/t0/users", headers=headers).status_code == 200  # what all share is loaded once
    before, times = _memory(), []
    for number in range(1, MANY):
        started = time.perf_counter()
        assert client.get(f"/t{number}/users", headers=headers).status_code == 200
        times.append(time.perf_counter() - started)
    each = (_memory() - before) / len(times)
    app.extensions["directus8"].close()
    median, worst = sorted(times)[len(times) // 2], max(times)
    told = f"{median * 1000:.0f} ms (worst {worst * 1000:.0f}), {each:.2f} MB each"
    print(f"{MANY} projects: start {start:.2f} s, first request {told}")
    assert start < 2
    assert median < 0.1
    assert each < 2


def test_tenants_never_see_each_other(app: Flask) -> None:
    def ask(at: str, path: str, token: str, body: Any = None) -> Any:
        client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
        return client.open(f"/{at}{path}", method="POST" if body else "GET", json=body, headers=headers)

    def live(number: int) -> str:
        key, other = f"t{number}", f"t{(number + 1) % TENANTS}"
        logged = app.test_client().post(f"/{key}/auth/authenticate", json=LOGIN)
        token = logged.json["data"]["token"]
        assert ask(key, "/users/me", token).status_code == 200
        assert ask(other, "/users/me", token).status_code == 401
        assert ask(key, "/folders", token, {"name": key}).status_code == 200
        assert ask(key, "/settings", token, {"key": "whose", "value": key}).status_code == 200
        for _ in range(3):
            assert [row["name"] for row in ask(key, "/folders", token).json["data"]] == [key]
            found = ask(key, "/settings?filter[key]=whose", token).json["data"]
            assert [row["value"] for row in found] == [key]
            tagged = ask(key, "/folders", token).headers["ETag"]
            headers = {"Authorization": "Bearer token", "If-None-Match": tagged}
            seen = app.test_client().get(f"/{other}/folders", headers=headers)
            assert seen.status_code == 200 and key not in [row["name"] for row in seen.json["data"]]
        return str(token)

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(live, range(TENANTS)))) == TENANTS
