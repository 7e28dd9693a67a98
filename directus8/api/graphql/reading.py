"""The root fields of the query: one plan each. Source: graphql.md §2.6."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from graphql import FieldNode, GraphQLObjectType

from directus8 import names
from directus8.api.graphql import filtering
from directus8.api.graphql.outputs import Info
from directus8.api.graphql.selection import Tree, order, selected
from directus8.api.v8 import filters, told
from directus8.api.v8.params import Params
from directus8.api.v8.reading import counts_of, page_of
from directus8.errors import ItemNotFound, Unauthorized
from directus8.filters import Condition, Filter, both
from directus8.query.ast import Entry, Node, Query
from directus8.schema.catalog import Collection, Field
from directus8.services.items import ItemsService
from directus8.services.session import Session

Given = Mapping[str, Any]
Item = dict[str, Any]
Resolver = Callable[..., Any]


def listed(name: str, item: GraphQLObjectType) -> Resolver:
    """Resolves the list of a collection, or the one item of an ``id``."""

    def resolve(_: Any, info: Info, **given: Any) -> Item:
        session: Session = info.context.session
        collection = session.catalog.collection(name)
        data, meta = _parts(info)
        tree = Tree(session, info, _languages(given) if info.context.extended else ())
        if given.get("id") is not None:
            node = tree.node(item, data, collection)
            return {"data": [one(session, collection, node, given["id"])], "meta": None}
        statuses = tuple(s for s in given.get("status") or () if s) or None
        return _list(session, collection, tree.node(item, data, collection, statuses), given, bool(data), meta)

    return resolve


def _languages(given: Given) -> tuple[str, ...]:
    return tuple(each for each in (given.get("lang") or "").split(",") if each)


def _parts(info: Info) -> tuple[list[FieldNode], set[str]]:
    """The nodes of ``data``, and the names wanted of ``meta``."""
    fields = [f for same in selected(info.field_nodes, info).values() for f in same]
    meta = [f for f in fields if f.name.value == "meta"]
    wanted = {f.name.value for same in selected(meta, info).values() for f in same}
    return [f for f in fields if f.name.value == "data"], wanted


def one(session: Session, collection: Collection, node: Node, key: Any) -> Item:
    """One item by its key. ItemNotFound."""
    if collection.name == names.USERS and key == "me":
        if session.who.is_public:
            raise Unauthorized()
        key = session.who.user
    assert collection.key is not None
    found = session.read(Query(node, Condition((collection.key.name,), "key", (key,)), limit=1))
    if not found:
        raise ItemsService(session, collection.name).missing(key)
    return found[0]


def _list(
    session: Session, collection: Collection, node: Node, given: Given, shows_data: bool, wanted: set[str]
) -> Item:
    client = _client_filter(session, collection, given)
    limit, offset = page(session, given)
    items: Sequence[Item] = ()
    if limit != 0 and (shows_data or "result_count" in wanted):
        items = session.read(Query(node, client, order(session, collection, given), limit, offset))
    meta = {"collection": collection.name, "type": "collection", "result_count": len(items)}
    meta.update(counts_of(session, collection, client, client is not None, node.statuses, wanted))
    return {"data": items, "meta": meta}


def _client_filter(session: Session, collection: Collection, given: Given) -> Filter | None:
    asked = filtering.parse(session.catalog, session.rules, collection, given.get("filter"))
    return both(asked, filters.search(session.catalog, session.rules, collection, given.get("q")))


def page(session: Session, given: Given) -> tuple[int | None, int]:
    """Limit (None: all) and offset, as a query string would say them."""
    limit, offset, number = (None if (v := given.get(n)) is None else str(v) for n in ("limit", "offset", "page"))
    return page_of(session, Params(limit=limit, offset=offset, page=number))


def by_keys(session: Session, collection: Collection, node: Node, keys: Sequence[Any]) -> list[Item | None]:
    """The items of the keys in their order, None for those that may not be read."""
    key = collection.key
    assert key is not None
    if all(entry.name != key.name for entry in node.entries):
        node = replace(node, entries=(Entry(key.name), *node.entries))
    found = session.read(Query(node, Condition((key.name,), "key", tuple(keys))))
    by_key = {str(item[key.name]): item for item in found}
    return [by_key.get(str(each)) for each in keys]


# --- collections and fields, told from the catalog -----------------------------------------------------------


def collections(_: Any, info: Info, **given: Any) -> Item:
    """The collections whose items the caller may read."""
    session: Session = info.context.session
    found = [c for c in _readable(session) if given.get("name") in (None, c.name)]
    if given.get("name") is not None and not found:
        raise ItemNotFound()
    limit, offset = page(session, given)
    if given.get("limit") is None:
        limit = None
    rows = found[offset : None if limit is None else offset + limit]
    return _told([_collection(session, c) for c in rows], names.COLLECTIONS, len(found))


def fields(_: Any, info: Info, **given: Any) -> Item:
    """The fields the caller may read."""
    session: Session = info.context.session
    found = [
        _field(session, collection, field)
        for collection in _readable(session)
        if given.get("collection") in (None, collection.name)
        for field in _seen(session, collection)
        if given.get("field") in (None, field.name)
    ]
    return _told(found, names.FIELDS, len(found))


def _readable(session: Session) -> Iterator[Collection]:
    catalog = session.catalog
    tables = [catalog[n] for n in names.LISTED if n in catalog]
    tables += [c for c in catalog if c.name not in names.LISTED and not c.table.is_view]
    return (c for c in tables if session.rules.reads(c.name))


def _seen(session: Session, collection: Collection) -> Iterator[Field]:
    hidden = session.rules.hidden_fields(collection.name)
    return (f for f in collection.fields.values() if f.name not in hidden)


def _collection(session: Session, collection: Collection) -> Item:
    made = told.collection_row(collection)
    return {**made, "fields": lambda: [_field(session, collection, f) for f in _seen(session, collection)]}


def _field(session: Session, collection: Collection, field: Field) -> Item:
    return {**told.field_schema(field), "collection": lambda: _collection(session, collection)}


def _told(items: list[Item], name: str, total: int) -> Item:
    meta = {"collection": name, "type": "collection", "result_count": len(items), "total_count": total}
    return {"data": items, "meta": meta}
