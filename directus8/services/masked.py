"""What is left out of items on their way to readers.

Secrets a hardened project tells nobody: hash fields and static tokens (security.md, hash-field-readable); fields a
role may not read, wherever revisions hold them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from directus8 import names
from directus8.mutation.history import MASK
from directus8.mutation.tree import Write
from directus8.permissions.rules import STATES, Rules
from directus8.query.fetch import Item
from directus8.schema.catalog import Catalog

Finish = Mapping[str, Callable[[Item], None]]


def hash_fields(catalog: Catalog) -> dict[str, frozenset[str]]:
    """The names of the hash fields, by collection."""
    found = {c.name: frozenset(f.name for f in c.columns if f.type == "hash") for c in catalog}
    return {name: fields for name, fields in found.items() if fields}


def masking(catalog: Catalog, finish: Finish) -> Finish:
    """How items are told, with their secrets masked."""
    secrets = hash_fields(catalog)
    secrets[names.USERS] = secrets.get(names.USERS, frozenset()) | {"token"}
    masks = {name: partial(_mask, fields, finish.get(name)) for name, fields in secrets.items()}
    return {**finish, **masks}


def take_back(node: Write) -> None:
    """A mask that is sent back says nothing."""
    secrets = [f.name for f in node.collection.columns if f.type == "hash"]
    for name in (*secrets, *(["token"] if node.collection.name == names.USERS else [])):
        for held in (node.given, node.sent):
            if held.get(name) == MASK:
                del held[name]


def revision(rules: Rules, then: Callable[[Item], None], item: Item) -> None:
    """The states in a revision, without the fields its reader may not see, be it in items of some status."""
    then(item)
    hidden = rules.hidden_anywhere(str(item.get("collection")))
    for name in STATES:
        if hidden and isinstance(state := item.get(name), dict):
            item[name] = {n: v for n, v in state.items() if n not in hidden}


def _mask(fields: frozenset[str], then: Callable[[Item], None] | None, item: Item) -> None:
    if then is not None:
        then(item)
    for name in fields:
        if item.get(name) is not None:
            item[name] = MASK
