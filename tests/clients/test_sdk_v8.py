"""Every method of the real npm package of the Directus 8 SDK against a running server, on every database."""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import servers
from tests.conformance.kit.session import EMAIL, PASSWORD
from tests.conformance.workshop import MailBox, Workshop, environ, environment, mail_server

FOLDER = Path(__file__).parent / "sdk_v8"


def test_every_method(database_vendor: str, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules").is_dir():
        pytest.skip("node, or `npm ci` in tests/clients/sdk_v8, is missing")
    with ExitStack() as stack:
        home, box = tmp_path / "home", MailBox(tmp_path / "mails")
        for part in ("config", "projects"):
            (home / part).mkdir(parents=True)
        mail_port, port = servers.free_port(), servers.free_port()
        stack.enter_context(mail_server(box, mail_port))
        stack.enter_context(environ(environment(home, mail_port)))
        server = stack.enter_context(servers.running(servers.directus8(port, 2), port, tmp_path / "server.log"))
        shop = Workshop(database_vendor, home)
        shop.create("sdk", EMAIL, PASSWORD)
        stack.callback(shop.drop, "sdk")
        command = [node, "client.cjs", server.base, "sdk", EMAIL, PASSWORD, str(box.folder)]
        run = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False)
    calls = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    failed = [call for call in calls if call["result"] == "failed"]
    assert not failed, "\n\n".join(f"{call['call']}: {call['why']}" for call in failed)
    assert run.returncode == 0, run.stderr
    assert len(calls) > 30
