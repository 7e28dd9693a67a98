"""A filter of Directus 8 and its translation for v10 clients give the same items, on every database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from directus8.api.v8 import filters as v8
from directus8.api.v10 import filters as v10
from directus8.filters import Condition, Filter, conditions
from directus8.query.ast import ANY_STATUS, Entry, Node, Query, Sort
from tests.property.examples import examples
from tests.property.world import TITLES, World

IDS = Node("books", (Entry("id"),), ANY_STATUS)
FLAGS = ("null", "nnull", "empty", "nempty")
PATTERNS = {"starts_with": "{}%", "ends_with": "%{}"}
#: Paths of books, and the kind of what they lead to.
PATHS = {
    "title": "text", "pages": "number", "price": "number", "published": "date", "shown": "flag", "author": "number",
    "status": "text", "author.name": "text", "author.age": "number", "tags.tag.label": "text",
    "author.books.pages": "number",
}  # fmt: skip
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from([t for t in TITLES if t] + ["published", "draft"]),
    "number": st.integers(-15, 45),
    "date": st.sampled_from(["2010-01-10", "2015-06-15", "2012-03-12", "2021-09-19"]),
    "flag": st.booleans(),
}
PARTS = st.sampled_from(["a", "Al", "beta", "z", "e", "1", "9"])
OPERATORS = {
    "text": ("eq", "neq", "lt", "lte", "gt", "gte", "in", "nin", "between", "nbetween", "contains", "ncontains",
             "starts_with", "ends_with", *FLAGS),
    "number": ("eq", "neq", "lt", "lte", "gt", "gte", "in", "nin", "between", "nbetween", *FLAGS),
    "date": ("eq", "neq", "lt", "lte", "gt", "gte", "in", "nin", "between", "null", "nnull"),
    "flag": ("eq", "neq", "null", "nnull"),
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """One condition, as both say it."""

    path: str
    operator: str
    value: Any
    by_or: bool

    def in_v8(self) -> dict[str, Any]:
        """As the query string of Directus 8 brings it."""
        if self.operator in PATTERNS:
            said = {"rlike": PATTERNS[self.operator].format(self.value)}
        elif isinstance(self.value, list):
            said = {self.operator: ",".join(map(str, self.value))}
        else:
            said = {self.operator: str(int(self.value) if isinstance(self.value, bool) else self.value)}
        return {**said, **({"logical": "or"} if self.by_or else {})}

    def in_v10(self) -> dict[str, Any]:
        """As the JSON of v10 has it."""
        told: dict[str, Any] = {f"_{self.operator}": self.value}
        first, *rest = self.path.split(".")
        for name in reversed((first, *rest)):
            told = {name: told}
        if rest and self.operator in ("null", "empty"):  # in v10 true where nothing is related at all
            return {"_and": [told, {"author": {"_nnull": True}} if first == "author" else {}]}
        return told


@st.composite
def said(draw: Any, path: str) -> Said:
    """Any condition on a path."""
    kind = PATHS[path]
    operator = draw(st.sampled_from(OPERATORS[kind]))
    one = PARTS if operator in (*PATTERNS, "contains", "ncontains") else VALUES[kind]
    if operator in FLAGS:
        value: Any = True
    elif operator in ("in", "nin"):
        value = draw(st.lists(one, min_size=1, max_size=4))
    elif operator in ("between", "nbetween"):
        value = [draw(one), draw(one)]
    else:
        value = draw(one)
    # Directus 8 knows no "or" in front of these
    return Said(path, operator, value, draw(st.booleans()) and operator not in FLAGS)


several = st.lists(st.sampled_from(sorted(PATHS)), min_size=1, max_size=5, unique=True).flatmap(
    lambda paths: st.tuples(*(said(path) for path in paths))
)


def translated(listed: tuple[Said, ...]) -> dict[str, Any]:
    """The conditions of Directus 8, joined as flat SQL joins them, in v10's words."""
    groups: list[list[Said]] = []
    for each in listed:
        if each.by_or or not groups:
            groups.append([each])
        else:
            groups[-1].append(each)
    return {"_or": [{"_and": [each.in_v10() for each in group]} for group in groups]}


@settings(max_examples=examples(100))
@given(listed=several)
def test_a_filter_and_its_translation_give_the_same_items(world: World, listed: tuple[Said, ...]) -> None:
    for vendor in world.projects:
        session = world.session(vendor)
        books = session.catalog["books"]
        old = v8.parse(session.catalog, session.rules, books, {each.path: each.in_v8() for each in listed})
        new = v10.parse(session, books, translated(listed))
        assert old is not None and new is not None
        found = [item["id"] for item in session.read(Query(IDS, new, (Sort("id"),)))]
        assert found == [item["id"] for item in session.read(Query(IDS, old, (Sort("id"),)))], vendor
        assert _operators(old) <= _operators(new) | {"like"}


def _operators(tree: Filter) -> set[str]:
    """The operators of a tree, to be sure that both sides ask something."""
    leaves: list[Condition] = list(conditions(tree))
    return {leaf.operator for leaf in leaves}
