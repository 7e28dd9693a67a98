"""Turns payloads with nested items into trees of writes. Source: items.md §7.

Two steps: ``grow`` is pure and takes the payload apart; ``settle`` is told which items exist and decides what is an
update, what a creation, and what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from directus8.errors import ArrayForScalar, ItemNotFound, UnprocessableEntity
from directus8.mutation.tree import CREATE, DELETE, LINK, UPDATE, Write
from directus8.schema.catalog import Catalog, Collection, Field, Relation

#: Deepest nesting of a payload.
DEPTH = 12


def grow(catalog: Catalog, collection: Collection, payload: Mapping[str, Any], key: Any = None) -> Write:
    """The tree of one item's payload; with a key it is an update of that item."""
    return _grow(catalog, collection, payload, key, 0)


def _grow(catalog: Catalog, collection: Collection, payload: Mapping[str, Any], key: Any, depth: int) -> Write:
    if depth > DEPTH:
        raise UnprocessableEntity(f"Payload is nested deeper than {DEPTH} levels")
    action = UPDATE if key is not None else CREATE
    write = Write(collection, action, given=dict(payload), key=key, keyed=key is not None)
    manys: dict[str, list[Write]] = {}
    for name, value in payload.items():
        field, relation = collection.fields.get(name), collection.relation(name)
        if field is None:
            write.sent[name] = value  # told as unknown by the checks
        elif relation is not None and relation.kind == "o2m":
            manys[name] = list(_entries(catalog, write, relation, value, depth))
        elif field.column is None:
            continue
        elif relation is not None and value == []:
            continue  # an empty object of the client: the field is left alone
        elif relation is not None and isinstance(value, dict):
            _take_one(catalog, write, field, relation, value, depth)
        else:
            write.sent[name] = value
    # to-many relations are written and logged in the order of the collection's fields, however the payload has them
    write.manys = [entry for name in collection.fields if name in manys for entry in manys[name]]
    return write


def _take_one(
    catalog: Catalog, write: Write, field: Field, relation: Relation, value: dict[str, Any], depth: int
) -> None:
    related = catalog[relation.related]
    far_key = related.key
    if not value or far_key is None:
        return
    key = _key(related, value)
    if value.get("$delete") is True and key is not None:
        assert field.column is not None
        write.sent[field.name] = None if field.column.nullable else 0
        write.ones[field.name] = Write(related, DELETE, key=key, keyed=True)
        return
    rest = {k: v for k, v in value.items() if k not in (far_key.name, "$delete")}
    if key is not None and (not rest or field.type in ("file", "user", "owner", "user_updated")):
        write.sent[field.name] = key
        if field.type == "m2o":
            write.ones[field.name] = Write(related, LINK, key=key, keyed=True)
        return
    if field.type in ("file", "user", "owner", "user_updated"):
        return
    target = _grow(catalog, related, rest, key, depth + 1)
    write.sent[field.name] = key
    write.ones[field.name] = target


def _key(collection: Collection, entry: Mapping[str, Any]) -> Any:
    """The key that an entry names, None for none. ArrayForScalar."""
    field = collection.key
    key = entry.get(field.name) if field is not None else None
    if isinstance(key, (dict, list)):
        raise ArrayForScalar(field=field.name if field else "", collection=collection.name)
    return key


def _entries(catalog: Catalog, parent: Write, relation: Relation, value: Any, depth: int) -> Iterable[Write]:
    entries = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(entries, list):
        return
    if not all(isinstance(e, (dict, list)) for e in entries):
        raise UnprocessableEntity(f'Field "{relation.field}" in "{relation.collection}" takes a list of items')
    child = catalog[relation.related]
    for entry in entries:
        if isinstance(entry, dict) and entry:
            write = _entry(catalog, child, entry, depth)
            write.parent, write.foreign_key = parent, relation.related_field
            for one in write.ones.values():
                one.far = True
            yield write


def _entry(catalog: Catalog, child: Collection, entry: Mapping[str, Any], depth: int) -> Write:
    key = _key(child, entry)
    if key is not None and entry.get("$delete"):
        return Write(child, DELETE, key=key, keyed=True)
    rest = {k: v for k, v in entry.items() if child.key is None or k != child.key.name}
    return _grow(catalog, child, rest, key, depth + 1)


# --- which of them exist -----------------------------------------------------------------------------------

#: A collection, and the keys of the items named.
Named: TypeAlias = tuple[Collection, Sequence[Any]]
#: Rows by key (as text) for each collection.
Load: TypeAlias = Callable[[Sequence[Named]], Sequence[Mapping[str, dict[str, Any]]]]


def settle(roots: Iterable[Write], load: Load) -> None:
    """Looks up every nested item named by key, all at once. ItemNotFound for one that must exist."""
    nodes = [n for root in roots for n in root.descendants() if n is not root and n.key is not None]
    by_collection: dict[Collection, list[Write]] = {}
    for node in nodes:
        by_collection.setdefault(node.collection, []).append(node)
    named = [(collection, list(dict.fromkeys(n.key for n in same))) for collection, same in by_collection.items()]
    for same, found in zip(by_collection.values(), load(named), strict=True):
        for node in same:
            _decide(node, found.get(str(node.key)))


def _decide(node: Write, stored: dict[str, Any] | None) -> None:
    key = node.collection.key
    assert key is not None and key.column is not None
    if stored is not None:
        node.stored = stored
        node.key = stored[key.name]
    elif node.must_exist and (key.column.auto_increment or node.action != UPDATE):
        raise ItemNotFound() if node.action == DELETE else ItemNotFound(f'Item with id "{node.key}" not found')
    elif node.action == UPDATE:
        node.action, node.sent = CREATE, {key.name: node.key, **node.sent}


def is_emptied(entries: list[Write], stored: int) -> bool:
    """Would these entries leave a to-many relation without items, given how many it has?"""
    return bool(entries) and len(entries) == stored and all(_goes(e) for e in entries)


def _goes(entry: Write) -> bool:
    return entry.action == DELETE or (entry.foreign_key in entry.sent and entry.sent[entry.foreign_key] is None)


__all__ = ["Load", "Named", "grow", "is_emptied", "settle"]
