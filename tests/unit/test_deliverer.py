"""The thread that delivers webhooks: what it tries again, and when it no longer does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from directus8.services import deliverer as module
from directus8.services.deliverer import Deliverer


class Away:
    """A registry whose projects can't be opened; it counts who tried."""

    def __init__(self) -> None:
        self.tries = threading.Semaphore(0)

    @contextmanager
    def use(self, key: str) -> Iterator[None]:
        self.tries.release()
        raise OSError("away")
        yield


@pytest.fixture
def trying(monkeypatch: pytest.MonkeyPatch) -> tuple[Deliverer, Away]:
    """A deliverer that has something to deliver, and never can."""
    monkeypatch.setattr(module, "PATIENCE", -1)  # with the second that is added: at once
    registry: Any = Away()
    made = Deliverer()
    made.registry = registry
    project: Any = SimpleNamespace(key="demo", config=SimpleNamespace(webhooks=SimpleNamespace(delivery="server")))
    made.post(project)
    return made, registry


def test_it_tries_until_all_projects_are_closed(trying: tuple[Deliverer, Away]) -> None:
    deliverer, registry = trying
    assert all(registry.tries.acquire(timeout=10) for _ in range(3))
    deliverer.rest()
    time.sleep(0.2)  # one may have been under way
    registry.tries = threading.Semaphore(0)
    assert not registry.tries.acquire(timeout=1.2)
