"""directus_users: external ids, password policy, the last administrator, what others see.

Source: users_roles_settings.md §1.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from directus8.context import ADMIN_ROLE, Accountability
from directus8.db.rows import at
from directus8.errors import FieldWriteDenied, LastAdmin
from directus8.mutation.history import Entry
from directus8.mutation.payload import new_uuid
from directus8.system import policy
from directus8.system.behaviour import Behaviour, Row, Scene

#: Never told to anybody.
NEVER = ("password",)
#: Told to the user himself and to administrators only.
PRIVATE = ("token", "email_notifications", "last_access_on", "last_page", "2fa_secret", "password_reset_token")
#: What nobody but an administrator changes, not even of himself.
RESERVED = ("role", "status", "token", "external_id", "password_reset_token")


def normalise(scene: Scene, action: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Users have an external id from the start."""
    if action == "create" and not payload.get("external_id"):
        return {**payload, "external_id": new_uuid()}
    return payload


def guard(scene: Scene, action: str, before: Row | None, payload: Row) -> None:
    """Password policy, no self-promotion, always one active administrator."""
    if action in ("create", "update"):
        policy.enforce(payload.get("password"), scene.settings.get("password_policy"))
    if action == "update" and before is not None and not scene.who.is_admin and before["id"] == scene.who.user:
        for name in RESERVED:
            if name in payload and str(payload[name] or "") != str(before.get(name) or ""):
                raise FieldWriteDenied(field=name, collection="directus_users")
    leaves = action == "delete" or (payload.get("status") is not None and payload.get("status") != "active")
    if before is not None and leaves and _is_last_admin(scene, before):
        raise LastAdmin()


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
    for name in NEVER if who.is_admin or item.get("id") == who.user else (*NEVER, *PRIVATE):
        item.pop(name, None)


BEHAVIOUR = Behaviour("directus_users", normalise, guard, None, also_log, shown, frozenset({"access"}), needs=("id",))
