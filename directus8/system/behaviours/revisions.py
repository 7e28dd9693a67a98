"""directus_revisions: the static tokens of users in them are for administrators and the users themselves."""

from __future__ import annotations

from typing import Any

from directus8.context import Accountability
from directus8.mutation.history import MASK, MORE_SECRETS
from directus8.permissions.rules import STATES
from directus8.system.behaviour import Behaviour


def shown(who: Accountability, item: dict[str, Any]) -> None:
    """Masks what this reader may not see."""
    if not who.is_admin and str(item.get("item")) != str(who.user):
        mask(str(item.get("collection")), item)


def mask(collection: str, item: dict[str, Any]) -> None:
    """Masks the secrets of a collection in the states that a revision of it tells."""
    secrets = MORE_SECRETS.get(collection, frozenset())
    for name in STATES if secrets else ():
        if isinstance(state := item.get(name), dict):
            item[name] = {n: MASK if n in secrets and v is not None else v for n, v in state.items()}


BEHAVIOUR = Behaviour("directus_revisions", shown=shown, needs=("collection", "item"))
