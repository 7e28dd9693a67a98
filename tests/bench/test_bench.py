"""The measuring itself: what is sent, what is counted, how it is judged."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests import servers
from tests.bench import cpu, load, soak
from tests.bench.__main__ import alarms, lines
from tests.bench.cases import Case, Limit, article
from tests.bench.measure import Result, cost

PING = Case("ping", "GET", "//server/ping", Limit(1.3, 1.6), "0")
LIST = Case("list", "GET", "/items/a?limit=1", Limit(3.5, 5), "1", other_limit=Limit(4.5, 6))


def test_requests_on_the_wire() -> None:
    assert PING.wire("p", "h", "t") == b"GET /server/ping HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer t\r\n\r\n"
    create = Case("create", "POST", "/items/a", Limit(7, 10), "5", {"a": 1}).wire("p", "h", "t")
    assert create.startswith(b"POST /p/items/a HTTP/1.1\r\n")
    assert create.endswith(b'Content-Length: 8\r\n\r\n{"a": 1}')


@pytest.mark.parametrize(
    ("database", "multiple", "state"),
    [("sqlite", 3.4, "ok"), ("sqlite", 4, "over"), ("sqlite", 5.1, "ALARM"), ("mysql", 4, "ok"), ("mysql", 7, "ALARM")],
)
def test_states(database: str, multiple: float, state: str) -> None:
    assert Result(LIST, multiples=(multiple,)).state(database) == state


def test_what_cannot_be_measured_is_shown() -> None:
    results = [
        Result(PING, problem="answers 404"),
        Result(LIST, "1", multiples=(9.0, 8.0, 7.0), milliseconds=(1, 2, 3)),
    ]
    printed = "\n".join(lines("sqlite", results))
    assert "n/a" in printed and "answers 404" in printed and "8.00" in printed
    assert alarms({"sqlite": results}) == ["sqlite: list"]


@pytest.mark.parametrize(("wanted", "status", "refused"), [(0, 200, False), (0, 404, True), (304, 200, True)])
def test_refused(wanted: int, status: int, refused: bool) -> None:
    assert Case("x", "GET", "/", Limit(1, 1), "0", status=wanted).refused(status) is refused


def test_rows_have_valid_dates() -> None:
    assert article(1000)["publish_at"] == "2020-05-21 10:40:00"


def test_a_server_is_driven_and_its_cpu_counted(tmp_path: Path) -> None:
    port = servers.free_port()
    command = servers.gunicorn("tests.bench.hello:application", port)
    with servers.running(command, port, tmp_path / "log", ping="/") as server, load.load() as drive:
        end = time.monotonic() + servers.PATIENCE  # one worker answers before the other is there
        while len(cpu.family(server.process.pid)) < 3:
            assert time.monotonic() < end
            time.sleep(0.02)
        assert len(cpu.family(server.process.pid)) == 3
        request = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
        nanoseconds, statuses = cost(drive, server, request, 80)
        assert statuses == {200}
        assert 10_000 < nanoseconds < 100_000_000
        assert drive(server.base, b"GET /none HTTP/1.1\r\nHost: h\r\n\r\n", 8) == {404: 8}


def test_answers_in_chunks_are_read_whole(tmp_path: Path) -> None:
    port = servers.free_port()
    command = servers.gunicorn("tests.conformance.fake:application", port)  # sets no Content-Length
    with servers.running(command, port, tmp_path / "log"):
        assert load.drive("127.0.0.1", port, b"GET /server/ping HTTP/1.1\r\nHost: h\r\n\r\n", 20) == {200: 20}


def test_many_clients_at_once_are_all_answered() -> None:
    told = soak.measure("sqlite", 20, 1.0)
    assert told.is_well
    assert len(told.seconds) > 20
    assert set(told.statuses) == {200, 304}
