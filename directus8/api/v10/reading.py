"""Lists, single items, aggregates and counts, as queries ask for them. Source: sdk_v10.md D.3."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from directus8 import names
from directus8.api.v10 import fields, filters, revisions
from directus8.api.v10.fields import called, default_sort
from directus8.api.v10.lens import LENSES, UNTOLD, Pending, finish, lens_of
from directus8.api.v10.params import Params
from directus8.api.v10.values import callable_on, decoder
from directus8.context import Accountability
from directus8.errors import Forbidden, InvalidQuery, Refusal
from directus8.filters import Condition, Filter, both
from directus8.query.ast import ANY_STATUS, Entry, Measure, Node, Query, Sort, Summary, Term
from directus8.query.plan import visible_rows
from directus8.query.sql import Values, counts_statement
from directus8.schema import extras
from directus8.schema.catalog import Collection
from directus8.services.session import Form, Session
from directus8.system.behaviours.revisions import mask

Item = dict[str, Any]
MEASURES = {
    "count": ("count", False),
    "countDistinct": ("count", True),
    "countAll": ("count", False),
    "sum": ("sum", False),
    "sumDistinct": ("sum", True),
    "avg": ("avg", False),
    "avgDistinct": ("avg", True),
    "min": ("min", False),
    "max": ("max", False),
}


def check_readable(session: Session, collection: Collection) -> None:
    """Forbidden when the caller may read nothing of a collection."""
    try:
        session.rules.read_filter(collection)
    except Refusal:
        raise Forbidden() from None


def condition_of(session: Session, collection: Collection, params: Params) -> Filter | None:
    """What ``filter`` and ``search`` ask for, among the rows there are."""
    return both(
        filters.parse(session, collection, params.filter),
        filters.search(session, collection, params.search),
        lens_of(collection.name).only,
    )


def items_of(session: Session, collection: Collection, params: Params, among: Filter | None = None) -> list[Item]:
    """The items, or the groups, a query asks for; ``among`` limits it further."""
    check_readable(session, collection)
    condition = both(condition_of(session, collection, params), among)
    if params.aggregate or params.group:
        return _groups(session, collection, params, condition)
    node = fields.resolve(session, collection, params)
    sort = fields.sort_of(session, collection, params.sort) or default_sort(collection)
    limit, offset = params.rows
    if limit == 0:
        return []
    empty = not node.entries
    if empty:
        node = Node(collection.name, (Entry(collection.columns[0].name),), ANY_STATUS)
    found = _told(session, Query(node, condition, sort, limit, offset))
    return [{} for _ in found] if empty else found


def item_of(session: Session, collection: Collection, key: Any, params: Params) -> Item:
    """One item. Forbidden when it is not there, or not for this caller."""
    if collection.key is None:
        raise Forbidden()
    found = items_of(session, collection, _single(params), Condition((collection.key.name,), "key", (key,)))
    if not found:
        raise Forbidden()
    return found[0]


def _single(params: Params) -> Params:
    return replace(params, filter=None, search=None, sort=(), limit=1, offset=None, page=None, aggregate={}, group=())


def items_by_key(session: Session, collection: Collection, keys: Sequence[Any], params: Params) -> list[Item]:
    """The items with those keys, in the order of the query."""
    if collection.key is None or not keys:
        return []
    among = Condition((collection.key.name,), "key", tuple(keys))
    asked = replace(params, filter=None, search=None, limit=-1, offset=None, page=None, aggregate={}, group=())
    return items_of(session, collection, asked, among)


def _told(session: Session, query: Query) -> list[Item]:
    pending: list[Pending] = []
    shown = {name: partial(finish, name, pending) for name in LENSES}
    shown[names.REVISIONS] = partial(_revision, session, shown[names.REVISIONS])
    found = session.read(query, form=Form(decoder, shown, nulls_last=False))
    _fetch_kept(session, pending)
    return found


def _fetch_kept(session: Session, pending: Sequence[Pending]) -> None:
    """Fills in what is kept beside the tables: one statement per collection."""
    by_scope: dict[str, list[Pending]] = defaultdict(list)
    for each in pending:
        by_scope[each.scope].append(each)
    for scope, listed in by_scope.items():
        known: Mapping[str, Mapping[str, Any]] = {}
        if session.catalog.extras is not None:
            with session.connection() as connection:
                known = extras.of_items(connection, scope, {p.key for p in listed})
        for p in listed:
            p.item[p.name] = known.get(p.key, {}).get(p.name, LENSES[scope].kept[p.name])


def _revision(session: Session, rest: Callable[[Accountability, Item], None], who: Accountability, item: Item) -> None:
    """The states of a revision in v10 terms, where their collection is still there, without what may not be seen."""
    collection = session.catalog.get(str(item.get(f"{UNTOLD}collection")))
    if collection is not None:
        hidden = session.rules.hidden_anywhere(collection.name)
        data = revisions.row(collection, item.get(f"{UNTOLD}data"), hidden)
        if "data" in item:
            item["data"] = {**data, **revisions.lists(collection)}
        if "delta" in item:
            item["delta"] = revisions.delta(collection, item["delta"], data, hidden)
        if not who.is_admin:
            mask(collection.name, item)
    rest(who, item)


# --- aggregates ----------------------------------------------------------------------------------------------


def _groups(session: Session, collection: Collection, params: Params, condition: Filter | None) -> list[Item]:
    terms = tuple(_group_term(session, collection, text) for text in params.group)
    asked = [(f, name) for f, listed in params.aggregate.items() for name in (listed or ("*",))]
    measures = tuple(_measure(session, collection, function, name) for function, name in asked)
    sort = tuple(s for text in params.sort if (s := _group_sort(terms, text)) is not None)
    limit, offset = params.rows
    summary = Summary(collection.name, measures, terms, condition, sort, limit, offset, ANY_STATUS)
    rows = session.summarise(summary, Form(decoder, {}, nulls_last=False))
    return [_group(terms, asked, row) for row in rows]


def _group(terms: tuple[Term, ...], asked: Sequence[tuple[str, str]], row: Sequence[Any]) -> Item:
    item: Item = {term.name: value for term, value in zip(terms, row, strict=False)}
    for (function, name), value in zip(asked, row[len(terms) :], strict=True):
        if name == "*":
            item[function] = value
        else:
            item.setdefault(function, {})[name] = value
    return item


def _column(session: Session, collection: Collection, name: str) -> str:
    lens = lens_of(collection.name)
    column = lens.column(name)
    if column in filters.unsorted_fields(session.rules, collection):
        raise Forbidden()
    if column not in collection.fields or collection.fields[column].column is None:
        raise InvalidQuery(f'Invalid field "{name}" in "{collection.name}"')
    return column


def _group_term(session: Session, collection: Collection, text: str) -> Term:
    call = called(text)
    if call is None:
        return Term(text, _column(session, collection, text))
    column = _column(session, collection, call.field)
    if not callable_on(collection, column, call.function):
        raise InvalidQuery(f'Invalid function "{call.function}" for "{call.field}"')
    return Term(call.name, column, call.function)


def _measure(session: Session, collection: Collection, function: str, name: str) -> Measure:
    if function not in MEASURES:
        raise InvalidQuery(f'Invalid aggregate function "{function}"')
    plain, distinct = MEASURES[function]
    if name == "*":
        if plain != "count" or distinct:
            raise InvalidQuery(f'"{function}" takes the name of a field')
        return Measure("count")
    column = _column(session, collection, name)
    kind = collection.fields[column].column.type.kind  # type: ignore[union-attr]
    if plain in ("sum", "avg") and kind not in ("integer", "decimal", "float"):
        raise InvalidQuery(f'"{function}" takes the name of a numeric field')
    return Measure(plain, column, distinct)


def _group_sort(terms: tuple[Term, ...], text: str) -> Sort | None:
    """An order by a key of the group; what is none has no meaning for groups."""
    call = called(text.removeprefix("-"))
    name = call.name if call else text.removeprefix("-")
    return Sort(name, text.startswith("-")) if any(t.name == name for t in terms) else None


# --- counts --------------------------------------------------------------------------------------------------


def counts_of(session: Session, collection: Collection, params: Params) -> dict[str, int]:
    """The counts of ``meta``: of all rows the caller may read, of those that match."""
    rule = both(visible_rows(session.rules, collection, ANY_STATUS), lens_of(collection.name).only)
    wanted = {
        "total_count": rule,
        "filter_count": both(condition_of(session, collection, params), rule),
    }
    wheres = [wanted[name] for name in params.meta]
    with session.connection() as connection:
        statement = counts_statement(collection, wheres, connection.dialect, session.catalog)
        row = connection.rows(statement.sql, statement.parameters(Values((), session.who)))[0]
    return dict(zip(params.meta, map(int, row), strict=True))
