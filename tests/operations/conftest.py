"""The demo on each database, behind a real server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import databases, servers

ROOT = Path(__file__).parents[2]  # what is tested is this tree, whatever is installed


@dataclass
class Place:
    """An installation of its own: where it lies, and how commands are run in it."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def directus8(self, *words: str) -> str:
        """Run a command; its output."""
        command = [sys.executable, "-m", "directus8.cli", *words]
        done = subprocess.run(command, env={**os.environ, **self.variables}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def variables(self) -> dict[str, str]:
        """The environment of every process of this installation."""
        return {"DIRECTUS8_HOME": str(self.home), "PYTHONPATH": str(ROOT), **self.environment}


@dataclass(frozen=True)
class Caller:
    """A client of one project that says who it is."""

    http: httpx.Client
    project: str = "demo"
    token: str | None = None

    def ask(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """The JSON of an answer that must have this status."""
        answer = self.send(method, path, body)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def get(self, path: str, status: int = 200) -> Any:
        """The JSON of an answer to a question."""
        return self.ask("GET", path, None, status)

    def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Any answer."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.http.request(method, f"/{self.project}{path}", json=body, headers=headers)


@dataclass(frozen=True)
class Served:
    """A running server and a client of it."""

    server: servers.Server
    http: httpx.Client

    @property
    def public(self) -> Caller:
        """Nobody."""
        return Caller(self.http)

    @property
    def admin(self) -> Caller:
        """The administrator, by token."""
        return Caller(self.http, token="token")

    def user(self, name: str) -> Caller:
        """A user of the demo, logged in."""
        login = {"email": f"{name}@example.com", "password": "demo"}
        return Caller(self.http, token=self.public.ask("POST", "/auth/authenticate", login)["data"]["token"])


@pytest.fixture(scope="module")
def place(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An installation with an empty project "demo" on each database; the administrator's token is "token"."""
    made = Place(tmp_path_factory.mktemp("home"))
    with databases.temporary(module_vendor, made.home) as url:
        login = ("--email", "admin@example.com", "--password", "demo", "--token", "token")
        made.directus8("project", "create", "demo", *login, "--database-url", url)
        yield made


@contextmanager
def serving(place: Place, workers: int = 2) -> Iterator[Served]:
    """A server of an installation, for the length of a block."""
    port = servers.free_port()
    command, log = servers.directus8(port, workers), place.home / f"{port}.log"
    with (
        servers.running(command, port, log, place.variables) as server,
        httpx.Client(base_url=server.base, timeout=60) as http,
    ):
        yield Served(server, http)
