"""The permission row and its words. Source: permissions.md §2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LEVELS = {"none": 0, "mine": 1, "role": 2, "full": 3}
ACTIONS = ("create", "read", "update", "delete")


def level(word: str | None) -> int:
    """The rank of a level word; unknown words and null allow nothing."""
    return LEVELS.get(word or "", 0)


@dataclass(frozen=True, slots=True)
class Permission:
    """One row of a role, for one collection and one status (None: whatever the status)."""

    collection: str
    status: str | None
    create: int
    read: int
    update: int
    delete: int
    comment: str | None
    explain: str | None
    read_blacklist: frozenset[str]
    write_blacklist: frozenset[str]

    def level(self, action: str) -> int:
        """The rank granted for create, read, update or delete."""
        granted: int = getattr(self, action)
        return granted


def _names(text: str | None) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(",") if part.strip()) if text else frozenset()


def permission(row: Mapping[str, Any]) -> Permission:
    """A permission from a stored row."""
    return Permission(
        collection=row["collection"],
        status=row["status"],
        create=level(row["create"]),
        read=level(row["read"]),
        update=level(row["update"]),
        delete=level(row["delete"]),
        comment=row["comment"],
        explain=row["explain"],
        read_blacklist=_names(row["read_field_blacklist"]),
        write_blacklist=_names(row["write_field_blacklist"]),
    )
