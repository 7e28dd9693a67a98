"""Tables. Source: legacy_v1.md §4.2, §5."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, select

from directus8 import names
from directus8.api.v1 import answer, presets
from directus8.api.v1.columns import column_objects
from directus8.api.v1.lens import Place, place, table_of, user_table
from directus8.api.v1.request import V1Request
from directus8.api.v1.router import route
from directus8.api.v1.statuses import MAPPING
from directus8.db.rows import at as at_
from directus8.errors import AlterDenied, CollectionExists, InvalidRequest
from directus8.query.sql import Values, counts_statement
from directus8.schema.catalog import Collection
from directus8.services.collections import CollectionsService
from directus8.services.session import Session

KEY = {"field": "id", "type": "integer", "datatype": "INT", "length": "11", "signed": True, "primary_key": True,
       "auto_increment": True, "interface": "primary-key", "hidden_detail": True}  # fmt: skip
#: The columns a new table may have at once, beside its key.
OFFERED: dict[str, dict[str, Any]] = {
    "status": {"type": "status", "datatype": "INT", "length": "11", "signed": True, "default_value": "2",
               "interface": "status", "hidden_detail": True, "sort": 2,
               "required": True, "options": {"status_mapping": MAPPING}},
    "sort": {"type": "sort", "datatype": "INT", "length": "10", "signed": False, "interface": "sort",
             "hidden_detail": True, "sort": 1},
}  # fmt: skip
ROLES = {"status_column": "status", "sort_column": "sort", "user_create_column": "owner",
         "user_update_column": "user_updated", "date_create_column": "datetime_created",
         "date_update_column": "datetime_updated"}  # fmt: skip
NOTHING = ("allowed_listing_views", "column_groupings", "preview_url", "display_template", "filter_column_blacklist",
           "date_created", "list_view")  # fmt: skip


def table_object(request: V1Request, at: Place) -> dict[str, Any]:
    """A table with its columns, as the document has it."""
    session, collection = request.session, at.collection
    of_type = {f.type: f.name for f in collection.columns}
    status = collection.status.column if collection.status else None
    return {
        "id": at.name,
        "name": at.name,
        "table_name": at.name,
        "columns": column_objects(session, at),
        "primary_column": collection.key.name if collection.key else None,
        "schema": session.project.key,
        "hidden": collection.hidden,
        "single": collection.single,
        **{name: of_type.get(type) for name, type in ROLES.items()},
        "default_status": status.default if status else None,
        "status_mapping": collection.statuses.mapping if collection.statuses else None,
        "created_at": _made_on(session, collection),
        "is_junction_table": False,
        "comment": collection.note or "",
        "row_count": str(_count(session, collection)),
        "footer": False,
        **dict.fromkeys(NOTHING),
        "preferences": presets.of_table(request, collection),
    }


def _system_object(request: V1Request, at: Place) -> dict[str, Any]:
    """One of the system's own tables, in the form its clients had: the document shows none."""
    told = {n: v for n, v in table_object(request, at).items() if n not in ("status_mapping", *NOTHING)}
    columns = {"meta": {"table": answer.COLUMNS, "type": "collection"}, "data": told["columns"]}
    return {**told, **dict.fromkeys(("allowed_listing_views", "column_groupings", "filter_column_blacklist")),
            "date_created": None, "columns": columns, "status_mapping": None, "user_create_column": "id"}  # fmt: skip


def _made_on(session: Session, collection: Collection) -> str:
    """When a table was made, as the log has it; those older than the log came with the project."""
    log = at_(names.ACTIVITY, "collection", "item", "action", "action_on")
    made = select(func.min(log.c.action_on)).where(
        log.c.collection == bindparam(None, names.COLLECTIONS),
        log.c.item == bindparam(None, collection.name),
        log.c.action == bindparam(None, "create"),
    )
    first = at_(names.MIGRATIONS, "start_time")
    with session.connection() as connection:
        found = connection.select(made)[0][0] or connection.select(select(func.min(first.c.start_time)))[0][0]
    return str(found or "")[:19]


def _count(session: Session, collection: Collection) -> int:
    with session.connection() as connection:
        statement = counts_statement(collection, (None,), connection.dialect, session.catalog)
        return int(connection.rows(statement.sql, statement.parameters(Values((), session.who)))[0][0])


def _age(collection: Collection) -> int:
    """Tables stand in the order in which they were made: that of their fields."""
    return min((f.id for f in collection.fields.values() if f.id is not None), default=0)


def _told(request: V1Request, at: Place) -> Any:
    if at.lens is not None:
        return {"success": True, **answer.item(answer.TABLES, _system_object(request, at))}
    return answer.item(answer.TABLES, table_object(request, at))


@route("GET", "/tables")
def list_tables(request: V1Request) -> Any:
    """The tables the caller may see; with ``include_system`` the system's own, too."""
    session, system = request.session, request.text("include_system") not in (None, "0", "")
    found = [c for c in session.catalog if not names.is_reserved(c.name) or (system and c.is_system)]
    told = [
        {"name": name} for c in sorted(found, key=_age) if session.rules.reads(c.name) and (name := table_of(c.name))
    ]
    return answer.collection(answer.TABLES, told)


@route("POST", "/tables")
def create_table(request: V1Request) -> Any:
    given = request.fields()
    try:
        made = make(request.session, given.get("name"), given.get("columns"))
    except CollectionExists:
        return answer.failure(f'Table "{given["name"]}" already exists')
    return _told(request, Place(made.name, made))


def make(session: Session, name: Any, columns: Any) -> Collection:
    """A new table with a key and some of the columns on offer. InvalidRequest, CollectionExists."""
    if not isinstance(name, str) or not name:
        raise InvalidRequest("name: the name of a table is needed")
    wanted = list(columns.values()) if isinstance(columns, dict) else columns or []
    wanted = wanted.split(",") if isinstance(wanted, str) else wanted
    if not isinstance(wanted, list):
        raise InvalidRequest("columns: a list is expected")
    fields = [KEY, *({"field": n, **made} for n, made in OFFERED.items() if n in wanted)]
    return CollectionsService(session).create({"collection": name, "managed": True, "fields": fields})


@route("GET", "/tables/<table>")
def read_table(request: V1Request, table: str) -> Any:
    at = place(request.session, table)
    request.session.rules.read_filter(at.collection)
    return _told(request, at)


@route("PUT PATCH", "/tables/<table>")
def update_table(request: V1Request, table: str) -> Any:
    """Changes what a table says of itself here; the rest of what Directus 6 kept has no home."""
    collection, given = user_table(request.session, table), request.fields()
    if not request.session.who.is_admin:
        raise AlterDenied(collection=table)
    changes: dict[str, Any] = {n: given[n] not in (0, "0", "", None, False) for n in ("hidden", "single") if n in given}
    if "comment" in given:
        changes["note"] = given["comment"]
    if changes:
        collection = CollectionsService(request.session).update(table, changes)
    return _told(request, Place(table, collection))


@route("DELETE", "/tables/<table>")
def delete_table(request: V1Request, table: str) -> Any:
    user_table(request.session, table)
    CollectionsService(request.session).delete(table)
    return _removed(table)


@route("DELETE", "/tables/<table>/unmanage")
def unmanage(request: V1Request, table: str) -> Any:
    user_table(request.session, table)
    CollectionsService(request.session).update(table, {"managed": False})
    return _removed(table)


def _removed(table: str) -> Any:
    return {"success": True, "data": {"message": f'Table "{table}" was removed'}}
