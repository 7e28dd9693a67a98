"""A write as a tree: one node per item touched, linked as the payload was nested."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from directus8.schema.catalog import Collection

CREATE, UPDATE, DELETE, LINK = "create", "update", "delete", "link"


@dataclass(slots=True, eq=False)
class Write:
    """One item to be written.

    ``sent`` are the columns as the client gave them (m2o objects taken out into ``ones``); ``values`` the database
    values, complete when the item's turn comes. A LINK only stands for an existing item that is pointed at.
    """

    collection: Collection
    action: str
    sent: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)  # the payload as it came
    key: Any = None
    values: dict[str, Any] = field(default_factory=dict)
    stored: dict[str, Any] | None = None  # the row before the write, as database values
    ones: dict[str, Write] = field(default_factory=dict)  # m2o field → its target
    manys: list[Write] = field(default_factory=list)
    parent: Write | None = None  # whose to-many relation this is an entry of
    foreign_key: str | None = None  # our column that points at the parent
    keyed: bool = False  # the payload named the key
    far: bool = False  # the far side of an entry of a to-many relation
    added: frozenset[str] = frozenset()  # fields of the payload that the server put there
    action_name: str | None = None  # what the log calls it, when not after ``action``
    row: dict[str, Any] | None = None  # the row after the write

    @property
    def key_name(self) -> str:
        """Name of the key column."""
        assert self.collection.key is not None
        return self.collection.key.name

    @property
    def item(self) -> str:
        """The key as logs have it: text, empty where the table has no key."""
        return "" if self.key is None else str(self.key)

    @property
    def must_exist(self) -> bool:
        """Entries of lists and their far sides are looked up; the target of a plain m2o is made when missing."""
        return self.parent is not None or self.far

    @property
    def root(self) -> Write:
        """The item whose request this is part of."""
        return self if self.parent is None else self.parent.root

    def pointing(self) -> dict[str, Any]:
        """What was sent, with the keys of the targets and of the parent that nesting stands for; None for new ones."""
        ones = {name: one.key for name, one in self.ones.items()}
        parent = {self.foreign_key: self.parent.key} if self.parent is not None and self.foreign_key else {}
        return {**parent, **self.sent, **ones}

    def descendants(self) -> list[Write]:
        """This node and all below it, targets first, in the order of the payload."""
        found: list[Write] = []
        for one in self.ones.values():
            found.extend(one.descendants())
        found.append(self)
        for many in self.manys:
            found.extend(many.descendants())
        return found
