"""How many wrong guesses an address may make before it must wait. Kept by the process: values in, values out."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque

MOST = 100
SECONDS = 300.0
#: Addresses remembered; beyond that the longest silent ones are forgotten.
ADDRESSES = 10_000


class Failures:
    """The latest wrong guesses by address."""

    def __init__(self, most: int = MOST, seconds: float = SECONDS) -> None:
        self.most = most
        self.seconds = seconds
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, address: str, now: float) -> None:
        """Counts a wrong guess."""
        with self._lock:
            self._times.setdefault(address, deque(maxlen=self.most)).append(now)
            self._times.move_to_end(address)
            if len(self._times) > ADDRESSES:
                self._times.popitem(last=False)

    def too_many(self, address: str, now: float) -> bool:
        """Whether the address has used up its guesses."""
        with self._lock:
            times = self._times.get(address)
            return times is not None and len(times) == self.most and times[0] > now - self.seconds
