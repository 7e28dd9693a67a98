"""Groups: roles as SCIM resources and back. A user has one role, so that joining a group means leaving another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from directus8 import names
from directus8.api.scim.conditions import Leaf, constant, text
from directus8.api.scim.message import Json, invalid
from directus8.api.scim.resource import version_of
from directus8.api.scim.schemas import GROUP
from directus8.mutation.payload import new_uuid
from directus8.permissions.rules import Rules
from directus8.query.ast import Entry, Many, Node
from directus8.services.identities import Identities, Known
from directus8.services.items import ItemsService
from directus8.services.session import Session

LEAVES: Mapping[str, Leaf] = {
    "id": text("external_id"),
    "externalid": text("external_id", "external_id"),
    "displayname": text("name"),
    "members": text("users", "external_id"),
    "members.value": text("users", "external_id"),
    "members.type": constant("User"),
    "meta.resourcetype": constant("Group"),
}
SORTS: Mapping[str, str] = {"id": "external_id", "displayname": "name"}

#: Attributes that stay when a PUT leaves them out; ``[]`` empties them.
KEPT = ("externalId", "members")


# --- told ------------------------------------------------------------------------------------------------------


def entries(rules: Rules, full: bool) -> tuple[Entry, ...]:
    """What is read of a role: its name and, if ``full``, its users."""
    hidden = rules.hidden_fields(names.ROLES)
    listed = [Entry(n) for n in ("id", "external_id", "name") if n not in hidden or n != "name"]
    if full and "users" not in hidden and rules.reads(names.USERS):
        unseen = rules.hidden_fields(names.USERS)
        shown = [Entry(n) for n in ("id", "external_id", "first_name", "last_name") if n not in unseen]
        listed.append(Entry("users", Many(Node(names.USERS, tuple(shown)))))
    return tuple(listed)


def told(item: Mapping[str, Any], known: Known, base: str) -> Json:
    """The resource of a row. Without its members it has no version: that would be another one."""
    id = item["external_id"]
    made: Json = {"schemas": [GROUP], "id": id}
    if known.external_id is not None:
        made["externalId"] = known.external_id
    made["displayName"] = item.get("name")
    meta = {"resourceType": "Group", "location": f"{base}/Groups/{id}"}
    if "users" in item:
        made["members"] = [_member(m, base) for m in item["users"] if m.get("external_id")]
        meta["version"] = version_of(made)
    return {**made, "meta": meta}


def _member(item: Mapping[str, Any], base: str) -> Json:
    id = item["external_id"]
    made = {"value": id, "$ref": f"{base}/Users/{id}", "type": "User"}
    display = " ".join(str(item[n]) for n in ("first_name", "last_name") if item.get(n))
    return {**made, "display": display} if display else made


# --- written ---------------------------------------------------------------------------------------------------


def created(session: Session, resource: Json) -> str:
    """Makes a role with its members; its id."""
    identities, id = Identities(session), new_uuid()
    service = ItemsService(session, names.ROLES)
    (key,) = service.create([{"name": _name(resource), "external_id": id}])
    if resource.get("externalId"):
        identities.remember(id, Known(None, resource["externalId"]))
    _set_role(session, _members(resource), key)
    return id


def changed(session: Session, key: Any, old: Json, new: Json) -> None:
    """Writes what differs between two resources of a role."""
    identities, id = Identities(session), old["id"]
    renamed, known = _name(new) != old.get("displayName"), new.get("externalId") != old.get("externalId")
    if renamed or known:
        ItemsService(session, names.ROLES).update([(key, {"name": _name(new)} if renamed else {"external_id": id})])
    if known:
        identities.remember(id, Known(None, new.get("externalId")))
    before, after = _members(old), _members(new)
    _set_role(session, [m for m in before if m not in after], None)
    _set_role(session, [m for m in after if m not in before], key)


def deleted(session: Session, key: Any, id: str) -> None:
    """Deletes a role; its users are left with none, whatever becomes of its number."""
    identities = Identities(session)
    rows = identities.members(key)
    ItemsService(session, names.ROLES).delete([key])
    if rows:
        ItemsService(session, names.USERS).update([(row, {"role": None}) for row in rows])
    identities.forget(id)


def _name(resource: Json) -> str:
    name = resource.get("displayName")
    if not name:
        raise invalid("invalidValue", "displayName is required")
    return str(name)


def _members(resource: Json) -> dict[str, None]:
    """The ids of the members, in order."""
    found: dict[str, None] = {}
    for member in resource.get("members") or ():
        if str(member.get("type") or "User").lower() != "user":
            raise invalid("invalidValue", "members: groups have no groups as members here")
        if not member.get("value"):
            raise invalid("invalidValue", "members: value is required")
        found[str(member["value"])] = None
    return found


def _set_role(session: Session, ids: Sequence[str] | Mapping[str, None], role: Any) -> None:
    """Gives users a role, or takes theirs."""
    if not ids:
        return
    identities = Identities(session)
    keys = identities.keys(names.USERS, list(ids))
    unknown = [id for id in ids if id not in keys]
    if unknown:
        raise invalid("invalidValue", f"members: there is no user {unknown[0]}")
    ItemsService(session, names.USERS).update([(keys[id], {"role": role}) for id in ids])
    identities.keep_an_administrator()
