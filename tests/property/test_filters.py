"""Any filter tree gives the rows a naive evaluator gives, in any order, on every database."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from directus8.filters import And, Condition, Filter, Not, Or
from directus8.query.ast import ANY_STATUS, Entry, Node, Query, Sort
from tests.property.examples import examples
from tests.property.world import COLLECTIONS, RELATIONS, TITLES, Row, World, folded

TEXT = {"title", "name", "label", "status"}
NUMBERS = {"pages", "age", "id", "author", "owner", "book", "tag", "price", "shown"}

# --- trees -----------------------------------------------------------------------------------------------------

texts = st.sampled_from([t for t in TITLES if t is not None])
numbers = st.one_of(st.integers(-15, 45), st.sampled_from(["7", "1abc", "abc", "2.5", " 3"]))
dates = st.sampled_from(["2010-01-10", "2015-06-15", "2012-03-12", "2021-09-19", "nonsense", "2014-05-14 10:00:00"])


def conditions() -> st.SearchStrategy[Filter]:
    """Conditions on columns of books and, through relations, of the others."""
    return st.one_of(
        st.builds(_condition, st.sampled_from([("title",), ("author", "name"), ("tags", "tag", "label")]), _texts()),
        st.builds(
            _condition,
            st.sampled_from([("pages",), ("id",), ("author",), ("author", "age"), ("author", "books", "pages")]),
            _numbers(),
        ),
        st.builds(_condition, st.just(("published",)), _dates()),
        st.builds(lambda n: Condition(("tags",), "count_gte", n), st.integers(1, 4)),
    )


def _condition(path: tuple[str, ...], what: tuple[str, Any]) -> Condition:
    return Condition(path, *what)


def _texts() -> st.SearchStrategy[tuple[str, Any]]:
    one = st.sampled_from(["eq", "neq", "lt", "lte", "gt", "gte", "contains", "ncontains", "starts_with", "ends_with"])
    return st.one_of(
        st.tuples(one, texts),
        st.tuples(st.sampled_from(["in", "nin"]), st.lists(texts, min_size=1, max_size=4).map(tuple)),
        st.tuples(st.sampled_from(["between", "nbetween"]), st.tuples(texts, texts)),
        st.tuples(st.sampled_from(["null", "nnull", "empty", "nempty"]), st.none()),
        st.tuples(st.sampled_from(["like", "nlike"]), st.sampled_from(["a%", "%a", "_lph_", "%", "%0%", "z__"])),
    )


def _numbers() -> st.SearchStrategy[tuple[str, Any]]:
    return st.one_of(
        st.tuples(st.sampled_from(["eq", "neq", "lt", "lte", "gt", "gte"]), numbers),
        st.tuples(st.sampled_from(["in", "nin"]), st.lists(numbers, min_size=1, max_size=4).map(tuple)),
        st.tuples(st.sampled_from(["between", "nbetween"]), st.tuples(numbers, numbers)),
        st.tuples(st.sampled_from(["null", "nnull", "empty", "nempty"]), st.none()),
        st.tuples(st.sampled_from(["contains", "ncontains"]), st.sampled_from(["1", "3", "-", "12"])),
    )


def _dates() -> st.SearchStrategy[tuple[str, Any]]:
    return st.one_of(
        st.tuples(st.sampled_from(["eq", "neq", "lt", "lte", "gt", "gte"]), dates),
        st.tuples(st.sampled_from(["between"]), st.tuples(dates, dates)),
        st.tuples(st.sampled_from(["null", "nnull"]), st.none()),
    )


trees = st.recursive(
    conditions(),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Or(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=6,
)

# --- the naive evaluator -----------------------------------------------------------------------------------------


def holds(world: World, collection: str, row: Row, tree: Filter) -> bool:
    """Is the tree true of the row?"""
    if isinstance(tree, And):
        return all(holds(world, collection, row, part) for part in tree.parts)
    if isinstance(tree, Or):
        return any(holds(world, collection, row, part) for part in tree.parts)
    if isinstance(tree, Not):
        return not holds(world, collection, row, tree.part)
    name, *rest = tree.path
    if rest:
        far, linked = _linked(world, collection, row, name)
        further = Condition(tuple(rest), tree.operator, tree.value)
        return any(holds(world, far, other, further) for other in linked)
    if tree.operator == "count_gte":
        return len(_linked(world, collection, row, name)[1]) >= tree.value
    return compare(name, row[name], tree.operator, tree.value)


def _linked(world: World, collection: str, row: Row, name: str) -> tuple[str, list[Row]]:
    for many, fk, one, alias, _ in RELATIONS:
        if many == collection and fk == name:
            return one, [r for r in world.data[one] if r["id"] == row[fk]]
        if one == collection and alias == name:
            return many, [r for r in world.data[many] if r[fk] == row["id"]]
    raise KeyError(name)


def compare(name: str, stored: Any, operator: str, value: Any) -> bool:
    """One condition on one value."""
    if operator in ("null", "nnull"):
        return (stored is None) == (operator == "null")
    if operator in ("empty", "nempty"):
        empty = stored is None or (stored in ("", 0) if name != "published" else False)
        return empty == (operator == "empty")
    if stored is None:
        return False
    if operator in ("contains", "ncontains", "like", "nlike", "starts_with", "ends_with"):
        return _matches(folded(stored), operator, folded(value))
    stored = _comparable(name, stored)
    if operator in ("in", "nin"):
        return (stored in [_comparable(name, v) for v in value]) == (operator == "in")
    if operator in ("between", "nbetween"):
        low, high = (_comparable(name, v) for v in value)
        return (low <= stored <= high) == (operator == "between")
    value = _comparable(name, value)
    return {
        "eq": stored == value,
        "neq": stored != value,
        "lt": stored < value,
        "lte": stored <= value,
        "gt": stored > value,
        "gte": stored >= value,
    }[operator]


def _matches(stored: str, operator: str, value: str) -> bool:
    if operator in ("like", "nlike"):
        pattern = "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in value)
        return (re.fullmatch(pattern, stored, re.S) is not None) == (operator == "like")
    found = {
        "contains": value in stored,
        "ncontains": value not in stored,
        "starts_with": stored.startswith(value),
        "ends_with": stored.endswith(value),
    }
    return found[operator]


def _comparable(name: str, value: Any) -> Any:
    if name in TEXT:
        return folded(value)
    if name in NUMBERS:
        found = re.match(r"\s*[+-]?\d+(\.\d+)?", str(value))
        return Decimal(found.group().strip()) if found else Decimal(0)
    text = str(value)
    if not re.match(r"\d{4}-\d\d-\d\d", text):
        return "0001-01-01 00:00:00"
    return text if len(text) > 10 else f"{text} 00:00:00"


# --- the properties ----------------------------------------------------------------------------------------------

IDS = Node("books", (Entry("id"),), ANY_STATUS)


@settings(max_examples=examples(2000))
@given(
    tree=trees,
    field=st.sampled_from(["id", "title", "pages", "published", "author"]),
    descending=st.booleans(),
)
def test_any_filter_gives_the_rows_of_the_naive_evaluator_in_any_order(
    world: World, tree: Filter, field: str, descending: bool
) -> None:
    rows = [r for r in world.data["books"] if holds(world, "books", r, tree)]
    present = [r for r in rows if r[field] is not None]  # by id, as all of them are
    present.sort(key=lambda r: _comparable(field, r[field]), reverse=descending)
    expected = [r["id"] for r in present] + [r["id"] for r in rows if r[field] is None]
    for vendor in world.projects:
        found = world.session(vendor).read(Query(IDS, tree, (Sort(field, descending),)))
        assert [item["id"] for item in found] == expected, vendor


assert set(COLLECTIONS) == {"authors", "books", "tags", "books_tags"}
