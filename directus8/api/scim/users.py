"""Users: their rows as SCIM resources and back. Source: scim.md part B, "Suggested mapping"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from directus8 import names
from directus8.api.scim.conditions import Leaf, constant, first, flag, otherwise, text
from directus8.api.scim.message import Json, invalid
from directus8.api.scim.resource import version_of
from directus8.api.scim.schemas import ENTERPRISE, USER
from directus8.errors import DuplicateKey
from directus8.filters import And, Condition
from directus8.mutation.payload import new_uuid
from directus8.permissions.rules import Rules
from directus8.query.ast import Entry, Node
from directus8.services.identities import Identities, Known
from directus8.services.items import ItemsService
from directus8.services.session import Session

COLUMNS = (
    "id", "external_id", "email", "first_name", "last_name", "status", "title", "locale", "timezone", "company",
)  # fmt: skip

LEAVES: Mapping[str, Leaf] = {
    "id": text("external_id"),
    "externalid": text("external_id", "external_id"),
    "username": first(("external_id", "user_name"), ("email",)),
    "name.familyname": text("last_name"),
    "name.givenname": text("first_name"),
    "emails": text("email"),
    "emails.value": text("email"),
    "emails.type": otherwise(("external_id", "email_type"), "work"),
    "emails.primary": flag("external_id", "email_primary", off=0),
    "active": flag("status", on="active"),
    "title": text("title"),
    "locale": text("locale"),
    "timezone": text("timezone"),
    "groups": text("role", "external_id"),
    "groups.value": text("role", "external_id"),
    "groups.display": text("role", "name"),
    "groups.type": constant("direct"),
    "meta.resourcetype": constant("User"),
    f"{ENTERPRISE}:organization".lower(): text("company"),
}
SORTS: Mapping[str, str] = {
    "id": "external_id",
    "username": "email",
    "name.familyname": "last_name",
    "name.givenname": "first_name",
    "emails": "email",
    "emails.value": "email",
    "active": "status",
    "title": "title",
    "locale": "locale",
    "timezone": "timezone",
    f"{ENTERPRISE}:organization".lower(): "company",
}


# --- told ------------------------------------------------------------------------------------------------------


def entries(rules: Rules, full: bool) -> tuple[Entry, ...]:
    """What is read of a user: the columns this caller may see, and his role."""
    hidden = rules.hidden_fields(names.USERS)
    listed = [Entry(n) for n in COLUMNS if n not in hidden or n in ("id", "external_id")]
    if full and "role" not in hidden and rules.reads(names.ROLES):
        listed.append(Entry("role", Node(names.ROLES, (Entry("id"), Entry("external_id"), Entry("name")))))
    return tuple(listed)


def told(item: Mapping[str, Any], known: Known, base: str) -> Json:
    """The resource of a row."""
    id, email = item["external_id"], item.get("email")
    made: Json = {"schemas": [USER], "id": id}
    if known.external_id is not None:
        made["externalId"] = known.external_id
    made["userName"] = known.user_name or email
    name = {"familyName": item.get("last_name"), "givenName": item.get("first_name")}
    made["name"] = {k: v for k, v in name.items() if v}
    mail = {"value": email, "type": known.email_type or "work", "primary": known.email_primary is not False}
    made["emails"] = [mail] if email else []
    made["active"] = item.get("status") == "active"
    made |= {n: item.get(n) for n in ("title", "locale", "timezone")}
    made["groups"] = _groups(item.get("role"), base)
    if item.get("company"):
        made["schemas"] = [USER, ENTERPRISE]
        made[ENTERPRISE] = {"organization": item["company"]}
    made = {k: v for k, v in made.items() if v not in (None, "", [], {})}
    meta = {"resourceType": "User", "location": f"{base}/Users/{id}", "version": version_of(made)}
    return {**made, "meta": meta}


def _groups(role: Any, base: str) -> list[Json]:
    if not isinstance(role, Mapping) or not role.get("external_id"):
        return []
    id = role["external_id"]
    return [{"value": id, "$ref": f"{base}/Groups/{id}", "display": role.get("name"), "type": "direct"}]


# --- written ---------------------------------------------------------------------------------------------------

#: Attributes that stay when a PUT leaves them out: what they hold is not the provider's alone.
KEPT = ("externalId", "active", "emails", "timezone")


def created(session: Session, resource: Json) -> str:
    """Makes a user; his id."""
    identities, id = Identities(session), new_uuid()
    resource = {"active": True, **resource}
    values = {k: v for k, v in _columns(resource).items() if v is not None}
    values["email"] = _email(resource) or _address(resource)
    user_name = _user_name(resource)
    _check_free(identities, user_name, None)
    ItemsService(session, names.USERS).create([{**values, "external_id": id}])
    identities.remember(id, _known(resource, Known(user_name)))
    return id


def changed(session: Session, key: Any, old: Json, new: Json) -> None:
    """Writes what differs between two resources of a user."""
    identities, id = Identities(session), old["id"]
    before, user_name = _columns(old), _user_name(new)
    values = {n: v for n, v in _columns(new).items() if v != before.get(n)}
    email = _followed(old, new)
    if email is not None and email != _email(old):
        values["email"] = email
    if user_name.casefold() != str(old.get("userName", "")).casefold():
        _check_free(identities, user_name, id)
    known = identities.known([id]).get(id, Known())
    now = _known(new, known)
    if user_name != old.get("userName"):
        now = replace(now, user_name=user_name)
    if values or now != known:
        ItemsService(session, names.USERS).update([(key, values or {"external_id": id})])
    if now != known:
        identities.remember(id, now)
    if "status" in values:
        identities.keep_an_administrator()


def deleted(session: Session, key: Any, id: str) -> None:
    """Marks a user as deleted and sets his address free. What he was is in the revision, a revert brings it back."""
    values = {"status": "deleted", "email": f"{new_uuid()}@deleted.invalid", "token": None}
    ItemsService(session, names.USERS).update([(key, values)])
    identities = Identities(session)
    identities.forget(id)
    identities.keep_an_administrator()


def _columns(resource: Json) -> Json:
    """The columns a resource stands for, but the address; those that can't be empty only when they are given."""
    name, extension = resource.get("name") or {}, resource.get(ENTERPRISE) or {}
    made: Json = {
        "first_name": name.get("givenName"),
        "last_name": name.get("familyName"),
        "title": resource.get("title"),
        "locale": resource.get("locale"),
        "company": extension.get("organization"),
        "status": "active" if resource.get("active") else "suspended",
    }
    given = {n: resource[n] for n in ("timezone", "password") if resource.get(n)}
    return {**made, **given}


def _mail(resource: Json) -> Json:
    """The one of the emails that is kept: the primary one, else one for work, else the first; {} without any."""
    listed: list[Json] = [m for m in resource.get("emails") or () if m.get("value")]
    return min(listed, key=_rank, default={})


def _email(resource: Json) -> str | None:
    """The address among the emails."""
    found = _mail(resource).get("value")
    return None if found is None else str(found)


def _known(resource: Json, before: Known) -> Known:
    """What is to be remembered of a resource beyond its columns."""
    mail = _mail(resource)
    kind, primary = mail.get("type"), mail.get("primary")
    if mail and mail == {"value": mail["value"], "type": before.email_type or "work", "primary": True}:
        kind, primary = before.email_type, before.email_primary
    return replace(before, external_id=resource.get("externalId"), email_type=kind, email_primary=primary)


def _rank(mail: Json) -> int:
    if mail.get("primary") is True:
        return 0
    return 1 if str(mail.get("type")).lower() == "work" else 2


def _address(resource: Json) -> str:
    """A user name as address. invalidValue when it can't be one."""
    user_name = _user_name(resource)
    if "@" not in user_name:
        raise invalid("invalidValue", "emails: a user needs an e-mail address, there or as userName")
    return user_name


def _followed(old: Json, new: Json) -> str | None:
    """The address after a change: where it was the user name and none is given, it follows the user name."""
    before, after = _email(old), _email(new)
    same = before == after and before is not None and before == old.get("userName")
    return _user_name(new) if same and "@" in _user_name(new) else after


def _user_name(resource: Json) -> str:
    user_name = resource.get("userName")
    if not user_name:
        raise invalid("invalidValue", "userName is required")
    return str(user_name)


def _check_free(identities: Identities, user_name: str, id: str | None) -> None:
    """DuplicateKey when somebody has that user name, whoever may see him."""
    same = identities.named(user_name)
    where = same if id is None else And((same, Condition(("external_id",), "neq", id)))
    if identities.count(names.USERS, where, everyones=True):
        raise DuplicateKey(value=user_name, collection=names.USERS)
