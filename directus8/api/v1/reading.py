"""Rows as Directus 6 tells them: every related value in an envelope of its own. Source: legacy_v1.md §1.4, §1.5, §2."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from directus8 import names
from directus8.api.v1 import answer, statuses
from directus8.api.v1.filters import client_filter
from directus8.api.v1.request import V1Request
from directus8.api.v8.params import number
from directus8.errors import CollectionNotFound
from directus8.filters import Condition
from directus8.query import fetch
from directus8.query.ast import ANY_STATUS, Entry, Many, Node, Query, Sort, Stub
from directus8.query.sql import Values, counts_statement, group_statement
from directus8.schema.catalog import Collection, Field, Relation
from directus8.services.session import Form, Session
from directus8.system.behaviours import behaviour_of

Tree: TypeAlias = dict[str, Any]

FALLBACK_LIMIT = 200
DEPTH = 10


def _decoder(field: Field) -> Callable[[Any], Any] | None:
    """As Directus 8 tells values, but what is missing is null."""
    decode = fetch.decoder_of(field)
    return decode and (lambda value: None if value is None else decode(value))


FORM = Form(_decoder, {}, nulls_last=False)


def user_table(session: Session, name: str) -> Collection:
    """The collection behind a table. CollectionNotFound, also for the system's own."""
    if names.is_reserved(name):
        if not session.rules.reads(name):
            raise session.rules.denied_read(name)
        raise CollectionNotFound(collection=name)
    return session.catalog.collection(name)


class Reader:
    """Reads rows of one table for one request."""

    def __init__(self, request: V1Request, collection: Collection) -> None:
        self.request = request
        self.session = request.session
        self.collection = collection
        self._totals: dict[str, dict[str, int]] = {}

    # --- lists and single rows -------------------------------------------------------------------------------

    def page(self) -> dict[str, Any]:
        """The list a request asks for; ``single`` makes it one row."""
        self.session.rules.read_filter(self.collection)
        single = self.request.text("single") in ("1", "true")
        limit, offset = (1, 0) if single else self._page()
        asked = statuses.wanted(self.collection, self.request.list("status") or ["1"])
        where = client_filter(self.request, self.collection)
        rows = self._rows(Query(self._node(asked), where, self._order(), limit, offset))
        if single:
            return self._with_meta(answer.item(self.collection.name, rows[0] if rows else []))
        return self._listed(rows)

    def one(self, key: Any) -> dict[str, Any]:
        """The row of that key that is not soft-deleted; none is an empty list."""
        self.session.rules.read_filter(self.collection)
        rows = self._by_key([key], None)
        return self._with_meta(answer.item(self.collection.name, rows[0] if rows else []))

    def written_one(self, key: Any) -> dict[str, Any]:
        """A row that was written, whatever its status; nothing of it for one who may not read."""
        rows = self._by_key([key], ANY_STATUS) if self.session.rules.reads(self.collection.name) else []
        return answer.item(self.collection.name, rows[0] if rows else [])

    def written(self, keys: Sequence[Any]) -> dict[str, Any]:
        """Those of the written rows that a list shows: recorded."""
        asked = statuses.wanted(self.collection, ["1"])
        return self._listed(self._by_key(keys, asked) if self.session.rules.reads(self.collection.name) else [])

    def _by_key(self, keys: Sequence[Any], asked: tuple[str, ...] | None) -> list[Any]:
        key = self.collection.key
        if key is None:
            return []
        return self._rows(Query(self._node(asked), Condition((key.name,), "key", tuple(keys)), (Sort(key.name),)))

    def _listed(self, rows: list[Any]) -> dict[str, Any]:
        return self._with_meta(self._envelope(self.collection, rows))

    def _with_meta(self, document: dict[str, Any]) -> dict[str, Any]:
        return document if self.request.text("meta") != "0" else {"data": document["data"]}

    # --- what is asked for -----------------------------------------------------------------------------------

    def _page(self) -> tuple[int, int]:
        size = self.request.text("limit", "perPage")
        limit = max(number(size), 0) if size is not None else FALLBACK_LIMIT
        offset = max(number(self.request.text("offset")), 0)
        page = self.request.text("currentPage")
        return limit, offset if page is None else limit * max(number(page), 0)

    def _order(self) -> tuple[Sort, ...]:
        given = self.request.query.get("order")
        if not isinstance(given, dict):
            name = self.request.text("orderBy", "sort")
            given = {name: self.request.text("orderDirection", "sort_order")} if name else {}
        fields, secret = self.collection.fields, behaviour_of(self.collection.name).secret
        return tuple(
            Sort(name, str(way).upper() == "DESC")
            for name, way in given.items()
            if name in fields and fields[name].column is not None and name not in secret
        )

    def _node(self, asked: tuple[str, ...] | None) -> Node:
        depth = self.request.text("depth")
        levels = 1 if depth is None else min(max(number(depth), 0), DEPTH)
        return self._level(self.collection, _tree(self.request.list("columns", "columns_visible")), levels, asked)

    def _level(self, at: Collection, tree: Tree, levels: int, asked: tuple[str, ...] | None = None) -> Node:
        """The key and the wanted columns; unknown ones are passed over."""
        hidden = self.session.rules.hidden_fields(at.name)
        key = at.key.name if at.key else ""
        entries = [
            entry
            for name in at.fields
            if name not in hidden and (not tree or name in tree or name == key)
            if (entry := self._entry(at, name, tree.get(name) or {}, levels)) is not None
        ]
        return Node(at.name, tuple(entries), asked)

    def _entry(self, at: Collection, name: str, below: Tree, levels: int) -> Entry | None:
        relation = at.relation(name)
        plain = Entry(name) if at.fields[name].column is not None else None
        if relation is None or levels <= 0:
            return plain
        related = self.session.catalog[relation.related]
        readable = self.session.rules.reads(related.name)
        if relation.kind == "m2o":
            if related.key is None or names.is_reserved(related.name):
                return plain
            return Entry(name, self._level(related, below, levels - 1) if readable else Stub(related.key.name))
        if not readable or related.key is None or names.is_reserved(related.name):
            return None
        if relation.junction_field is None:
            return Entry(name, Many(self._level(related, below, levels - 1)))
        return self._junction(name, relation, related, below, levels)

    def _junction(self, name: str, relation: Relation, middle: Collection, below: Tree, levels: int) -> Entry | None:
        far = middle.relation(relation.junction_field or "")
        if far is None or not self.session.rules.reads(far.related) or names.is_reserved(far.related):
            return None
        beyond = Entry(far.field, self._level(self.session.catalog[far.related], below, levels - 1))
        own = [e for e in self._level(middle, {}, 0).entries if e.name != far.field]
        return Entry(name, Many(Node(middle.name, (*own, beyond))))

    # --- what is told ----------------------------------------------------------------------------------------

    def _rows(self, query: Query) -> list[Any]:
        return [self._told(query.node, row) for row in self.session.read(query, form=FORM)]

    def _told(self, node: Node, row: dict[str, Any]) -> dict[str, Any]:
        at = self.session.catalog[node.collection]
        return {entry.name: self._value(at, entry, row[entry.name]) for entry in node.entries if entry.name in row}

    def _value(self, at: Collection, entry: Entry, value: Any) -> Any:
        what = entry.what
        if isinstance(what, Node):
            return None if value is None else answer.item(what.collection, self._told(what, value))
        if isinstance(what, Stub):
            return None if value is None else {"data": value}
        if isinstance(what, Many):
            return self._many(at, entry.name, what, value)
        if at.status is not None and entry.name == at.status.name:
            return int(value) if isinstance(value, str) and value.isdecimal() else value
        return ",".join(map(str, value)) if isinstance(value, list) and at.fields[entry.name].type == "array" else value

    def _many(self, at: Collection, name: str, what: Many, rows: list[dict[str, Any]]) -> dict[str, Any]:
        relation = at.relations[name]
        related = self.session.catalog[relation.related]
        if relation.junction_field is None:
            return self._envelope(related, [self._told(what.node, row) for row in rows])
        beyond = next(e.what for e in what.node.entries if e.name == relation.junction_field)
        assert isinstance(beyond, Node)
        far = [self._told(beyond, row[relation.junction_field]) for row in rows if row[relation.junction_field]]
        own = [{n: v for n, v in row.items() if n != relation.junction_field} for row in rows]
        return {
            **self._envelope(self.session.catalog[beyond.collection], far),
            "junction": self._envelope(related, own),
        }

    def _envelope(self, at: Collection, rows: list[Any]) -> dict[str, Any]:
        return answer.collection(at.name, rows, total=len(rows), **self._counts(at))

    def _counts(self, at: Collection) -> dict[str, int]:
        """All rows of a table, and those of each status, whatever the caller may see."""
        if at.name not in self._totals:
            self._totals[at.name] = self._count(at)
        return self._totals[at.name]

    def _count(self, at: Collection) -> dict[str, int]:
        with self.session.connection() as connection:
            catalog, values = self.session.catalog, Values((), self.session.who)
            if at.status is None:
                statement = counts_statement(at, (None,), connection.dialect, catalog)
                return {"total_entries": int(connection.rows(statement.sql, statement.parameters(values))[0][0])}
            statement = group_statement(at, at.status.name, connection.dialect, catalog)
            rows = connection.rows(statement.sql, statement.parameters(values))
        counts = {str(value): int(n) for value, n in rows}
        return {**statuses.counters(at, counts), "total_entries": sum(counts.values())}


def _tree(paths: Iterable[str]) -> Tree:
    """``a.b,c`` as a tree."""
    tree: Tree = {}
    for path in paths:
        at = tree
        for part in path.split(".")[:DEPTH]:
            at = at.setdefault(part, {})
    return tree
