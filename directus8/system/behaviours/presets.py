"""directus_collection_presets: never logged; those of a role are the administrators'.

Source: users_roles_settings.md §5.
"""

from __future__ import annotations

from directus8.errors import Forbidden
from directus8.system.behaviour import Behaviour, Row, Scene


def guard(scene: Scene, action: str, before: Row | None, payload: Row) -> None:
    """Only administrators delete presets that belong to a role; in a hardened project only they make foreign ones."""
    if scene.who.is_admin:
        return
    if action == "delete" and before and before.get("role") is not None:
        raise Forbidden("Cannot delete collection presets that belongs to a role")
    if scene.hardened and action in ("create", "update") and not _own({**(before or {}), **payload}, scene.who.user):
        raise Forbidden("Presets of others are made by administrators")


def _own(preset: Row, user: int) -> bool:
    return str(preset.get("user")) == str(user) and preset.get("role") is None


BEHAVIOUR = Behaviour("directus_collection_presets", guard=guard, logged=False)
