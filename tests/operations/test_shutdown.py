"""A server that is told to end: what it has begun it finishes, nothing new is let in, all workers go."""

from __future__ import annotations

import os
import re
import signal
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests import servers
from tests.operations.conftest import Place, Served, serving

SLOW = """
import time
from pathlib import Path


def register(router, context):
    def slow(request):
        (Path(__file__).parent / "begun").touch()
        time.sleep(2)
        return "finished"

    router.get("/", slow)
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A project on SQLite with an endpoint that takes two seconds."""
    made = Place(tmp_path, {"DIRECTUS8_SERVER_METRICS_TOKEN": "measure"})
    made.directus8("project", "create", "demo", "--email", "a@example.com", "--password", "demo", "--token", "token")
    endpoint = tmp_path / "projects" / "demo" / "extensions" / "endpoints" / "slow.py"
    endpoint.parent.mkdir(parents=True, exist_ok=True)
    endpoint.write_text(SLOW)
    return made


def _until(done: Path) -> None:
    end = time.monotonic() + servers.PATIENCE
    while not done.exists():
        assert time.monotonic() < end, f"no {done}"
        time.sleep(0.02)


def test_a_request_that_has_begun_is_finished(place: Place) -> None:
    answers: list[httpx.Response] = []
    with pytest.raises(servers.ServerFailed, match="ended with 0"), serving(place) as served:
        children = served.server.workers()[1:]
        asking = threading.Thread(target=lambda: answers.append(served.http.get("/demo/custom/slow")))
        asking.start()
        _until(place.home / "projects" / "demo" / "extensions" / "endpoints" / "begun")
        served.server.process.send_signal(signal.SIGTERM)
        assert served.server.process.wait(20) == 0
        asking.join(5)
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", httpx.URL(served.server.base).port or 0)) != 0
    (answer,) = answers
    assert (answer.status_code, answer.text) == (200, "finished")
    assert '"path":"/demo/custom/slow"' in served.server.log.read_text()  # lines are gathered, none is lost
    assert [worker for worker in children if os.path.exists(f"/proc/{worker}")] == []


def test_workers_count_together(place: Place) -> None:
    with serving(place, 2) as served:
        asked = 40
        for _ in range(asked):  # a connection each: any worker may take it
            assert httpx.get(f"{served.server.base}/demo/", timeout=30).status_code == 200
        assert _counted(served) == asked


def _counted(served: Served) -> int:
    text = served.http.get("/metrics", headers={"Authorization": "Bearer measure"}).text
    found = re.findall(r'^directus8_requests_total\{method="GET",project="demo",status="200"\} (\S+)$', text, re.M)
    return sum(int(float(number)) for number in found)
