"""The root fields of mutations: create, update, delete, each for one item and for several. Beyond the original."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from directus8 import names
from directus8.api.graphql import system
from directus8.api.graphql.names import legal
from directus8.api.graphql.outputs import Info, Outputs
from directus8.api.graphql.reading import by_keys
from directus8.api.graphql.selection import Tree
from directus8.api.graphql.view import View
from directus8.errors import InvalidRequest, UpdateDenied
from directus8.schema.catalog import Collection
from directus8.services.files import FilesService
from directus8.services.items import ItemsService, Options
from directus8.services.session import Session
from directus8.services.settings import SettingsService

Payload = dict[str, Any]
Resolver = Callable[..., Any]

#: System collections whose rows are written here; tables, fields and history have ways of their own.
WRITTEN = frozenset(
    {
        names.USERS, names.ROLES, names.PERMISSIONS, names.RELATIONS, names.FOLDERS, names.PRESETS, names.SETTINGS,
        names.WEBHOOKS, names.FILES,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes items of one collection in the name of one caller."""

    session: Session
    collection: Collection
    options: Options

    def create(self, given: Sequence[Payload]) -> list[Any]:
        """Creates items; their keys."""
        if self.collection.name == names.SETTINGS:
            return [SettingsService(self.session).create(each, self.options) for each in given]
        return ItemsService(self.session, self.collection.name).create(given, self.options)

    def update(self, changes: Sequence[tuple[Any, Payload]]) -> list[Any]:
        """Changes items by key; their keys."""
        name = self.collection.name
        if name == names.WEBHOOKS and not self.session.rules.allows("update", name):
            raise UpdateDenied(collection=name)
        if name == names.SETTINGS:
            for key, given in changes:
                SettingsService(self.session).update(str(key), given, self.options)
            return [key for key, _ in changes]
        if name == names.FILES:
            return FilesService(self.session).update(changes, self.options, batch=len(changes) > 1)
        return ItemsService(self.session, name).update(changes, self.options)

    def delete(self, keys: Sequence[Any]) -> None:
        """Deletes items by key."""
        if self.collection.name == names.FILES:
            FilesService(self.session).delete(keys, self.options)
            return
        ItemsService(self.session, self.collection.name).delete(keys, self.options)


class Mutations:
    """The mutation type of one schema."""

    def __init__(self, view: View, outputs: Outputs) -> None:
        self.view = view
        self.outputs = outputs
        self.inputs = outputs.inputs

    def type(self) -> GraphQLObjectType | None:
        """The type, None when the role may write nothing."""
        fields: dict[str, GraphQLField] = {}
        for collection in self.view.catalog:
            if collection.is_system and collection.name not in WRITTEN:
                continue
            if collection.key is None:
                self.view.report(f"{collection.name} has no key: its items are not written through GraphQL")
                continue
            for name, field in self._of(collection):
                if name in fields:
                    self.view.report(f"mutation {name} stands for another collection than {collection.name}")
                fields.setdefault(name, field)
        return GraphQLObjectType("Mutation", fields) if fields else None

    def _of(self, collection: Collection) -> Iterator[tuple[str, GraphQLField]]:
        name, told, rules = collection.name, legal(collection.name), self.view.rules
        if self.inputs.is_writable(collection):
            payload = GraphQLNonNull(self.inputs.payload(name))
            one, several = GraphQLArgument(payload), GraphQLArgument(GraphQLNonNull(GraphQLList(payload)))
            if rules.allows("create", name) and name != names.FILES:  # contents come by POST /files
                yield f"create_{told}", self._telling(name, create, {"data": one})
                yield f"create_{told}_batch", self._telling(name, create_batch, {"data": several}, many=True)
            if rules.allows("update", name):
                yield f"update_{told}", self._telling(name, update, {"id": KEY, "data": one})
                yield f"update_{told}_batch", self._telling(name, update_batch, {"data": several}, many=True)
        if rules.allows("delete", name):
            yield f"delete_{told}", _field(GraphQLID, {"id": KEY}, _plain(name, delete))
            yield f"delete_{told}_batch", _field(GraphQLList(GraphQLID), {"ids": KEYS}, _plain(name, delete_batch))

    def _telling(self, name: str, do: Do, arguments: Arguments, many: bool = False) -> GraphQLField:
        """A field that answers with what was written, or with true where the caller may not read it."""
        if not self.view.reads(name):
            return _field(GraphQLBoolean, arguments, _silent(name, do))
        item = self.outputs.fixed(name) if name in system.ALL else self.outputs.item(name)
        resolve = _telling(name, do, item)
        if many:
            return _field(GraphQLList(item), arguments, resolve)
        return _field(item, arguments, lambda _, info, **given: resolve(_, info, **given)[0])


Do = Callable[[Writer, dict[str, Any]], Any]
Arguments = Mapping[str, GraphQLArgument]
KEY = GraphQLArgument(GraphQLNonNull(GraphQLID))
KEYS = GraphQLArgument(GraphQLNonNull(GraphQLList(GraphQLNonNull(GraphQLID))))
COMMENT = GraphQLArgument(GraphQLString, description="Kept with the entry in the activity.")


def _field(type: Any, arguments: Arguments, resolve: Resolver) -> GraphQLField:
    return GraphQLField(type, {**arguments, "comment": COMMENT}, resolve=resolve)


def _plain(name: str, do: Do) -> Resolver:
    """Does it and tells what it gives back."""

    def resolve(_: Any, info: Info, **given: Any) -> Any:
        session: Session = info.context.session
        collection = session.catalog.collection(name)
        with info.context.writing():
            return do(Writer(session, collection, Options(given.get("comment") or None)), given)

    return resolve


def _silent(name: str, do: Do) -> Resolver:
    """Does it and tells only that it was done."""
    resolve = _plain(name, do)
    return lambda _, info, **given: resolve(_, info, **given) is not None


def _telling(name: str, do: Do, item: GraphQLObjectType) -> Resolver:
    """Does it and tells the items as their reader may see them by now."""
    write = _plain(name, do)

    def resolve(_: Any, info: Info, **given: Any) -> list[Any]:
        keys = write(_, info, **given)
        session: Session = info.context.session
        collection = session.catalog.collection(name)
        with info.context.writing():
            return by_keys(session, collection, Tree(session, info).node(item, info.field_nodes, collection), keys)

    return resolve


def create(writer: Writer, given: dict[str, Any]) -> Any:
    """One new item."""
    return writer.create([given["data"]])


def create_batch(writer: Writer, given: dict[str, Any]) -> Any:
    """Several new items."""
    return writer.create(given["data"])


def update(writer: Writer, given: dict[str, Any]) -> Any:
    """One item changed."""
    return writer.update([(given["id"], given["data"])])


def update_batch(writer: Writer, given: dict[str, Any]) -> Any:
    """Several items changed, each as its own entry says."""
    key = writer.collection.key
    assert key is not None
    if any(each.get(key.name) is None for each in given["data"]):
        raise InvalidRequest(f"{key.name}: This value should not be blank.")
    return writer.update([(each[key.name], each) for each in given["data"]])


def delete(writer: Writer, given: dict[str, Any]) -> Any:
    """One item deleted; its key."""
    writer.delete([given["id"]])
    return given["id"]


def delete_batch(writer: Writer, given: dict[str, Any]) -> Any:
    """Several items deleted; their keys."""
    writer.delete(given["ids"])
    return given["ids"]
