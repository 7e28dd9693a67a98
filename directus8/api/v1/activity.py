"""The log. Source: legacy_v1.md §4.7, §5."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import bindparam, select

from directus8 import names
from directus8.api.php import listed
from directus8.api.v1 import lens
from directus8.api.v1.lens import Attribute, Lens, Row, Told, moment, same, text
from directus8.api.v1.reading import Reader
from directus8.api.v1.request import V1Request
from directus8.api.v1.router import route
from directus8.context import Accountability
from directus8.db.rows import at
from directus8.filters import And, Condition, Not, Or, Some
from directus8.query.ast import ANY_STATUS, Entry, Node, Query, Sort
from directus8.services.session import Session
from directus8.system.behaviours.users import UNSEARCHABLE
from directus8.types.moment import iso

TABLE = names.ACTIVITY
#: v1.1 action → actions here
ACTIONS: Mapping[str, tuple[str, ...]] = {
    "ADD": ("create", "upload", "comment"),
    "UPDATE": ("update", "revert", "status-update"),
    "DELETE": ("delete", "soft-delete"),
    "LOGIN": ("authenticate",),
}
TYPES = {names.FILES: "FILES", names.SETTINGS: "SETTINGS"}
#: What was done for its own sake, not as part of a write to another row; files are always told.
PARENTLESS = Or(
    (Not(Some("revisions", Condition(("parent_collection",), "nempty"))), Condition(("collection",), "eq", names.FILES))
)
SECRETS = {names.USERS: UNSEARCHABLE}
REVISION = ("activity", "data", "delta", "parent_item", "parent_collection", "parent_changed")
#: v1.1 name → column of the revision
OF_REVISION = {
    "data": "data", "delta": "delta", "parent_id": "parent_item", "parent_table": "parent_collection",
    "parent_changed": "parent_changed",
}  # fmt: skip


def action_of(action: str) -> str:
    """The action as Directus 6 had it."""
    return next((told for told, known in ACTIONS.items() if action in known), "UPDATE")


def _type(who: Accountability, row: Row) -> str:
    named = {"authenticate": "LOGIN", "comment": "MESSAGE"}
    return named.get(row["action"]) or TYPES.get(row["collection"], "ENTRY")


def _row_id(who: Accountability, row: Row) -> Any:
    item = str(row["item"])
    return int(item) if item.isdecimal() and len(item) < 19 else item


def _beside(session: Session, told: Sequence[tuple[Row, Told]]) -> None:
    """What changed, from the revisions: one statement, if asked for."""
    asked = {name for _, made in told for name in made}
    if not asked & {"identifier", *OF_REVISION} or not session.rules.reads(names.REVISIONS):
        return
    revisions, by_id = at(names.REVISIONS, "id", *REVISION), defaultdict(list)
    for row, made in told:
        by_id[row["id"]].append(made)
    whose = revisions.c.activity.in_([bindparam(None, id) for id in by_id])
    columns = [revisions.c[name] for name in REVISION]
    with session.connection() as connection:
        found = connection.select(select(*columns).where(whose).order_by(revisions.c.id))
    collections = {row["id"]: str(row["collection"]) for row, _ in told}
    for values in found:
        revision = dict(zip(REVISION, values, strict=True))
        collection = collections[revision["activity"]]
        if not session.rules.reads(collection):
            continue
        unseen = session.rules.hidden_anywhere(collection) | SECRETS.get(collection, frozenset())
        revision.update({name: _seen(revision[name], unseen) for name in ("data", "delta")})
        values_of = {name: revision[column] for name, column in OF_REVISION.items()}
        values_of["identifier"] = _identifier(revision["data"])
        values_of["parent_changed"] = int(revision["parent_changed"] or 0)
        for made in by_id[revision["activity"]]:
            made.update({n: v for n, v in values_of.items() if n in made})


def _seen(state: Any, unseen: frozenset[str]) -> Any:
    """A state, as text, without fields its reader may not see."""
    try:
        row = orjson.loads(state or "null")
    except orjson.JSONDecodeError:
        return None
    if not isinstance(row, dict) or unseen.isdisjoint(row):
        return state
    return orjson.dumps({n: v for n, v in row.items() if n not in unseen}).decode()


def _identifier(data: Any) -> str | None:
    """The first text of a row that is no number and no date: what people know it by."""
    try:
        row = orjson.loads(data or "null")
    except orjson.JSONDecodeError:
        return None
    values = row.items() if isinstance(row, dict) else ()
    return next((v for n, v in values if isinstance(v, str) and n != "status" and v[:1].isalpha()), None)


def _pending(value: Any = None) -> Attribute:
    return Attribute(lambda who, row: value, ("id", "collection"))


ATTRIBUTES: Mapping[str, Attribute] = {
    "id": same("id"),
    "type": Attribute(_type, ("action", "collection")),
    "action": Attribute(
        lambda who, row: action_of(row["action"]),
        ("action",),
        "action",
        lambda said: ACTIONS.get(said.upper(), (said,)),
    ),
    "identifier": _pending(),
    "table_name": Attribute(
        lambda who, row: lens.table_of(row["collection"]) or row["collection"],
        ("collection",),
        "collection",
        lambda said: (lens.collection_of(said),),
    ),
    "row_id": Attribute(_row_id, ("item",), "item"),
    "user": same("action_by"),
    "data": _pending(),
    "delta": _pending(),
    "parent_id": _pending(),
    "parent_table": _pending(),
    "parent_changed": _pending(0),
    "datetime": moment("action_on"),
    "logged_ip": text("ip"),
    "user_agent": text("user_agent"),
}
LENS = lens.register(Lens(TABLE, names.ACTIVITY, ATTRIBUTES, beside=_beside))


@route("GET", "/activity")
def list_activity(request: V1Request) -> Any:
    """The log, newest first; with ``last_updated`` who last changed some rows of tables."""
    place = lens.place(request.session, TABLE)
    request.session.rules.read_filter(place.collection)
    asked = request.query.get("last_updated")
    if isinstance(asked, dict):
        return {"data": [found for name, ids in asked.items() for found in _last_updates(request.session, name, ids)]}
    return Reader(request, place).page(PARENTLESS, newest=True)


def _last_updates(session: Session, table: str, ids: Any) -> list[dict[str, Any]]:
    wanted = And((
        Condition(("collection",), "eq", lens.collection_of(table)),
        Condition(("item",), "in", tuple(listed(ids)) or ("",)),
        Condition(("action",), "in", (*ACTIONS["ADD"], *ACTIONS["UPDATE"])),
    ))  # fmt: skip
    node = Node(TABLE, tuple(map(Entry, ("id", "item", "action_by", "action_on"))), ANY_STATUS)
    latest: dict[str, dict[str, Any]] = {}
    for row in session.read(Query(node, wanted, (Sort("id", True),))):
        told = {
            "row_id": _row_id(session.who, row),
            "user": row["action_by"],
            "datetime": iso(row["action_on"], session.who.zone),
        }
        latest.setdefault(str(row["item"]), told)
    return list(latest.values())
