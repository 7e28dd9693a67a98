"""Object types: what an item of a collection looks like to a role. Source: graphql.md §2.3, §2.4."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLString,
)

from directus8 import names
from directus8.api.graphql import scalars, system
from directus8.api.graphql.inputs import Inputs
from directus8.api.graphql.system import Member
from directus8.api.graphql.view import View
from directus8.schema.catalog import Collection, Field, Relation
from directus8.system.behaviours import behaviour_of

Info: TypeAlias = GraphQLResolveInfo[Any]

READS = "reads"
WRAPPER = "wrapper"
SCALARS: Mapping[str, GraphQLOutputType] = {
    "ID": GraphQLID,
    "Int": scalars.Int,
    "Float": scalars.Float,
    "String": GraphQLString,
    "Boolean": GraphQLBoolean,
    "Date": scalars.Date,
    "Datetime": scalars.Datetime,
    "Time": scalars.Time,
    "JSON": scalars.JSON,
    "[String]": GraphQLList(GraphQLString),
}
#: Field type → scalar; all others are texts.
BY_TYPE = {
    "array": "[String]",
    "boolean": "Boolean",
    "date": "Date",
    "time": "Time",
    "datetime": "Datetime",
    "datetime_created": "Datetime",
    "datetime_updated": "Datetime",
    "decimal": "Float",
    "json": "JSON",
    "sort": "Int",
}
#: Field types that lead to one of the system's fixed types.
TO_FIXED = frozenset({"file", "owner", "user_updated", "user"})
#: Types whose values are never missing in a column that is never NULL.
CERTAIN = frozenset({"String", "Int", "Float", "Boolean", "ID"})
META = {"collection": "String", "type": "String", "result_count": "Int", "total_count": "Int"}
MORE_META = {"filter_count": "Int", "status_count": "JSON"}


@dataclass(frozen=True, slots=True)
class Reads:
    """What a GraphQL field needs of its row: a field, and through which relation; nothing when there is no such."""

    field: str | None
    relation: Relation | None = None
    translated: bool = False
    computed: tuple[str, ...] = ()  # the columns it is made of, when it is no column itself


NOTHING = Reads(None)


class Outputs:
    """The object types of one schema, each made when first asked for."""

    def __init__(self, view: View, inputs: Inputs) -> None:
        self.view = view
        self.inputs = inputs
        self._items: dict[str, GraphQLObjectType] = {}
        self._fixed: dict[str, GraphQLObjectType] = {}
        extended = view.shape.extended
        told = {**META, **(MORE_META if extended else {})}
        self.metadata = GraphQLObjectType("Metadata", {n: GraphQLField(SCALARS[t]) for n, t in told.items()})

    def wrapper(self, base: str, item: GraphQLObjectType) -> GraphQLObjectType:
        """A list with its meta."""
        fields = {"data": GraphQLField(GraphQLList(item)), "meta": GraphQLField(self.metadata)}
        return GraphQLObjectType(base, fields, extensions={WRAPPER: True})

    def item(self, name: str) -> GraphQLObjectType:
        """The type made of the fields of a collection."""
        base, fixed = self.view.bases[name], system.ALL.get(name)
        if fixed and fixed.base == base:
            return self.fixed(name)
        if name not in self._items:
            collection = self.view.catalog[name]
            self._items[name] = GraphQLObjectType(f"{base}Item", lambda: dict(self._fields(collection)))
        return self._items[name]

    def fixed(self, name: str) -> GraphQLObjectType:
        """The fixed type of a system collection."""
        if name not in self._fixed:
            made = _CatalogTypes(self).fields if name in system.FROM_CATALOG else self._fixed_fields
            self._fixed[name] = GraphQLObjectType(f"{system.ALL[name].base}Item", lambda: dict(made(name)))
        return self._fixed[name]

    # --- fields of any collection ----------------------------------------------------------------------------

    def _fields(self, collection: Collection) -> Iterator[tuple[str, GraphQLField]]:
        for told, field in self.view.fields(collection):
            described = field.id is not None or field.name == (collection.key and collection.key.name)
            if not (described or self.view.shape.extended):
                continue
            made = self.field(collection, field, fixed=False)
            if made is not None:
                yield told, made

    def field(self, collection: Collection, field: Field, *, fixed: bool) -> GraphQLField | None:
        """A field by its type; ``fixed``: relations lead to fixed types where there are any."""
        relation = self.view.relation(collection, field)
        plain_user = field.type == "user" and not self.view.shape.extended
        if relation is not None and not plain_user:
            reads = Reads(field.name, relation, translated=field.type == "translation")
            return self._related(reads, self._target(field, relation, fixed), collection, field)
        if field.kind.to_many:
            return None
        if needs := self._computed(collection, field.name):
            return scalar(scalars.JSON, Reads(field.name, computed=needs))
        return self._plain(collection, field)

    def _computed(self, collection: Collection, name: str) -> tuple[str, ...]:
        """The columns of which a field is made, if all of them may be read."""
        needs = behaviour_of(collection.name).computed.get(name, ())
        return () if self.view.rules.hidden_fields(collection.name).intersection(needs) else needs

    def _target(self, field: Field, relation: Relation, fixed: bool) -> GraphQLObjectType:
        to_fixed = relation.related in system.ALL and (fixed or field.type in TO_FIXED)
        return self.fixed(relation.related) if to_fixed else self.item(relation.related)

    def _related(self, reads: Reads, type: GraphQLObjectType, collection: Collection, field: Field) -> GraphQLField:
        assert reads.relation is not None and reads.field is not None
        if reads.relation.kind == "m2o":
            return GraphQLField(type, resolve=_one(reads.field), extensions={READS: reads})
        arguments: Mapping[str, GraphQLArgument] = {}
        if self.view.shape.extended and not self.view.hides_at_times(field):
            arguments = self.inputs.of_list(self.view.catalog[reads.relation.related])
        return GraphQLField(GraphQLList(type), dict(arguments), resolve=_many(reads.field), extensions={READS: reads})

    def _plain(self, collection: Collection, field: Field) -> GraphQLField:
        name = scalar_of(field)
        type = SCALARS[name]
        if name in CERTAIN and self._is_certain(collection, field):
            type = GraphQLNonNull(type)  # type: ignore[arg-type]
        return scalar(type, Reads(field.name if field.column is not None else None))

    def _is_certain(self, collection: Collection, field: Field) -> bool:
        """Is there a value in every item, whoever asks?"""
        column = field.column
        if column is None or column.nullable or self.view.hides_at_times(field):
            return False
        return column.primary_key or not collection.is_system

    # --- fixed types -----------------------------------------------------------------------------------------

    def _fixed_fields(self, name: str) -> Iterator[tuple[str, GraphQLField]]:
        collection, used = self.view.catalog[name], set()
        seen = {field.name: field for _, field in self.view.fields(collection)}
        for member in system.ALL[name].members:
            if member.name in seen or member.name not in collection.fields:
                used.add(member.name)
                yield member.name, self._member(collection, seen, member)
        if self.view.shape.extended:
            for told, field in self.view.fields(collection):
                made = self.field(collection, field, fixed=True) if field.name not in used else None
                if made is not None and made.extensions[READS].field is not None:
                    yield told, made

    def _member(self, collection: Collection, seen: Mapping[str, Field], member: Member) -> GraphQLField:
        if member.part_of:
            return self._part(collection, member)
        if member.name == "roles" and collection.name == names.USERS:
            return self._roles(collection, seen)
        field = seen.get(member.name)
        if member.is_related:
            return self._related_member(collection, field, member)
        type = SCALARS[member.type]
        known = field is not None and field.column is not None
        return scalar(type, Reads(member.name) if known else NOTHING)

    def _part(self, collection: Collection, member: Member) -> GraphQLField:
        type = GraphQLList(THUMBNAIL) if member.type == "thumbnails" else SCALARS[member.type]
        needs = self._computed(collection, member.part_of)
        resolve = _part(member.part_of, member.name) if needs else _nothing
        reads = Reads(member.part_of, computed=needs) if needs else NOTHING
        return GraphQLField(type, resolve=resolve, extensions={READS: reads})

    def _related_member(self, collection: Collection, field: Field | None, member: Member) -> GraphQLField:
        relation = self.view.relation(collection, field) if field else None
        if field is not None and relation is not None:
            target = self.fixed(relation.related)
            return self._related(Reads(field.name, relation), target, collection, field)
        if field is not None and field.column is not None:  # the other side may not be read: its key is told
            return scalar(scalars.Int, Reads(field.name))
        return scalar(scalars.JSON, NOTHING)

    def _roles(self, collection: Collection, seen: Mapping[str, Field]) -> GraphQLField:
        relation = self.view.relation(collection, seen["role"]) if "role" in seen else None
        if relation is None:
            return scalar(scalars.JSON, NOTHING)
        type = GraphQLList(self.fixed(relation.related))
        return GraphQLField(
            type, resolve=lambda item, info: system.roles_of(item), extensions={READS: Reads("role", relation)}
        )


def scalar_of(field: Field) -> str:
    """The scalar a field is told as when it leads nowhere."""
    type = field.type or ""
    if type == "integer":
        return "ID" if field.interface == "primary-key" else "Int"
    if field.kind.relational and field.column is not None and type != "user":
        return "Int" if field.column.type.kind == "integer" else "String"
    return BY_TYPE.get(type, "String")


# --- resolvers -------------------------------------------------------------------------------------------------


def scalar(type: Any, reads: Reads) -> GraphQLField:
    """A field that tells one value of the row."""
    resolve = _value(reads.field, as_text=type is GraphQLString) if reads.field is not None else _nothing
    return GraphQLField(type, resolve=resolve, extensions={READS: reads})


Resolver = Callable[..., Any]


def _value(name: str, as_text: bool) -> Resolver:
    if as_text:
        return lambda item, info: scalars.as_text(item.get(name))
    return lambda item, info: item.get(name)


def _one(name: str) -> Resolver:
    def resolve(item: Mapping[str, Any], info: Info) -> Any:
        found = item.get(name)
        return found if isinstance(found, dict) else None  # 0 and '' lead nowhere

    return resolve


def _many(name: str) -> Resolver:
    def resolve(item: Mapping[str, Any], info: Info, **arguments: Any) -> Any:
        return item.get(told_as(name, str(info.path.key)) if info.field_nodes[0].arguments else name)

    return resolve


def told_as(name: str, key: str) -> str:
    """Under which name the items of a relation are kept that were asked for with arguments."""
    return f"{name} {key}"


def _part(whole: str, name: str) -> Resolver:
    return lambda item, info: (item.get(whole) or {}).get(name)


def _nothing(item: Any, info: Info) -> None:
    return None


THUMBNAIL = GraphQLObjectType(
    "DirectusFileThumbnailItem",
    {
        "url": GraphQLField(GraphQLString),
        "relative_url": GraphQLField(GraphQLString),
        "dimension": GraphQLField(GraphQLString),
        "width": GraphQLField(scalars.Int),
        "height": GraphQLField(scalars.Int),
    },
)


# --- collections and fields, told from the catalog -----------------------------------------------------------


class _CatalogTypes:
    """DirectusCollectionItem and DirectusFieldItem: their sources are what the catalog tells."""

    def __init__(self, outputs: Outputs) -> None:
        self.outputs = outputs

    def fields(self, name: str) -> Iterator[tuple[str, GraphQLField]]:
        """The fields of one of the two types."""
        for member in system.ALL[name].members:
            if not member.is_related or self.outputs.view.reads(member.related):
                yield member.name, self._member(member)

    def _member(self, member: Member) -> GraphQLField:
        if not member.is_related:
            type = SCALARS[member.type]
            as_text = type is GraphQLString
            return GraphQLField(type, resolve=_value(member.name, as_text))
        type = self.outputs.fixed(member.related)
        return GraphQLField(GraphQLList(type) if member.type == "many" else type, resolve=_called(member.name))


def _called(name: str) -> Resolver:
    """A part of a source that is only made when it is asked for."""
    return lambda item, info: item[name]()


__all__ = ["READS", "WRAPPER", "Info", "Outputs", "Reads", "scalar_of", "told_as"]
