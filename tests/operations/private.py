"""Servers of databases that a test has for itself, so that it may kill them."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from tests import servers

PATIENCE = 60.0  # seconds until one must answer, also after a crash


@dataclass
class Private:
    """A server of our own that can be killed at any instant and started again over the same folder."""

    command: Sequence[str]
    port: int
    url: str
    user: str | None = None  # that of whom it runs; None: ours
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Run it, until it serves."""
        self.process = subprocess.Popen(
            self.command, user=self.user, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + PATIENCE
        while not self._answers():
            assert self.process.poll() is None and time.monotonic() < end, f"{self.command[0]} does not start"
            time.sleep(0.05)

    def kill(self) -> None:
        """All its processes at once, as when its machine loses power."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGSTOP)  # no more of them meanwhile
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for pid in (self.process.pid, *map(int, children)):
            os.kill(pid, signal.SIGKILL)
        self.process.wait()
        while any(Path("/proc", pid).exists() for pid in children):  # what they shared goes with the last of them
            time.sleep(0.01)

    def _answers(self) -> bool:
        """Does it serve? A database that is still recovering takes connections already."""
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self.port)) != 0:
                return False
        if self.url.startswith("redis"):
            return True
        try:
            create_engine(self.url, poolclass=NullPool).connect().close()
        except DBAPIError:
            return False
        return True


@contextmanager
def database(vendor: str) -> Iterator[Private]:
    """A running server of a vendor with an empty database."""
    made = {"mysql": _mariadb, "postgresql": _postgresql}[vendor]
    # not below pytest's folder, which only its owner may enter
    folder = Path(tempfile.mkdtemp(prefix="directus8-"))
    try:
        server = made(folder, servers.free_port())
        server.start()
        yield server
        server.kill()
    finally:
        shutil.rmtree(folder)


@contextmanager
def redis(folder: Path) -> Iterator[Private]:
    """A running redis that keeps nothing."""
    pytest.importorskip("redis")
    port = servers.free_port()
    told = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder))
    server = Private((_program("redis-server"), *told), port, f"redis://127.0.0.1:{port}/0")
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _postgresql(folder: Path, port: int) -> Private:
    user, data = _somebody(folder, "postgres"), folder / "data"
    made = (
        _program("initdb"),
        "-D",
        str(data),
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    )
    subprocess.run(made, user=user, check=True, capture_output=True)
    command = (_program("postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", str(folder))
    return Private(command, port, f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres", user)


def _mariadb(folder: Path, port: int) -> Private:
    user, data = _somebody(folder, "mysql"), folder / "data"
    made = ("--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal")
    subprocess.run((_program("mariadb-install-db"), *made), user=user, check=True, capture_output=True)
    (folder / "init.sql").write_text("CREATE DATABASE IF NOT EXISTS d8 CHARACTER SET utf8mb4;\n")
    told = (f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/socket")
    command = (_program("mariadbd"), "--no-defaults", *told, f"--init-file={folder}/init.sql")
    return Private(command, port, f"mysql+pymysql://root@127.0.0.1:{port}/d8", user)


def _somebody(folder: Path, preferred: str) -> str | None:
    """Who runs a server, for they refuse root: a user of that name, else nobody. The folder is his."""
    if os.geteuid() != 0:
        return None
    known = {each.pw_name for each in pwd.getpwall()}
    user = preferred if preferred in known else "nobody"
    shutil.chown(folder, user)
    return user


def _program(name: str) -> str:
    """Where a program is; the test is skipped without it."""
    found = shutil.which(name) or next(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None)
    if found is None:
        pytest.skip(f"no {name}")
    return found
