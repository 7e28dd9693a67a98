"""/permissions: the rows of Directus 8, one per collection, as v10 has them, one per action. Source: sdk_v10.md E.

A v8 row (role, collection, status) is told as up to four rows; their ids count on from the row's. What v10 can say and
v8 can't (rules other than "all", "one's own" and "those of one's role", presets, validation) is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from directus8 import names
from directus8.api.v10.answer import EMPTY, Answer
from directus8.api.v10.items import NO_TARGET
from directus8.api.v10.lens import lens_of
from directus8.api.v10.reading import check_readable
from directus8.api.v10.request import V10Request
from directus8.api.v10.router import route
from directus8.context import PUBLIC_ROLE
from directus8.errors import Forbidden, InvalidPayload
from directus8.filters import And, Condition, Filter
from directus8.permissions.model import ACTIONS, LEVELS, level
from directus8.query.ast import ANY_STATUS, Entry, Node, Query
from directus8.schema.catalog import Collection
from directus8.services.items import ItemsService
from directus8.services.session import Session
from directus8.validation import whole_number

Row = Mapping[str, Any]
COLUMNS = (
    "id", "collection", "role", "status", *ACTIONS, "read_field_blacklist", "write_field_blacklist",
)  # fmt: skip
BLACKLISTS = {"read": "read_field_blacklist", "create": "write_field_blacklist", "update": "write_field_blacklist"}


@dataclass(frozen=True, slots=True)
class Key:
    """Which action of which v8 row."""

    row: int
    action: str

    @property
    def id(self) -> int:
        """The id clients know it by."""
        return (self.row - 1) * len(ACTIONS) + ACTIONS.index(self.action) + 1

    @staticmethod
    def of(id: Any) -> Key:
        """The key behind an id. Forbidden for what is none."""
        number = whole_number(id)
        if number is None or number < 1:
            raise Forbidden()
        row, action = divmod(number - 1, len(ACTIONS))
        return Key(row + 1, ACTIONS[action])


# --- told ----------------------------------------------------------------------------------------------------


def _rows(session: Session, condition: Filter | None = None) -> list[dict[str, Any]]:
    check_readable(session, session.catalog.collection(names.PERMISSIONS))
    return session.read(Query(Node(names.PERMISSIONS, tuple(map(Entry, COLUMNS)), ANY_STATUS), condition))


def _told(session: Session, row: Row) -> Iterator[dict[str, Any]]:
    """The actions a row allows."""
    collection = session.catalog.get(row["collection"])
    for action in ACTIONS:
        if level(row[action]):
            yield {
                "id": Key(row["id"], action).id,
                "role": None if row["role"] == PUBLIC_ROLE else row["role"],
                "collection": row["collection"],
                "action": action,
                "permissions": _rule(collection, row, action),
                "validation": None,
                "presets": None,
                "fields": _fields(collection, row, action),
            }


def _rule(collection: Collection | None, row: Row, action: str) -> dict[str, Any]:
    """The items an action is allowed for, as a filter."""
    parts: list[dict[str, Any]] = []
    if collection is not None and collection.status is not None and row["status"] is not None:
        parts.append({collection.status.name: {"_eq": row["status"]}})
    if action != "create" and row[action] in ("mine", "role"):
        parts.append(_owned(collection, row[action]))
    return parts[0] if len(parts) == 1 else {"_and": parts} if parts else {}


def _owned(collection: Collection | None, word: str) -> dict[str, Any]:
    owner = _owner(collection)
    if owner is None:
        return {"_or": []}
    mine = {owner: {"_eq": "$CURRENT_USER"}}
    if word == "mine":
        return mine
    through = {"role": {"_eq": "$CURRENT_ROLE"}}
    return {"_or": [mine, through if owner == "id" else {owner: through}]}


def _owner(collection: Collection | None) -> str | None:
    if collection is None:
        return None
    return collection.owner.name if collection.owner else "id" if collection.name == names.USERS else None


def _fields(collection: Collection | None, row: Row, action: str) -> list[str] | None:
    hidden = row.get(BLACKLISTS.get(action, ""))
    if action == "delete":
        return None
    if not hidden or collection is None:
        return ["*"]
    lens = lens_of(collection.name)
    return [lens.name(n) for n in collection.fields if n not in hidden]


@route("GET", "/permissions")
def list_all(request: V10Request) -> Answer:
    session, params = request.session, request.params
    found = [t for row in _rows(session) for t in _told(session, row) if _matches(t, params.filter or {})]
    limit, offset = params.rows
    found = found[offset : None if limit is None else offset + limit]
    return Answer([_cut(t, params.fields) for t in found])


@route("SEARCH", "/permissions")
def search(request: V10Request) -> Answer:
    return list_all(request)


@route("GET", "/permissions/me")
def mine(request: V10Request) -> Answer:
    role = Condition(("role",), "eq", request.session.who.role)
    rows = request.session.read(
        Query(Node(names.PERMISSIONS, tuple(map(Entry, COLUMNS)), ANY_STATUS), role), system=True
    )
    return Answer([t for row in rows for t in _told(request.session, row)])


@route("GET", "/permissions/<key>")
def read_one(request: V10Request, key: str) -> Answer:
    return Answer(_cut(_one(request.session, Key.of(key)), request.params.fields))


def _one(session: Session, key: Key) -> dict[str, Any]:
    rows = _rows(session, Condition(("id",), "key", (key.row,)))
    for told in _told(session, rows[0]) if rows else ():
        if told["id"] == key.id:
            return told
    raise Forbidden()


def _cut(told: dict[str, Any], wanted: Sequence[str] | None) -> dict[str, Any]:
    return told if wanted is None or "*" in wanted else {n: v for n, v in told.items() if n in wanted}


def _matches(told: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Simple filters only: equality and membership of the plain values."""
    for name, wanted in given.items():
        if name in ("_and", "_or"):
            parts = [_matches(told, each) for each in wanted]
            if not (all(parts) if name == "_and" else any(parts)):
                return False
            continue
        tests = wanted if isinstance(wanted, Mapping) else {"_eq": wanted}
        value = str(told.get(name))
        for operator, than in tests.items():
            listed = [str(t) for t in (than if isinstance(than, list) else str(than).split(","))]
            known = {
                "_eq": value in listed[:1] or (than is None and told.get(name) is None),
                "_neq": value not in listed[:1],
                "_in": value in listed,
                "_nin": value not in listed,
                "_null": told.get(name) is None,
                "_nnull": told.get(name) is not None,
            }
            if operator not in known:
                raise InvalidPayload(f'"{operator}" is not supported for permissions')
            if not known[operator]:
                return False
    return True


# --- written -------------------------------------------------------------------------------------------------


@route("POST", "/permissions")
def create(request: V10Request) -> Answer:
    session, body = request.session, request.body
    given = body if isinstance(body, list) else [body]
    if not session.who.is_admin or not all(isinstance(each, dict) for each in given):
        raise Forbidden()
    with session.transaction():
        keys = [_put(session, each) for each in given]
    told = [_one(session, key) for key in keys]
    return Answer(told if isinstance(body, list) else told[0])


@route("PATCH", "/permissions/<key>")
def update(request: V10Request, key: str) -> Answer:
    session = request.session
    return Answer(_change(session, Key.of(key), request.fields()))


@route("PATCH", "/permissions")
def update_many(request: V10Request) -> Answer:
    session, body = request.session, request.body
    if isinstance(body, list):
        changes = [(each.get("id"), each) for each in body if isinstance(each, dict)]
    elif isinstance(body.get("keys"), list) and isinstance(body.get("data"), dict):
        changes = [(key, body["data"]) for key in body["keys"]]
    else:
        raise InvalidPayload(NO_TARGET)
    with session.transaction():
        return Answer([_change(session, Key.of(id), given) for id, given in changes])


@route("DELETE", "/permissions/<key>")
def delete(request: V10Request, key: str) -> Answer:
    with request.session.transaction():
        _take(request.session, Key.of(key))
    return EMPTY


@route("DELETE", "/permissions")
def delete_many(request: V10Request) -> Answer:
    body = request.body
    keys = body if isinstance(body, list) else body.get("keys")
    if not isinstance(keys, list):
        raise InvalidPayload(NO_TARGET)
    with request.session.transaction():
        for key in keys:
            _take(request.session, Key.of(key))
    return EMPTY


def _put(session: Session, given: Mapping[str, Any]) -> Key:
    """Allows an action to a role; in the row that is there for the collection, or in a new one."""
    for name in ("collection", "action"):
        if not isinstance(given.get(name), str):
            raise InvalidPayload(f'"{name}" is required')
    if given["action"] not in ACTIONS:
        raise InvalidPayload(f'"action" must be one of [{", ".join(ACTIONS)}]')
    collection = session.catalog.get(given["collection"])
    if collection is None:
        raise InvalidPayload(f'Collection "{given["collection"]}" doesn\'t exist')
    role = PUBLIC_ROLE if given.get("role") is None else given["role"]
    status, values = _wanted(collection, given["action"], given)
    wanted = [Condition(("role",), "eq", role), Condition(("collection",), "eq", collection.name)]
    wanted.append(Condition(("status",), "null") if status is None else Condition(("status",), "eq", status))
    service = ItemsService(session, names.PERMISSIONS)
    rows = _rows(session, And(tuple(wanted)))
    if rows:
        service.update([(rows[0]["id"], values)])
        return Key(rows[0]["id"], given["action"])
    row = {"role": role, "collection": collection.name, "status": status, **values}
    return Key(service.create([row])[0], given["action"])


def _wanted(collection: Collection, action: str, given: Mapping[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """The status and the columns that say what v10 says. InvalidPayload for what Directus 8 can't say."""
    for name in ("validation", "presets"):
        if given.get(name):
            raise InvalidPayload(f'"{name}" has no counterpart in this project')
    status, word = _read_rule(collection, given.get("permissions") or {})
    values: dict[str, Any] = {action: "full" if action == "create" else word}
    fields = given.get("fields")
    if isinstance(fields, list) and action in BLACKLISTS:
        lens = lens_of(collection.name)
        allowed = {lens.column(str(n)) for n in fields}
        hidden = [] if "*" in fields else [n for n in collection.fields if n not in allowed]
        values[BLACKLISTS[action]] = hidden
    return status, values


def _read_rule(collection: Collection, rule: Mapping[str, Any]) -> tuple[str | None, str]:
    parts = rule["_and"] if set(rule) == {"_and"} and isinstance(rule["_and"], list) else [rule] if rule else []
    status: str | None = None
    word = "full"
    for part in parts:
        if part in ({}, _owned(collection, "mine")):
            word = "mine" if part else word
        elif part == _owned(collection, "role"):
            word = "role"
        elif collection.status is not None and set(part) == {collection.status.name}:
            status = str(part[collection.status.name].get("_eq"))
        else:
            raise InvalidPayload(
                "this rule has no counterpart in this project: all items, own items, items of the role"
            )
    assert word in LEVELS
    return status, word


def _change(session: Session, key: Key, given: Mapping[str, Any]) -> dict[str, Any]:
    if not session.who.is_admin:
        raise Forbidden()
    now = _one(session, key)
    for name in ("role", "collection", "action"):
        if name in given and given[name] != now[name]:
            raise InvalidPayload(f'"{name}" of a permission can\'t be changed')
    with session.transaction():
        made = _put(session, {**now, **given})
        if made.row != key.row:
            _take(session, key)
    return _one(session, made)


def _take(session: Session, key: Key) -> None:
    """Allows an action no more; a row that allows nothing goes away."""
    if not session.who.is_admin:
        raise Forbidden()
    rows = _rows(session, Condition(("id",), "key", (key.row,)))
    if not rows:
        return
    service = ItemsService(session, names.PERMISSIONS)
    if any(level(rows[0][action]) for action in ACTIONS if action != key.action):
        service.update([(key.row, {key.action: "none"})])
    else:
        service.delete([key.row])
