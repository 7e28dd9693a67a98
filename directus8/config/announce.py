"""A word in a small shared file that changes with every change of the configuration made through directus8.

Servers look at the word on every request, which is reading memory, and at the configuration files themselves only when
it changed or a moment has gone by: what somebody edits by hand is seen within that moment.
"""

from __future__ import annotations

import mmap
import os
import secrets
import time
from contextlib import suppress

from directus8.config.table import Home

SIZE = 8


class Announcements:
    """The announcements of one installation. Where the file can't be kept, no two readings are alike."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._words: memoryview | None = None

    def read(self) -> int:
        """The current word."""
        if self._words is None:
            self._words = _map(self._home)
        return time.monotonic_ns() if self._words is None else int(self._words[0])


def announce(home: Home) -> None:
    """Let all servers of this host look at the configuration files before their next answer."""
    with suppress(OSError):
        home.projects.mkdir(parents=True, exist_ok=True)
        if (words := _map(home)) is not None:
            words[0] = secrets.randbits(64)


def _map(home: Home) -> memoryview | None:
    try:
        descriptor = os.open(home.projects / ".announced", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return None
    try:
        if os.fstat(descriptor).st_size < SIZE:
            os.ftruncate(descriptor, SIZE)
        return memoryview(mmap.mmap(descriptor, SIZE)).cast("Q")
    finally:
        os.close(descriptor)
