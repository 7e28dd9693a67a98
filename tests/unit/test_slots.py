"""Places for calls to a storage."""

from __future__ import annotations

import threading
import time

import pytest

from directus8.files.slots import Slots
from directus8.files.storage import StorageDown


def held(slots: Slots, seconds: float, steps: int = 1) -> threading.Thread:
    """A thread that has a place for so long, and goes on at each step."""
    begun = threading.Event()

    def hold() -> None:
        with slots.taken():
            begun.set()
            for _ in range(steps):
                time.sleep(seconds / steps)
                slots.moved()

    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait()
    return thread


def test_late_calls_hold_nobody_up() -> None:
    slots = Slots(1, 0.1)
    thread = held(slots, 0.5)
    started = time.monotonic()
    for _ in range(2):
        with pytest.raises(StorageDown), slots.taken():
            pass
    assert time.monotonic() - started < 0.4
    thread.join()
    with slots.taken(), slots.taken():
        pass


def test_calls_that_go_on_are_waited_for() -> None:
    slots = Slots(1, 0.15)
    thread = held(slots, 0.4, 8)
    with slots.taken():
        thread.join(1)
        assert not thread.is_alive()


@pytest.mark.parametrize(("threads", "most"), [(1, 1), (2, 1), (4, 3), (16, 15)])
def test_one_thread_stays_free(threads: int, most: int) -> None:
    slots = Slots()
    assert slots.most == 3
    slots.keep_one_free(threads)
    assert slots.most == most
