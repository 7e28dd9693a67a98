"""directus_relations: its rows are part of the schema. Source: schema.md §6."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from directus8 import names
from directus8.errors import SystemCollection
from directus8.system.behaviour import Behaviour, Scene

#: What may be no target. (The original lets batches pass; nothing can be read through such a relation.)
CLOSED = frozenset({names.ACTIVITY, names.COLLECTIONS, names.FIELDS, names.RELATIONS})


def guard(scene: Scene, action: str, before: Mapping[str, Any] | None, payload: Mapping[str, Any]) -> None:
    """Relations lead to no collection that only the server writes."""
    if payload.get("collection_one") in CLOSED:
        raise SystemCollection()


BEHAVIOUR = Behaviour(names.RELATIONS, stamps=frozenset({"schema"}), guard=guard)
