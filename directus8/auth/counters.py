"""Counters that all processes of this host share: a storage for ``limits``, in a small file they all map.

A counter has a place in a set of eight, found by the hash of its key. Where all eight are taken the smallest count
goes: who would push out the count of many wrong guesses must make as many himself, eight times over.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from limits.storage import Storage

SETS, WAYS = 2048, 8
SLOT = struct.Struct("<QII")  # hash of the key, count, second in which it ends
SIZE = SETS * WAYS * SLOT.size
#: No counter lasts longer: one that seems to was made before the clock was put back.
LONGEST = 3600
MOST = 2**32 - 1


class FileStorage(Storage):
    """Counters in a file; it must lie on a local disk."""

    STORAGE_SCHEME = None

    def __init__(self, path: Path) -> None:
        super().__init__()
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size < SIZE:
                os.ftruncate(descriptor, SIZE)  # keeps what another process has written meanwhile
            self._map = mmap.mmap(descriptor, SIZE)
        finally:
            os.close(descriptor)
        self._lock = threading.Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What goes wrong with a file."""
        return OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Adds to a counter, which begins anew when it has ended; its count."""
        wanted, now = _hash(key), int(time.time())
        with self._alone():
            place, count, ends = self._find(wanted, now)
            if not count:
                ends = now + min(expiry, LONGEST)
            count = min(count + amount, MOST)
            SLOT.pack_into(self._map, place, wanted, count, ends)
        return count

    def get(self, key: str) -> int:
        """The count of a key; 0 when it has ended."""
        with self._alone():
            return self._find(_hash(key), int(time.time()))[1]

    def get_expiry(self, key: str) -> float:
        """When the counter ends; now when there is none."""
        now = int(time.time())
        with self._alone():
            _, count, ends = self._find(_hash(key), now)
        return ends if count else now

    def check(self) -> bool:
        """The file is mapped, so it can be used."""
        return True

    def reset(self) -> int | None:
        """Forgets everything."""
        with self._alone():
            self._map[:] = bytes(SIZE)
        return None

    def clear(self, key: str) -> None:
        """Forgets one counter."""
        with self._alone():
            place, count, _ = self._find(_hash(key), int(time.time()))
            if count:
                SLOT.pack_into(self._map, place, 0, 0, 0)

    def close(self) -> None:
        """Unmaps the file."""
        self._map.close()

    def _find(self, wanted: int, now: int) -> tuple[int, int, int]:
        """Where a counter is or may be put, its count (0: it is not there) and its end."""
        first = wanted % SETS * WAYS * SLOT.size
        best: tuple[int, int] = (MOST + 1, first)
        for place in range(first, first + WAYS * SLOT.size, SLOT.size):
            hashed, count, ends = SLOT.unpack_from(self._map, place)
            alive = count and now < ends <= now + LONGEST
            if alive and hashed == wanted:
                return place, count, ends
            best = min(best, (count if alive else 0, place))
        return best[1], 0, 0

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One at a time over all threads and processes; the kernel lets go for a process that dies."""
        with self._lock:
            descriptor = os.open(self.path, os.O_RDWR)  # of its own: locks belong to it, forks share none
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                os.close(descriptor)


def _hash(key: str) -> int:
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest())
