"""Rows of a table, one or in bulk. Source: legacy_v1.md §4.1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from directus8 import names
from directus8.api.v1 import answer, statuses
from directus8.api.v1.filters import client_filter
from directus8.api.v1.lens import Place, Told, Writer, column_of, place
from directus8.api.v1.reading import Reader
from directus8.api.v1.request import V1Request
from directus8.api.v1.router import route
from directus8.errors import DeleteDenied, Forbidden, InvalidField, InvalidPayload, InvalidRequest, ItemNotFound
from directus8.filters import And, Condition
from directus8.query.ast import Entry, Node, Query, Sort
from directus8.schema.catalog import Collection
from directus8.services.items import ItemsService
from directus8.services.session import Session
from directus8.types.moment import iso

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


def _object(row: Any) -> Told:
    if not isinstance(row, dict):
        raise InvalidPayload()
    return row


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


# --- how rows are written ------------------------------------------------------------------------------------


def _create(request: V1Request, place: Place, rows: Sequence[Told]) -> list[Any]:
    given = [payload_of(place.collection, row) for row in rows]
    return ItemsService(request.session, place.collection.name).create(given, request.options)


def _update(request: V1Request, place: Place, changes: Sequence[tuple[Any, Told]]) -> list[Any]:
    given = [(key, payload_of(place.collection, row)) for key, row in changes]
    return ItemsService(request.session, place.collection.name).update(given, request.options)


def _delete(request: V1Request, place: Place, keys: Sequence[Any]) -> None:
    ItemsService(request.session, place.collection.name).delete(keys, request.options)


PLAIN = Writer(_create, _update, _delete)


def writer_of(place: Place) -> Writer:
    """How rows of a table are written. Forbidden for tables that only the server writes."""
    writer = place.lens.writer if place.lens else PLAIN
    if writer is None:
        raise Forbidden()
    return writer


def create_one(request: V1Request, table: str, given: Told) -> Any:
    """Makes a row; the document that tells of it."""
    at = place(request.session, table)
    key = writer_of(at).create(request, at, [given])[0]
    return Reader(request, at).written_one(key)


def update_one(request: V1Request, table: str, key: Any, given: Told) -> Any:
    """Changes a row; the document that tells of it."""
    at = place(request.session, table)
    changed = writer_of(at).update(request, at, [(key, given)])[0]
    return Reader(request, at).written_one(changed)


# --- lists -----------------------------------------------------------------------------------------------------


@route("GET", "/tables/<table>/rows")
def list_rows(request: V1Request, table: str) -> Any:
    return Reader(request, place(request.session, table)).page()


@route("POST", "/tables/<table>/rows")
def create(request: V1Request, table: str) -> Any:
    given = request.fields()
    if not given:
        place(request.session, table)
        raise InvalidPayload("Empty request payload")
    return create_one(request, table, given)


@route("PUT", "/tables/<table>/rows")
def put(request: V1Request, table: str) -> Any:
    """One row or several, each with its key."""
    if isinstance(request.body, list):
        return _update_all(request, table, request.body)
    key = _key(place(request.session, table).collection, request.fields())
    return update_one(request, table, key, request.fields())


@route("POST", "/tables/<table>/rows/bulk")
def create_bulk(request: V1Request, table: str) -> Any:
    at = place(request.session, table)
    rows = [_object(row) for row in _given_rows(request)]
    return Reader(request, at).written(writer_of(at).create(request, at, rows))


@route("PUT PATCH", "/tables/<table>/rows/bulk")
def update_bulk(request: V1Request, table: str) -> Any:
    return _update_all(request, table, _given_rows(request))


def _update_all(request: V1Request, table: str, rows: list[Any]) -> Any:
    at = place(request.session, table)
    changes = [(_key(at.collection, row), _object(row)) for row in rows]
    return Reader(request, at).written(writer_of(at).update(request, at, changes))


@route("DELETE", "/tables/<table>/rows/bulk")
def delete_bulk(request: V1Request, table: str) -> Any:
    at = place(request.session, table)
    keys = [_key(at.collection, row) for row in _given_rows(request)]
    writer_of(at).delete(request, at, keys)
    return {"meta": {"table": table, "ids": keys}, "data": {"success": True}}


# --- one row ---------------------------------------------------------------------------------------------------


@route("GET", "/tables/<table>/rows/<key>")
def read(request: V1Request, table: str, key: str) -> Any:
    return Reader(request, place(request.session, table)).one(key)


@route("PUT PATCH POST", "/tables/<table>/rows/<key>")
def update(request: V1Request, table: str, key: str) -> Any:
    return update_one(request, table, key, request.fields())


@route("DELETE", "/tables/<table>/rows/<key>")
def delete(request: V1Request, table: str, key: str) -> Any:
    """Deletes a row, or with ``soft`` gives it the status for that."""
    at = place(request.session, table)
    writer = writer_of(at)
    try:
        if request.text("soft") in (None, "0", ""):
            writer.delete(request, at, [key])
        else:
            writer.update(request, at, [(key, _deleted(at))])
    except ItemNotFound:
        return {"meta": {"table": table}, "success": False}
    except DeleteDenied:
        raise answer.Denied(_forbidden(request, at)) from None
    return {"meta": {"table": table}, "success": True}


def _forbidden(request: V1Request, at: Place) -> str:
    who = request.session.who
    reason = " because it has Status Column." if at.collection.status else ""
    return f"[Group #{who.role} User #{who.user}]  forbidden to hard delete on table `{at.name}`{reason}"


def _deleted(at: Place) -> dict[str, Any]:
    value = statuses.deleted(at.collection)
    if at.collection.status is None or value is None:
        raise InvalidPayload(f"Table {at.name} has no status for deleted rows")
    return {"status": 0} if at.lens else {at.collection.status.name: value}


# --- what became of it -----------------------------------------------------------------------------------------


def _activity(request: V1Request, table: str, key: str) -> list[dict[str, Any]]:
    """What was done to a row, newest first."""
    collection = place(request.session, table).collection
    node = Node(names.ACTIVITY, tuple(Entry(n) for n in ("id", "action", "action_by", "action_on")))
    where = And((
        Condition(("collection",), "eq", collection.name),
        Condition(("item",), "eq", key),
        Condition(("action",), "neq", "comment"),
    ))  # fmt: skip
    return request.session.read(Query(node, where, (Sort("id", True),)))


@route("GET", "/tables/<table>/rows/<key>/revisions")
def revisions(request: V1Request, table: str, key: str) -> Any:
    told = [
        {"id": row["id"], "action": ACTIONS.get(row["action"], "UPDATE"), "user": row["action_by"],
         "datetime": iso(row["action_on"], request.session.who.zone)}
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
            (f"{word}_on", row and iso(row["action_on"], request.session.who.zone)),
            (f"{word}_by", row and row["action_by"]),
        )
    }
    return answer.item(names.ACTIVITY, told)


@route("GET", "/tables/<table>/typeahead")
def typeahead(request: V1Request, table: str) -> Any:
    """Rows whose columns contain a text, as suggestions."""
    at, session = place(request.session, table), request.session
    collection = at.collection
    session.rules.read_filter(collection)
    shown = [column for name in request.list("columns") if (column := _suggested(session, at, name))]
    if collection.key is None or not shown:
        return []
    key, text = collection.key.name, (request.text("q") or "").lower()
    node = Node(collection.name, tuple(map(Entry, dict.fromkeys((key, *shown)))), statuses.wanted(collection, ["1"]))
    found = []
    for row in session.read(Query(node, client_filter(request, at), limit=SUGGESTIONS)):
        value = " ".join(str(row[n]) for n in shown if row.get(n) is not None)
        if text in value.lower():
            found.append({"value": value, "tokens": value.split(), "id": row[key]})
    return found


def _suggested(session: Session, at: Place, name: str) -> str | None:
    """The column behind a name, if it may be shown."""
    try:
        column, _ = column_of(at.collection, name, at.lens)
    except InvalidField:
        return None
    field = at.collection.fields[column]
    hidden = column in session.rules.hidden_fields(at.collection.name)
    return None if hidden or field.column is None or at.collection.relation(column) else column
