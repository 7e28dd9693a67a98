"""What a process keeps to give again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any, TypeVar

from flask import Flask, current_app

Key = tuple[Any, ...]
OVERHEAD = 600  # bytes of an entry beside its body
_NAME = "directus8.shelf"


T = TypeVar("T")


class Shelf:
    """Kept things by key; the longest unused go when it is full."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.used = 0
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, tuple[object, int]] = OrderedDict()  # and the bytes it takes

    def get(self, key: Key, kind: type[T]) -> T | None:
        """What of this kind was kept under a key, whether it is still true or not."""
        with self._lock:
            kept, _ = self._entries.get(key, (None, 0))
            if not isinstance(kept, kind):
                return None
            self._entries.move_to_end(key)
            return kept

    def put(self, key: Key, kept: object, length: int) -> None:
        """Keep something in the place of what was there; ``length``: bytes of its body."""
        size = OVERHEAD + length
        if size > self.room // 8:
            return
        with self._lock:
            _, old = self._entries.pop(key, (None, 0))
            self.used += size - old
            self._entries[key] = kept, size
            while self.used > self.room:
                self.used -= self._entries.popitem(last=False)[1][1]


def install(app: Flask, room: int) -> None:
    """Give an application a shelf for so many bytes."""
    app.extensions[_NAME] = Shelf(room)


def the_shelf() -> Shelf:
    """The shelf of the application that answers this request."""
    shelf: Shelf = current_app.extensions[_NAME]
    return shelf
