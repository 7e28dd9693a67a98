"""Input types: arguments of lists, filters, and what may be written. Source: graphql.md §2.2, §2.5."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
)

from directus8.api.graphql import scalars
from directus8.api.graphql.names import field_names, legal
from directus8.api.graphql.view import SECRETS, View
from directus8.schema.catalog import Collection, Field, Relation
from directus8.system.behaviours import behaviour_of

#: Name by which an input tells its related filter apart from its conditions.
WITHIN = ">"
DELETE = "$delete"

_COMPARED = ("eq", "neq", "lt", "lte", "gt", "gte")
_LISTED = ("in", "nin", "between", "nbetween")
_MATCHED = ("contains", "ncontains", "rlike", "nrlike")
_EMPTY = ("empty", "nempty", "null", "nnull")


def _operators(type: GraphQLInputType, own: tuple[str, ...], *texts: str) -> dict[str, GraphQLInputType]:
    return {**dict.fromkeys(own, type), **dict.fromkeys(texts, GraphQLString)}


_NUMBER = _operators(scalars.Int, _COMPARED, *_LISTED)
_MOMENT = _operators(scalars.Datetime, (*_COMPARED, "in", "nin"), "between", "nbetween")
_TEXT = _operators(GraphQLString, ("eq", "neq", *_MATCHED, *_EMPTY))
_USER = _operators(scalars.Int, ("eq", "neq"), "in", "nin")
_MANY = _operators(GraphQLString, ("all", "has"))
#: Field type → operators of the original.
ORIGINAL: Mapping[str, Mapping[str, GraphQLInputType]] = {
    "boolean": {"eq": GraphQLBoolean},
    "datetime": _MOMENT,
    "datetime_created": _MOMENT,
    "datetime_updated": _MOMENT,
    "integer": _NUMBER,
    "decimal": _operators(scalars.Float, _COMPARED, *_LISTED),
    "time": _operators(GraphQLString, _COMPARED, *_LISTED),
    "status": _operators(GraphQLString, ("eq", "neq", "in", "nin")),
    "string": _TEXT,
    "owner": _USER,
    "m2o": _operators(scalars.Int, ("eq", "neq"), "in", "nin", *_MATCHED),
}
_ANY_TEXT = {**_operators(GraphQLString, (*_COMPARED, *_LISTED)), **_TEXT}
#: What the original lacks: these come on top of its own.
ADDED: Mapping[str, Mapping[str, GraphQLInputType]] = {
    "boolean": {"neq": GraphQLBoolean},
    "date": _operators(scalars.Date, (*_COMPARED, "in", "nin"), "between", "nbetween"),
    "sort": _NUMBER,
    "status": _ANY_TEXT,
    "string": _ANY_TEXT,
    "slug": _ANY_TEXT,
    "uuid": _ANY_TEXT,
    "lang": _ANY_TEXT,
    "json": _TEXT,
    "array": _TEXT,
    "m2o": _operators(scalars.Int, ("lt", "lte", "gt", "gte"), "between", "nbetween"),
    "file": _USER,
    "user": _USER,
    "user_updated": _USER,
    "integer": _operators(GraphQLString, _MATCHED),
    "o2m": _operators(GraphQLString, ("nhas",)),
    "translation": _operators(GraphQLString, ("nhas",)),
}
#: Scalar of a field type in payloads; all others are texts.
WRITTEN: Mapping[str, GraphQLInputType] = {
    "array": GraphQLList(GraphQLString),
    "boolean": GraphQLBoolean,
    "date": scalars.Date,
    "time": scalars.Time,
    "datetime": scalars.Datetime,
    "datetime_created": scalars.Datetime,
    "datetime_updated": scalars.Datetime,
    "decimal": scalars.Float,
    "integer": scalars.Int,
    "json": scalars.JSON,
    "sort": scalars.Int,
}


class Inputs:
    """The input types of one schema, each made when first asked for."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._filters: dict[str, GraphQLInputObjectType] = {}
        self._payloads: dict[str, GraphQLInputObjectType] = {}

    # --- arguments -------------------------------------------------------------------------------------------

    def of_list(self, collection: Collection) -> dict[str, GraphQLArgument]:
        """What a list of items may be asked with, beyond the original."""
        return {
            "limit": GraphQLArgument(scalars.Int),
            "offset": GraphQLArgument(scalars.Int),
            "sort": GraphQLArgument(GraphQLList(GraphQLString), description='Fields; "-" in front turns the order.'),
            "filter": GraphQLArgument(self.filter(collection.name)),
        }

    def of_root(self, collection: Collection) -> dict[str, GraphQLArgument]:
        """What the root field of a collection may be asked with on top of that."""
        made = {
            "page": GraphQLArgument(scalars.Int, description="Counts from 1; takes a limit."),
            "q": GraphQLArgument(GraphQLString, description="Searches texts and numbers."),
        }
        if collection.status is not None:
            made["status"] = GraphQLArgument(GraphQLList(GraphQLString), description='Statuses, or "*" for any.')
        return made

    # --- filters ---------------------------------------------------------------------------------------------

    def filter(self, name: str) -> GraphQLInputObjectType:
        """The filter type of a collection."""
        if name not in self._filters:
            collection = self.view.catalog[name]
            self._filters[name] = GraphQLInputObjectType(
                f"{self.view.bases[name]}Filter", lambda: dict(self._conditions(collection))
            )
        return self._filters[name]

    def _conditions(self, collection: Collection) -> Iterator[tuple[str, GraphQLInputField]]:
        for told, field in self.view.fields(collection):
            if field.name in SECRETS.get(collection.name, ()) or "." in field.name:
                continue
            for operator, type in self._operators(collection, field).items():
                yield legal(f"{told}_{operator}"), GraphQLInputField(type, out_name=f"{field.name} {operator}")
            relation = self.view.relation(collection, field) if self.view.shape.extended else None
            if relation is not None and told not in ("or", "and"):
                within = self.filter(relation.related)
                yield told, GraphQLInputField(within, out_name=f"{field.name} {WITHIN}")
        for word in ("or", "and"):
            yield word, GraphQLInputField(GraphQLList(self.filter(collection.name)))

    def _operators(self, collection: Collection, field: Field) -> Mapping[str, GraphQLInputType]:
        type = field.type or ""
        made = dict(ORIGINAL.get(type, _MANY))
        relation = collection.relation(field.name)
        if relation is not None and relation.kind == "m2o" and not self._is_number(relation):
            made = dict.fromkeys(made, GraphQLString)
        if not self.view.shape.extended:
            return made
        if field.column is None:
            return {**made, **ADDED.get(type, {})} if self.view.relation(collection, field) else {}
        if type == "hash":
            return {"null": GraphQLString, "nnull": GraphQLString}
        added = {**ADDED.get(type, {}), **dict.fromkeys(_EMPTY, GraphQLString)}
        return {**added, **{o: t for o, t in made.items() if o not in _MANY}}

    def _is_number(self, relation: Relation) -> bool:
        related = self.view.catalog[relation.related]
        key = related.key.column if related.key else None
        return key is None or key.type.kind == "integer"

    # --- payloads --------------------------------------------------------------------------------------------

    def payload(self, name: str) -> GraphQLInputObjectType:
        """What may be sent for an item: related items as objects, those of a list with ``_delete``."""
        if name not in self._payloads:
            collection = self.view.catalog[name]
            self._payloads[name] = GraphQLInputObjectType(
                f"{self.view.bases[name]}Input", lambda: dict(self._values(collection))
            )
        return self._payloads[name]

    def is_writable(self, collection: Collection) -> bool:
        """Is there anything to send?"""
        return any(True for _ in self._writable(collection))

    def _writable(self, collection: Collection) -> Iterator[tuple[str, Field]]:
        rules, name = self.view.rules, collection.name
        if not (rules.allows("create", name) or rules.allows("update", name)):
            return
        rows = rules.entry(name).all()
        closed = frozenset.intersection(*(p.write_blacklist for p in rows)) if rows else frozenset()
        closed |= behaviour_of(name).reserved - {"filename_disk"}
        for field_name, told in field_names(collection).items():
            field = collection.fields[field_name]
            if field_name not in closed and (field.column is not None or field.kind.to_many):
                yield told, field

    def _values(self, collection: Collection) -> Iterator[tuple[str, GraphQLInputField]]:
        made = dict(self._writable(collection))
        key = collection.key
        if key is not None:  # whoever may write nothing may still name an item
            made.setdefault(field_names(collection)[key.name], key)
        for told, field in made.items():
            type = self._value(collection, field)
            if type is not None:
                yield told, GraphQLInputField(type, out_name=field.name)
        yield "_delete", GraphQLInputField(GraphQLBoolean, out_name=DELETE, description="Deletes a related item.")

    def _value(self, collection: Collection, field: Field) -> GraphQLInputType | None:
        if field is collection.key:
            return GraphQLID
        relation = self.view.relation(collection, field)
        if relation is None:
            if field.kind.to_many:
                return None
            is_number = field.kind.relational and field.column is not None and field.column.type.kind == "integer"
            return scalars.Int if is_number else WRITTEN.get(field.type or "", GraphQLString)
        related = self.payload(relation.related)
        return GraphQLList(GraphQLNonNull(related)) if relation.kind == "o2m" else related
