"""directus_roles: new roles get an external id and the default permissions; 1 and 2 stay.

Source: permissions.md §1, §8.
"""

from __future__ import annotations

from typing import Any

from directus8.context import ADMIN_ROLE, PUBLIC_ROLE
from directus8.errors import Unauthorized
from directus8.mutation.payload import new_uuid
from directus8.system.behaviour import Behaviour, Row, Scene

_COLUMNS = ("collection", "status", "create", "read", "update", "delete", "comment")
#: What a new role may do, in the order in which the rows are made.
DEFAULTS = (
    ("directus_activity", None, "full", "mine", "none", "none", "update"),
    ("directus_collection_presets", None, "full", "full", "mine", "mine", "none"),
    ("directus_collections", None, "none", "full", "none", "none", "none"),
    ("directus_fields", None, "none", "full", "none", "none", "none"),
    ("directus_files", None, "full", "full", "full", "full", "none"),
    ("directus_folders", None, "full", "full", "full", "full", "none"),
    ("directus_permissions", None, "none", "mine", "none", "none", "none"),
    ("directus_relations", None, "none", "full", "none", "none", "none"),
    ("directus_revisions", None, "full", "full", "none", "none", "none"),
    ("directus_roles", None, "none", "mine", "none", "none", "none"),
    ("directus_settings", None, "none", "full", "none", "none", "none"),
    ("directus_users", "active", "none", "full", "mine", "mine", "none"),
    ("directus_users", "deleted", "none", "none", "none", "none", "none"),
    ("directus_users", "draft", "none", "none", "none", "none", "none"),
    ("directus_users", "invited", "none", "none", "none", "none", "none"),
    ("directus_users", "suspended", "none", "none", "none", "none", "none"),
)


def normalise(scene: Scene, action: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Roles have an external id from the start."""
    if action == "create" and not payload.get("external_id"):
        return {**payload, "external_id": new_uuid()}
    return payload


def guard(scene: Scene, action: str, before: Row | None, payload: Row) -> None:
    """The two roles everything rests on can't be deleted."""
    if action == "delete" and before and before["id"] in (ADMIN_ROLE, PUBLIC_ROLE):
        raise Unauthorized(f"You are not allowed to delete group [{before['id']}]")


def after(scene: Scene, action: str, before: Row | None, row: Row) -> None:
    """Gives a new role its default permissions."""
    if action == "create":
        rows = [{"role": row["id"], "explain": "none", **dict(zip(_COLUMNS, d, strict=True))} for d in DEFAULTS]
        scene.connection.insert("directus_permissions", rows, None)


BEHAVIOUR = Behaviour("directus_roles", normalise, guard, after, stamps=frozenset({"access"}))
