"""From a catalog and the rules of a role to a GraphQL schema: of the project's own items, or of the system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
)

from directus8 import names
from directus8.api.graphql.limits import ROOT
from directus8.api.graphql.schema import Built
from directus8.api.v10 import files
from directus8.api.v10.graphql import functions, resolve
from directus8.api.v10.graphql.inputs import Inputs
from directus8.api.v10.graphql.outputs import Outputs
from directus8.api.v10.graphql.resolve import Writing
from directus8.api.v10.graphql.view import View
from directus8.api.v10.items import PLAIN, Writer
from directus8.schema.catalog import Collection

#: System collections with items like any other, and how these are written.
SYSTEM: Mapping[str, Writer | None] = {
    names.USERS: PLAIN,
    names.ROLES: PLAIN,
    names.FILES: files.WRITER,
    names.FOLDERS: PLAIN,
    names.PRESETS: PLAIN,
    names.ACTIVITY: None,
    names.REVISIONS: None,
}
KEY = GraphQLArgument(GraphQLNonNull(GraphQLID))
KEYS = GraphQLArgument(GraphQLNonNull(GraphQLList(GraphQLNonNull(GraphQLID))))
DELETED = GraphQLObjectType("delete_one", {"id": GraphQLField(GraphQLNonNull(GraphQLID))})
SEVERAL_DELETED = GraphQLObjectType(
    "delete_many", {"ids": GraphQLField(GraphQLNonNull(GraphQLList(GraphQLNonNull(GraphQLID))))}
)
Fields = Iterator[tuple[str, GraphQLField]]


def build(view: View, system: bool) -> Built:
    """The schema of what a role sees of its items, or of the system."""
    root = _Root(view, Outputs(view, Inputs(view)))
    queries, mutations = dict(root.queries(system)), dict(root.mutations(system))
    if system:
        added = functions.Functions(root.named())
        queries |= dict(added.of_root("Query"))
        mutations |= dict(added.of_root("Mutation"))
    query = GraphQLObjectType("Query", queries or {"_empty": GraphQLField(GraphQLString)})
    mutation = GraphQLObjectType("Mutation", mutations) if mutations else None
    schema = GraphQLSchema(query, mutation, assume_valid=True)
    return Built(schema, (*view.catalog.problems, *view.problems))


@dataclass(frozen=True, slots=True)
class _Root:
    view: View
    outputs: Outputs

    def _collections(self, system: bool) -> Iterator[tuple[Collection, str, Writer | None]]:
        """Each collection with its name in root fields and its writer."""
        if system:
            for name, writer in SYSTEM.items():
                yield self.view.catalog[name], self.view.types[name].removeprefix(names.PREFIX), writer
            return
        for collection in self.view.catalog:
            if names.is_reserved(collection.name):
                continue
            if collection.key is None:
                self.view.report(f"{collection.name} has no key and is left out of GraphQL")
                continue
            yield collection, self.view.types[collection.name], PLAIN

    def named(self) -> list[GraphQLNamedType]:
        """The types that the functions of the system tell and take."""
        told: list[GraphQLNamedType] = [self.outputs.item(name) for name in functions.TELLING]
        taken = [self.outputs.inputs.payload(name, action) for name, action in functions.TAKING]
        return [*told, *taken, DELETED]

    # --- queries ---------------------------------------------------------------------------------------------

    def queries(self, system: bool) -> Fields:
        """The lists, single items and aggregates of what may be read."""
        for collection, told, _ in self._collections(system):
            if self._is_told(collection):
                yield from self._single(collection, told) if collection.single else self._lists(collection, told)

    def _is_told(self, collection: Collection) -> bool:
        key = collection.key
        readable = self.view.reads(collection.name)
        return readable and key is not None and key.name not in self.view.rules.hidden_fields(collection.name)

    def _single(self, collection: Collection, told: str) -> Fields:
        yield told, GraphQLField(self.outputs.item(collection.name), resolve=resolve.single(collection.name))

    def _lists(self, collection: Collection, told: str) -> Fields:
        name = collection.name
        item, arguments = self.outputs.item(name), self.outputs.inputs.of_list(name)
        yield told, _list(item, arguments, resolve.listed(name))
        yield f"{told}_by_id", GraphQLField(item, {"id": KEY}, resolve=resolve.by_id(name))
        grouped = {"groupBy": GraphQLArgument(GraphQLList(GraphQLString)), **arguments}
        yield f"{told}_aggregated", _list(self.outputs.aggregated(name), grouped, resolve.aggregated(name))

    # --- mutations -------------------------------------------------------------------------------------------

    def mutations(self, system: bool) -> Fields:
        """What may be written."""
        for collection, told, writer in self._collections(system):
            if writer is not None:
                yield from self._writes(collection, told, writer)

    def _writes(self, collection: Collection, told: str, writer: Writer) -> Fields:
        name, rules, inputs = collection.name, self.view.rules, self.outputs.inputs
        tells = self._is_told(collection)
        item: Any = self.outputs.item(name) if tells else GraphQLBoolean
        several: Any = GraphQLNonNull(GraphQLList(GraphQLNonNull(item))) if tells else GraphQLBoolean
        do = Writing(name, writer, tells)
        if not any(True for _ in self.view.fields(collection)):
            return
        if collection.single:
            if rules.allows("update", name):
                yield f"update_{told}", GraphQLField(item, {"data": inputs.one(name, "update")}, do.update_single)
            return
        if rules.allows("create", name) and name != names.FILES:  # contents come by POST /files, or import_file
            yield f"create_{told}_item", GraphQLField(item, {"data": inputs.one(name, "create")}, do.create)
            yield f"create_{told}_items", GraphQLField(several, {"data": inputs.several(name, "create")}, do.create)
        if rules.allows("update", name):
            one = inputs.one(name, "update")
            yield f"update_{told}_item", GraphQLField(item, {"id": KEY, "data": one}, do.update)
            yield f"update_{told}_items", GraphQLField(several, {"ids": KEYS, "data": one}, do.update_several)
            batch = {"data": inputs.several(name, "update")}
            yield f"update_{told}_batch", GraphQLField(several, batch, do.update_batch)
        if rules.allows("delete", name):
            yield f"delete_{told}_item", GraphQLField(DELETED, {"id": KEY}, do.delete)
            yield f"delete_{told}_items", GraphQLField(SEVERAL_DELETED, {"ids": KEYS}, do.delete_several)


def _list(item: GraphQLObjectType, arguments: Mapping[str, GraphQLArgument], do: resolve.Resolver) -> GraphQLField:
    type = GraphQLNonNull(GraphQLList(GraphQLNonNull(item)))
    return GraphQLField(type, dict(arguments), resolve=do, extensions={ROOT: True})
