"""Prepared reads by shape: queries that differ only in their values share one SQL text and one set of decoders."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

from directus8.filters import lift
from directus8.query.ast import Query
from directus8.query.fetch import PreparedRead


class PlanCache:
    """A bounded, thread-safe map of shapes. It belongs to one catalog and is thrown away with it."""

    def __init__(self, size: int = 2000) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The value of a key, made when it is not there."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return made


def shape_of(query: Query) -> tuple[Query, list[Any]]:
    """The query with its filter values taken out (and limit and offset levelled), and these values."""
    values: list[Any] = []
    lifted = lift(query.filter, values) if query.filter is not None else None
    limited = query.limit is not None or bool(query.offset)
    return replace(query, filter=lifted, limit=1 if limited else None, offset=0), values


__all__ = ["PlanCache", "PreparedRead", "shape_of"]
