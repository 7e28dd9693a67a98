"""directus_collections: its rows stand for tables, so only the schema's own services make and delete them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from directus8 import names
from directus8.errors import SystemCollection
from directus8.system.behaviour import Behaviour, Scene


def guard(scene: Scene, action: str, before: Mapping[str, Any] | None, payload: Mapping[str, Any]) -> None:
    """Items' services may change what is said of a collection, not which there are."""
    if action != "update" or "collection" in payload:
        raise SystemCollection()


BEHAVIOUR = Behaviour(names.COLLECTIONS, stamps=frozenset({"schema"}), guard=guard)
