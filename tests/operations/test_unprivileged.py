"""Served as the Dockerfile has it: by a user with no rights, everything read-only but its folder and /tmp."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import servers
from tests.operations.test_files import picture

ROOT = Path(__file__).parents[2]
USER = "nobody"
HOME = "/mnt"  # where the data folder is seen
ADMIN = {"Authorization": "Bearer token"}
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may make mounts and become somebody else")


def _script(data: Path, command: list[str]) -> str:
    """What is run in a mount namespace of its own."""
    return "\n".join(
        [
            "set -e",
            "mount --make-rprivate /",
            f"mount --bind {data} {HOME}",
            *_opened(Path(sys.base_prefix)),
            "mount -t tmpfs tmpfs /tmp",
            "mount -o remount,bind,ro /",
            f"exec setpriv --reuid {USER} --clear-groups --regid $(id -g {USER}) --no-new-privs --bounding-set=-all"
            f" --inh-caps=-all {shlex.join(command)}",
        ]
    )


def _opened(python: Path) -> list[str]:
    """Makes a Python in somebody's home readable for everybody, in the namespace only."""
    closed = [folder for folder in reversed(python.parents) if not folder.stat().st_mode & 0o001]
    if not closed:
        return []
    return [
        f"mount --bind {python} /media",
        f"mount -t tmpfs -o mode=755 tmpfs {closed[0]}",
        f"mkdir -p {python}",
        f"mount --bind /media {python}",
    ]


@pytest.fixture
def data() -> Iterator[Path]:
    """An empty folder of the user."""
    folder = Path(tempfile.mkdtemp(prefix="directus8-"))
    shutil.chown(folder, USER)
    yield folder
    shutil.rmtree(folder)


def _in_namespace(data: Path, command: list[str]) -> list[str]:
    return ["unshare", "--mount", "sh", "-c", _script(data, command)]


@AS_ROOT
def test_all_is_served(data: Path, tmp_path: Path) -> None:
    if (tried := subprocess.run(_in_namespace(data, ["true"]), capture_output=True, text=True)).returncode:
        pytest.skip(f"no mount namespace: {tried.stderr}")
    environment = {"DIRECTUS8_HOME": HOME, "PYTHONPATH": str(ROOT), "DIRECTUS8_SERVER_METRICS_TOKEN": "m"}
    login = ["--email", "admin@example.com", "--password", "demo", "--token", "token"]
    create = [str(servers.SCRIPTS / "directus8"), "project", "create", "demo", *login]
    subprocess.run(_in_namespace(data, create), env={**os.environ, **environment}, check=True, capture_output=True)
    port = servers.free_port()
    command = _in_namespace(data, servers.directus8(port))
    with (
        pytest.raises(servers.ServerFailed, match="ended with 0"),
        servers.running(command, port, tmp_path / "log", environment) as server,
        httpx.Client(base_url=f"{server.base}/demo", headers=ADMIN, timeout=60) as http,
    ):
        for process in server.workers():
            _check_powerless(process)
        content = os.urandom(3_000_000)  # more than is kept in memory
        row = http.post("/files", files={"file": ("a.bin", content)}).json()["data"]
        assert http.get(server.base + row["data"]["url"]).content == content
        image = http.post("/files", files={"file": ("a.png", picture())}).json()["data"]
        assert http.get(f"{server.base}{image['data']['asset_url']}?key=directus-small-crop").status_code == 200
        key = {"type": "integer", "datatype": "INT", "primary_key": True, "auto_increment": True}
        assert (
            http.post("/collections", json={"collection": "x", "fields": [{"field": "id", **key}]}).status_code == 200
        )
        assert http.post("/items/x", json={}).status_code == 200
        assert http.get(f"{server.base}/metrics", headers={"Authorization": "Bearer m"}).status_code == 200
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(servers.GRACE) == 0
    log = (tmp_path / "log").read_text()
    assert "Read-only" not in log and "Permission denied" not in log and '"level":"error"' not in log, log


def _check_powerless(process: int) -> None:
    """It is nobody's, has no capability, and can write nowhere but where it must."""
    status = dict(line.split(":\t", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    assert "0" not in status["Uid"].split() and int(status["CapEff"], 16) == 0 and status["NoNewPrivs"] == "1"
    mounts = [line.split() for line in Path(f"/proc/{process}/mounts").read_text().splitlines()]
    options = {place: flags.split(",") for _, place, _, flags, *_ in mounts}
    assert "ro" in options["/"] and "rw" in options[HOME]


def test_the_image_is_made_of_what_there_is() -> None:
    """Its extras exist, its user is not root, and its folder is the one that is written to."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    (asked,) = (found[1].split(",") for line in lines if (found := re.search(r"pip install .*'\.\[(.*)\]'", line)))
    assert set(asked) <= set(extras)
    assert "USER directus8" in lines and "VOLUME /data" in lines
    assert any("useradd" in line and "--uid 10001" in line and "-o directus8" in line for line in lines)
    assert any(line.startswith("ENV ") and "DIRECTUS8_HOME=/data" in line for line in lines)
    (last,) = (json.loads(line.removeprefix("CMD ")) for line in lines if line.startswith("CMD ["))
    assert last == ["directus8", "serve"]
