"""Input types: filters and payloads. What clients send comes out as the objects REST takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
)

from directus8.api.v10.graphql import scalars
from directus8.api.v10.graphql.view import Shown, View
from directus8.api.v10.lens import lens_of
from directus8.api.v10.values import callable_on
from directus8.filters import FUNCTIONS
from directus8.schema.catalog import Collection

#: What an input field for functions of a field is called, after the field.
FUNC = "_func"
#: In front of the name of a field whose functions a filter is about.
CALLED = "\0"
GROUPS = ("_and", "_or")
QUANTIFIERS = ("_some", "_none")

_TEXTS = ("_eq", "_neq", "_contains", "_icontains", "_ncontains", "_starts_with", "_nstarts_with", "_istarts_with",
          "_nistarts_with", "_ends_with", "_nends_with", "_iends_with", "_niends_with")  # fmt: skip
_ORDERED = ("_eq", "_neq", "_gt", "_gte", "_lt", "_lte")


def _operators(name: str, type: Any, single: tuple[str, ...], more: bool = True, empty: bool = False) -> Any:
    flags = ("_null", "_nnull", *(("_empty", "_nempty") if empty else ()))
    lists = (("_in", "_nin") if more else ()) + (("_between", "_nbetween") if "_gt" in single else ())
    made = {**dict.fromkeys(single, type), **dict.fromkeys(lists, GraphQLList(type))}
    made |= dict.fromkeys(flags, GraphQLBoolean)
    return GraphQLInputObjectType(
        f"{name}_filter_operators", {operator: GraphQLInputField(of) for operator, of in made.items()}
    )


STRING = _operators("string", GraphQLString, _TEXTS, empty=True)
NUMBER = _operators("number", scalars.StringOrFloat, _ORDERED)
MOMENT = _operators("date", GraphQLString, _ORDERED)
BOOLEAN = _operators("boolean", GraphQLBoolean, ("_eq", "_neq"), more=False)


def operators(type: str) -> GraphQLInputObjectType:
    """The operators of a v10 type."""
    if type in scalars.NUMBERS:
        return NUMBER  # type: ignore[no-any-return]
    if type in scalars.MOMENTS:
        return MOMENT  # type: ignore[no-any-return]
    return BOOLEAN if type == "boolean" else STRING  # type: ignore[no-any-return]


class Inputs:
    """The input types of one schema, each made when first asked for."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._made: dict[str, GraphQLInputObjectType] = {}

    def _type(self, name: str, make: Any) -> GraphQLInputObjectType:
        if name not in self._made:
            self._made[name] = GraphQLInputObjectType(name, lambda: dict(make()))
        return self._made[name]

    # --- arguments -------------------------------------------------------------------------------------------

    def of_list(self, name: str) -> dict[str, GraphQLArgument]:
        """What a list of items may be asked with."""
        return {
            "filter": GraphQLArgument(self.filter(name)),
            "sort": GraphQLArgument(GraphQLList(GraphQLString)),
            **{n: GraphQLArgument(scalars.Int) for n in ("limit", "offset", "page")},
            "search": GraphQLArgument(GraphQLString),
        }

    # --- filters ---------------------------------------------------------------------------------------------

    def filter(self, name: str) -> GraphQLInputObjectType:
        """The filter type of a collection."""
        collection = self.view.catalog[name]
        return self._type(f"{self.view.types[name]}_filter", lambda: self._conditions(collection))

    def _quantified(self, name: str) -> GraphQLInputObjectType:
        """The filter of a list of related items: of one of them, ``_some`` or ``_none``."""
        collection = self.view.catalog[name]

        def conditions() -> Iterator[tuple[str, GraphQLInputField]]:
            yield from self._conditions(collection)
            for word in QUANTIFIERS:
                yield word, GraphQLInputField(self.filter(name))

        return self._type(f"{self.view.types[name]}_quantifier_filter", conditions)

    def _conditions(self, collection: Collection) -> Iterator[tuple[str, GraphQLInputField]]:
        for word in GROUPS:
            yield word, GraphQLInputField(GraphQLList(self.filter(collection.name)))
        lens = lens_of(collection.name)
        for shown in self.view.fields(collection):
            if shown.field is None and shown.relation is None:
                continue
            if lens.column(shown.name) in lens.secret:
                continue
            yield shown.told, GraphQLInputField(self._condition(shown), out_name=shown.name)
            if functions := functions_of(collection, shown):
                type = self._functions(shown, functions)
                yield f"{shown.told}{FUNC}", GraphQLInputField(type, out_name=f"{CALLED}{shown.name}")

    def _condition(self, shown: Shown) -> GraphQLInputObjectType:
        if shown.relation is None:
            return operators(shown.type)
        related = shown.relation.related
        return self.filter(related) if shown.relation.kind == "m2o" else self._quantified(related)

    def _functions(self, shown: Shown, functions: tuple[str, ...]) -> GraphQLInputObjectType:
        name = f"{_kind(shown)}_function_filter_operators"
        return self._type(name, lambda: {f: GraphQLInputField(NUMBER) for f in functions}.items())

    # --- payloads --------------------------------------------------------------------------------------------

    def payload(self, name: str, action: str) -> GraphQLInputObjectType:
        """What may be sent for an item; ``action`` is create or update."""
        collection = self.view.catalog[name]
        told = f"{action}_{self.view.types[name]}_input"
        return self._type(told, lambda: self._values(collection, action))

    def _values(self, collection: Collection, action: str) -> Iterator[tuple[str, GraphQLInputField]]:
        lens = lens_of(collection.name)
        key = collection.key
        for shown in self.view.fields(collection):
            if shown.name in lens.made:
                continue
            type = scalars.of(shown.type)
            if shown.relation is not None:
                related = self.payload(shown.relation.related, action)
                type = related if shown.relation.kind == "m2o" else GraphQLList(related)
            elif key is not None and lens.column(shown.name) == key.name:
                type = GraphQLID
            yield shown.told, GraphQLInputField(type, out_name=shown.name)

    def one(self, name: str, action: str) -> GraphQLArgument:
        """The argument for one item."""
        return GraphQLArgument(GraphQLNonNull(self.payload(name, action)))

    def several(self, name: str, action: str) -> GraphQLArgument:
        """The argument for several items."""
        return GraphQLArgument(GraphQLNonNull(GraphQLList(GraphQLNonNull(self.payload(name, action)))))


def functions_of(collection: Collection, shown: Shown) -> tuple[str, ...]:
    """The functions there are of a field."""
    column = lens_of(collection.name).column(shown.name)
    if shown.field is None or (shown.type == "alias" and shown.relation is None):
        return ()
    return tuple(f for f in FUNCTIONS if callable_on(collection, column, f))


def _kind(shown: Shown) -> str:
    if shown.relation is not None and shown.relation.kind == "o2m":
        return "count"
    return {"date": "date", "time": "time"}.get(shown.type, "datetime")


kind_of_functions = _kind


def as_sent(given: Any) -> Any:
    """A filter as REST takes it: functions as ``year(published_on)``."""
    if isinstance(given, list):
        return [as_sent(each) for each in given]
    if not isinstance(given, Mapping):
        return given
    made: dict[str, Any] = {}
    for name, value in given.items():
        if name.startswith(CALLED):
            made |= {f"{function}({name[1:]})": tests for function, tests in (value or {}).items()}
        else:
            made[name] = as_sent(value)
    return made
