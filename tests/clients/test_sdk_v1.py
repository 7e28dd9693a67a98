"""Every method of the real npm package directus-sdk-javascript (2.15.0 and 1.1.3) against a running server.

The packages are installed by ``npm ci`` in tests/clients/sdk_v1; without them, or without node, these tests are skipped
and say so.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import servers
from tests.conformance.kit.session import EMAIL, PASSWORD
from tests.conformance.workshop import V1_TOKEN, Workshop, environ, environment

FOLDER = Path(__file__).parent / "sdk_v1"


@pytest.fixture(scope="module")
def node() -> str:
    """The node program, when the packages are there."""
    found = shutil.which("node")
    if found is None or not (FOLDER / "node_modules").is_dir():
        pytest.skip("node, or `npm ci` in tests/clients/sdk_v1, is missing")
    return found


def test_every_method(node: str, database_vendor: str, tmp_path: Path) -> None:
    home, port = tmp_path / "home", servers.free_port()
    for part in ("config", "projects"):
        (home / part).mkdir(parents=True)
    shop = Workshop(database_vendor, home)
    with ExitStack() as stack:
        stack.enter_context(environ(environment(home, 1)))
        server = stack.enter_context(servers.running(servers.directus8(port, 1), port, tmp_path / "server.log"))
        shop.create_v1("sdk_v1", EMAIL, PASSWORD)
        stack.callback(shop.drop, "sdk_v1")
        command = [node, "client.js", f"{server.base}/sdk_v1", V1_TOKEN, EMAIL, PASSWORD]
        run = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False)
    calls = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    failed = [call for call in calls if call["result"] != "passed"]
    assert not failed, "\n\n".join(f"{call['call']}: {call['why']}" for call in failed)
    assert run.returncode == 0, run.stderr
    assert len(calls) > 120
