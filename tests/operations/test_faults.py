"""What breaks under the server: clear errors meanwhile, nothing lost, and all well again without hands."""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests import databases
from tests.operations.conftest import Place, Served, serving
from tests.operations.test_coherence import THINGS

#: Statuses that an outage may show: the answer as ever, or that it can't be given now.
CLEAR = {200, 429, 503, 507}
SLOWEST = 30.0  # seconds any answer may take, whatever is broken
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")


@contextmanager
def installed(vendor: str, home: Path, **environment: str) -> Iterator[Place]:
    """An installation with a project that has things; its database goes with it."""
    place, name = Place(home, environment), f"d8_test_{secrets.token_hex(6)}"
    url = databases.create(vendor, name, home)
    login = ("--email", "admin@example.com", "--password", "demo", "--token", "token")
    place.directus8("project", "create", "demo", *login, "--database-url", url)
    place.environment["NAME_OF_DATABASE"] = name
    try:
        yield place
    finally:
        databases.drop(vendor, name, home)


def asked(served: Served, method: str, path: str, body: object = None) -> httpx.Response | None:
    """An answer, which is a clear one; None where the connection was cut."""
    started = time.monotonic()
    try:
        answer = served.admin.send(method, path, body)
    except httpx.HTTPError as error:
        assert not isinstance(error, httpx.TimeoutException), "it hangs"
        return None
    assert time.monotonic() - started < SLOWEST
    assert answer.status_code in CLEAR, (answer.status_code, answer.text)
    if answer.status_code != 200:
        assert isinstance(answer.json()["error"]["code"], int), answer.text
    return answer


def write(served: Served, name: str) -> bool:
    """Was a thing kept, as far as one was told?"""
    answer = asked(served, "POST", "/items/things", {"name": name})
    return answer is not None and answer.status_code == 200


def recovers(served: Served, seconds: float = 30) -> None:
    """All is well again after a while."""
    end = time.monotonic() + seconds
    while not write(served, "again"):
        assert time.monotonic() < end, "it does not recover"
        time.sleep(0.2)
    for _ in range(5):
        assert write(served, "again"), "not for good"


def names(served: Served) -> list[str]:
    return [row["name"] for row in served.admin.get("/items/things?limit=-1&fields=name")["data"]]


@AS_ROOT
def test_a_full_disk(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("mounting is not permitted")
    try:
        with installed("sqlite", disk) as place, serving(place, 1) as served:
            served.admin.ask("POST", "/collections", THINGS)
            assert write(served, "before")
            ballast = disk / "ballast"
            with pytest.raises(OSError), ballast.open("wb") as file:
                while True:
                    file.write(b"\0" * 4096)
                    file.flush()
            kept = [name for name in map(str, range(30)) if write(served, f"thing {name}")]
            assert len(kept) < 30, "the disk was not full"
            upload = {"file": ("a.bin", os.urandom(200_000))}
            refused = served.http.post("/demo/files", files=upload, headers={"Authorization": "Bearer token"})
            assert refused.status_code in (503, 507), refused.text
            assert "before" in names(served), "reading goes on"
            ballast.unlink()
            recovers(served)
            found = names(served)
            assert all(f"thing {name}" in found for name in kept)
            again = served.http.post("/demo/files", files=upload, headers={"Authorization": "Bearer token"})
            assert again.status_code == 200, again.text
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
