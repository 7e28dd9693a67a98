"""Rows as Directus 6 tells them: every related value in an envelope of its own. Source: legacy_v1.md §1.4, §1.5, §2."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, TypeAlias

from directus8.api.v1 import answer, lens, statuses
from directus8.api.v1.filters import client_filter
from directus8.api.v1.lens import Lens, Place, Row, Told
from directus8.api.v1.request import V1Request
from directus8.api.v8.params import number
from directus8.errors import InvalidField
from directus8.filters import Condition, Filter, both
from directus8.query import fetch
from directus8.query.ast import ANY_STATUS, Entry, Many, Node, Query, Sort, Stub
from directus8.query.sql import Values, counts_statement, group_statement
from directus8.schema.catalog import Collection, Field, Relation
from directus8.services.session import Form
from directus8.system.behaviours import BEHAVIOURS, behaviour_of
from directus8.validation import whole_number

Tree: TypeAlias = dict[str, Any]

#: In front of the names of related rows of the system's tables.
LED = "@"
FALLBACK_LIMIT = 200
DEPTH = 10


def _decoder(field: Field) -> Callable[[Any], Any] | None:
    """As Directus 8 tells values, but what is missing is null."""
    decode = fetch.decoder_of(field)
    return decode and (lambda value: None if value is None else decode(value))


FORM = Form(_decoder, {n: b.shown for n, b in BEHAVIOURS.items() if b.shown}, nulls_last=False)


class Reader:
    """Reads rows of one table for one request."""

    def __init__(self, request: V1Request, place: Place) -> None:
        self.request = request
        self.session = request.session
        self.place = place
        self.collection = place.collection
        self._totals: dict[str, dict[str, int]] = {}
        self._beside: dict[str, tuple[Lens, list[tuple[Row, Told]]]] = {}

    # --- lists and single rows -------------------------------------------------------------------------------

    def page(self, among: Filter | None = None, newest: bool = False) -> dict[str, Any]:
        """The list a request asks for, of rows ``among`` some; ``single`` makes it one row."""
        self.session.rules.read_filter(self.collection)
        single = self.request.text("single") in ("1", "true")
        limit, offset = (1, 0) if single else self._page()
        asked = statuses.wanted(self.collection, self.request.list("status") or ["1"])
        where = both(client_filter(self.request, self.place), among)
        order = self._order() or self._newest(newest)
        rows = self._rows(Query(self._node(asked), where, order, limit, offset))
        if single:
            return self._with_meta(answer.item(self.place.name, rows[0] if rows else []))
        return self._listed(rows)

    def one(self, key: Any) -> dict[str, Any]:
        """The row of that key that is not soft-deleted; none is an empty list."""
        self.session.rules.read_filter(self.collection)
        rows = self._by_key([key], None)
        return self._with_meta(answer.item(self.place.name, rows[0] if rows else []))

    def written_one(self, key: Any) -> dict[str, Any]:
        """A row that was written, whatever its status; nothing of it for one who may not read."""
        rows = self._by_key([key], ANY_STATUS) if self.session.rules.reads(self.collection.name) else []
        return answer.item(self.place.name, rows[0] if rows else [])

    def written(self, keys: Sequence[Any]) -> dict[str, Any]:
        """Those of the written rows that a list shows: recorded."""
        asked = statuses.wanted(self.collection, ["1"])
        return self._listed(self._by_key(keys, asked) if self.session.rules.reads(self.collection.name) else [])

    def _by_key(self, keys: Sequence[Any], asked: tuple[str, ...] | None) -> list[Any]:
        key = self.collection.key
        if key is None:
            return []
        where = both(Condition((key.name,), "key", tuple(keys)), self.place.only)
        return self._rows(Query(self._node(asked), where, (Sort(key.name),)))

    def _listed(self, rows: list[Any]) -> dict[str, Any]:
        return self._with_meta(self._envelope(self.place, rows))

    def _with_meta(self, document: dict[str, Any]) -> dict[str, Any]:
        return document if self.request.text("meta") != "0" else {"data": document["data"]}

    # --- what is asked for -----------------------------------------------------------------------------------

    def _page(self) -> tuple[int, int]:
        size = self.request.text("limit", "perPage")
        limit = max(number(size), 0) if size is not None else self._default_limit()
        offset = max(number(self.request.text("offset")), 0)
        page = self.request.text("currentPage")
        return limit, offset if page is None else limit * max(number(page), 0)

    def _default_limit(self) -> int:
        return number(self.session.settings.get("default_limit")) or FALLBACK_LIMIT

    def _order(self) -> tuple[Sort, ...]:
        given = self.request.query.get("order")
        if not isinstance(given, dict):
            name = self.request.text("orderBy", "sort")
            given = {name: self.request.text("orderDirection", "sort_order")} if name else {}
        return tuple(
            Sort(column, str(way).upper() == "DESC")
            for name, way in given.items()
            if (column := self._ordered_by(str(name))) is not None
        )

    def _ordered_by(self, name: str) -> str | None:
        try:
            column, _ = lens.column_of(self.collection, name, self.place.lens)
        except InvalidField:
            return None
        field = self.collection.fields[column]
        unseen = behaviour_of(self.collection.name).secret | self.session.rules.unordered_fields(self.collection.name)
        return column if field.column is not None and not field.is_hash and column not in unseen else None

    def _newest(self, first: bool) -> tuple[Sort, ...]:
        key = self.collection.key
        return (Sort(key.name, True),) if first and key is not None else ()

    @cached_property
    def _levels(self) -> int:
        depth = self.request.text("depth")
        return 1 if depth is None else min(max(number(depth), 0), DEPTH)

    @cached_property
    def _asked(self) -> Tree:
        return _tree(self.request.list("columns", "columns_visible"))

    def _node(self, asked: tuple[str, ...] | None) -> Node:
        return self._level(self.collection, self._asked, self._levels, asked, self.place.lens)

    def _level(
        self, at: Collection, tree: Tree, levels: int, asked: tuple[str, ...] | None = None, via: Lens | None = None
    ) -> Node:
        """The key and the wanted columns; unknown ones are passed over."""
        via = via or lens.of_collection(at.name)
        hidden = self.session.rules.hidden_fields(at.name)
        if via is not None:
            return Node(at.name, tuple(self._seen(at, via, tree, levels, hidden)), asked)
        key = at.key.name if at.key else ""
        entries = [
            entry
            for name in at.fields
            if name not in hidden and (not tree or name in tree or name == key)
            if (entry := self._entry(at, name, name, tree.get(name) or {}, levels)) is not None
        ]
        return Node(at.name, tuple(entries), asked)

    def _seen(self, at: Collection, via: Lens, tree: Tree, levels: int, hidden: frozenset[str]) -> Iterator[Entry]:
        """What is fetched of one of the system's tables: columns by their names here, related rows by theirs there."""
        entries = via.entries(via.wanted(tree, hidden))
        yield from (e for e in entries if e.what is not None or e.name in at.fields)  # a project may have dropped some
        for name, field in via.leads.items():
            if levels > 0 and field not in hidden and (not tree or name in tree):
                entry = self._entry(at, field, f"{LED}{name}", tree.get(name) or {}, levels)
                if entry is not None and entry.what is not None:
                    yield entry

    def _entry(self, at: Collection, name: str, told: str, below: Tree, levels: int) -> Entry | None:
        relation = at.relation(name)
        plain = Entry(told, of=name) if at.fields[name].column is not None else None
        if relation is None or levels <= 0:
            return plain
        related = self.session.catalog[relation.related]
        readable = self.session.rules.reads(related.name)
        if relation.kind == "m2o":
            if related.key is None or lens.table_of(related.name) is None:
                return plain
            what = self._level(related, below, levels - 1) if readable else Stub(related.key.name)
            return Entry(told, what, name)
        if not readable or related.key is None or lens.table_of(related.name) is None:
            return None
        if relation.junction_field is None:
            return Entry(told, Many(self._level(related, below, levels - 1)), name)
        return self._junction(told, relation, related, below, levels)

    def _junction(self, name: str, relation: Relation, middle: Collection, below: Tree, levels: int) -> Entry | None:
        far = middle.relation(relation.junction_field or "")
        if far is None or not self.session.rules.reads(far.related) or lens.table_of(far.related) is None:
            return None
        beyond = Entry(far.field, self._level(self.session.catalog[far.related], below, levels - 1))
        own = [e for e in self._level(middle, {}, 0).entries if e.name != far.field]
        return Entry(name, Many(Node(middle.name, (*own, beyond))), relation.field)

    # --- what is told ----------------------------------------------------------------------------------------

    def _rows(self, query: Query) -> list[Any]:
        found = self.session.read(query, form=FORM)
        told = [self._told(query.node, row, self._asked, self._levels, self.place.lens) for row in found]
        for via, rows in self._beside.values():
            if via.beside is not None:
                via.beside(self.session, rows)
        self._beside.clear()
        return told

    def _told(self, node: Node, row: Row, tree: Tree, levels: int, via: Lens | None = None) -> Told:
        at = self.session.catalog[node.collection]
        via = via or lens.of_collection(at.name)
        made: Told = {}
        if via is not None:
            hidden = self.session.rules.hidden_fields(at.name)
            made = via.tell(self.session.who, row, via.wanted(tree, hidden))
            self._beside.setdefault(via.table, (via, []))[1].append((row, made))
        for entry in node.entries:
            name = entry.name.removeprefix(LED)
            if entry.name in row and (via is None or name != entry.name):
                made[name] = self._value(at, entry, row[entry.name], tree.get(name) or {}, levels - 1)
        return made

    def _value(self, at: Collection, entry: Entry, value: Any, below: Tree, levels: int) -> Any:
        what = entry.what
        if isinstance(what, Node):
            if value is None:
                return None
            return answer.item(lens.table_of(what.collection) or "", self._told(what, value, below, levels))
        if isinstance(what, Stub):
            return None if value is None else {"data": value}
        if isinstance(what, Many):
            return self._many(at, entry.field, what, value, below, levels)
        if at.status is not None and entry.name == at.status.name:
            told = whole_number(value) if isinstance(value, str) else None
            return value if told is None else told
        return ",".join(map(str, value)) if isinstance(value, list) and at.fields[entry.name].type == "array" else value

    def _many(self, at: Collection, name: str, what: Many, rows: list[Told], below: Tree, levels: int) -> Told:
        relation = at.relations[name]
        related = self.session.catalog[relation.related]
        if relation.junction_field is None:
            return self._envelope(self._place(related), [self._told(what.node, row, below, levels) for row in rows])
        beyond = next(e.what for e in what.node.entries if e.name == relation.junction_field)
        assert isinstance(beyond, Node)
        met = [row[relation.junction_field] for row in rows]
        far = [self._told(beyond, row, below, levels) for row in met if row]
        own = [{n: v for n, v in row.items() if n != relation.junction_field} for row in rows]
        return {
            **self._envelope(self._place(self.session.catalog[beyond.collection]), far),
            "junction": self._envelope(self._place(related), own),
        }

    @staticmethod
    def _place(collection: Collection) -> Place:
        via = lens.of_collection(collection.name)
        return Place(via.table if via else collection.name, collection, via)

    def _envelope(self, at: Place, rows: list[Any]) -> dict[str, Any]:
        return answer.collection(at.name, rows, total=len(rows), **self._counts(at))

    def _counts(self, at: Place) -> dict[str, int]:
        """All rows of a table, and those of each status, whatever the caller may see."""
        if at.name not in self._totals:
            self._totals[at.name] = self._count(at)
        return self._totals[at.name]

    def _count(self, place: Place) -> dict[str, int]:
        at, only = place.collection, place.only
        with self.session.connection() as connection:
            catalog, values = self.session.catalog, Values((), self.session.who)
            if at.status is None:
                statement = counts_statement(at, (only,), connection.dialect, catalog)
                every = int(connection.rows(statement.sql, statement.parameters(values))[0][0])
                told = place.lens.counted(every) if place.lens and place.lens.counted else {}
                return {**told, "total_entries": every}
            statement = group_statement(at, at.status.name, connection.dialect, catalog)
            rows = connection.rows(statement.sql, statement.parameters(values))
        counts = {str(value): int(n) for value, n in rows}
        counters = statuses.counters if place.lens is None else statuses.classes
        return {**counters(at, counts), "total_entries": sum(counts.values())}


def _tree(paths: Iterable[str]) -> Tree:
    """``a.b,c`` as a tree."""
    tree: Tree = {}
    for path in paths:
        at = tree
        for part in path.split(".")[:DEPTH]:
            at = at.setdefault(part, {})
    return tree
