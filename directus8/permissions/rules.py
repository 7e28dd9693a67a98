"""The compiled permissions of one role: what it may do in a collection, as filters and field sets.

Pure: a role's rows and a catalog go in, filter expressions with dynamic values come out, so the rules of a role are
the same value for all of its users. Source: permissions.md §4–6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from directus8 import names
from directus8.context import ADMIN_ROLE, PUBLIC_ROLE
from directus8.errors import Error, ReadDenied, Unauthorized
from directus8.filters import NOTHING, Condition, Dynamic, Filter, Or, both
from directus8.permissions.model import LEVELS, Permission
from directus8.schema.catalog import Collection

MINE, ROLE, FULL = LEVELS["mine"], LEVELS["role"], LEVELS["full"]

#: Collections whose rows belong to a role or user through a column that is no owner field, for ``mine``.
_SPECIAL_OWNERS: Mapping[str, tuple[str, Dynamic]] = {
    names.ROLES: ("id", Dynamic.ROLE),
    names.PERMISSIONS: ("role", Dynamic.ROLE),
    names.ACTIVITY: ("action_by", Dynamic.ROLE),
}
#: Columns of revisions that hold whole items.
STATES = frozenset({"data", "delta"})
#: Collections in which a caller may change his own rows with ``mine``, though they have no owner field.
_OWN_ROWS: Mapping[str, str] = {names.USERS: "id", names.PRESETS: "user"}


@dataclass(frozen=True, slots=True)
class Entry:
    """The rows of one collection: the global one and those by status."""

    everywhere: Permission | None
    by_status: Mapping[str, Permission]

    def all(self) -> tuple[Permission, ...]:
        """The rows that count: those by status when there are any, else the global one."""
        if self.by_status:
            return tuple(self.by_status.values())
        return (self.everywhere,) if self.everywhere else ()


_NOTHING_GRANTED = Entry(None, {})


class Rules:
    """What one role may do. Compared by identity: a new value is made whenever a permission changes."""

    def __init__(
        self,
        role: int,
        permissions: Iterable[Permission],
        rows: tuple[dict[str, Any], ...] = (),
        hardened: bool = False,
    ) -> None:
        self.role = role
        self.hardened = hardened
        self.is_admin = role == ADMIN_ROLE
        self.is_public = role == PUBLIC_ROLE
        self.rows = rows
        everywhere: dict[str, Permission] = {}
        by_status: dict[str, dict[str, Permission]] = {}
        for p in permissions:
            if p.status is None:
                everywhere.setdefault(p.collection, p)
            elif p.status != "$create":
                by_status.setdefault(p.collection, {}).setdefault(p.status, p)
        self._entries = {
            name: Entry(everywhere.get(name), by_status.get(name, {})) for name in everywhere.keys() | by_status.keys()
        }

    def entry(self, collection: str) -> Entry:
        """The rows of a collection."""
        return self._entries.get(collection, _NOTHING_GRANTED)

    # --- levels ----------------------------------------------------------------------------------------------

    def allows(self, action: str, collection: str, status: str | None = None, at_least: int = MINE) -> bool:
        """May the role do this at that level? A status without a row counts as "any status"."""
        if self.is_admin:
            return True
        entry = self.entry(collection)
        if not entry.by_status:
            return entry.everywhere is not None and entry.everywhere.level(action) >= at_least
        if status is not None and status in entry.by_status:
            return entry.by_status[status].level(action) >= at_least
        return any(p.level(action) >= at_least for p in entry.by_status.values())

    def reads(self, collection: str) -> bool:
        """May the role read something of the collection at all?"""
        return self.allows("read", collection)

    def status_row(self, collection: str, status: str | None) -> Permission | None:
        """The row that speaks for items of a status; for none or an unknown one there is none in workflow mode."""
        entry = self.entry(collection)
        if entry.by_status:
            return entry.by_status.get(status) if status is not None else None
        return entry.everywhere

    # --- reading ---------------------------------------------------------------------------------------------

    def denied_read(self, collection: str) -> Error:
        """The error for a collection of which nothing may be read."""
        return Unauthorized() if self.is_public else ReadDenied(collection=collection)

    def read_filter(self, collection: Collection) -> Filter | None:
        """The rows the role may read, None for all. Unauthorized or ReadDenied when it may read none by rule."""
        if self.is_admin:
            return None
        name = collection.name
        entry = self.entry(name)
        if self.hardened and name == names.REVISIONS and self.reads(name):
            return Condition(("collection",), "in", self._open_collections()) if self._entries else NOTHING
        if not entry.by_status and entry.everywhere and entry.everywhere.read == MINE and name in _SPECIAL_OWNERS:
            column, owner = _SPECIAL_OWNERS[name]
            return Condition((column,), "eq", owner)
        if not self.reads(name):
            raise self.denied_read(name)
        if entry.by_status:
            return self._by_status(collection, entry)
        assert entry.everywhere is not None
        if entry.everywhere.read == FULL:
            return None
        owner_field = self._owner(collection)
        if owner_field is None and collection.status is None:
            raise ReadDenied(collection=name)
        return owned(owner_field, entry.everywhere.read)

    def _open_collections(self) -> tuple[str, ...]:
        """The collections of which the role reads every item and field."""
        entries = ((name, e.everywhere) for name, e in self._entries.items() if not e.by_status)
        return tuple(sorted(name for name, p in entries if p and p.read == FULL and not p.read_blacklist))

    def _by_status(self, collection: Collection, entry: Entry) -> Filter:
        if collection.status is None:
            raise ReadDenied(collection=collection.name)
        status, owner = collection.status.name, self._owner(collection)
        parts: list[Filter] = []
        for value, permission in entry.by_status.items():
            if permission.read >= MINE:
                own = None if permission.read == FULL else owned(owner, permission.read)
                if own != NOTHING:
                    parts.append(both(Condition((status,), "eq", value), own) or NOTHING)
        return Or(tuple(parts))

    @staticmethod
    def _owner(collection: Collection) -> str | None:
        if collection.owner is not None:
            return collection.owner.name
        return "id" if collection.name == names.USERS else None

    def readable_statuses(self, collection: str) -> frozenset[str] | None:
        """The statuses the role may read in workflow mode, None when statuses do not matter."""
        entry = self.entry(collection)
        if self.is_admin or not entry.by_status:
            return None
        return frozenset(s for s, p in entry.by_status.items() if p.read >= MINE)

    def hidden_fields(self, collection: str) -> frozenset[str]:
        """Fields that may be read in no item."""
        entry = self.entry(collection)
        rows = entry.all()
        return frozenset.intersection(*(p.read_blacklist for p in rows)) if rows else frozenset()

    def hidden_by_status(self, collection: str) -> Mapping[str, frozenset[str]]:
        """Fields that may not be read in items of a status, beyond hidden_fields."""
        always = self.hidden_fields(collection)
        entry = self.entry(collection)
        hidden = {s: p.read_blacklist - always for s, p in entry.by_status.items()}
        return {s: fields for s, fields in hidden.items() if fields}

    def hidden_anywhere(self, collection: str) -> frozenset[str]:
        """Fields that may not be read, be it in items of some status."""
        return self.hidden_fields(collection).union(*self.hidden_by_status(collection).values())

    @cached_property
    def hiding(self) -> frozenset[str]:
        """The collections of which some field may not be read."""
        return frozenset(name for name in self._entries if self.hidden_anywhere(name))

    def unordered_fields(self, collection: str) -> frozenset[str]:
        """Fields by which the role orders and groups nothing.

        The original orders by hidden ones (recorded); what is hidden in items of some status never tells of them.
        """
        hidden = self.hidden_anywhere(collection)
        if collection == names.REVISIONS and not self.is_admin:
            hidden |= STATES
        return hidden if self.hardened else hidden - self.hidden_fields(collection)

    # --- writing ---------------------------------------------------------------------------------------------

    def unwritable_fields(self, collection: str, status: str | None) -> frozenset[str]:
        """Fields that may not be written in items of a status."""
        row = self.status_row(collection, status)
        return row.write_blacklist if row else frozenset()

    def explains(self, action: str, collection: str, status: str | None) -> bool:
        """Must an activity comment be given?"""
        row = self.status_row(collection, status)
        return row is not None and row.explain in (action, "always") and action in ("create", "update", "delete")

    def comment_word(self, collection: str, status: str | None) -> str | None:
        """The comment level; None means everything is allowed."""
        row = self.status_row(collection, status)
        return row.comment if row else None

    def write_filter(self, action: str, collection: Collection) -> Filter | None:
        """The stored rows the role may update or delete: None for all, NOTHING for none. Source: §5."""
        if self.is_admin:
            return None
        entry = self.entry(collection.name)
        if not entry.by_status:
            return self._writable(action, collection, entry.everywhere)
        if collection.status is None:
            return NOTHING
        parts: list[Filter] = []
        known = tuple(entry.by_status)
        for status, permission in entry.by_status.items():
            granted = self._writable(action, collection, permission)
            parts.append(both(Condition((collection.status.name,), "eq", status), granted) or NOTHING)
        most = max(entry.by_status.values(), key=lambda p: p.level(action))
        others = self._writable(action, collection, most)
        elsewhere = Or(
            (Condition((collection.status.name,), "nin", known), Condition((collection.status.name,), "null"))
        )
        parts.append(both(elsewhere, others) or elsewhere)
        return Or(tuple(parts))

    def may_move(
        self, collection: Collection, row: Mapping[str, Any], given: Mapping[str, Any], user: int | None
    ) -> bool:
        """May an item get the status of a payload? That takes the right to update such items."""
        field, entry = collection.status, self.entry(collection.name)
        if self.is_admin or field is None or not entry.by_status or given.get(field.name) is None:
            return True
        if collection.name == names.USERS and not self.hardened:
            return True  # recorded: users give themselves any status
        old, new = str(row[field.name]), str(given[field.name])
        if collection.statuses and new in collection.statuses.deleted:
            return True  # a deletion, which takes another right
        target = entry.by_status.get(new)
        if new == old or target is None or target.update == FULL:
            return True
        if collection.owner is None or target.update < MINE:
            return False
        before = entry.by_status.get(old)
        mates = target.update == ROLE and before is not None and before.update <= ROLE
        return mates or row[collection.owner.name] == user

    def may_hand_over(self, collection: Collection, row: Mapping[str, Any]) -> bool:
        """May the owner of an item be changed? That takes the right to update everybody's."""
        status = None if collection.status is None else str(row[collection.status.name])
        return self.allows("update", collection.name, status, at_least=FULL)

    def _writable(self, action: str, collection: Collection, permission: Permission | None) -> Filter | None:
        granted = permission.level(action) if permission else 0
        if granted == FULL:
            return None
        if collection.owner is not None:
            return owned(collection.owner.name, granted) if granted else NOTHING
        own = _OWN_ROWS.get(collection.name) if action == "update" else None
        return Condition((own,), "eq", Dynamic.USER) if own and granted >= MINE else NOTHING


def owned(owner: str | None, granted: int) -> Filter:
    """Rows of the caller (mine), or of him and all users of his role (role)."""
    if owner is None:
        return NOTHING
    mine = Condition((owner,), "eq", Dynamic.USER)
    if granted < ROLE:
        return mine
    role_path = (owner, "role") if owner != "id" else ("role",)
    return Or((mine, Condition(role_path, "eq", Dynamic.ROLE)))
