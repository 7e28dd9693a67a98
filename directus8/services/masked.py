"""Secrets a hardened project tells nobody: hash fields and static tokens (security.md, hash-field-readable)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from directus8 import names
from directus8.mutation.history import MASK
from directus8.mutation.tree import Write
from directus8.permissions.guard import STATES
from directus8.permissions.rules import Rules
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


def hiding(rules: Rules, then: Callable[[Item], None], revision: Item) -> None:
    """Tells a revision without the fields of its item that the role may not see."""
    then(revision)
    hidden = rules.hidden_fields(str(revision.get("collection")))
    for name in STATES if hidden else ():
        if isinstance(state := revision.get(name), dict):
            revision[name] = {n: v for n, v in state.items() if n not in hidden}


def take_back(node: Write) -> None:
    """A mask that is sent back says nothing."""
    secrets = [f.name for f in node.collection.columns if f.type == "hash"]
    for name in (*secrets, *(["token"] if node.collection.name == names.USERS else [])):
        for held in (node.given, node.sent):
            if held.get(name) == MASK:
                del held[name]


def _mask(fields: frozenset[str], then: Callable[[Item], None] | None, item: Item) -> None:
    if then is not None:
        then(item)
    for name in fields:
        if item.get(name) is not None:
            item[name] = MASK
