"""Lists and single items as v8 clients ask for them. Source: items.md §4."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from directus8.api.v8 import filters
from directus8.api.v8.answer import Answer
from directus8.api.v8.params import Params, number
from directus8.api.v8.request import V8Request
from directus8.errors import (
    InvalidField,
    ItemNotFound,
    ReadDenied,
    Refusal,
    RelatedAccessDenied,
    Unauthorized,
    UnprocessableEntity,
)
from directus8.filters import Condition, Filter, both
from directus8.permissions.rules import Rules
from directus8.query.ast import RANDOM, Entry, Node, Query, Sort
from directus8.query.plan import UNRESTRICTED, visible_rows
from directus8.query.sql import Values, counts_statement, group_statement
from directus8.schema.catalog import Collection
from directus8.services import selection as fields
from directus8.services.items import ItemsService
from directus8.services.session import Session
from directus8.system.behaviours import behaviour_of

FALLBACK_LIMIT = 20
META = ("collection", "type", "result_count", "total_count", "status", "filter_count", "page")


def read_list(request: V8Request, collection: Collection, extra: Filter | None = None) -> Answer:
    """A list with its meta; ``single`` makes it one object."""
    session, params = request.session, request.params
    _check_readable(session, collection)
    selection = selection_of(session, collection, params, params.status or None)
    client = both(client_filter(session, collection, params), extra)
    limit, offset = page_of(session, params)
    if params.is_single:
        limit = 1
    query = Query(
        selection.node,
        client,
        sort_of(session, collection, params.sort),
        limit,
        offset,
        _groups(session.rules, collection, params),
    )
    empty = limit == 0 or not selection.node.entries
    items = [] if empty else session.read(query)
    if params.single is not None and not items:
        raise ItemNotFound()
    if params.is_single:
        return answer_of(items[0] or [], item_meta(collection), params, selection.messages)
    meta = list_meta(request, collection, client, len(items)) if params.meta else {}
    return answer_of(items, meta, params, selection.messages)


def selection_of(
    session: Session, collection: Collection, params: Params, statuses: tuple[str, ...] | None
) -> fields.Selection:
    """The field tree a request asks for: resolved once per schema, rules and parameters."""
    catalog, rules = session.catalog, session.rules

    def make() -> fields.Selection:
        return fields.resolve(catalog, rules, collection, params.fields, params.lang, statuses)

    made: fields.Selection = session.plans.get((rules, collection.name, params.fields, params.lang, statuses), make)
    return made


def item_meta(collection: Collection) -> dict[str, str]:
    """The meta of a single item."""
    return {"collection": collection.name, "type": "item"}


def read_keys(request: V8Request, collection: Collection, text: str) -> Answer:
    """One item by key, or a list for keys joined by commas. ``filter``, ``q`` and ``status`` do not count."""
    session, params = request.session, request.params
    keys = text.split(",")
    single = len(keys) == 1
    try:
        _check_readable(session, collection)
    except (ReadDenied, Unauthorized):
        if single:
            raise ItemNotFound() from None
        raise
    items, messages = items_by_key(session, collection, keys, params)
    if single and not items:
        raise ItemsService(session, collection.name).unreadable(text)
    if single or params.is_single:
        return answer_of((items[0] if items else None) or [], item_meta(collection), params, messages)
    meta = list_meta(request, collection, None, len(items)) if params.meta else {}
    return answer_of(items, meta, params, messages)


def items_by_key(
    session: Session,
    collection: Collection,
    keys: Sequence[Any],
    params: Params,
    statuses: tuple[str, ...] | None = None,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Readable items among the keys, with warnings."""
    selection = selection_of(session, collection, params, statuses)
    if collection.key is None:
        return [], selection.messages
    node = selection.node if selection.node.entries else Node(collection.name, (Entry(collection.key.name),), statuses)
    limit, offset = page_of(session, params)
    where = Condition((collection.key.name,), "key", tuple(keys))
    items = session.read(Query(node, where, sort_of(session, collection, params.sort), limit, offset))
    return items if selection.node.entries else [{} for _ in items], selection.messages


def written(request: V8Request, collection: Collection, keys: Sequence[Any], *, many: bool) -> Answer:
    """The answer to a write: the items as the caller may now read them; those he may not are left out."""
    params = request.params
    params = replace(params, limit="-1", offset=None, page=None, sort=None)
    session = request.session

    def read() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        return items_by_key(session, session.catalog.collection(collection.name), keys, params)

    try:
        items, messages = session.attempt(read)
    except Refusal:
        return Answer()
    if not items or (len(collection.key_names) > 1 and len(items) != len(keys)):
        return Answer()  # its key does not tell the item from others
    order = {str(k): i for i, k in enumerate(keys)}
    key = collection.key.name if collection.key else ""
    items.sort(key=lambda item: order.get(str(item.get(key)), 0))
    if many:
        return Answer(items)
    return answer_of(items[0] or [], item_meta(collection), params, messages)


def answer_of(data: Any, meta: Mapping[str, Any], params: Params, messages: list[dict[str, Any]]) -> Answer:
    """Data with the meta asked for."""
    if not params.meta:
        return Answer(data, messages=messages)
    shown = _shown_meta(meta, params.meta)
    return Answer(data, shown if shown else [], messages)


def _shown_meta(meta: Mapping[str, Any], wanted: tuple[str, ...]) -> dict[str, Any]:
    if "*" in wanted:
        return dict(meta)
    names = {"status": ("status_count",), "page": ("limit", "offset", "page", "page_count", "links")}
    keys = [k for w in wanted if w in META for k in names.get(w, (w,))]
    return {k: meta[k] for k in meta if k in keys}


def _check_readable(session: Session, collection: Collection) -> None:
    """Raises when nothing of the collection may be read; before field names are looked at."""
    session.rules.read_filter(collection)


# --- conditions, order, page ---------------------------------------------------------------------------------


def client_filter(session: Session, collection: Collection, params: Params) -> Filter | None:
    """What ``filter`` and ``q`` ask for."""
    found = filters.parse(session.catalog, session.rules, collection, params.filter)
    return both(found, filters.search(session.catalog, session.rules, collection, params.q))


def sort_of(session: Session, collection: Collection, terms: tuple[str, ...] | None) -> tuple[Sort, ...]:
    """The order of a ``sort`` parameter."""
    made = []
    for term in terms or ():
        if term == "?":
            made.append(RANDOM)
            continue
        name = term.removeprefix("-")
        field = collection.fields.get(name)
        if field is None:
            raise InvalidField(field=term, collection=collection.name)
        check_ordered(session.rules, collection, name)
        if field.column is None:
            raise UnprocessableEntity(f'Unable to sort by "{name}" field because it is an alias.')
        made.append(Sort(name, term.startswith("-")))
    return tuple(made)


def default_limit(session: Session) -> int:
    """The setting default_limit, 20 when it is empty."""
    return number(str(session.settings.get("default_limit") or "")) or FALLBACK_LIMIT


def page_of(session: Session, params: Params) -> tuple[int | None, int]:
    """Limit (None: all) and offset."""
    offset = max(number(params.offset), 0)
    if params.limit is None:
        return default_limit(session), offset
    limit = number(params.limit)
    if limit < 0:
        return None, 0
    if params.offset is None and params.page is not None:
        offset = limit * max(number(params.page) - 1, 0)
    return limit, offset


def check_ordered(rules: Rules, collection: Collection, name: str) -> None:
    """May anything be ordered or grouped by a field? RelatedAccessDenied."""
    secret = collection.fields[name].is_hash or name in behaviour_of(collection.name).secret
    if secret or name in rules.unordered_fields(collection.name):
        raise RelatedAccessDenied(field=name)


def _groups(rules: Rules, collection: Collection, params: Params) -> tuple[str, ...]:
    for name in params.groups:
        field = collection.fields.get(name)
        if field is None or field.column is None:
            raise InvalidField(field=name, collection=collection.name)
        check_ordered(rules, collection, name)
    return params.groups


# --- meta ----------------------------------------------------------------------------------------------------


def list_meta(request: V8Request, collection: Collection, client: Filter | None, found: int) -> dict[str, Any]:
    """All keys of a list's meta that are wanted, in the original's order."""
    params, session = request.params, request.session
    wanted = set(META) if "*" in params.meta else set(params.meta)
    meta: dict[str, Any] = {"collection": collection.name, "type": "collection", "result_count": found}
    filtered = params.filter not in (None, "") or bool(params.q)
    if "status" in wanted:
        wanted.add("status_count")
    counts = counts_of(session, collection, client, filtered, params.status or None, wanted)
    meta.update({name: counts[name] for name in ("total_count", "status_count", "filter_count") if name in counts})
    if "page" in wanted:
        meta.update(_page(request, meta["filter_count"], found))
    return meta


def counts_of(
    session: Session,
    collection: Collection,
    client: Filter | None,
    filtered: bool,
    statuses: tuple[str, ...] | None,
    wanted: set[str],
) -> dict[str, Any]:
    """All rows that are not soft-deleted, whatever the caller may see; those of each status; his only that match.

    One statement tells them all.
    """
    matching = bool(wanted & {"filter_count", "page"})
    wheres: dict[str, Filter | None] = {}
    if "total_count" in wanted or (matching and not filtered):
        wheres["total_count"] = visible_rows(UNRESTRICTED, collection, None)
    if matching and filtered:
        wheres["filter_count"] = both(client, visible_rows(session.rules, collection, statuses))
    if "status_count" in wanted and collection.status is not None:
        counts = _counted_by_status(session, collection, wheres)
    else:
        counts = _counted(session, collection, wheres) if wheres else {}
    return {"filter_count": counts["total_count"], **counts} if matching and not filtered else counts


def _counted(session: Session, collection: Collection, wheres: Mapping[str, Filter | None]) -> dict[str, Any]:
    with session.connection() as connection:
        statement = counts_statement(collection, tuple(wheres.values()), connection.dialect, session.catalog)
        (row,) = connection.rows(statement.sql, statement.parameters(Values((), session.who)))
    return {name: int(number) for name, number in zip(wheres, row, strict=True)}


def _counted_by_status(session: Session, collection: Collection, wheres: Mapping[str, Filter | None]) -> dict[str, Any]:
    """The counts and ``status_count``. Each group's row has the same counts; where there is no group, all are 0."""
    assert collection.status is not None and collection.statuses is not None
    status, conditions = collection.status.name, tuple(wheres.values())
    with session.connection() as connection:
        statement = group_statement(collection, status, connection.dialect, session.catalog, conditions)
        rows = connection.rows(statement.sql, statement.parameters(Values((), session.who)))
    groups = {"" if value is None else str(value): int(n) for value, n, *_ in rows}
    by_status = {**groups, **{s: groups.get(s, 0) for s in collection.statuses.mapping}}
    counts = rows[0][2:] if rows else [0] * len(conditions)
    return {**{name: int(n) for name, n in zip(wheres, counts, strict=True)}, "status_count": by_status}


def _page(request: V8Request, total: int, found: int) -> dict[str, Any]:
    params = request.params
    limit = number(params.limit)
    size = limit if limit >= 1 else found
    pages = math.ceil(total / size) if total and size else 1
    if params.offset is not None:
        offset = number(params.offset)
        page = offset // size + 1 if size else 1
    else:
        page = min(max(number(params.page, 1), 1), pages)
        offset = (page - 1) * size
    return {
        "limit": size,
        "offset": offset,
        "page": page,
        "page_count": pages,
        "links": _links(request, page, pages, size),
    }


def _links(request: V8Request, page: int, pages: int, size: int) -> dict[str, Any]:
    base = request.http.base_url

    def to(number: int, with_offset: bool = True) -> str:
        changed: dict[str, Any] = {"offset": (number - 1) * size} if with_offset else {}
        return f"{base}?{_query_text({**request.query, **changed, 'page': number})}"

    return {
        "self": base,
        "current": to(page, with_offset=False),
        "next": to(page + 1) if page < pages else None,
        "previous": to(page - 1) if page > 1 else None,
        "first": to(1) if pages > 1 else None,
        "last": to(pages) if pages > 1 else None,
    }


def _query_text(query: Mapping[str, Any]) -> str:
    return "&".join(_pairs(query, ""))


def _pairs(value: Any, name: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{name}={value}"]
    return [text for k, v in value.items() for text in _pairs(v, f"{name}[{k}]" if name else str(k))]


__all__ = ["items_by_key", "read_keys", "read_list", "written"]
