"""Runs a planned read: one statement, one more per to-many relation, rows put together as told to clients."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any, TypeAlias

from directus8.db.dialect import Dialect
from directus8.db.engine import Connection
from directus8.filters import Filter
from directus8.query.ast import Summary
from directus8.query.plan import ManyPlan, ReadPlan, Source
from directus8.query.sql import Statement, Values, many_statement, root_statement, summary_statement
from directus8.schema.catalog import Catalog, Collection, Field
from directus8.types import column

Item: TypeAlias = dict[str, Any]
#: Most parents whose children are asked for in one statement.
BATCH = 8192


@dataclass(slots=True, eq=False)
class PreparedMany:
    """The children of one relation, ready to run for any number of parents."""

    plan: ManyPlan
    assemble: Assembler
    foreign_key_at: int
    make: Callable[[int], Statement]
    convert: Callable[[Any], Any]
    key: Callable[[Any], Any]  # by what children and parents are matched
    statements: dict[int, Statement] = field(default_factory=dict)

    def statement(self, arity: int) -> Statement:
        """The statement for that many keys (padded to a power of two, so that few are ever made)."""
        made = self.statements.get(arity)
        if made is None:
            made = self.statements[arity] = self.make(arity)
        return made


@dataclass(slots=True, eq=False)
class PreparedRead:
    """A plan with its SQL and row decoders: what the plan cache keeps."""

    statement: Statement
    assemble: Assembler


@dataclass(frozen=True, slots=True)
class Craft:
    """What statements and decoders are made with, besides a plan. ``decoder``: database value → JSON value."""

    dialect: Dialect
    catalog: Catalog
    nulls_last: bool
    decoder: Callable[[Field], Callable[[Any], Any] | None]


def prepare_read(plan: ReadPlan, craft: Craft) -> PreparedRead:
    """SQL and decoders of a plan."""
    assemble, _ = _assembler(plan.source, 0, craft)
    return PreparedRead(root_statement(plan, craft.dialect, craft.catalog, craft.nulls_last), assemble)


def run(prepared: PreparedRead, connection: Connection, values: Values) -> list[Item]:
    """The items of a read, in order."""
    rows = connection.rows(prepared.statement.sql, prepared.statement.parameters(values))
    return prepared.assemble.all(rows, connection, values)


# --- rows → items ------------------------------------------------------------------------------------------


def decoder_of(field: Field) -> Callable[[Any], Any] | None:
    """Database value → JSON value for a field."""
    assert field.column is not None
    return field.kind.decode or column.decoder(field.column.type)


@dataclass(slots=True, eq=False)
class Assembler:
    """Makes items of rows. ``start``/``stop`` bound the columns of its table within a row."""

    collection: str
    start: int
    stop: int
    names: tuple[str, ...]
    decoders: tuple[tuple[int, Callable[[Any], Any]], ...]
    extra: tuple[str, ...]  # fetched, not shown
    ones: tuple[tuple[str, int, Assembler], ...]  # name, position of the far key, far side
    stubs: tuple[tuple[str, str], ...]
    manys: tuple[tuple[int, PreparedMany], ...]  # position of the parent key, children
    computed: tuple[str, ...]
    status_at: int | None = None
    hidden: Any = None

    def all(self, rows: Sequence[Sequence[Any]], connection: Connection, values: Values) -> list[Item]:
        """The items of the rows with all that hangs on them."""
        items = self.bare(rows)
        self.attach(rows, items, connection, values)
        self.finish(items, values)
        return items

    def bare(self, rows: Sequence[Sequence[Any]]) -> list[Item]:
        """The items of the rows, joined targets included; extra columns are still in them, lists are not yet."""
        columns: list[Iterable[Any]] = []
        columns += [*zip(*rows, strict=True)][self.start : self.stop]
        if not columns:  # of no rows
            return [{} for _ in rows]
        for at, decode in self.decoders:
            columns[at] = map(decode, columns[at])
        items = item_maker(self.names)(zip(*columns, strict=True))
        for name, key in self.stubs:
            for item in items:
                item[name] = None if item[name] is None else {key: item[name]}
        for name, key_at, far in self.ones:
            for row, item, target in zip(rows, items, far.bare(rows), strict=True):
                if row[key_at] is not None:
                    item[name] = target
                elif item[name]:  # the other side is missing or hidden; 0 and '' lead nowhere and are told as they are
                    item[name] = None
        return items

    def attach(
        self, rows: Sequence[Sequence[Any]], items: Sequence[Item | None], connection: Connection, values: Values
    ) -> None:
        """Fetches the children of all items at once, and those of the joined targets."""
        for key_at, many in self.manys:
            children, key = _children(many, [row[key_at] for row in rows], connection, values), many.key
            for row, item in zip(rows, items, strict=True):
                if item is not None:
                    item[many.plan.name] = children.get(key(row[key_at]), [])
        for name, _, far in self.ones:
            if far.manys or far.ones:
                targets = [item[name] if item is not None and isinstance(item[name], dict) else None for item in items]
                far.attach(rows, targets, connection, values)

    def finish(self, items: Sequence[Item], values: Values) -> None:
        """Takes out what may not be seen in items of their status, and what was fetched for our own use."""
        if self.hidden and self.status_at is not None:
            status = self.names[self.status_at]
            for item in items:
                for name in self.hidden.get(str(item.get(status)), ()):
                    item.pop(name, None)
        for name, _, far in self.ones:
            targets = [item[name] for item in items if isinstance(item.get(name), dict)]
            far.finish(targets, values)
            for item in items:
                if item.get(name) == {}:
                    item[name] = values.blank
        for name in self.computed:
            make = values.compute[self.collection, name]
            for item in items:
                item[name] = make(item)
        finish = values.finish.get(self.collection)
        if finish is not None:
            for item in items:
                finish(item)
        for name in self.extra:
            for item in items:
                item.pop(name, None)


@lru_cache(4096)
def item_maker(names: tuple[str, ...]) -> Callable[[Iterable[Sequence[Any]]], list[Item]]:
    """Rows → items of these names. Written out for them, for with long lists little else costs as much."""
    if not names:
        return lambda rows: [{} for _ in rows]
    cells = [f"v{at}" for at in range(len(names))]
    item = ", ".join(f"{name!r}: {cell}" for name, cell in zip(names, cells, strict=True))
    made: Callable[[Iterable[Sequence[Any]]], list[Item]] = eval(
        f"lambda rows: [{{{item}}} for {', '.join(cells)}, in rows]"
    )
    return made


def _padded(keys: list[Any]) -> list[Any]:
    """The keys, the last one repeated up to a power of two: few statements serve any number of parents."""
    return keys + [keys[-1]] * ((1 << (len(keys) - 1).bit_length()) - len(keys))


def _children(many: PreparedMany, keys: list[Any], connection: Connection, values: Values) -> dict[Any, list[Item]]:
    wanted = list(dict.fromkeys(k for k in keys if k is not None))
    found: dict[Any, list[Item]] = defaultdict(list)
    key, at, flat = many.key, many.foreign_key_at, many.plan.flat
    for start in range(0, len(wanted), BATCH):
        bound = _padded([many.convert(k) for k in wanted[start : start + BATCH]])
        statement = many.statement(len(bound))
        rows = connection.rows(statement.sql, statement.parameters(replace(values, keys=bound)))
        items = many.assemble.all(rows, connection, values)
        for parent, item in zip(map(key, map(itemgetter(at), rows)), items, strict=True):
            found[parent].append(item[flat] if flat else item)
    return found


def _assembler(source: Source, start: int, craft: Craft) -> tuple[Assembler, int]:
    """The assembler of a source whose columns start at a position; and the position after all of them."""
    names = tuple(cell.name for cell in source.cells)
    stop = start + len(names)
    after = stop
    ones: list[tuple[str, int, Assembler]] = []
    for one in source.ones:
        far_key = one.source.key
        assert far_key is not None
        key_at = after + one.source.at(far_key.name)
        far, after = _assembler(one.source, after, craft)
        ones.append((one.name, key_at, far))
    decoders = ((i, craft.decoder(c.field)) for i, c in enumerate(source.cells) if not c.function)
    related = {one.name for one in source.ones} | {name for name, _ in source.stubs}
    status = source.collection.status
    made = Assembler(
        collection=source.collection.name,
        start=start,
        stop=stop,
        names=names,
        decoders=tuple((i, d) for i, d in decoders if d is not None and names[i] not in related),
        extra=tuple(n for n in names if n not in source.shown),
        ones=tuple(ones),
        stubs=source.stubs,
        manys=tuple((start + source.at(m.parent_key), _prepare_many(m, craft)) for m in source.manys),
        computed=source.computed,
        status_at=source.at(status.name) if source.hidden and status else None,
        hidden=source.hidden,
    )
    return made, after


def _prepare_many(many: ManyPlan, craft: Craft) -> PreparedMany:
    assemble, _ = _assembler(many.source, 0, craft)
    foreign_key = many.source.collection.fields[many.foreign_key]
    assert foreign_key.column is not None
    type = foreign_key.column.type
    numbers = type.kind == "integer" and many.parent_kind == "integer"
    return PreparedMany(
        plan=many,
        assemble=assemble,
        foreign_key_at=many.source.at(many.foreign_key),
        make=lambda arity: many_statement(many, craft.dialect, craft.catalog, craft.nulls_last, arity),
        convert=_same if numbers else partial(column.comparable, type=type),
        key=_same if numbers else _matched,
    )


def _same(key: Any) -> Any:
    return key


def _matched(key: Any) -> str:
    """Keys of both sides may differ in type (a number kept as text) and case."""
    return str(key).casefold()


# --- aggregates ----------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class PreparedSummary:
    """A summary with its SQL: what the plan cache keeps."""

    statement: Statement
    decoders: tuple[Callable[[Any], Any] | None, ...]


def prepare_summary(collection: Collection, summary: Summary, where: Filter | None, craft: Craft) -> PreparedSummary:
    """SQL and decoders of a summary: first the keys of the group, then the measures."""
    by_value = {"min", "max"}
    decoders = [None if t.function else craft.decoder(collection.fields[t.field]) for t in summary.group]
    for measure in summary.measures:
        field = collection.fields.get(measure.field)
        decoders.append(craft.decoder(field) if field and measure.function in by_value else _number)
    statement = summary_statement(collection, summary, where, craft.dialect, craft.catalog, craft.nulls_last)
    return PreparedSummary(statement, tuple(decoders))


def run_summary(prepared: PreparedSummary, connection: Connection, values: Values) -> list[list[Any]]:
    """The rows of a summary: keys of the group, then measures."""
    rows = connection.rows(prepared.statement.sql, prepared.statement.parameters(values))
    return [[v if d is None else d(v) for v, d in zip(row, prepared.decoders, strict=True)] for row in rows]


def _number(value: Any) -> Any:
    """Sums and averages come as text where numbers are exact."""
    return None if value is None else column.number(value)
