"""The collector of garbage in a worker: what is alive is put aside, and looked at again after an hour."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from directus8.cli.serve import HOUR, Ageing


class Knot:
    """Something that only the collector can take away."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def clock() -> Iterator[list[float]]:
    """The time, which the test sets; the collector is as it was afterwards."""
    now = [0.0]
    ageing = Ageing(lambda: now[0])
    gc.callbacks.append(ageing)
    yield now
    gc.callbacks.remove(ageing)
    gc.unfreeze()


def test_what_is_alive_is_put_aside(clock: list[float]) -> None:
    before, knots = gc.get_freeze_count(), [Knot() for _ in range(1000)]
    gc.collect()
    assert gc.get_freeze_count() - before >= len(knots)


def test_young_garbage_is_taken_at_once_and_old_after_an_hour(clock: list[float]) -> None:
    young = weakref.ref(Knot())
    old_knot = Knot()
    old = weakref.ref(old_knot)
    gc.collect()
    assert young() is None
    del old_knot
    gc.collect()
    assert old() is not None
    clock[0] += HOUR
    gc.collect()
    assert old() is None
