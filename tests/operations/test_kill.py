"""A server, or a worker of it, that is killed while it writes: what was answered is there, everything else is not."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from tests import servers
from tests.operations.albums import CLIENTS, Locked, Run, check_whole, define, writing
from tests.operations.conftest import Place, Served, serving

WRITES = int(os.environ.get("DIRECTUS8_WRITES", "100"))  # 500 by hand
#: After how many answers; each kill costs the albums that are under way.
KILLS = tuple((WRITES - 3 * CLIENTS) * share // 100 for share in (25, 60, 90))


@pytest.fixture(scope="module")
def empty(place: Place) -> Place:
    """The catalogue of the demo without its items."""
    with serving(place, 1) as served:
        define(served.admin)
    return place


def _kill(served: Served) -> None:
    """The whole server at once, as when the machine loses its power."""
    for pid in served.server.workers():
        os.kill(pid, signal.SIGKILL)


def _killed(place: Place, run: Run, numbers: Iterator[int], after: int) -> None:
    """Write on a server that is killed after so many answers."""
    with (
        pytest.raises(servers.ServerFailed, match="ended with -9"),
        serving(place) as served,
        writing(served, run, numbers) as stop,
    ):
        assert run.passed(after)
        stop.set()  # what is under way is killed; nobody asks the dead server for more
        _kill(served)
        served.server.process.wait(servers.GRACE)  # a killed process still takes a moment to end


def test_all_or_nothing(empty: Place) -> None:
    run, numbers = Run(), Locked(range(WRITES))
    for after in KILLS:
        _killed(empty, run, numbers, after)
        with serving(empty, 1) as served:
            check_whole(served.admin, run)
    with serving(empty) as served:
        with writing(served, run, numbers):
            pass
        there = check_whole(served.admin, run)
    assert len(run.kept) <= there <= WRITES
    assert there >= WRITES - len(KILLS) * CLIENTS


def test_a_killed_worker_is_replaced(empty: Place) -> None:
    """The clients of the other one notice nothing, those who were served lose that answer."""
    run = Run()
    with serving(empty) as served:
        earlier = check_whole(served.admin, run)
        main, doomed, other = served.server.workers()
        with writing(served, run, Locked(range(WRITES, 2 * WRITES))) as stop:
            assert run.passed(KILLS[0])
            os.kill(doomed, signal.SIGKILL)
            assert run.passed(KILLS[1])
            stop.set()
        _await_workers(served, 2)
        assert served.server.workers()[0] == main and other in served.server.workers()
        assert check_whole(served.admin, run) <= earlier + len(run.kept) + run.cut
    assert run.cut <= CLIENTS


def _await_workers(served: Served, count: int) -> None:
    end = time.monotonic() + servers.GRACE
    while len(served.server.workers()) != 1 + count:
        assert time.monotonic() < end, "the worker is not replaced"
        time.sleep(0.05)
