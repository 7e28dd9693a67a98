"""From a query to a plan: a pure function of catalog, rules and query. No SQL yet, no database.

Every table a plan touches carries the rows its reader may see: the rule of the role, and the statuses shown by
default. That is the only road to rows; system reads use ``UNRESTRICTED``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

from directus8.errors import UnprocessableEntity
from directus8.filters import NOTHING, Condition, Filter, both
from directus8.query.ast import ANY_STATUS, Call, Computed, Entry, Many, Node, Query, Sort, Stub, Summary
from directus8.schema.catalog import Catalog, Collection, Field


class ReadRules(Protocol):
    """The part of a role's rules that planning needs."""

    hardened: bool

    def read_filter(self, collection: Collection) -> Filter | None:
        """Rows that may be read."""

    def readable_statuses(self, collection: str) -> frozenset[str] | None:
        """Statuses that may be read, None when they do not matter."""

    def hidden_by_status(self, collection: str) -> Mapping[str, frozenset[str]]:
        """Fields to leave out of items of a status."""


class _Unrestricted:
    hardened = True

    def read_filter(self, collection: Collection) -> Filter | None:
        return None

    def readable_statuses(self, collection: str) -> frozenset[str] | None:
        return None

    def hidden_by_status(self, collection: str) -> Mapping[str, frozenset[str]]:
        return {}


#: The named system access: all rows, all fields.
UNRESTRICTED: ReadRules = _Unrestricted()


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One value of a fetched row: a column or a function of a field, and the name it is told by.

    ``counted`` are the rows a count may count.
    """

    name: str
    field: Field
    function: str = ""
    counted: Filter | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One table of a statement. ``cells`` are fetched; ``shown`` are the names given out, in order."""

    collection: Collection
    cells: tuple[Cell, ...]
    shown: tuple[str, ...]
    where: Filter | None
    ones: tuple[One, ...] = ()
    manys: tuple[ManyPlan, ...] = ()
    stubs: tuple[tuple[str, str], ...] = ()  # field, name of the far key
    computed: tuple[str, ...] = ()
    hidden: Mapping[str, frozenset[str]] = field(default_factory=dict)  # status value → names

    @property
    def key(self) -> Field | None:
        """The primary key of the table."""
        return self.collection.key

    def at(self, field: str) -> int:
        """The position of a column among the cells."""
        return next(i for i, cell in enumerate(self.cells) if cell.field.name == field and not cell.function)


@dataclass(frozen=True, slots=True, eq=False)
class One:
    """A joined m2o target."""

    name: str
    field: str
    source: Source


@dataclass(frozen=True, slots=True, eq=False)
class ManyPlan:
    """A statement of its own: the children of all parents at once."""

    name: str
    foreign_key: str
    parent_key: str
    parent_kind: str
    source: Source
    order: tuple[Sort, ...]
    limit: int | None
    offset: int
    flat: str


@dataclass(frozen=True, slots=True, eq=False)
class ReadPlan:
    """All that is needed to write the statements of a read."""

    source: Source
    order: tuple[Sort, ...]
    limited: bool
    group: tuple[str, ...]


#: Columns that must be fetched to tell an item of a collection, asked for or not.
Needs: TypeAlias = Mapping[str, tuple[str, ...]]


def plan(catalog: Catalog, rules: ReadRules, query: Query, needs: Needs | None = None) -> ReadPlan:
    """The plan of a query. ReadDenied/Unauthorized when the role may read nothing of a collection it names."""
    planner = _Planner(catalog, rules, needs or {})
    source = planner.source(query.node, query.filter)
    order = planner.order(source.collection, query.sort)
    return ReadPlan(source, order, query.limit is not None or bool(query.offset), query.group)


def plan_summary(catalog: Catalog, rules: ReadRules, summary: Summary) -> tuple[Collection, Filter | None]:
    """The collection of a summary and the rows it is about. ReadDenied/Unauthorized as for ``plan``."""
    collection = catalog.collection(summary.collection)
    return collection, both(summary.filter, visible_rows(rules, collection, summary.statuses))


def order_of(collection: Collection, sort: tuple[Sort, ...]) -> tuple[Sort, ...]:
    """The asked order, else the sort field's; the key always decides last, so that pages lose and repeat nothing."""
    terms = sort or ((Sort(collection.sort.name),) if collection.sort else ())
    asked = {t.field for t in terms}
    return (*terms, *(Sort(name) for name in collection.key_names if name not in asked))


@dataclass(frozen=True, slots=True)
class _Planner:
    catalog: Catalog
    rules: ReadRules
    needs: Needs

    def source(self, node: Node, client: Filter | None, needed: tuple[str, ...] = ()) -> Source:
        """The table of a node with everything that hangs on it."""
        collection = self.catalog.collection(node.collection)
        hidden = self.rules.hidden_by_status(collection.name)
        manys = tuple(self._many(collection, e, e.what) for e in node.entries if isinstance(e.what, Many))
        ones = tuple(One(e.name, e.field, self._target(e.what)) for e in node.entries if isinstance(e.what, Node))
        extra = [*needed, *(m.parent_key for m in manys)]
        extra += [n for n in self.needs.get(collection.name, ()) if n in collection.fields]
        computed = [(e.name, e.what) for e in node.entries if isinstance(e.what, Computed)]
        extra += [n for _, what in computed for n in what.needs]
        if hidden and collection.status:
            extra.append(collection.status.name)
        wanted = [self._cell(collection, e) for e in node.entries if not isinstance(e.what, (Many, Computed))]
        return Source(
            collection=collection,
            cells=_with_columns(collection, wanted, extra),
            shown=tuple(e.name for e in node.entries),
            where=both(client, visible_rows(self.rules, collection, node.statuses)),
            ones=ones,
            manys=manys,
            stubs=tuple((e.name, e.what.key) for e in node.entries if isinstance(e.what, Stub)),
            computed=tuple(name for name, _ in computed),
            hidden=hidden,
        )

    def order(self, collection: Collection, sort: tuple[Sort, ...]) -> tuple[Sort, ...]:
        """The order of a table, in which related rows that may not be seen count for nothing."""
        return tuple(self._seeing(collection, term) for term in order_of(collection, sort))

    def _seeing(self, collection: Collection, term: Sort) -> Sort:
        names = (*term.through, term.field) if term.function == "count" else term.through
        seen: list[Filter | None] = []
        at = collection
        for name in names:
            relation = at.leads(name)
            assert relation is not None
            at = self.catalog[relation.related]
            seen.append(visible_rows(self.rules, at, ANY_STATUS))
        return replace(term, seen=tuple(seen)) if seen else term

    def _cell(self, collection: Collection, entry: Entry) -> Cell:
        field = collection.named(entry.field)
        if not isinstance(entry.what, Call):
            return Cell(entry.name, field)
        relation = collection.leads(field.name)
        counted = None
        if relation is not None and relation.kind == "o2m":
            counted = visible_rows(self.rules, self.catalog[relation.related], ANY_STATUS)
        return Cell(entry.name, field, entry.what.function, counted)

    def _target(self, node: Node) -> Source:
        key = self.catalog.collection(node.collection).key
        return self.source(node, None, (key.name,) if key else ())

    def _many(self, parent: Collection, entry: Entry, many: Many) -> ManyPlan:
        relation = parent.leads(entry.field)
        assert relation is not None
        foreign_key = relation.related_field or ""
        assert parent.key is not None
        source = self.source(many.node, many.filter, (foreign_key,))
        order = self.order(source.collection, many.sort)
        kind = parent.key.column.type.kind if parent.key.column else "other"
        return ManyPlan(
            entry.name, foreign_key, parent.key.name, kind, source, order, many.limit, many.offset, many.flat
        )


def _with_columns(collection: Collection, wanted: Sequence[Cell], extra: Sequence[str]) -> tuple[Cell, ...]:
    """The cells, and one for each of the columns that has none yet, under a name of its own."""
    cells = {cell.name: cell for cell in wanted}
    for name in extra:
        if not any(c.field.name == name and not c.function for c in cells.values()):
            told = name if name not in cells else f"\0{name}"
            cells[told] = Cell(told, collection.named(name))
    return tuple(cells.values())


def visible_rows(rules: ReadRules, collection: Collection, statuses: tuple[str, ...] | None) -> Filter | None:
    """The rows of a collection a role may see, in the statuses asked for."""
    return both(rules.read_filter(collection), _status_filter(rules, collection, statuses))


def _status_filter(rules: ReadRules, collection: Collection, asked: tuple[str, ...] | None) -> Filter | None:
    if collection.status is None or asked == ANY_STATUS:
        return None
    if not asked:
        mapping = collection.statuses
        if mapping is None or not mapping.mapping:
            raise UnprocessableEntity(f'"{collection.name}" collection status mapping is empty')
        if not mapping.visible:
            return NOTHING
        return Condition((collection.status.name,), "in", mapping.visible)
    readable = rules.readable_statuses(collection.name)
    if readable is not None:
        asked = tuple(s for s in asked if s in readable)
        if not asked:  # the original then forgets the condition: recorded, closed by security.hardened
            return NOTHING if rules.hardened else None
    return Condition((collection.status.name,), "in", asked)
