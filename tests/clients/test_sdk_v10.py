"""Every method of the real npm packages of the v9/v10 SDK against a running server, on every database.

The packages are installed by ``npm ci`` in tests/clients/sdk_v10; without them, or without node, these tests are skipped
and say so. Calls a version of the SDK does not have are told as skipped by client.mjs.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import servers
from tests.conformance.kit.session import EMAIL, PASSWORD
from tests.conformance.workshop import MailBox, Workshop, environ, environment, mail_server

FOLDER = Path(__file__).parent / "sdk_v10"
PACKAGES = ("sdk-10-3-5", "sdk-9-14-2", "sdk-9-5-0")


@dataclass(frozen=True)
class Place:
    """A running server and the maker of its projects."""

    base: str
    shop: Workshop
    mails: Path


@pytest.fixture(scope="module")
def node() -> str:
    """The node program, when the packages are there."""
    found = shutil.which("node")
    if found is None or not (FOLDER / "node_modules").is_dir():
        pytest.skip("node, or `npm ci` in tests/clients/sdk_v10, is missing")
    return found


@pytest.fixture
def place(database_vendor: str, tmp_path: Path) -> Iterator[Place]:
    """A server with its mails."""
    with ExitStack() as stack:
        home, box = tmp_path / "home", MailBox(tmp_path / "mails")
        for part in ("config", "projects"):
            (home / part).mkdir(parents=True)
        mail_port, port = servers.free_port(), servers.free_port()
        stack.enter_context(mail_server(box, mail_port))
        settings = {**environment(home, mail_port), "DIRECTUS8_SECURITY_ALLOW_PRIVATE_ADDRESSES": "true"}
        stack.enter_context(environ(settings))
        server = stack.enter_context(servers.running(servers.directus8(port, 1), port, tmp_path / "server.log"))
        yield Place(server.base, Workshop(database_vendor, home), box.folder)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_method(node: str, place: Place, package: str) -> None:
    project = f"sdk_{package.replace('-', '_')}"
    place.shop.create(project, EMAIL, PASSWORD, name="Directus")
    try:
        command = [node, "client.mjs", package, f"{place.base}/{project}/v10", EMAIL, PASSWORD, str(place.mails)]
        run = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False)
    finally:
        place.shop.drop(project)
    calls = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    failed = [call for call in calls if call["result"] == "failed"]
    assert not failed, "\n\n".join(f"{call['call']}: {call['why']}" for call in failed)
    assert run.returncode == 0, run.stderr
    assert sum(call["result"] == "passed" for call in calls) > 70
