"""directus_users: password policy, promotion, the last administrator, what others see.

Source: users_roles_settings.md §1.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from directus8.context import ADMIN_ROLE, Accountability
from directus8.db.rows import at
from directus8.errors import FieldWriteDenied, LastAdmin
from directus8.mutation.history import MASK, Entry
from directus8.mutation.payload import new_uuid
from directus8.system import policy
from directus8.system.behaviour import Behaviour, Row, Scene
from directus8.system.sessions import end_sessions

#: Never told to anybody.
NEVER = ("password",)
#: Told to the user himself and to administrators only.
PRIVATE = ("token", "email_notifications", "last_access_on", "last_page")
#: Of these nobody is told more than whether there is one, others not even that.
SECRET = ("2fa_secret", "password_reset_token")
#: Nobody finds users by these (security.md, user-secrets-by-filter).
UNSEARCHABLE = frozenset({"password", "token", *SECRET})
#: What nobody but an administrator changes of himself.
RESERVED = ("role", "token", "external_id", "password_reset_token")
#: What nobody but an administrator changes of an administrator.
OF_ADMINS = ("role", "status", "email", "password", "token", "2fa_secret", "external_id", "password_reset_token")


def normalise(scene: Scene, action: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Users have an external id from the start; a masked secret that is sent back says nothing."""
    kept = {name: value for name, value in payload.items() if name not in SECRET or value != MASK}
    if action == "create" and not kept.get("external_id"):
        kept["external_id"] = new_uuid()
    return kept


def guard(scene: Scene, action: str, before: Row | None, payload: Row) -> None:
    """Password policy, no promotion by others than administrators, always one active administrator."""
    if action in ("create", "update"):
        policy.enforce(payload.get("password"), scene.settings.get("password_policy"))
        if not scene.who.is_admin:
            _guard_promotion(scene.who, before or {}, payload)
    leaves = action == "delete" or payload.get("status") not in (None, "active") or _loses_role(payload)
    if before is not None and leaves and _is_last_admin(scene, before):
        raise LastAdmin()


def _guard_promotion(who: Accountability, before: Row, payload: Row) -> None:
    """FieldWriteDenied for what makes an administrator, or takes one's place (security.md, self-promotion)."""
    changed = {name for name, value in payload.items() if str(value or "") != str(before.get(name) or "")}
    denied = {"password_reset_token"}
    if before and before["id"] == who.user:
        denied.update(RESERVED)
    if before.get("role") == ADMIN_ROLE:
        denied.update(OF_ADMINS)
    if str(payload.get("role")) == str(ADMIN_ROLE):
        denied.add("role")
    for name in sorted(changed & denied):
        raise FieldWriteDenied(field=name, collection="directus_users")


def _loses_role(payload: Row) -> bool:
    return "role" in payload and str(payload["role"]) != str(ADMIN_ROLE)


def after(scene: Scene, action: str, before: Row | None, row: Row) -> None:
    """A user with another password, role or status, or none at all, has to log in again."""
    if before is None:
        return
    if action == "delete" or any(row.get(name) != before.get(name) for name in ("password", "role", "status")):
        end_sessions(scene.connection, before["id"])


def _is_last_admin(scene: Scene, before: Row) -> bool:
    if before["role"] != ADMIN_ROLE or before["status"] != "active":
        return False
    users = at("directus_users", "id", "role", "status")
    others = select(func.count()).select_from(users)
    others = others.where(users.c.role == ADMIN_ROLE, users.c.status == "active", users.c.id != before["id"])
    return bool(scene.connection.select(others)[0][0] == 0)


def also_log(scene: Scene, action: str, before: Row | None, payload: Row) -> list[Entry]:
    """A change of status is told once more, on behalf of the changed user."""
    if action == "update" and before is not None and payload.get("status") is not None:
        return [Entry("status-update", "directus_users", str(before["id"]), by=int(before["id"]))]
    return []


def shown(who: Accountability, item: dict[str, Any]) -> None:
    """Takes out of an item what this reader may not see."""
    close = who.is_admin or item.get("id") == who.user
    for name in NEVER if close else (*NEVER, *PRIVATE):
        item.pop(name, None)
    for name in SECRET:
        if item.get(name) is not None:
            item[name] = MASK if close and name == "2fa_secret" else None


BEHAVIOUR = Behaviour(
    "directus_users",
    normalise,
    guard,
    after,
    also_log,
    shown,
    stamps=frozenset({"access", "sessions"}),
    needs=("id",),
    secret=UNSEARCHABLE,
)
