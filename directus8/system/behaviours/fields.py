"""directus_fields: its rows stand for columns, so only the schema's own services make, retype and delete them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from directus8 import names
from directus8.errors import SystemCollection
from directus8.system.behaviour import Behaviour, Scene

FIXED = frozenset({"collection", "field", "type"})


def guard(scene: Scene, action: str, before: Mapping[str, Any] | None, payload: Mapping[str, Any]) -> None:
    """Items' services may change how a field is shown, not which there are."""
    if action != "update" or FIXED & payload.keys():
        raise SystemCollection()


BEHAVIOUR = Behaviour(names.FIELDS, stamps=frozenset({"schema"}), guard=guard)
