"""Object types: items, functions of their fields, aggregates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLField, GraphQLID, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLString

from directus8.api.graphql.outputs import Info
from directus8.api.graphql.scalars import as_text
from directus8.api.v10.graphql import scalars
from directus8.api.v10.graphql.inputs import FUNC, Inputs, functions_of, kind_of_functions
from directus8.api.v10.graphql.view import Shown, View
from directus8.api.v10.lens import lens_of
from directus8.schema.catalog import Collection

READS = "reads"
COUNTS = ("count", "countDistinct")
NUMBERS = ("avg", "avgDistinct", "sum", "sumDistinct", "min", "max")


@dataclass(frozen=True, slots=True)
class Reads:
    """What a GraphQL field needs of its item: a field, what is related by it, or functions of it."""

    name: str
    related: str | None = None
    calls: bool = False


def called(name: str, function: str) -> str:
    """The key under which the value of a function is kept in an item."""
    return f"{name}(){function}"


class Outputs:
    """The object types of one schema, each made when first asked for."""

    def __init__(self, view: View, inputs: Inputs) -> None:
        self.view = view
        self.inputs = inputs
        self._made: dict[str, GraphQLObjectType] = {}

    def _type(self, name: str, make: Callable[[], Any]) -> GraphQLObjectType:
        if name not in self._made:
            self._made[name] = GraphQLObjectType(name, lambda: dict(make()))
        return self._made[name]

    # --- items -----------------------------------------------------------------------------------------------

    def item(self, name: str) -> GraphQLObjectType:
        """The type of the items of a collection."""
        collection = self.view.catalog[name]
        return self._type(self.view.types[name], lambda: self._fields(collection))

    def _fields(self, collection: Collection) -> Iterator[tuple[str, GraphQLField]]:
        if not self.view.reads(collection.name):  # one's own key at least, of one's own item
            assert collection.key is not None
            yield collection.key.name, _scalar(GraphQLNonNull(GraphQLID), Reads(collection.key.name))
            return
        for shown in self.view.fields(collection):
            yield shown.told, self._field(collection, shown)
            if functions := functions_of(collection, shown):
                name = f"{kind_of_functions(shown)}_functions"
                reads = {READS: Reads(shown.name, calls=True)}
                type = self._type(name, lambda f=functions: ((each, _function(each)) for each in f))  # type: ignore[misc]
                resolve = _functions(shown.name)
                yield f"{shown.told}{FUNC}", GraphQLField(type, resolve=resolve, extensions=reads)

    def _field(self, collection: Collection, shown: Shown) -> GraphQLField:
        reads = Reads(shown.name, shown.relation.related if shown.relation else None)
        if shown.relation is None:
            is_key = collection.key is not None and lens_of(collection.name).column(shown.name) == collection.key.name
            return _scalar(GraphQLNonNull(GraphQLID) if is_key else scalars.of(shown.type), reads)
        related = self.item(shown.relation.related)
        if shown.relation.kind == "m2o":
            return GraphQLField(related, resolve=_one, extensions={READS: reads})
        arguments = self.inputs.of_list(shown.relation.related)
        return GraphQLField(GraphQLList(related), arguments, resolve=_many, extensions={READS: reads})

    # --- aggregates ------------------------------------------------------------------------------------------

    def aggregated(self, name: str) -> GraphQLObjectType:
        """The type of the groups of a collection's items."""
        collection = self.view.catalog[name]
        return self._type(f"{self.view.types[name]}_aggregated", lambda: self._measures(collection))

    def _measures(self, collection: Collection) -> Iterator[tuple[str, GraphQLField]]:
        told = self.view.types[collection.name]
        columns = [s for s in self.view.fields(collection) if s.field is not None and s.field.column is not None]
        yield "group", GraphQLField(scalars.JSON)
        yield "countAll", GraphQLField(scalars.Int)
        counted = self._type(f"{told}_aggregated_count", lambda: ((s.told, _measure(scalars.Int, s)) for s in columns))
        for function in COUNTS:
            yield function, GraphQLField(counted)
        numbers = [s for s in columns if s.type in scalars.NUMBERS and s.relation is None]
        if numbers:
            fields = self._type(
                f"{told}_aggregated_fields", lambda: ((s.told, _measure(scalars.Float, s)) for s in numbers)
            )
            for function in NUMBERS:
                yield function, GraphQLField(fields)


# --- resolvers -------------------------------------------------------------------------------------------------

Item = Mapping[str, Any]


def _scalar(type: Any, reads: Reads) -> GraphQLField:
    as_texts = type is GraphQLString
    return GraphQLField(type, resolve=_text if as_texts else _value, extensions={READS: reads})


def _value(item: Item, info: Info) -> Any:
    return item.get(str(info.path.key))


def _text(item: Item, info: Info) -> Any:
    return as_text(item.get(str(info.path.key)))


def _one(item: Item, info: Info) -> Any:
    found = item.get(str(info.path.key))
    return found if isinstance(found, dict) else None


def _many(item: Item, info: Info, **_: Any) -> Any:
    return item.get(str(info.path.key))


def _functions(name: str) -> Any:
    return lambda item, info: (name, item)


def _function(function: str) -> GraphQLField:
    return GraphQLField(scalars.Int, resolve=lambda pair, info: pair[1].get(called(pair[0], function)))


def _measure(type: Any, shown: Shown) -> GraphQLField:
    reads = {READS: Reads(shown.name)}
    return GraphQLField(type, resolve=lambda item, info: item.get(shown.name), extensions=reads)
