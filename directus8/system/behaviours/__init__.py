"""The behaviour of each system collection: one small file each."""

from __future__ import annotations

from directus8.system.behaviour import PLAIN, Behaviour
from directus8.system.behaviours import (
    activity,
    collections,
    fields,
    files,
    folders,
    permissions,
    presets,
    relations,
    revisions,
    roles,
    settings,
    users,
    webhooks,
)

_ALL = (
    activity,
    collections,
    fields,
    files,
    folders,
    permissions,
    presets,
    relations,
    revisions,
    roles,
    settings,
    users,
    webhooks,
)
BEHAVIOURS: dict[str, Behaviour] = {m.BEHAVIOUR.collection: m.BEHAVIOUR for m in _ALL}


def behaviour_of(collection: str) -> Behaviour:
    """The behaviour of a collection; user collections have none."""
    return BEHAVIOURS.get(collection, PLAIN)


NEEDS = {name: b.needs for name, b in BEHAVIOURS.items() if b.needs}
