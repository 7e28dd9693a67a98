"""The documentation page in Chromium: log in, try a request. It needs what tests/clients/graphql needs."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import requests

from directus8.cli import create_project
from tests.servers import directus8, free_port, running

HERE = Path(__file__).parent / "graphql"
LOGIN = ("admin@example.com", "secret")
FIELDS = [
    {"field": "id", "type": "integer", "datatype": "INT", "primary_key": True, "auto_increment": True},
    {"field": "title", "type": "string", "datatype": "VARCHAR", "length": 50},
]


def test_log_in_and_try(tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None or shutil.which("node") is None or not (HERE / "node_modules").is_dir():
        pytest.skip("Chromium, node, or `npm ci` in tests/clients/graphql, is missing")
    create_project("shop", *LOGIN, token="token", home=tmp_path)
    port, headers = free_port(), {"Authorization": "Bearer token"}
    with running(directus8(port, workers=1), port, tmp_path / "log.txt", {"DIRECTUS8_HOME": str(tmp_path)}) as server:
        for path, body in (
            ("collections", {"collection": "notes", "fields": FIELDS}),
            ("items/notes", {"title": "Hi"}),
        ):
            assert requests.post(f"{server.base}/shop/{path}", json=body, headers=headers).status_code == 200
        page = f"{server.base}/server/docs/"
        command = ["node", "docs.js", chromium, page, "shop", *LOGIN, "/shop/items/notes"]
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        seen = json.loads(done.stdout)
        assert "/{project}/activity" in seen["fixed"], seen["fixed"]
        assert seen["login"] == "Logged in."
        assert seen["status"].startswith("200") and "Hi" in seen["answer"], (seen["answer"], seen["asked"][-1])
        assert seen["complaints"] == []
        assert all(asked.startswith((server.base, "data:")) for asked in seen["asked"]), seen["asked"]
