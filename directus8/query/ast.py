"""What a dialect asks of a collection: a tree of fields, a filter, an order, a page. Values without behaviour.

A dialect resolves wildcards, aliases and permissions on fields before it makes these; planning only translates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from directus8.filters import Filter

#: Rows of any status.
ANY_STATUS: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class Stub:
    """A relation shown as ``{"<key>": value}`` without looking at the other side."""

    key: str


@dataclass(frozen=True, slots=True)
class Many:
    """A to-many relation expanded: the rows of ``node`` that point at each parent."""

    node: Node
    filter: Filter | None = None


@dataclass(frozen=True, slots=True)
class Computed:
    """A value without a column, made of columns of the same item."""

    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of an answer: a column (``what`` None), an expanded relation, a stub, or a computed value."""

    name: str
    what: Node | Many | Stub | Computed | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """The wanted fields of one collection; ``statuses`` None = those shown by default."""

    collection: str
    entries: tuple[Entry, ...]
    statuses: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Sort:
    """One term of an order."""

    field: str
    descending: bool = False


RANDOM = Sort("?")


@dataclass(frozen=True, slots=True)
class Query:
    """One read. ``filter`` is the client's; the rules are added when the query is planned."""

    node: Node
    filter: Filter | None = None
    sort: tuple[Sort, ...] = ()
    limit: int | None = None  # None: no limit
    offset: int = 0
    group: tuple[str, ...] = ()


Selection: TypeAlias = Node
