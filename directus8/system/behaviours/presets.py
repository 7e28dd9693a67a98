"""directus_collection_presets: never logged; those of a role are the administrators'.

Source: users_roles_settings.md §5.
"""

from __future__ import annotations

from directus8.errors import Forbidden
from directus8.system.behaviour import Behaviour, Row, Scene


def guard(scene: Scene, action: str, before: Row | None, payload: Row) -> None:
    """Only administrators delete presets that belong to a role."""
    if action == "delete" and before and before.get("role") is not None and not scene.who.is_admin:
        raise Forbidden("Cannot delete collection presets that belongs to a role")


BEHAVIOUR = Behaviour("directus_collection_presets", guard=guard, logged=False)
