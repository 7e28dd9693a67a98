"""From the selection set of a root field to one query tree: whatever is asked for below is read at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSkipDirective,
    SelectionNode,
    get_argument_values,
    get_directive_values,
    get_named_type,
)

from directus8.api.graphql import filtering
from directus8.api.graphql.outputs import READS, Info, Reads, told_as
from directus8.api.graphql.view import SECRETS
from directus8.api.v8.reading import sort_of
from directus8.errors import FieldNotFound, InvalidField
from directus8.filters import Condition, Filter, both
from directus8.query.ast import Computed, Entry, Many, Node, Sort
from directus8.schema.catalog import Collection
from directus8.services.session import Session

Nodes = Sequence[FieldNode]
Languages = tuple[str, ...]


def selected(nodes: Nodes, info: Info) -> dict[str, list[FieldNode]]:
    """What is wanted below the nodes, by response key; each fragment once, left out what directives leave out."""
    found: dict[str, list[FieldNode]] = {}
    for field in _fields(nodes, info):
        key = field.alias.value if field.alias else field.name.value
        found.setdefault(key, []).append(field)
    return found


def _fields(nodes: Nodes, info: Info) -> Iterator[FieldNode]:
    visited: set[str] = set()
    stack: list[SelectionNode] = [s for n in reversed(nodes) if n.selection_set for s in reversed(_of(n))]
    while stack:
        node = stack.pop()
        if not _is_included(node, info):
            continue
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, FragmentSpreadNode):
            if node.name.value not in visited:
                visited.add(node.name.value)
                stack.extend(reversed(_of(info.fragments[node.name.value])))
        else:
            stack.extend(reversed(_of(node)))


def _of(node: Any) -> Sequence[SelectionNode]:
    fragment: FieldNode | FragmentDefinitionNode = node
    return fragment.selection_set.selections if fragment.selection_set else ()


def _is_included(node: SelectionNode, info: Info) -> bool:
    if not node.directives:
        return True
    skip = get_directive_values(GraphQLSkipDirective, node, info.variable_values)
    include = get_directive_values(GraphQLIncludeDirective, node, info.variable_values)
    return not (skip and skip["if"]) and (include is None or bool(include["if"]))


@dataclass(frozen=True, slots=True)
class Tree:
    """Makes the nodes of one root field."""

    session: Session
    info: Info
    languages: Languages = ()

    def node(self, type: GraphQLObjectType, nodes: Nodes, collection: Collection, statuses: Any = None) -> Node:
        """The node of a collection with all that is wanted of its items."""
        entries: dict[str, Entry] = {}
        below: dict[str, tuple[Reads, list[FieldNode]]] = {}
        for key, fields in selected(nodes, self.info).items():
            reads: Reads | None = _definition(type, fields[0]).extensions.get(READS) if _is_ours(fields[0]) else None
            if reads is None or reads.field is None:
                continue
            name = told_as(reads.field, key) if fields[0].arguments and reads.relation else reads.field
            if reads.relation is None:
                entries[name] = Entry(name, Computed(reads.computed) if reads.computed else None)
            else:
                below.setdefault(name, (reads, []))[1].extend(fields)
        for name, (reads, fields) in below.items():
            entries[name] = self._related(name, type, reads, fields, collection)
        return Node(collection.name, tuple(entries.values()) or _something(collection), statuses)

    def _related(
        self, name: str, type: GraphQLObjectType, reads: Reads, fields: list[FieldNode], collection: Collection
    ) -> Entry:
        relation = reads.relation
        assert relation is not None and reads.field is not None
        related = self.session.catalog[relation.related]
        definition = _definition(type, fields[0])
        target = get_named_type(definition.type)
        assert isinstance(target, GraphQLObjectType)
        node = self.node(target, fields, related)
        if relation.kind == "m2o":
            return Entry(name, node)
        given = get_argument_values(definition, fields[0], self.info.variable_values) if fields[0].arguments else {}
        return Entry(name, self._many(node, reads, related, given), of=reads.field)

    def _many(self, node: Node, reads: Reads, related: Collection, given: Mapping[str, Any]) -> Many:
        session = self.session
        where = filtering.parse(session.catalog, session.rules, related, given.get("filter"))
        limit, offset = given.get("limit"), given.get("offset") or 0
        return Many(
            node,
            both(where, self._language(reads, related)),
            order(session, related, given),
            None if limit is None or limit < 0 else limit,
            max(offset, 0),
        )

    def _language(self, reads: Reads, related: Collection) -> Filter | None:
        if not (reads.translated and self.languages) or "*" in self.languages:
            return None
        if related.lang is None:
            raise FieldNotFound(field="lang")
        return Condition((related.lang.name,), "in", self.languages)


def _is_ours(node: FieldNode) -> bool:
    return not node.name.value.startswith("__")


def _definition(type: GraphQLObjectType, node: FieldNode) -> Any:
    return type.fields[node.name.value]


def _something(collection: Collection) -> tuple[Entry, ...]:
    """Where nothing of an item is asked for, it still has to be there: its key, else its first column."""
    column = collection.key or next(iter(collection.columns), None)
    return (Entry(column.name),) if column is not None else ()


def order(session: Session, collection: Collection, given: Mapping[str, Any]) -> tuple[Sort, ...]:
    """The order a list is asked for in. Nobody learns of a hidden field by ordering items by it."""
    terms, rules = tuple(term for term in given.get("sort") or () if term), session.rules
    hidden = rules.hidden_anywhere(collection.name) | SECRETS.get(collection.name, frozenset())
    for term in terms:
        if term.removeprefix("-") in hidden:
            raise InvalidField(field=term, collection=collection.name)
    return sort_of(session, collection, terms)
