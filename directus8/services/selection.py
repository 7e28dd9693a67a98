"""From the ``fields`` parameter to a tree of nodes: wildcards, exclusions, expansion, hidden fields.

Source: items.md §4.6, §4.10, §7.6; permissions.md §6.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from directus8.errors import FieldNotFound, FieldReadDenied, InvalidField, UnprocessableEntity
from directus8.filters import NOTHING, Condition
from directus8.permissions.rules import Rules
from directus8.query.ast import Computed, Entry, Many, Node, Stub
from directus8.schema.catalog import Catalog, Collection, Field, Relation
from directus8.system.behaviours import behaviour_of

Tree: TypeAlias = dict[str, Any]

DEPTH = 10


@dataclass(slots=True)
class Selection:
    """A resolved field tree, with warnings about relations the caller may not follow."""

    node: Node
    messages: list[dict[str, Any]] = field(default_factory=list)


def resolve(
    catalog: Catalog,
    rules: Rules,
    collection: Collection,
    paths: Iterable[str],
    lang: tuple[str, ...] = (),
    statuses: tuple[str, ...] | None = None,
) -> Selection:
    """The node asked for by a ``fields`` parameter. InvalidField for unknown names."""
    resolver = _Resolver(catalog, rules, lang)
    node = resolver.node(collection, tree_of(paths) or {"*": None}, statuses, 0)
    return Selection(node, resolver.messages)


def tree_of(paths: Iterable[str]) -> Tree:
    """``a.b,a.c,d`` as a tree; a shorter path after a longer one wins, as in the original."""
    tree: Tree = {}
    for path in paths:
        at = tree
        parts = path.split(".")
        if len(parts) > DEPTH:
            raise UnprocessableEntity(f"Fields are nested deeper than {DEPTH} levels")
        for part in parts[:-1]:
            inner = at.get(part)
            if not isinstance(inner, dict):
                inner = at[part] = {}
            at = inner
        at[parts[-1]] = None
    return tree


class _Resolver:
    def __init__(self, catalog: Catalog, rules: Rules, lang: tuple[str, ...]) -> None:
        self.catalog = catalog
        self.rules = rules
        self.lang = lang
        self.messages: list[dict[str, Any]] = []

    def node(self, collection: Collection, tree: Tree, statuses: tuple[str, ...] | None, depth: int) -> Node:
        """One level of the tree."""
        nested = any(isinstance(v, dict) for v in tree.values())
        wanted = self._wanted(collection, tree, nested)
        entries = []
        for name, below in wanted.items():
            entry = self._entry(collection, collection.fields[name], below, nested, depth)
            if entry is not None:
                entries.append(entry)
        return Node(collection.name, tuple(entries), statuses)

    def _wanted(self, collection: Collection, tree: Tree, nested: bool) -> dict[str, Tree | None]:
        """Names at this level with what is wanted below each, hidden and excluded ones left out."""
        excluded = {name[1:] for name in tree if name.startswith("-") and name != "-"}
        hidden = self.rules.hidden_fields(collection.name)
        self._check(collection, tree, hidden)
        wanted: dict[str, Tree | None] = {}
        for name, below in tree.items():
            if name == "*":
                computed = behaviour_of(collection.name).computed
                for field_ in collection.fields.values():
                    if field_.column is not None or field_.name in computed or (nested and field_.kind.to_many):
                        wanted.setdefault(field_.name, below)
            elif not name.startswith("-"):
                wanted[name] = below
        for name, below in tree.items():
            relation = collection.relation(name)
            if name in hidden and below is not None and relation is not None:
                self._warn(relation)
        key = collection.key.name if collection.key else None
        return {
            n: b for n, b in wanted.items() if n not in hidden and (n not in excluded or (n == key and "*" in tree))
        }

    def _check(self, collection: Collection, tree: Tree, hidden: frozenset[str]) -> None:
        if collection.key is not None and collection.key.name in hidden:
            raise FieldReadDenied(field=collection.key.name, collection=collection.name)
        for needs in behaviour_of(collection.name).computed.values():
            if needed := hidden.intersection(needs):
                raise FieldReadDenied(field=min(needed), collection=collection.name)
        for name in tree:
            plain = name[1:] if name.startswith("-") else name
            if name not in ("*", "-") and plain not in collection.fields:
                raise InvalidField(field=name, collection=collection.name)

    def _entry(
        self, collection: Collection, field_: Field, below: Tree | None, nested: bool, depth: int
    ) -> Entry | None:
        relation = collection.relation(field_.name)
        if relation is None:
            needs = behaviour_of(collection.name).computed.get(field_.name)
            if needs is not None:
                return Entry(field_.name, Computed(needs))
            return Entry(field_.name) if field_.column is not None else None
        if below is None and not nested:
            return Entry(field_.name) if relation.kind == "m2o" else None
        related = self.catalog[relation.related]
        if not self.rules.reads(related.name):
            return self._unreadable(relation, related, depth)
        if relation.kind == "m2o":
            if related.key is None:
                return Entry(field_.name)
            return Entry(field_.name, self.node(related, below or {related.key.name: None}, None, depth + 1))
        foreign = relation.related_field or ""
        if isinstance((below or {}).get(foreign), dict) and not _keeps_key((below or {})[foreign], collection):
            # The original loses the children when what points at the parent is expanded without its key.
            return Entry(field_.name, Many(self.node(related, below or {}, None, depth + 1), NOTHING))
        node = self.node(related, below or {foreign: None}, None, depth + 1)
        return Entry(field_.name, Many(node, self._language(field_, related)))

    def _unreadable(self, relation: Relation, related: Collection, depth: int) -> Entry | None:
        if depth == 0:
            self._warn(relation)
        if relation.kind == "m2o" and related.key is not None:
            return Entry(relation.field, Stub(related.key.name))
        return None

    def _warn(self, relation: Relation) -> None:
        name = relation.related
        text = f"Can't read `{name}`: read access to `{name}` collection denied"
        known = next((m for m in self.messages if m["message"] == text), None)
        if known is None:
            self.messages.append({"type": "warning", "message": text, "code": 18, "fields": [relation.field]})
        else:
            known["fields"].append(relation.field)

    def _language(self, field_: Field, related: Collection) -> Condition | None:
        if field_.type != "translation" or not self.lang or "*" in self.lang:
            return None
        if related.lang is None:
            raise FieldNotFound(field="lang")
        return Condition((related.lang.name,), "in", self.lang)


def _keeps_key(tree: Tree, collection: Collection) -> bool:
    return "*" in tree or (collection.key is not None and collection.key.name in tree)
