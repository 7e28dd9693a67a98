"""The filter expression tree that every dialect parses into. Values, no behaviour.

A condition's path names fields from the root collection: ``("author", "name")``. A path through a to-many relation
means "at least one related row such that" (``some``). Operators: eq neq lt lte gt gte in nin between nbetween contains
ncontains starts_with ends_with like nlike null nnull empty nempty count_gte key. ``key`` is ``in`` for primary keys:
only exact ones match. ``like`` takes a raw pattern (% and _);
``contains`` a literal text. Negative operators never match NULL, as in SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias


class Dynamic(Enum):
    """Values known only when a request runs."""

    USER = "user"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class Slot:
    """A value lifted out of a tree, so that trees of one shape share one prepared statement."""

    index: int


@dataclass(frozen=True, slots=True)
class Condition:
    """``path operator value``; list operators take a tuple."""

    path: tuple[str, ...]
    operator: str
    value: Any = None


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


Filter: TypeAlias = Condition | And | Or | Not

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
    elif isinstance(tree, Not):
        yield from conditions(tree.part)
    else:
        for part in tree.parts:
            yield from conditions(part)


def rewrite(tree: Filter, leaf: Callable[[Condition], Filter]) -> Filter:
    """The same tree with every leaf replaced."""
    if isinstance(tree, Condition):
        return leaf(tree)
    if isinstance(tree, Not):
        return Not(rewrite(tree.part, leaf))
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
        return Condition(condition.path, condition.operator, lifted)

    return rewrite(tree, leaf)
