"""What a document may cost before anything is read: depth, aliases, estimated rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    value_from_ast_untyped,
)

from directus8.api.graphql.outputs import WRAPPER
from directus8.errors import UnprocessableEntity

#: Items a to-many relation is taken to have, and a list without a limit.
CHILDREN, UNLIMITED = 10, 1000
#: Marks lists that have as many items as the API gives when no limit is asked for.
ROOT = "root"
#: Words a document may be made of.
TOKENS = 20_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The most a document may ask for."""

    depth: int = 12
    aliases: int = 100
    complexity: int = 1_000_000
    introspection: bool = True


def check(
    limits: Limits,
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    default_limit: int,
) -> None:
    """Raises a GraphQLError for a document that asks for too much. It must have been found valid before."""
    fragments = fragments_of(document)
    aliases = sum(_aliases(d.selection_set) for d in (operation, *fragments.values()))
    if aliases > limits.aliases:
        raise _refused(f"The document has {aliases} aliases, {limits.aliases} are allowed")
    meter = _Meter(fragments, variables, default_limit)
    deepest = meter.depth(operation.selection_set)
    if deepest > limits.depth:
        raise _refused(f"The document is {deepest} levels deep, {limits.depth} are allowed")
    root = schema.get_root_type(operation.operation)
    cost = meter.cost(root, operation.selection_set) if root is not None else 0
    if cost > limits.complexity:
        raise _refused(f"The document asks for about {cost} items, {limits.complexity} are allowed: set smaller limits")


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The fragments of a document by name."""
    return {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}


def fields_of(selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[FieldNode]:
    """The fields of a selection, those of its fragments among them; introspection has a limit of its own."""
    stack: list[Sequence[Any]] = [selections.selections]
    while stack:
        for node in stack.pop():
            if isinstance(node, FieldNode):
                if not node.name.value.startswith("__"):
                    yield node
                continue
            below = fragments[node.name.value] if hasattr(node, "name") else node
            stack.append(below.selection_set.selections)


def _refused(message: str) -> GraphQLError:
    return GraphQLError(message, original_error=UnprocessableEntity(message))


def _aliases(selections: SelectionSetNode) -> int:
    found, stack = 0, [selections]
    while stack:
        for node in stack.pop().selections:
            found += isinstance(node, FieldNode) and node.alias is not None
            below = getattr(node, "selection_set", None)
            if below is not None:
                stack.append(below)
    return found


@dataclass(slots=True)
class _Meter:
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    default_limit: int
    _depths: dict[int, int] = field(default_factory=dict)
    _costs: dict[tuple[int, str], int] = field(default_factory=dict)

    def depth(self, selections: SelectionSetNode | None) -> int:
        """Levels of fields; what introspection asks for has a limit of its own."""
        if selections is None:
            return 0
        known = self._depths.get(id(selections))
        if known is None:
            below = (1 + self.depth(f.selection_set) for f in fields_of(selections, self.fragments))
            known = self._depths[id(selections)] = max(below, default=0)
        return known

    def cost(self, type: GraphQLObjectType, selections: SelectionSetNode) -> int:
        """Items in the answer for one item of the type."""
        key = (id(selections), type.name)
        if key not in self._costs:
            self._costs[key] = 1 + sum(self._cost(type, f) for f in fields_of(selections, self.fragments))
        return self._costs[key]

    def _cost(self, type: GraphQLObjectType, node: FieldNode) -> int:
        definition = type.fields.get(node.name.value)
        target = get_named_type(definition.type) if definition else None
        if definition is None or not isinstance(target, GraphQLObjectType) or node.selection_set is None:
            return 0
        each = self.cost(target, node.selection_set)
        if WRAPPER in target.extensions:
            return self._rows(node, self.default_limit) * each
        is_list = isinstance(get_nullable_type(definition.type), GraphQLList) and WRAPPER not in type.extensions
        unlimited = self.default_limit if ROOT in definition.extensions else CHILDREN
        return (self._rows(node, unlimited) if is_list else 1) * each

    def _rows(self, node: FieldNode, default: int) -> int:
        given = {a.name.value: value_from_ast_untyped(a.value, dict(self.variables)) for a in node.arguments or ()}
        if given.get("id") is not None:
            return 1
        limit = given.get("limit", default)
        if isinstance(given.get("data"), list):
            return len(given["data"])
        if not isinstance(limit, (int, float)) or isinstance(limit, bool):
            return default
        return UNLIMITED if limit < 0 else max(int(limit), 1)
