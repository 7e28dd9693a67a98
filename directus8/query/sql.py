"""From a plan to SQLAlchemy Core, and to text prepared once per shape.

A statement's values are *binds*: where each comes from (a slot of the query, the caller, the keys of the parents, a
constant) and how it is converted for the column it is compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    and_,
    bindparam,
    case,
    false,
    func,
    literal_column,
    or_,
    select,
    table,
    true,
    union_all,
)
from sqlalchemy.sql import Select

from directus8.context import Accountability, sql_time
from directus8.db.dialect import Dialect
from directus8.db.engine import Prepared, prepare
from directus8.db.rows import untyped
from directus8.filters import And, Condition, Dynamic, Filter, Not, Or, Slot, Some
from directus8.query.ast import RANDOM, Measure, Sort, Summary
from directus8.query.plan import Cell, ManyPlan, ReadPlan, Source
from directus8.schema.catalog import Catalog, Collection, Field
from directus8.types.column import comparable, key_value
from directus8.types.sqltype import SqlType


@dataclass(frozen=True, slots=True)
class Values:
    """What a prepared statement is run with."""

    slots: Sequence[Any]
    who: Accountability
    limit: int = 2**31
    offset: int = 0
    keys: Sequence[Any] = ()
    finish: Mapping[str, Callable[[dict[str, Any]], None]] = field(default_factory=dict)
    compute: Mapping[tuple[str, str], Callable[[dict[str, Any]], Any]] = field(default_factory=dict)
    blank: Any = field(default_factory=list)  # what a related item without any visible field is told as


Bind = Callable[[Values], Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text and the binds of its positional parameters."""

    sql: str
    binds: tuple[Bind, ...]

    def parameters(self, values: Values) -> list[Any]:
        """The parameters for one run."""
        return [bind(values) for bind in self.binds]


class Builder:
    """Collects binds while one statement is put together."""

    def __init__(self, dialect: Dialect, catalog: Catalog) -> None:
        self.dialect = dialect
        self.catalog = catalog
        self.binds: dict[str, Bind] = {}
        self._aliases = 0

    # --- tables and values -----------------------------------------------------------------------------------

    def alias(self, collection: Collection) -> FromClause:
        """The collection's table under a name of its own."""
        self._aliases += 1
        columns = [untyped(f.name) for f in collection.columns]
        return table(collection.name, *columns).alias(f"t{self._aliases}")

    def bind(self, source: Bind) -> ColumnElement[Any]:
        """A parameter whose value comes from ``source``."""
        name = f"p{len(self.binds)}"
        self.binds[name] = source
        return bindparam(name)

    def value(self, given: Any, convert: Callable[[Any], Any]) -> ColumnElement[Any]:
        """A parameter for a filter value: slot, dynamic or constant."""
        if isinstance(given, Slot):
            index = given.index
            return self.bind(lambda v: convert(_now(v.slots[index], v.who)))
        if given is Dynamic.USER:
            return self.bind(lambda v: convert(v.who.user))
        if given is Dynamic.ROLE:
            return self.bind(lambda v: convert(v.who.role))
        constant = convert(given)
        return self.bind(lambda v: constant)

    def finish(self, statement: Select[Any]) -> Statement:
        """The statement as text."""
        prepared: Prepared = prepare(statement, self.dialect)
        return Statement(
            prepared.sql, tuple(self.binds.get(n) or _constant(prepared.values[n]) for n in prepared.names)
        )

    # --- filters ---------------------------------------------------------------------------------------------

    def where(self, collection: Collection, at: FromClause, tree: Filter) -> ColumnElement[bool]:
        """The tree as a boolean expression over the rows of ``at``."""
        if isinstance(tree, And):
            return and_(true(), *(self.where(collection, at, part) for part in tree.parts))
        if isinstance(tree, Or):
            return or_(false(), *(self.where(collection, at, part) for part in tree.parts))
        if isinstance(tree, Not):
            inner = self.where(collection, at, tree.part)
            return case((inner, 0), else_=1) == 1
        if isinstance(tree, Some):
            return self._through(collection, at, tree.field, tree.part)
        return self._condition(collection, at, tree)

    def _condition(self, collection: Collection, at: FromClause, condition: Condition) -> ColumnElement[bool]:
        name, *rest = condition.path
        relation = collection.leads(name)
        if rest:
            return self._through(collection, at, name, replace(condition, path=tuple(rest)))
        if condition.function:
            called = self.call(collection, at, name, condition.function, condition.counted)
            return self._compare_called(called, condition.operator, condition.value)
        if relation is not None and relation.kind == "o2m":
            return self._count(collection, at, condition)
        field = collection.named(name)
        return self._compare(field, at.c[name], condition.operator, condition.value)

    def _through(self, collection: Collection, at: FromClause, name: str, rest: Filter) -> ColumnElement[bool]:
        relation = collection.leads(name)
        assert relation is not None
        related = self.catalog[relation.related]
        far = self.alias(related)
        inner = self.where(related, far, rest)
        if relation.kind == "m2o":
            assert related.key is not None
            near_field, far_field = collection.fields[name], related.key
        else:
            assert collection.key is not None
            near_field, far_field = collection.key, related.fields[relation.related_field or ""]
        near, other = self.joinable(near_field, at.c[near_field.name], far_field, far.c[far_field.name])
        return near.in_(select(other).select_from(far).where(inner))

    def _count(self, collection: Collection, at: FromClause, condition: Condition) -> ColumnElement[bool]:
        relation = collection.relations[condition.path[0]]
        related = self.catalog[relation.related]
        assert collection.key is not None
        far = self.alias(related)
        far_field = related.fields[relation.related_field or ""]
        near, other = self.joinable(collection.key, at.c[collection.key.name], far_field, far.c[far_field.name])
        counted: ColumnElement[bool] = other.is_not(None)
        if condition.counted is not None:
            counted = and_(counted, self.where(related, far, condition.counted))
        enough = func.count() >= self.value(condition.value, lambda v: comparable(v, _INTEGER))
        return near.in_(select(other).select_from(far).where(counted).group_by(other).having(enough))

    def joinable(
        self, a: Field, a_column: ColumnElement[Any], b: Field, b_column: ColumnElement[Any]
    ) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """Two columns that can be compared, though one may hold numbers as text."""
        assert a.column is not None and b.column is not None
        if a.column.type.kind == b.column.type.kind:
            return a_column, b_column
        return self.dialect.as_text(a_column, a.column.type), self.dialect.as_text(b_column, b.column.type)

    # --- functions -------------------------------------------------------------------------------------------

    def call(
        self, collection: Collection, at: FromClause, name: str, function: str, counted: Filter | None = None
    ) -> ColumnElement[Any]:
        """A function of a field: a part of a date, or how many items (of those counted) a relation leads to."""
        if function == "count":
            return self._related_count(collection, at, name, counted)
        field = collection.fields[name]
        assert field.column is not None
        return self.dialect.date_part(at.c[name], function)

    def _related_count(
        self, collection: Collection, at: FromClause, name: str, counted: Filter | None
    ) -> ColumnElement[Any]:
        relation = collection.leads(name)
        assert relation is not None and collection.key is not None
        related = self.catalog[relation.related]
        far = self.alias(related)
        far_field = related.fields[relation.related_field or ""]
        near, other = self.joinable(collection.key, at.c[collection.key.name], far_field, far.c[far_field.name])
        statement = select(func.count()).select_from(far).where(near == other).correlate(at)
        if counted is not None:
            statement = statement.where(self.where(related, far, counted))
        return statement.scalar_subquery()

    def _compare_called(self, called: ColumnElement[Any], operator: str, value: Any) -> ColumnElement[bool]:
        if operator in ("null", "nnull"):
            return called.is_(None) if operator == "null" else called.is_not(None)
        return self._compare_plain(called, operator, value, lambda v: comparable(v, _INTEGER))

    def reached(self, collection: Collection, at: FromClause, term: Sort) -> tuple[ColumnElement[Any], Field | None]:
        """What an order is by, and the field it is when it is no function of one; NULL where nothing is related."""
        seen, *further = term.seen or (None,)
        if term.through:
            name, *rest = term.through
            relation = collection.leads(name)
            assert relation is not None
            related = self.catalog[relation.related]
            assert related.key is not None
            far = self.alias(related)
            value, field = self.reached(related, far, replace(term, through=tuple(rest), seen=tuple(further)))
            near, other = self.joinable(collection.fields[name], at.c[name], related.key, far.c[related.key.name])
            statement = select(value).select_from(far).where(near == other).correlate(at)
            if seen is not None:
                statement = statement.where(self.where(related, far, seen))
            return statement.scalar_subquery(), field
        if term.function:
            return self.call(collection, at, term.field, term.function, seen), None
        field = collection.named(term.field)
        return at.c[term.field], field

    def _compare(self, field: Field, c: ColumnElement[Any], operator: str, value: Any) -> ColumnElement[bool]:
        assert field.column is not None
        type = field.column.type
        if operator == "key":
            return c.in_([self.value(v, lambda v: key_value(v, type)) for v in value])
        if operator in ("null", "nnull"):
            return c.is_(None) if operator == "null" else c.is_not(None)
        if operator in ("empty", "nempty"):
            return self._empty(c, type.kind) if operator == "empty" else self._not_empty(c, type.kind)
        if operator in _PATTERNS:
            return self._pattern(c, type, operator, value)
        if type.kind == "text":
            indexed = field.column.unique or field.column.primary_key
            return self._compare_text(c, operator, value, indexed)
        return self._compare_plain(c, operator, value, lambda v: comparable(v, type), type)

    def _compare_plain(
        self,
        c: ColumnElement[Any],
        operator: str,
        value: Any,
        convert: Callable[[Any], Any],
        type: SqlType | None = None,
    ) -> ColumnElement[bool]:
        def bound(v: Any) -> ColumnElement[Any]:
            made = self.value(v, convert)
            # a date may be compared with a moment of a day
            return self.dialect.typed(made, _MOMENT) if type is not None and type.kind == "date" else made

        if operator in ("in", "nin"):
            listed = [bound(v) for v in value]
            return c.in_(listed) if operator == "in" else and_(c.is_not(None), c.not_in(listed))
        if operator in ("between", "nbetween"):
            low, high = (bound(v) for v in value)
            return c.between(low, high) if operator == "between" else or_(c < low, c > high)
        return _COMPARE[operator](c, bound(value))

    def _compare_text(self, c: ColumnElement[Any], operator: str, value: Any, indexed: bool) -> ColumnElement[bool]:
        def convert(v: Any) -> Any:
            return None if v is None else self.dialect.fold_value(_text(v))

        if operator in ("eq", "in"):
            plain = (lambda v: None if v is None else _text(v)) if indexed else convert
            listed = value if operator == "in" else (value,)
            return or_(false(), *(self.dialect.text_equal(c, self.value(v, plain), indexed) for v in listed))
        return self._compare_plain(self.dialect.fold(c), operator, value, convert)

    def _pattern(self, c: ColumnElement[Any], type: Any, operator: str, value: Any) -> ColumnElement[bool]:
        negated, shape = _PATTERNS[operator]
        text = c if type.kind == "text" else self.dialect.as_text(c, type)
        found = self.dialect.like(text, self.value(value, lambda v: shape(self.dialect.fold_value(_text(v)))))
        return and_(c.is_not(None), ~found) if negated else found

    def _empty(self, c: ColumnElement[Any], kind: str) -> ColumnElement[bool]:
        blank = _BLANK.get(kind)
        return c.is_(None) if blank is None else or_(c.is_(None), c == blank)

    def _not_empty(self, c: ColumnElement[Any], kind: str) -> ColumnElement[bool]:
        blank = _BLANK.get(kind)
        return c.is_not(None) if blank is None else and_(c.is_not(None), c != blank)

    # --- orders ----------------------------------------------------------------------------------------------

    def order(
        self, collection: Collection, at: FromClause, terms: tuple[Sort, ...], nulls_last: bool
    ) -> list[ColumnElement[Any]]:
        """ORDER BY terms."""
        made: list[ColumnElement[Any]] = []
        for term in terms:
            if term == RANDOM:
                made.append(self.dialect.random())
                continue
            value, field = self.reached(collection, at, term)
            made.extend(self._ordered(value, field, term, nulls_last))
        return made

    def _ordered(
        self, value: ColumnElement[Any], field: Field | None, term: Sort, nulls_last: bool
    ) -> list[ColumnElement[Any]]:
        column = field.column if field is not None else None
        if column is not None and column.type.kind == "text":
            value = self.dialect.fold(value)
        never_null = column is not None and (column.primary_key or not column.nullable) and not term.through
        return self.dialect.ordering(value, term.descending, None if never_null else (nulls_last or None))

    def grouped(
        self, collection: Collection, at: FromClause, terms: tuple[Sort, ...], nulls_last: bool
    ) -> list[ColumnElement[Any]]:
        """ORDER BY terms for the rows of groups."""
        return [
            part
            for term in terms
            for part in self._ordered(*self.reached(collection, at, term), replace(term, through=("",)), nulls_last)
        ]


def _constant(value: Any) -> Bind:
    return lambda _: value


class _Integer:
    kind = "integer"


_INTEGER: Any = _Integer()
_MOMENT = SqlType("DATETIME")
_BLANK: dict[str, Any] = {"text": "", "integer": 0, "decimal": 0, "float": 0}
_COMPARE: dict[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "eq": lambda c, v: c == v,
    "neq": lambda c, v: c != v,
    "lt": lambda c, v: c < v,
    "lte": lambda c, v: c <= v,
    "gt": lambda c, v: c > v,
    "gte": lambda c, v: c >= v,
}


def escape(text: str) -> str:
    """Text as a literal part of a LIKE pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_PATTERNS: dict[str, tuple[bool, Callable[[str], str]]] = {
    "contains": (False, lambda v: f"%{escape(v)}%"),
    "ncontains": (True, lambda v: f"%{escape(v)}%"),
    "starts_with": (False, lambda v: f"{escape(v)}%"),
    "nstarts_with": (True, lambda v: f"{escape(v)}%"),
    "ends_with": (False, lambda v: f"%{escape(v)}"),
    "nends_with": (True, lambda v: f"%{escape(v)}"),
    "like": (False, lambda v: v),
    "nlike": (True, lambda v: v),
}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


def _now(value: Any, who: Accountability) -> Any:
    """The word ``now`` was marked by the dialect's parser as Ellipsis: the time of this request."""
    return sql_time(who.clock()) if value is ... else value


# --- statements ----------------------------------------------------------------------------------------------


def root_statement(plan: ReadPlan, dialect: Dialect, catalog: Catalog, nulls_last: bool) -> Statement:
    """The statement of the root collection with its m2o targets joined."""
    b = Builder(dialect, catalog)
    at, statement = _select(b, plan.source)
    if plan.group:
        statement = statement.where(_one_per_group(b, plan, at))
    if plan.order:
        statement = statement.order_by(*b.order(plan.source.collection, at, plan.order, nulls_last))
    if plan.limited:
        limit = b.bind(lambda v: v.limit)
        statement = statement.limit(limit).offset(b.bind(lambda v: v.offset))
    return b.finish(statement)


def _one_per_group(b: Builder, plan: ReadPlan, at: FromClause) -> ColumnElement[bool]:
    """GROUP BY without aggregates, as MySQL takes it: one row of each group, the one with the lowest key."""
    source = plan.source
    assert source.key is not None
    inner = b.alias(source.collection)
    chosen = select(func.min(inner.c[source.key.name])).select_from(inner)
    if source.where is not None:
        chosen = chosen.where(b.where(source.collection, inner, source.where))
    return at.c[source.key.name].in_(chosen.group_by(*(inner.c[g] for g in plan.group)))


def many_statement(many: ManyPlan, dialect: Dialect, catalog: Catalog, nulls_last: bool, arity: int) -> Statement:
    """The statement of the children of ``arity`` parents."""
    b = Builder(dialect, catalog)
    at, statement = _select(b, many.source)
    keys = [b.bind(lambda v, i=i: v.keys[i]) for i in range(arity)]  # type: ignore[misc]
    statement = statement.where(at.c[many.foreign_key].in_(keys))
    order = b.order(many.source.collection, at, many.order, nulls_last)
    if many.limit is None and not many.offset:
        return b.finish(statement.order_by(*order))
    return b.finish(_page_per_parent(statement, at.c[many.foreign_key], order, many))


def _page_per_parent(
    statement: Select[Any], parent: ColumnElement[Any], order: list[ColumnElement[Any]], many: ManyPlan
) -> Select[Any]:
    """The same rows, but only those on the wanted page of each parent."""
    columns = [c.label(f"c{i}") for i, c in enumerate(statement.selected_columns)]
    number = func.row_number().over(partition_by=parent, order_by=order).label("n")
    inner = statement.with_only_columns(*columns, number, maintain_column_froms=True).subquery()
    first: ColumnElement[Any] = literal_column(str(many.offset))
    paged = select(*(inner.c[c.name] for c in columns)).where(inner.c.n > first)
    if many.limit is not None:
        paged = paged.where(inner.c.n <= literal_column(str(many.offset + many.limit)))
    return paged.order_by(inner.c.n)


# --- aggregates ----------------------------------------------------------------------------------------------


def summary_statement(
    collection: Collection,
    summary: Summary,
    where: Filter | None,
    dialect: Dialect,
    catalog: Catalog,
    nulls_last: bool,
) -> Statement:
    """One row per group: its keys, then the measures."""
    b = Builder(dialect, catalog)
    at = b.alias(collection)
    terms = {t.name: Sort(t.field, function=t.function) for t in summary.group}
    keys = [b.reached(collection, at, term)[0] for term in terms.values()]
    statement = select(*keys, *(_measure(at, m) for m in summary.measures)).select_from(at)
    if where is not None:
        statement = statement.where(b.where(collection, at, where))
    if keys:
        statement = statement.group_by(*keys)
        asked = tuple(replace(terms[s.field], descending=s.descending) for s in summary.sort)
        rest = tuple(term for name, term in terms.items() if all(s.field != name for s in summary.sort))
        statement = statement.order_by(*b.grouped(collection, at, (*asked, *rest), nulls_last))
    if summary.limit is not None or summary.offset:
        statement = statement.limit(b.bind(lambda v: v.limit)).offset(b.bind(lambda v: v.offset))
    return b.finish(statement)


_AGGREGATES: dict[str, Callable[..., ColumnElement[Any]]] = {
    "count": func.count,
    "sum": func.sum,
    "avg": func.avg,
    "min": func.min,
    "max": func.max,
}


def _measure(at: FromClause, measure: Measure) -> ColumnElement[Any]:
    if not measure.field:
        return func.count()
    value = at.c[measure.field]
    return _AGGREGATES[measure.function](value.distinct() if measure.distinct else value)


def counts_statement(
    collection: Collection, wheres: Sequence[Filter | None], dialect: Dialect, catalog: Catalog
) -> Statement:
    """How many rows match each of the filters: one row with a number for each."""
    b = Builder(dialect, catalog)
    columns: list[Any] = [_count(b, collection, where) for where in wheres]
    return b.finish(select(*columns))


def _count(b: Builder, collection: Collection, where: Filter | None) -> ColumnElement[int]:
    at = b.alias(collection)
    counted = select(func.count()).select_from(at)
    return (counted if where is None else counted.where(b.where(collection, at, where))).scalar_subquery()


def group_statement(
    collection: Collection, by: str, dialect: Dialect, catalog: Catalog, wheres: Sequence[Filter | None] = ()
) -> Statement:
    """How many rows there are of each value of a column; and, in every row anew, how many match each filter."""
    b = Builder(dialect, catalog)
    at = b.alias(collection)
    counts: list[Any] = [_count(b, collection, where) for where in wheres]
    return b.finish(select(at.c[by], func.count(), *counts).select_from(at).group_by(at.c[by]))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows wanted of a collection, each with flags: does it match these filters too?"""

    collection: Collection
    where: Filter
    flags: tuple[Filter | None, ...] = ()

    def cells(self, b: Builder, at: FromClause) -> list[ColumnElement[Any]]:
        """All columns, then 1 or 0 for each flag."""
        flags = [
            true_flag() if flag is None else case((b.where(self.collection, at, flag), 1), else_=0)
            for flag in self.flags
        ]
        return [*(at.c[f.name] for f in self.collection.columns), *flags]


def rows_statement(wanted: Sequence[Rows], dialect: Dialect, catalog: Catalog) -> Statement:
    """The rows of several collections by one statement: a number that says of which, then the cells of each.

    A table of the numbers is joined with each collection where the number is its own, so that all columns keep their
    types, as they would not in a UNION. Where nothing matches, a collection has one row without a key.
    """
    b = Builder(dialect, catalog)
    numbers = union_all(*(select(literal_column(str(i)).label("number")) for i in range(len(wanted)))).subquery()
    joined: FromClause = numbers
    cells: list[Any] = [numbers.c.number]
    for i, rows in enumerate(wanted):
        at = b.alias(rows.collection)
        own = numbers.c.number == literal_column(str(i))
        joined = joined.outerjoin(at, and_(own, b.where(rows.collection, at, rows.where)))
        cells += rows.cells(b, at)
    return b.finish(select(*cells).select_from(joined))


def true_flag() -> ColumnElement[Any]:
    """The constant 1."""
    return literal_column("1")


def _select(b: Builder, source: Source) -> tuple[FromClause, Select[Any]]:
    at = b.alias(source.collection)
    columns: list[ColumnElement[Any]] = []
    joined = _join(b, source, at, at, columns)
    statement = select(*columns).select_from(joined)
    if source.where is not None:
        statement = statement.where(b.where(source.collection, at, source.where))
    return at, statement


def _join(
    b: Builder, source: Source, at: FromClause, joined: FromClause, columns: list[ColumnElement[Any]]
) -> FromClause:
    """Adds the columns of ``source`` and joins its m2o targets, depth first: the order in which rows are read back."""
    columns.extend(_cell(b, source, at, cell) for cell in source.cells)
    for one in source.ones:
        far = b.alias(one.source.collection)
        far_key = one.source.key
        assert far_key is not None
        near_field = source.collection.fields[one.field]
        near, other = b.joinable(near_field, at.c[one.field], far_key, far.c[far_key.name])
        condition: ColumnElement[bool] = near == other
        if one.source.where is not None:
            condition = and_(condition, b.where(one.source.collection, far, one.source.where))
        joined = joined.outerjoin(far, condition)
        joined = _join(b, one.source, far, joined, columns)
    return joined


def _cell(b: Builder, source: Source, at: FromClause, cell: Cell) -> ColumnElement[Any]:
    if cell.function:
        return b.call(source.collection, at, cell.field.name, cell.function, cell.counted)
    return at.c[cell.field.name]
