"""/{project}/permissions, and the caller's own. Source: permissions.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from directus8 import names
from directus8.api.php import listed
from directus8.api.v8 import items
from directus8.api.v8.answer import Answer
from directus8.api.v8.items import whole_rows
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.api.v8.system import digits_listed, mount_delete, mount_reading, mount_update_batch, update_existing
from directus8.state import PERMISSION_COLUMNS

LISTS = ("read_field_blacklist", "write_field_blacklist")
FOR_ACTIONS = 2


@route("GET", "/permissions/me")
def own(request: V8Request) -> Answer:
    who, rules = request.session.who, request.session.rules
    if who.is_admin:
        return Answer([_told({**dict.fromkeys(PERMISSION_COLUMNS), "role": who.role})])
    return Answer([_told(row) for row in sorted(_counting(rules.rows), key=_rank)])


@route("GET", "/permissions/me/<collection>")
def own_for(request: V8Request, collection: str) -> Answer:
    rows = [] if request.session.who.is_admin else _counting(request.session.rules.rows)
    found = [_told(row) for row in rows if row["collection"] == collection and _rank(row) < FOR_ACTIONS]
    alone = len(found) == 1 and found[0]["status"] is None
    return Answer(found[0] if alone else found)


def _rank(row: Mapping[str, Any]) -> int:
    """Rows for everything come first, then those of statuses, then those of actions such as ``$create``."""
    status = row["status"]
    return 0 if status is None else FOR_ACTIONS if status.startswith("$") else 1


def _counting(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The first row of each collection and status; one for everything goes when rows of statuses follow."""
    found: dict[tuple[str, str | None], Mapping[str, Any]] = {}
    for row in rows:
        found.setdefault((row["collection"], row["status"]), row)
        if _rank(row) == 1:
            found.pop((row["collection"], None), None)
    return list(found.values())


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as this endpoint has it: lists of fields as lists, the list of statuses as stored."""
    return {**row, **{name: listed(row[name]) for name in LISTS}}


mount_reading("/permissions", names.PERMISSIONS, digits_listed)
mount_update_batch("/permissions", names.PERMISSIONS)
mount_delete("/permissions", names.PERMISSIONS)


@route("PATCH", "/permissions/<key>")
def update(request: V8Request, key: str) -> Answer:
    return update_existing(whole_rows(request), names.PERMISSIONS, key)


@route("POST", "/permissions")
def create(request: V8Request) -> Answer:
    return items.create(whole_rows(request), request.session.catalog.collection(names.PERMISSIONS))
