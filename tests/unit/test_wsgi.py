"""The files that a WSGI server is pointed at."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
import pytest

from tests import servers

ROOT = Path(__file__).parent.parent.parent


def test_gunicorn_serves_with_our_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = servers.free_port()
    settings = {"HOME": str(tmp_path), "SERVER_PORT": str(port), "SERVER_WORKERS": "1"}
    for name, value in settings.items():
        monkeypatch.setenv(f"DIRECTUS8_{name}", value)
    command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py"), "wsgi:application"]
    with servers.running(command, port, tmp_path / "log") as server:
        assert httpx.get(f"{server.base}/server/ping").text == "pong"
    assert "gthread" in (tmp_path / "log").read_text()
