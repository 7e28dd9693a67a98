"""Groups of users: roles. Source: legacy_v1.md §4.4, §5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from directus8 import names
from directus8.api.v1 import lens, rows
from directus8.api.v1.answer import Denied
from directus8.api.v1.lens import Attribute, Lens, Place, Row, Told, Writer, constant, csv, same
from directus8.api.v1.reading import Reader
from directus8.api.v1.request import V1Request
from directus8.api.v1.router import route
from directus8.context import ADMIN_ROLE, PUBLIC_ROLE, Accountability
from directus8.errors import InvalidPayload, ItemNotFound
from directus8.filters import Condition
from directus8.query.ast import ANY_STATUS, Entry, Node, Query
from directus8.services.items import ItemsService
from directus8.services.session import Session

TABLE = f"{names.PREFIX}groups"
#: What members of a new group may do with users, as Directus 6 had it: see and change themselves.
MEMBERS: Mapping[str, Any] = {
    "collection": names.USERS,
    "read": "mine",
    "update": "mine",
    "read_field_blacklist": ["token"],
    "write_field_blacklist": ["role", "token"],
}


def _override(who: Accountability, row: Row) -> Any:
    return row["collection_listing"] or None


ATTRIBUTES: Mapping[str, Attribute] = {
    "id": same("id"),
    "name": same("name"),
    "description": same("description"),
    "restrict_to_ip_whitelist": csv("ip_whitelist"),
    "nav_override": Attribute(_override, ("collection_listing",), "collection_listing"),
    "show_activity": constant(1),
    "show_messages": constant(1),
    "show_users": constant(1),
    "show_files": constant(1),
    "nav_blacklist": constant(None),
}


def payload_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """A group as the house takes it; what Directus 8 has no place for is passed over."""
    made = {name: given[name] for name in ("name", "description") if name in given}
    if "restrict_to_ip_whitelist" in given:
        listed = given["restrict_to_ip_whitelist"]
        made["ip_whitelist"] = None if listed in (None, "", 0, "0", False) else str(listed).split(",")
    if "nav_override" in given:
        made["collection_listing"] = given["nav_override"] or None
    return made


def _create(request: V1Request, place: Place, given: Sequence[Told]) -> list[Any]:
    made = [payload_of(row) for row in given]
    if any(not isinstance(row.get("name"), str) or not row["name"] for row in made):
        raise InvalidPayload("name: the name of a group is needed")
    session = request.session
    with session.transaction():
        keys = ItemsService(session, names.ROLES).create(made, request.options)
        for key in keys:
            _restrict(session, key)
    return keys


def _restrict(session: Session, group: Any) -> None:
    """Puts what Directus 6 allowed the members of a group in place of what Directus 8 allows a new role."""
    service = ItemsService(session, names.PERMISSIONS)
    node = Node(names.PERMISSIONS, (Entry("id"), Entry("collection")), ANY_STATUS)
    found = session.read(Query(node, Condition(("role",), "eq", group)), system=True)
    if session.who.is_admin:
        service.delete([row["id"] for row in found if row["collection"] == names.USERS])
        service.create([{**MEMBERS, "role": group}])


def _update(request: V1Request, place: Place, changes: Sequence[tuple[Any, Told]]) -> list[Any]:
    made = [(key, payload_of(row)) for key, row in changes]
    return ItemsService(request.session, names.ROLES).update(made, request.options)


def _delete(request: V1Request, place: Place, keys: Sequence[Any]) -> None:
    ItemsService(request.session, names.ROLES).delete(keys, request.options)


LENS = lens.register(Lens(TABLE, names.ROLES, ATTRIBUTES, {"users": "users"}, writer=Writer(_create, _update, _delete)))

# --- routes --------------------------------------------------------------------------------------------------


@route("GET", "/groups")
def list_groups(request: V1Request) -> Any:
    return rows.list_rows(request, TABLE)


@route("POST", "/groups")
def create_group(request: V1Request) -> Any:
    return rows.create_one(request, TABLE, request.fields())


@route("GET", "/groups/<key>")
def read_group(request: V1Request, key: str) -> Any:
    return Reader(request, lens.place(request.session, TABLE)).one(key)


@route("PUT PATCH", "/groups/<key>")
def update_group(request: V1Request, key: str) -> Any:
    return rows.update_one(request, TABLE, key, request.fields())


@route("DELETE", "/groups/<key>")
def delete_group(request: V1Request, key: str) -> Any:
    service = ItemsService(request.session, names.ROLES)
    with request.session.connection() as connection:
        found = service.stored(connection, [key]).get(key)
    if found is None:
        raise ItemNotFound(f"Group [{key}] not found")
    if found.row["id"] in (ADMIN_ROLE, PUBLIC_ROLE):
        raise Denied(f"You are not allowed to delete group [{found.row['name']}]")
    service.delete([key], request.options)
    return {"success": True}
