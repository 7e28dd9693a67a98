"""From a catalog and the rules of a role to a GraphQL schema. Pure: no database, no request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
)

from directus8 import names
from directus8.api.graphql import reading, scalars, system
from directus8.api.graphql.inputs import Inputs
from directus8.api.graphql.names import legal
from directus8.api.graphql.outputs import Outputs
from directus8.api.graphql.view import View
from directus8.api.graphql.writing import Mutations
from directus8.query.cache import PlanCache
from directus8.schema.catalog import Collection

SCALARS = {"Int": scalars.Int, "String": GraphQLString, "ID": GraphQLID}
_RESOLVED = {names.COLLECTIONS: reading.collections, names.FIELDS: reading.fields}
#: The only field of a query where nothing may be read but something written.
NOTHING = "_empty"


@dataclass(frozen=True, eq=False)
class Built:
    """A schema with what was left out of it, and the documents found good for it."""

    schema: GraphQLSchema
    problems: tuple[str, ...]
    documents: PlanCache = field(default_factory=lambda: PlanCache(200))

    @property
    def is_empty(self) -> bool:
        """Is there nothing in it to read or write?"""
        query = self.schema.query_type
        return query is None or (list(query.fields) == [NOTHING] and self.schema.mutation_type is None)


def build(view: View) -> Built:
    """The schema of what a role sees. What does not fit into GraphQL is left out and told, never fatal."""
    outputs = Outputs(view, Inputs(view))
    root = _Root(view, outputs)
    fields = {**dict(root.system()), **dict(root.collections())}
    query = GraphQLObjectType("Query", fields or {NOTHING: GraphQLField(GraphQLString)})
    mutation = Mutations(view, outputs).type() if view.shape.extended else None
    schema = GraphQLSchema(query, mutation, assume_valid=True)
    return Built(schema, (*view.catalog.problems, *view.problems))


@dataclass(frozen=True, slots=True)
class _Root:
    view: View
    outputs: Outputs

    def system(self) -> Iterator[tuple[str, GraphQLField]]:
        """The system collections."""
        for name in system.ALL if self.view.shape.extended else system.FIXED:
            if self.view.reads(name):
                yield name, self._system_field(name)

    def _system_field(self, name: str) -> GraphQLField:
        fixed = system.ALL[name]
        item = self.outputs.fixed(name)
        arguments: dict[str, GraphQLArgument] = {}
        for argument in fixed.arguments:
            asked, _, type = argument.partition(":")
            arguments[asked] = GraphQLArgument(SCALARS[type or "Int"])
        if fixed.filtered:
            arguments["filter"] = GraphQLArgument(self.outputs.inputs.filter(name))
        if self.view.shape.extended and name not in system.FROM_CATALOG:
            arguments.update(self._more(self.view.catalog[name]))
        resolve = _RESOLVED.get(name) or reading.listed(name, item)
        return GraphQLField(self.outputs.wrapper(fixed.base, item), arguments, resolve=resolve)

    def collections(self) -> Iterator[tuple[str, GraphQLField]]:
        """The user collections that may be read."""
        taken: set[str] = set()
        for collection in self.view.catalog:
            name = collection.name
            if names.is_reserved(name) or not self.view.reads(name):
                continue
            if not (self.view.shape.extended or (collection.registered and collection.managed)):
                continue
            told = legal(name)
            if told in taken or not any(True for _ in self.view.fields(collection)):
                self.view.report(f"collection {name} has no name or no field of its own in GraphQL")
                continue
            taken.add(told)
            yield told, self._field(collection)

    def _field(self, collection: Collection) -> GraphQLField:
        name, base = collection.name, self.view.bases[collection.name]
        item = self.outputs.item(name)
        arguments = {n: GraphQLArgument(scalars.Int) for n in ("limit", "offset")}
        arguments["lang"] = GraphQLArgument(GraphQLString)
        arguments["filter"] = GraphQLArgument(self.outputs.inputs.filter(name))
        if collection.key is not None:
            column = collection.key.column
            numbered = column is not None and column.type.kind == "integer"
            arguments = {"id": GraphQLArgument(scalars.Int if numbered else GraphQLID), **arguments}
        if self.view.shape.extended:
            arguments.update(self._more(collection))
        return GraphQLField(self.outputs.wrapper(base, item), arguments, resolve=reading.listed(name, item))

    def _more(self, collection: Collection) -> dict[str, GraphQLArgument]:
        return {**self.outputs.inputs.of_list(collection), **self.outputs.inputs.of_root(collection)}
