"""Activity and revision rows of finished writes. Source: items.md §7.3, activity_revisions.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import orjson

from directus8 import names
from directus8.context import Accountability, sql_time
from directus8.db.engine import Connection
from directus8.mutation.tree import CREATE, DELETE, LINK, Write
from directus8.schema.catalog import Collection
from directus8.types import column

#: Writes rows into a table; the values of a column of them, if one is named.
Insert: TypeAlias = Callable[[str, Sequence[dict[str, Any]], str | None], list[Any]]
#: Kept out of every revision, and of all that listeners are told.
SECRETS = {
    names.USERS: frozenset({"password", "2fa_secret", "password_reset_token"}),
    names.SESSIONS: frozenset({"token"}),
}
#: Told to administrators only, and kept out of the revisions of hardened projects; clients of the original see them.
MORE_SECRETS = {names.USERS: frozenset({"token"})}
#: What a masked value is told as.
MASK = "**********"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log, with the revision that belongs to it (None: no revision)."""

    action: str
    collection: str
    item: str
    comment: str | None = None
    data: dict[str, Any] | None = None
    delta: dict[str, Any] | None = None
    parent_collection: str | None = None
    parent_item: str | None = None
    parent_changed: bool | None = None
    by: int | None = None  # another user than the caller


def record(connection: Connection, who: Accountability, entries: Iterable[Entry], insert: Insert | None = None) -> None:
    """Writes entries: one statement for the log, one for the revisions. ``insert``: in place of the connection's."""
    insert = insert or connection.insert
    listed = list(entries)
    if not listed:
        return
    now = sql_time(who.clock())
    ids = insert(
        names.ACTIVITY,
        [
            {
                "action": e.action,
                "action_by": who.user if e.by is None else e.by,
                "action_on": now,
                "ip": "localhost" if who.ip in ("127.0.0.1", "::1") else who.ip[:50],
                "user_agent": who.user_agent[:255],
                "collection": e.collection[:64],
                "item": e.item[:255],
                "comment": e.comment,
            }
            for e in listed
        ],
        "id",
    )
    revisions = [
        {
            "activity": activity,
            "collection": e.collection[:64],
            "item": e.item[:255],
            "data": _json(e.data),
            "delta": _json(e.delta or []),
            "parent_collection": e.parent_collection,
            "parent_item": e.parent_item,
            "parent_changed": None if e.parent_changed is None else int(e.parent_changed),
        }
        for activity, e in zip(ids, listed, strict=True)
        if e.data is not None
    ]
    if revisions:
        insert(names.REVISIONS, revisions, None)


def _json(value: Any) -> str:
    """JSON in ASCII, as the original writes it: its table keeps no character beyond the BMP."""
    text = orjson.dumps(value).decode()
    return text if text.isascii() else json.dumps(value)


def entries_of(root: Write, comment: str | None) -> Iterable[Entry]:
    """The entries of a finished tree, in the order of the original."""
    yield from targets_of(root)
    yield _entry(root, comment)
    yield from _children(root)


def hardened(entries: Iterable[Entry], hashes: Mapping[str, frozenset[str]]) -> Iterable[Entry]:
    """The entries without what a hardened project keeps out of them; ``hashes``: hash fields by collection."""
    for entry in entries:
        secrets = MORE_SECRETS.get(entry.collection, frozenset()) | hashes.get(entry.collection, frozenset())
        yield replace(entry, data=_masked(entry.data, secrets), delta=_masked(entry.delta, secrets))


def _masked(values: dict[str, Any] | None, secrets: frozenset[str]) -> dict[str, Any] | None:
    return values and {n: MASK if n in secrets and v is not None else v for n, v in values.items()}


def targets_of(node: Write) -> Iterable[Entry]:
    """Targets of m2o fields anywhere below, each with a log of its own, before the item itself."""
    for one in node.ones.values():
        if one.action not in (LINK, DELETE):
            yield from entries_of(one, None)
    for many in node.manys:
        if many.action != DELETE:
            yield from targets_of(many)


def _children(node: Write) -> Iterable[Entry]:
    for many in node.manys:
        if many.action != DELETE:
            yield from _children(many)
            yield _child_entry(many)


def _entry(node: Write, comment: str | None) -> Entry:
    action = node.action_name or named(node)
    with_key = action in ("soft-delete", "revert")
    delta = _delta(node, drop_key=node.action != CREATE and not with_key)
    if with_key:
        delta = {**delta, node.key_name: str(node.key)}
    return Entry(
        action, node.collection.name, node.item, comment, revision_data(node.collection, node.row or {}), delta
    )


def _child_entry(node: Write) -> Entry:
    root = node.root
    return Entry(
        CREATE if not node.keyed else "update",
        node.collection.name,
        node.item,
        None,
        revision_data(node.collection, node.row or {}),
        _delta(node, drop_key=True),
        parent_collection=root.collection.name,
        parent_item=None if root.action == CREATE else root.item,
        parent_changed=True,
    )


def named(node: Write) -> str:
    """create, upload, update or soft-delete."""
    if node.action == CREATE:
        return "upload" if node.collection.name == names.FILES else CREATE
    status, statuses = node.collection.status, node.collection.statuses
    if status and statuses and status.name in node.sent and str(node.sent[status.name]) in statuses.deleted:
        return "soft-delete"
    return node.action


def _delta(node: Write, drop_key: bool) -> dict[str, Any]:
    fields = node.collection.fields
    secrets = SECRETS.get(node.collection.name, frozenset())
    delta = {}
    for name, value in node.sent.items():
        field = fields.get(name)
        if field is None or field.column is None or name in node.added or (drop_key and name == node.key_name):
            continue
        if name in secrets or field.is_hash:
            value = None if value is None else MASK
        delta[name] = value
    return delta


def revision_data(collection: Collection, row: dict[str, Any]) -> dict[str, Any]:
    """A full row as revisions keep it: numbers as text, structures decoded, no secrets."""
    hidden = SECRETS.get(collection.name, frozenset())
    data = {}
    for field in collection.columns:
        if field.name in row and field.name != "password" and field.column is not None:
            value = row[field.name]
            if field.name in hidden and value is not None:
                value = MASK
            elif field.kind.decode is not None and field.type not in ("datetime_created", "datetime_updated"):
                value = field.kind.decode(value)
            else:
                value = column.raw(field.column.type)(value)
            data[field.name] = value
    return data
