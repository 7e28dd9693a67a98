"""What SQL a piece of work runs: for tests and for the Server-Timing header."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple


class Statement(NamedTuple):
    """One executed statement and how long it took."""

    sql: str
    seconds: float


@dataclass(slots=True)
class Trace:
    """The statements of one ``observe()`` block, in order; BEGIN, COMMIT and ROLLBACK are not counted."""

    statements: list[Statement] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Time spent in the database."""
        return sum(statement.seconds for statement in self.statements)

    def __len__(self) -> int:
        return len(self.statements)


current: ContextVar[Trace | None] = ContextVar("directus8_trace", default=None)


@contextmanager
def observe() -> Iterator[Trace]:
    """Collect the statements this thread (or context) executes in the block; an outer block sees them too."""
    outer = current.get()
    trace = Trace()
    token = current.set(trace)
    try:
        yield trace
    finally:
        current.reset(token)
        if outer is not None:
            outer.statements.extend(trace.statements)


_PLAIN = re.compile(r"\w+")
_READS = ("SELECT", "PRAGMA", "SHOW")


@lru_cache(8192)
def named(sql: str, tables: tuple[str, ...]) -> frozenset[str]:
    """The tables that may be named in a statement: all that are, perhaps some more."""
    text = sql.lower()
    return frozenset(name for name in tables if not _PLAIN.fullmatch(name) or name.lower() in text)


def written(statements: Iterable[Statement], tables: tuple[str, ...]) -> set[str]:
    """The tables that statements may have written."""
    return {name for each in statements if not each.sql.startswith(_READS) for name in named(each.sql, tables)}
