"""How many threads may wait for a storage elsewhere: one that hangs must not hold all of a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from directus8.files.storage import StorageDown

MOST = 3  # all threads of a process but one, when it has four
LATE = 1.0  # seconds without progress after which a call holds nobody else up any longer


class Slots:
    """Places for calls to a storage. Whoever comes when all are taken waits for those that go on, not for late ones."""

    def __init__(self, most: int = MOST, late: float = LATE) -> None:
        self.most, self._late = most, late
        self._changed = threading.Condition()
        self._since: dict[int, float] = {}  # thread → when its call began, or last went on

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Around a call; one inside another needs no second place. StorageDown when late calls hold all places."""
        me = threading.get_ident()
        if me in self._since:
            yield
            return
        with self._changed:
            while len(self._since) >= self.most:
                youngest = max(self._since.values())
                left = youngest + self._late - time.monotonic()
                if left <= 0:
                    raise StorageDown()
                self._changed.wait(left)
            self._since[me] = time.monotonic()
        try:
            yield
        finally:
            with self._changed:
                del self._since[me]
                self._changed.notify()

    def moved(self) -> None:
        """The call of this thread goes on."""
        if (me := threading.get_ident()) in self._since:
            self._since[me] = time.monotonic()

    def keep_one_free(self, threads: int) -> None:
        """Of so many threads one is always left for those who need no storage."""
        self.most = max(1, threads - 1)


#: Those of this process.
slots = Slots()
