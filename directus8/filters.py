"""The filter expression tree that every dialect parses into. Values, no behaviour.

A condition's path names fields from the root collection: ``("author", "name")``. A path through a to-many relation
means "at least one related row such that"; ``Some`` says the same of a whole tree. Operators: eq neq lt lte gt gte in
nin between nbetween contains ncontains starts_with nstarts_with ends_with nends_with like nlike null nnull empty nempty
count_gte key. ``key`` is ``in`` for primary keys: only exact ones match. ``like`` takes a raw pattern (% and _);
``contains`` a literal text. Negative operators never match NULL, as in SQL. A condition may be about a function of the
field its path ends at: one of FUNCTIONS. One about a number of related rows (count_gte, count) says which rows count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, TypeAlias


class Dynamic(Enum):
    """Values known only when a request runs."""

    USER = "user"
    ROLE = "role"


#: Parts of dates and times; the number of items of a to-many relation. All are whole numbers.
FUNCTIONS = ("year", "month", "week", "day", "weekday", "hour", "minute", "second", "count")


@dataclass(frozen=True, slots=True)
class Slot:
    """A value lifted out of a tree, so that trees of one shape share one prepared statement."""

    index: int


@dataclass(frozen=True, slots=True)
class Condition:
    """``path operator value``, or ``function(path) operator value``; list operators take a tuple.

    ``counted``: the related rows that count, where it is their number that is asked for; None for all.
    """

    path: tuple[str, ...]
    operator: str
    value: Any = None
    function: str = ""
    counted: Filter | None = None


@dataclass(frozen=True, slots=True)
class And:
    """True when all parts are; empty = everything."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """True when one part is; empty = nothing."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True when the part is not true (NULL included)."""

    part: Filter


@dataclass(frozen=True, slots=True)
class Some:
    """True when the relation leads to at least one item for which the part is true."""

    field: str
    part: Filter


Filter: TypeAlias = Condition | And | Or | Not | Some

EVERYTHING = And(())
NOTHING = Or(())


def both(*filters: Filter | None) -> Filter | None:
    """The conjunction of those given, None when there is none."""
    parts = tuple(f for f in filters if f is not None and f != EVERYTHING)
    if len(parts) > 1:
        return And(parts)
    return parts[0] if parts else None


def conditions(tree: Filter) -> Iterator[Condition]:
    """All leaves, left to right."""
    if isinstance(tree, Condition):
        yield tree
    elif isinstance(tree, (Not, Some)):
        yield from conditions(tree.part)
    else:
        for part in tree.parts:
            yield from conditions(part)


def rewrite(tree: Filter, leaf: Callable[[Condition], Filter]) -> Filter:
    """The same tree with every leaf replaced."""
    if isinstance(tree, Condition):
        return leaf(tree)
    if isinstance(tree, (Not, Some)):
        return replace(tree, part=rewrite(tree.part, leaf))
    return type(tree)(tuple(rewrite(part, leaf) for part in tree.parts))


def lift(tree: Filter, values: list[Any]) -> Filter:
    """The tree with plain values moved to ``values`` and slots in their place; Dynamic values stay."""

    def slot(value: Any) -> Any:
        if isinstance(value, Dynamic):
            return value
        values.append(value)
        return Slot(len(values) - 1)

    def leaf(condition: Condition) -> Filter:
        if condition.value is None:
            return condition
        value = condition.value
        lifted = tuple(slot(v) for v in value) if isinstance(value, tuple) else slot(value)
        return replace(condition, value=lifted)

    return rewrite(tree, leaf)
