"""What groups may do with tables: permissions. Source: legacy_v1.md §4.4, §5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from directus8 import names
from directus8.api.v1 import answer, lens, tables
from directus8.api.v1.lens import Attribute, Lens, Place, Row, Told, Writer, csv, same
from directus8.api.v1.request import V1Request
from directus8.api.v1.router import route
from directus8.context import ADMIN_ROLE, Accountability
from directus8.errors import Forbidden, InvalidPayload, ItemNotFound
from directus8.filters import And, Condition
from directus8.query.ast import ANY_STATUS, Entry, Node, Query
from directus8.schema.catalog import Collection
from directus8.services.items import ItemsService
from directus8.services.session import Session

TABLE = f"{names.PREFIX}privileges"
ALLOWED = {"allow_view": "read", "allow_edit": "update", "allow_delete": "delete"}
WORDS = {"0": "none", "1": "mine", "2": "full"}
LEVELS = {"none": 0, "mine": 1, "role": 1, "full": 2}
COLUMNS = (
    "id", "collection", "role", "status", "create", "read", "update", "delete", "read_field_blacklist",
    "write_field_blacklist",
)  # fmt: skip
#: What administrators may do with every table.
EVERYTHING: Mapping[str, Any] = {
    "allow_view": 2, "allow_add": 1, "allow_edit": 2, "allow_delete": 2, "allow_alter": 1, "group_id": ADMIN_ROLE,
    "read_field_blacklist": None, "write_field_blacklist": None, "status_id": None,
}  # fmt: skip


# --- how they are told -----------------------------------------------------------------------------------------


def _level(column: str, most: int = 2) -> Attribute:
    return Attribute(lambda who, row: min(LEVELS.get(row[column] or "none", 0), most), (column,), column)


def _alter(who: Accountability, row: Row) -> int:
    return int(row["role"] == ADMIN_ROLE)


def _listed(session: Session, told: Sequence[tuple[Row, Told]]) -> None:
    """Tables that are hidden are not in the navigation."""
    for row, made in told:
        collection = session.catalog.get(str(row.get("collection")))
        if "nav_listed" in made:
            made["nav_listed"] = int(collection is None or not collection.hidden)


ATTRIBUTES: Mapping[str, Attribute] = {
    "id": same("id"),
    "table_name": Attribute(
        lambda who, row: lens.table_of(row["collection"]) or row["collection"],
        ("collection",),
        "collection",
        lambda said: (lens.collection_of(said),),
    ),
    "allow_view": _level("read"),
    "allow_add": _level("create", 1),
    "allow_edit": _level("update"),
    "allow_delete": _level("delete"),
    "allow_alter": Attribute(_alter, ("role",)),
    "group_id": same("role"),
    "read_field_blacklist": csv("read_field_blacklist"),
    "write_field_blacklist": csv("write_field_blacklist"),
    "nav_listed": Attribute(lambda who, row: 1, ("collection",)),
    "status_id": same("status"),
}


def _told(session: Session, rows: Iterable[Row]) -> list[dict[str, Any]]:
    told = [(row, LENS.tell(session.who, row, ATTRIBUTES)) for row in rows]
    _listed(session, told)
    return [made for _, made in told]


# --- how they are written --------------------------------------------------------------------------------------


def payload_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """A privilege as the house takes it. InvalidPayload for a level that is none."""
    made: dict[str, Any] = {}
    for name, column in ALLOWED.items():
        if name in given:
            made[column] = WORDS.get(str(given[name] or 0))
    if "allow_add" in given:
        made["create"] = {"0": "none", "1": "full", "2": "full"}.get(str(given["allow_add"] or 0))
    if None in made.values():
        raise InvalidPayload("allow_…: 0, 1 or 2 is expected")
    for name in ("read_field_blacklist", "write_field_blacklist"):
        if name in given:
            made[name] = _fields(given[name])
    for name, column in (("group_id", "role"), ("status_id", "status")):
        if given.get(name) not in (None, ""):
            made[column] = given[name]
    if given.get("table_name"):
        made["collection"] = lens.collection_of(_bare(given["table_name"]))
    return made


def _bare(value: Any) -> str:
    """A text without the quotes it has in the document's example."""
    return str(value).strip("'\"")


def _fields(given: Any) -> list[str]:
    listed = given if isinstance(given, list) else _bare(given or "").split(",")
    return [str(name) for name in listed if name]


def _create(request: V1Request, place: Place, given: Sequence[Told]) -> list[Any]:
    made = [payload_of(row) for row in given]
    if any(not row.get("collection") or not str(row.get("role", "")).isdecimal() for row in made):
        raise InvalidPayload("table_name and group_id are needed")
    return ItemsService(request.session, names.PERMISSIONS).create(made, request.options)


def _update(request: V1Request, place: Place, changes: Sequence[tuple[Any, Told]]) -> list[Any]:
    made = [(key, payload_of(row)) for key, row in changes]
    return ItemsService(request.session, names.PERMISSIONS).update(made, request.options)


def _delete(request: V1Request, place: Place, keys: Sequence[Any]) -> None:
    ItemsService(request.session, names.PERMISSIONS).delete(keys, request.options)


LENS = lens.register(
    Lens(TABLE, names.PERMISSIONS, ATTRIBUTES, beside=_listed, writer=Writer(_create, _update, _delete))
)

# --- of one group ----------------------------------------------------------------------------------------------


def _rows(session: Session, group: Any, *more: Condition) -> list[dict[str, Any]]:
    """The rows of a group, for tables Directus 6 knew; by table, those without a status first."""
    node = Node(names.PERMISSIONS, tuple(map(Entry, COLUMNS)), ANY_STATUS)
    wanted = And((Condition(("role",), "eq", group), *more))
    found = [r for r in session.read(Query(node, wanted), system=True) if lens.table_of(r["collection"])]
    return sorted(found, key=lambda r: (lens.table_of(r["collection"]) or "", r["status"] or "", r["id"]))


def _of_everything(collection: Collection) -> dict[str, Any]:
    """What administrators may do; there is no row for it."""
    table = lens.table_of(collection.name)
    return {"id": None, "table_name": table, **EVERYTHING, "nav_listed": int(not collection.hidden)}


def of_group(session: Session, group: Any) -> list[dict[str, Any]]:
    """Everything a group may do, by table; user tables without a row are told, too."""
    shown = [c for c in session.catalog if lens.table_of(c.name) is not None]
    if str(group) == str(ADMIN_ROLE):
        return sorted(map(_of_everything, shown), key=lambda p: str(p["table_name"]))
    rows = _rows(session, group)
    known = {row["collection"] for row in rows}
    missing = [
        {"table_name": c.name, "group_id": int(group), "status_id": None}
        for c in shown
        if c.name not in known and not names.is_reserved(c.name)
    ]
    return sorted([*_told(session, rows), *missing], key=lambda p: str(p["table_name"]))


def _check_admin(request: V1Request) -> None:
    if not request.session.who.is_admin:
        raise Forbidden()


def _check_group(group: str) -> None:
    if not group.isdecimal() or len(group) > 9:
        raise ItemNotFound(f"Group [{group}] not found")


@route("GET", "/privileges/<group>")
def list_privileges(request: V1Request, group: str) -> Any:
    _check_admin(request)
    _check_group(group)
    return _document(of_group(request.session, group))


@route("GET", "/privileges/<group>/<table>")
def read_privilege(request: V1Request, group: str, table: str) -> Any:
    _check_admin(request)
    _check_group(group)
    session, name = request.session, lens.collection_of(table)
    if group == str(ADMIN_ROLE) and (collection := session.catalog.get(name)):
        return _document(_of_everything(collection))
    rows = _rows(session, group, Condition(("collection",), "eq", name))
    if not rows:
        raise ItemNotFound(f"unable to find privileges for {table} in group {group}")
    return _document(_told(session, rows[:1])[0])


def _document(data: Any) -> Any:
    return answer.item(TABLE, data)


@route("POST", "/privileges/<group>")
def create_privilege(request: V1Request, group: str) -> Any:
    """A new row; ``addTable`` makes the table, too."""
    _check_admin(request)
    _check_group(group)
    session, given = request.session, request.fields()
    table = _bare(given.get("table_name") or "")
    if given.get("addTable") not in (None, "", 0, "0", False, "false"):
        tables.make(session, table, given.get("columnsName"))
    at = lens.place(session, TABLE)
    given = {"group_id": group, **{n: v for n, v in given.items() if n != "group_id" or v not in (None, "")}}
    return _one(request, _create(request, at, [given])[0])


@route("PUT PATCH", "/privileges/<group>/<key>")
def update_privilege(request: V1Request, group: str, key: str) -> Any:
    """Changes a row; with ``activeState`` that of this status for the same table, which is made if need be."""
    _check_admin(request)
    _check_group(group)
    session, given = request.session, request.fields()
    if group == str(ADMIN_ROLE):
        raise answer.Denied("Administrators may do everything")
    if not key.isdecimal() or len(key) > 9:
        raise ItemNotFound(f"Privilege [{key}] not found")
    rows = _rows(session, group, Condition(("id",), "eq", int(key)))
    if not rows:
        raise ItemNotFound(f"Privilege [{key}] not found")
    at, changed = lens.place(session, TABLE), {n: v for n, v in given.items() if n not in ("id", "group_id")}
    state = given.get("activeState")
    if state in (None, ""):
        return _one(request, _update(request, at, [(int(key), changed)])[0])
    of_state = [Condition(("collection",), "eq", rows[0]["collection"]), Condition(("status",), "eq", str(state))]
    found = _rows(session, group, *of_state)
    if found:
        return _one(request, _update(request, at, [(found[0]["id"], changed)])[0])
    fixed = {"table_name": rows[0]["collection"], "group_id": group, "status_id": str(state)}
    return _one(request, _create(request, at, [{**changed, **fixed}])[0])


def _one(request: V1Request, key: Any) -> Any:
    node = Node(names.PERMISSIONS, tuple(map(Entry, COLUMNS)), ANY_STATUS)
    found = request.session.read(Query(node, Condition(("id",), "eq", key)), system=True)
    return _document(_told(request.session, found)[0])
