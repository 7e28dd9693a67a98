"""No role ever sees a row or a field outside its rules, however it asks."""

from __future__ import annotations

from typing import Any

from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from directus8.api.http.visit import Request
from directus8.api.v8.reading import read_keys, read_list
from directus8.api.v8.request import V8Request
from directus8.context import Accountability
from directus8.errors import Error
from directus8.permissions.model import LEVELS, Permission
from directus8.permissions.rules import Rules
from tests.property.examples import examples
from tests.property.world import COLLECTIONS, RELATIONS, Row, World

USER, ROLE = 2, 3
ROLES = {1: 1, 2: 3, 3: 4, 4: 3}  # user → role
APP = Flask("property")
APP.request_class = Request
levels = st.sampled_from(["none", "mine", "role", "full"])


def _permission(collection: str, status: str | None, read: str, hidden: set[str]) -> Permission:
    return Permission(collection, status, 0, LEVELS[read], 0, 0, None, None, frozenset(hidden), frozenset())


def _hidden(collection: str) -> st.SearchStrategy[set[str]]:
    names = [f["field"] for f in COLLECTIONS[collection] if f["field"] != "id"]
    return st.sets(st.sampled_from(names), max_size=2)


def _everywhere(collection: str) -> st.SearchStrategy[list[Permission]]:
    return st.builds(lambda read, hidden: [_permission(collection, None, read, hidden)], levels, _hidden(collection))


def _by_status() -> st.SearchStrategy[list[Permission]]:
    row = st.tuples(levels, _hidden("books"))
    return st.dictionaries(st.sampled_from(["published", "draft", "deleted"]), row, min_size=1).map(
        lambda rows: [_permission("books", s, read, hidden) for s, (read, hidden) in rows.items()]
    )


rules = st.builds(
    lambda *lists: [p for listed in lists for p in listed],
    st.one_of(_everywhere("books"), _by_status()),
    _everywhere("authors"),
    _everywhere("tags"),
    _everywhere("books_tags"),
)
fields = st.sampled_from(
    [
        "",
        "*",
        "*.*",
        "*.*.*",
        "id,title,author.*",
        "id,author.*,author.books.*",
        "*,tags.*,tags.tag.*",
        "id,tags.id,pages",
    ]
)
filters = st.sampled_from(
    [
        "",
        "filter[pages][gt]=5",
        "filter[title][contains]=a",
        "filter[id][gt]=0&filter[pages][lt]=100&filter[pages][logical]=or",
        "filter[title][nnull]=1&filter[title][logical]=or&filter[id][gt]=3&filter[id][logical]=or",
        "filter[author.name][contains]=a",
        "filter[tags.tag.label][contains]=e",
        "filter[tags][has]=1",
        "filter[tags][has]=3",
        "q=a",
        "status=*",
        "status=draft,deleted",
        "status=*&filter[status][eq]=deleted",
        "sort=-pages&limit=5&meta=*",
    ]
)


# --- what may be seen, told naively --------------------------------------------------------------------------


class Allowed:
    """The rows and fields of each collection a role may see."""

    def __init__(self, world: World, granted: list[Permission]) -> None:
        self.world = world
        self.granted = granted

    def row(self, collection: str, row: Row) -> Permission | None:
        """The permission by which a row may be seen."""
        mine = [p for p in self.granted if p.collection == collection]
        by_status = [p for p in mine if p.status is not None]
        for p in by_status or mine:
            if (p.status is None or row["status"] == p.status) and self._owned(collection, row, p.read):
                return p
        return None

    @staticmethod
    def _owned(collection: str, row: Row, read: int) -> bool:
        if read == LEVELS["full"]:
            return True
        if collection != "books" or read == 0:
            return False
        return row["owner"] == USER or (read == LEVELS["role"] and ROLES.get(row["owner"]) == ROLE)

    def check(self, collection: str, item: dict[str, Any]) -> None:
        """Every item, and every item in it, must be one that may be seen, without hidden fields."""
        if "id" not in item:
            return
        row = next(r for r in self.world.data[collection] if r["id"] == item["id"])
        permission = self.row(collection, row)
        assert permission is not None, (collection, item)
        assert not (item.keys() & permission.read_blacklist), (collection, item)
        for many, fk, one, alias, _ in RELATIONS:
            if many == collection and isinstance(item.get(fk), dict) and item[fk].keys() != {"id"}:
                self.check(one, item[fk])
            if one == collection:
                for child in item.get(alias) or []:
                    self.check(many, child)

    def count(self, book: int) -> int:
        """How many links of a book may be seen."""
        links = (row for row in self.world.data["books_tags"] if row["book"] == book)
        return sum(self.row("books_tags", link) is not None for link in links)


def _ask(world: World, vendor: str, granted: list[Permission], query: str, key: str | None) -> Any:
    session = world.session(vendor, Rules(ROLE, granted, hardened=True), Accountability(USER, ROLE))
    with APP.test_request_context("/p/items/books", query_string=query) as context:
        request = V8Request(context.request, "p", session.project, session)
        books = session.catalog["books"]
        return read_list(request, books) if key is None else read_keys(request, books, key)


@settings(max_examples=examples(2000))
@given(granted=rules, wanted=fields, condition=filters, key=st.sampled_from([None, None, "1", "2,3,5", "7"]))
def test_no_row_and_no_field_outside_the_rules(
    world: World, granted: list[Permission], wanted: str, condition: str, key: str | None
) -> None:
    allowed = Allowed(world, granted)
    seen = sum(allowed.row("books", row) is not None for row in world.data["books"])
    query = f"fields={wanted}&{condition}" if wanted else condition
    answers = []
    for vendor in world.projects:
        try:
            answer = _ask(world, vendor, granted, query, key)
        except Error as error:
            assert error.status < 500
            answers.append(type(error).__name__)
            continue
        items = answer.data if isinstance(answer.data, list) else [answer.data]
        for item in items:
            allowed.check("books", item)
            if key is None and (least := condition.partition("[has]=")[2]):
                assert "id" not in item or allowed.count(item["id"]) >= int(least)
        if isinstance(answer.meta, dict) and "filter_count" in answer.meta and "filter" in query:
            assert answer.meta["filter_count"] <= seen
        answers.append(answer.data)
    assert all(answer == answers[0] for answer in answers)
