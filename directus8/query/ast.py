"""What a dialect asks of a collection: a tree of fields, a filter, an order, a page. Values without behaviour.

A dialect resolves wildcards, aliases and permissions on fields before it makes these; planning only translates.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from directus8.filters import Filter

#: Rows of any status.
ANY_STATUS: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class Stub:
    """A relation shown as ``{"<key>": value}`` without looking at the other side."""

    key: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function of a field: see filters.FUNCTIONS."""

    function: str


@dataclass(frozen=True, slots=True)
class Many:
    """A to-many relation expanded: the rows of ``node`` that point at each parent; order and page are per parent.

    ``flat`` names the entry whose value stands for the whole item.
    """

    node: Node
    filter: Filter | None = None
    sort: tuple[Sort, ...] = ()
    limit: int | None = None
    offset: int = 0
    flat: str = ""


@dataclass(frozen=True, slots=True)
class Computed:
    """A value without a column, made of columns of the same item."""

    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of an answer: a column (``what`` None), an expanded relation, a stub, a function, a computed value.

    ``of`` is the field when the key has another name.
    """

    name: str
    what: Node | Many | Stub | Call | Computed | None = None
    of: str = ""

    @property
    def field(self) -> str:
        """The field this tells of."""
        return self.of or self.name


@dataclass(frozen=True)
class Node:
    """The wanted fields of one collection; ``statuses`` None = those shown by default."""

    collection: str
    entries: tuple[Entry, ...]
    statuses: tuple[str, ...] | None = None

    @cached_property
    def _hash(self) -> int:
        return hash((self.collection, self.entries, self.statuses))

    def __hash__(self) -> int:  # asked for on every read, of trees that are kept: reckoned once
        return self._hash


@dataclass(frozen=True, slots=True)
class Sort:
    """One term of an order: a field, one behind m2o relations (``through``), or a function of it.

    ``seen``: the rows that may be seen at each step of the way and, at its end, be counted; planning adds them.
    """

    field: str
    descending: bool = False
    through: tuple[str, ...] = ()
    function: str = ""
    seen: tuple[Filter | None, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Term:
    """One key of a group: a field or a function of it, under the name it is told by."""

    name: str
    field: str
    function: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """One aggregate: count, sum, avg, min, max of a field (empty: of rows), each value once if ``distinct``."""

    function: str
    field: str = ""
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """Aggregates over the items of a collection, one row per group."""

    collection: str
    measures: tuple[Measure, ...]
    group: tuple[Term, ...] = ()
    filter: Filter | None = None
    sort: tuple[Sort, ...] = ()  # by name of a term
    limit: int | None = None
    offset: int = 0
    statuses: tuple[str, ...] | None = None


Selection: TypeAlias = Node
