"""Where log lines go: standard output or a file; at once, or gathered for a moment and written together.

A write lets other threads in, which costs an answer that is quick a fifth of its time. A worker (``cli/serve.py``)
therefore gathers the lines of answered requests; whatever else is told is written at once, after what waits.
"""

from __future__ import annotations

import atexit
import logging
import sys
import time
import traceback
from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TextIO

STREAMS = {"stdout": "stdout", "stderr": "stderr", "php://stdout": "stdout", "php://stderr": "stderr"}
PAUSE = 0.1  # seconds for which lines are gathered
MOST = 10_000  # lines that may wait


class Lines:
    """Writes lines, in the order in which it got them. What cannot be written is told on standard error."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, str]] = deque()
        self._writing = Lock()
        self._come = Event()
        self._gathering = False

    def write(self, path: str, line: str) -> None:
        """Writes a line to ``stdout``, ``stderr``, a file, or ``directus8.log`` in a folder."""
        self._waiting.append((path, line))
        self.flush()

    def post(self, path: str, line: str) -> None:
        """The same soon, if lines are gathered."""
        if not self._gathering or len(self._waiting) >= MOST:
            self.write(path, line)
            return
        self._waiting.append((path, line))
        if not self._come.is_set():
            self._come.set()

    def gather(self) -> None:
        """From now on a thread writes what was posted; the rest when the process ends."""
        self._gathering = True
        atexit.register(self.flush)
        Thread(target=self._gather, name="log lines", daemon=True).start()

    def flush(self) -> None:
        """Writes what waits."""
        with self._writing:
            for path, lines in groupby(self._taken(), itemgetter(0)):
                try:
                    stream = _stream(path)
                    stream.write("".join(f"{line}\n" for _, line in lines))
                    stream.flush()
                except Exception:
                    if logging.raiseExceptions:
                        traceback.print_exc()

    def _taken(self) -> Iterator[tuple[str, str]]:
        while self._waiting:
            yield self._waiting.popleft()

    def _gather(self) -> None:
        while self._come.wait():
            time.sleep(PAUSE)
            self._come.clear()  # first: what comes from here on wakes us again
            self.flush()


def _stream(path: str) -> TextIO:
    name = STREAMS.get(path)
    return getattr(sys, name) if name else _file(path)  # looked up each time: it may be replaced


@lru_cache(256)
def _file(path: str) -> TextIO:
    """The open log file of a project; a folder gets ``directus8.log``."""
    file = Path(path)
    if file.suffix != ".log":
        file = file / "directus8.log"
    file.parent.mkdir(parents=True, exist_ok=True)
    return file.open("a", encoding="utf-8")


#: Those of this process.
lines = Lines()
