"""Rows of a table, one or in bulk. Source: legacy_v1.md §4.1."""

from __future__ import annotations

from typing import Any

from directus8 import names
from directus8.api.v1 import answer, statuses
from directus8.api.v1.filters import client_filter
from directus8.api.v1.reading import Reader, user_table
from directus8.api.v1.request import V1Request
from directus8.api.v1.router import route
from directus8.errors import InvalidPayload, InvalidRequest, ItemNotFound
from directus8.filters import And, Condition
from directus8.query.ast import Entry, Node, Query, Sort
from directus8.schema.catalog import Collection
from directus8.services.items import ItemsService

ACTIONS = {"create": "ADD", "upload": "ADD", "delete": "DELETE", "soft-delete": "DELETE"}
SUGGESTIONS = 50


def payload_of(collection: Collection, given: Any) -> dict[str, Any]:
    """The columns of a row; what the table does not have is passed over. InvalidPayload for no object."""
    if not isinstance(given, dict):
        raise InvalidPayload()
    kept = {n: v for n, v in given.items() if n in collection.fields}
    if collection.status is not None and isinstance(kept.get(collection.status.name), int):
        kept[collection.status.name] = str(kept[collection.status.name])
    return kept


def _key(collection: Collection, row: Any) -> Any:
    name = collection.key.name if collection.key else ""
    key = row.get(name) if isinstance(row, dict) else None
    if key in (None, "", [], {}):
        raise InvalidRequest("Row without primary key field")
    return key


def _given_rows(request: V1Request) -> list[Any]:
    rows = request.fields().get("rows")
    rows = list(rows.values()) if isinstance(rows, dict) else rows
    if not isinstance(rows, list) or not rows:
        raise InvalidRequest("Rows no specified")
    return rows


# --- lists -----------------------------------------------------------------------------------------------------


@route("GET", "/tables/<table>/rows")
def list_rows(request: V1Request, table: str) -> Any:
    return Reader(request, user_table(request.session, table)).page()


@route("POST", "/tables/<table>/rows")
def create(request: V1Request, table: str) -> Any:
    collection = user_table(request.session, table)
    given = payload_of(collection, request.fields())
    if not request.fields():
        raise InvalidPayload("Empty request payload")
    key = ItemsService(request.session, table).create([given], request.options)[0]
    return Reader(request, collection).written_one(key)


@route("PUT", "/tables/<table>/rows")
def put(request: V1Request, table: str) -> Any:
    """One row or several, each with its key."""
    if isinstance(request.body, list):
        return _update(request, table, request.body)
    collection = user_table(request.session, table)
    return update(request, table, _key(collection, request.fields()))


@route("POST", "/tables/<table>/rows/bulk")
def create_bulk(request: V1Request, table: str) -> Any:
    collection = user_table(request.session, table)
    rows = [payload_of(collection, row) for row in _given_rows(request)]
    return Reader(request, collection).written(ItemsService(request.session, table).create(rows, request.options))


@route("PUT PATCH", "/tables/<table>/rows/bulk")
def update_bulk(request: V1Request, table: str) -> Any:
    return _update(request, table, _given_rows(request))


def _update(request: V1Request, table: str, rows: list[Any]) -> Any:
    collection = user_table(request.session, table)
    changes = [(_key(collection, row), payload_of(collection, row)) for row in rows]
    return Reader(request, collection).written(ItemsService(request.session, table).update(changes, request.options))


@route("DELETE", "/tables/<table>/rows/bulk")
def delete_bulk(request: V1Request, table: str) -> Any:
    collection = user_table(request.session, table)
    keys = [_key(collection, row) for row in _given_rows(request)]
    ItemsService(request.session, table).delete(keys, request.options)
    return {"meta": {"table": table, "ids": keys}, "data": {"success": True}}


# --- one row ---------------------------------------------------------------------------------------------------


@route("GET", "/tables/<table>/rows/<key>")
def read(request: V1Request, table: str, key: str) -> Any:
    return Reader(request, user_table(request.session, table)).one(key)


@route("PUT PATCH POST", "/tables/<table>/rows/<key>")
def update(request: V1Request, table: str, key: Any) -> Any:
    collection = user_table(request.session, table)
    given = payload_of(collection, request.fields())
    changed = ItemsService(request.session, table).update([(key, given)], request.options)[0]
    return Reader(request, collection).written_one(changed)


@route("DELETE", "/tables/<table>/rows/<key>")
def delete(request: V1Request, table: str, key: str) -> Any:
    """Deletes a row, or with ``soft`` gives it the status for that."""
    collection = user_table(request.session, table)
    service = ItemsService(request.session, table)
    try:
        if request.text("soft") in (None, "0", ""):
            service.delete([key], request.options)
        else:
            service.update([(key, _deleted(collection))], request.options)
    except ItemNotFound:
        return {"meta": {"table": table}, "success": False}
    return {"meta": {"table": table}, "success": True}


def _deleted(collection: Collection) -> dict[str, Any]:
    value = statuses.deleted(collection)
    if collection.status is None or value is None:
        raise InvalidPayload(f"Table {collection.name} has no status for deleted rows")
    return {collection.status.name: value}


# --- what became of it -----------------------------------------------------------------------------------------


def _activity(request: V1Request, table: str, key: str) -> list[dict[str, Any]]:
    """What was done to a row, newest first."""
    user_table(request.session, table)
    node = Node(names.ACTIVITY, tuple(Entry(n) for n in ("id", "action", "action_by", "action_on")))
    where = And((
        Condition(("collection",), "eq", table),
        Condition(("item",), "eq", key),
        Condition(("action",), "neq", "comment"),
    ))  # fmt: skip
    return request.session.read(Query(node, where, (Sort("id", True),)))


def _iso(moment: str) -> str:
    """A time of the log, kept in UTC, with its offset."""
    return moment if "T" in moment else f"{moment.replace(' ', 'T')}+00:00"


@route("GET", "/tables/<table>/rows/<key>/revisions")
def revisions(request: V1Request, table: str, key: str) -> Any:
    told = [
        {"id": row["id"], "action": ACTIONS.get(row["action"], "UPDATE"), "user": row["action_by"],
         "datetime": _iso(row["action_on"])}
        for row in _activity(request, table, key)
    ]  # fmt: skip
    return answer.collection(names.ACTIVITY, told, total=len(told), total_entries=len(told))


@route("GET", "/tables/<table>/meta/<key>")
def row_meta(request: V1Request, table: str, key: str) -> Any:
    """Who made a row and who changed it last, each when."""
    found = _activity(request, table, key)
    made = next((row for row in found if ACTIONS.get(row["action"]) == "ADD"), None)
    changed = next((row for row in found if row["action"] not in ACTIONS), made)
    told = {
        name: value
        for word, row in (("created", made), ("updated", changed))
        for name, value in (
            (f"{word}_on", row and _iso(row["action_on"])),
            (f"{word}_by", row and row["action_by"]),
        )
    }
    return answer.item(names.ACTIVITY, told)


@route("GET", "/tables/<table>/typeahead")
def typeahead(request: V1Request, table: str) -> Any:
    """Rows whose columns contain a text, as suggestions."""
    collection, session = user_table(request.session, table), request.session
    session.rules.read_filter(collection)
    hidden = session.rules.hidden_fields(table)
    shown = [
        n for n in request.list("columns")
        if n in collection.fields and n not in hidden and collection.fields[n].column and not collection.relation(n)
    ]  # fmt: skip
    if collection.key is None or not shown:
        return []
    key, text = collection.key.name, (request.text("q") or "").lower()
    node = Node(table, tuple(Entry(n) for n in dict.fromkeys((key, *shown))), statuses.wanted(collection, ["1"]))
    found = []
    for row in session.read(Query(node, client_filter(request, collection), limit=SUGGESTIONS)):
        value = " ".join(str(row[n]) for n in shown if row[n] is not None)
        if text in value.lower():
            found.append({"value": value, "tokens": value.split(), "id": row[key]})
    return found
