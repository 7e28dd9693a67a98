"""No role sees a field outside its rules, or an item it may not read, in revisions or through the log."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from directus8.api.http.visit import Request
from directus8.api.v8.reading import read_keys, read_list
from directus8.api.v8.request import V8Request
from directus8.api.v8.system import item_revision, item_revisions
from directus8.context import SYSTEM_ACCOUNTABILITY, Accountability
from directus8.errors import Error
from directus8.mutation.history import Entry, record
from directus8.permissions.model import LEVELS, Permission
from directus8.permissions.rules import Rules
from directus8.services.session import Session
from tests.property.test_rules import ROLE, USER, Allowed, rules
from tests.property.world import World

APP = Flask("property")
APP.request_class = Request
LOG, REVISIONS, KEPT = "directus_activity", "directus_revisions", ("books", "authors")

fields = st.sampled_from(
    ["", "*", "data", "delta", "id,item,data", "-collection,*", "id,data,activity.*", "*.*", "*.*.*"]
)
conditions = st.sampled_from(
    [
        "",
        "filter[collection]=books",
        "filter[item][in]=1,2,3",
        "filter[data][contains]=Alpha",
        "filter[delta][nnull]=1",
        "filter[data][contains]=a&filter[id][gt]=0&filter[id][logical]=or",
        "filter[activity.action]=create",
        "filter[activity.comment][contains]=a",
        "q=books",
        "sort=-id&limit=3&meta=*",
        "sort=data",
        "sort=-delta",
        "groups=data",
        "single=1",
    ]
)
places = st.sampled_from(["revisions", "one", "activity", "of item", "of item", "at"])


@pytest.fixture(scope="session")
def logged(world: World) -> World:
    """The world with a revision of each book and author, as its creation would have left it."""
    entries = [
        Entry("create", name, str(row["id"]), None, dict(row), {n: v for n, v in row.items() if n != "id"})
        for name in KEPT
        for row in world.data[name]
    ]
    for project in world.projects.values():
        with Session(project, SYSTEM_ACCOUNTABILITY).transaction() as connection:
            record(connection, SYSTEM_ACCOUNTABILITY, entries)
    return world


def _ask(world: World, vendor: str, granted: Rules, place: str, query: str, key: str) -> Any:
    session = world.session(vendor, granted, Accountability(USER, ROLE))
    with APP.test_request_context("/p", query_string=query) as context:
        request = V8Request(context.request, "p", session.project, session)
        if place == "of item":
            return item_revisions(request, "books", key)
        if place == "at":
            return item_revision(request, "books", key, "0")
        if place == "one":
            return read_keys(request, session.catalog[REVISIONS], key)
        return read_list(request, session.catalog[REVISIONS if place == "revisions" else LOG])


def _full(collection: str) -> Permission:
    return Permission(collection, None, 0, LEVELS["full"], 0, 0, None, None, frozenset(), frozenset())


def _hidden(granted: list[Permission], collection: str) -> set[str]:
    """The fields of a collection that some row of the role hides."""
    mine = [p for p in granted if p.collection == collection]
    by_status = [p for p in mine if p.status is not None]
    return {name for p in by_status or mine for name in p.read_blacklist}


def _check(granted: list[Permission], collection: str | None, told: dict[str, Any]) -> None:
    """The states in a revision (of ``collection``, unless it says of which) hold nothing hidden."""
    of = told.get("collection", collection)
    for name in ("data", "delta"):
        if isinstance(state := told.get(name), dict):
            known = [of] if of else [c for c in KEPT if state.keys() & {"title", "name"}]
            hidden = set.intersection(*(_hidden(granted, c) for c in known)) if known else set()
            assert not (state.keys() & hidden), (told, hidden)


@given(
    granted=rules,
    wanted=fields,
    condition=conditions,
    place=places,
    key=st.sampled_from(["1", "2", "3", "7", "12", "999"]),
    hardened=st.booleans(),
)
def test_revisions_hold_nothing_hidden(
    logged: World, granted: list[Permission], wanted: str, condition: str, place: str, key: str, hardened: bool
) -> None:
    allowed, query = Allowed(logged, granted), f"fields={wanted}&{condition}"
    compiled = Rules(ROLE, [*granted, _full(LOG), _full(REVISIONS)], hardened=hardened)
    hiding = {c for c in ("books", "authors", "tags", "books_tags") if _hidden(granted, c)}
    told: list[Any] = []
    for vendor in logged.projects:
        try:
            answer = _ask(logged, vendor, compiled, place, query, key)
        except Error as error:
            assert error.status < 500
            told.append(type(error).__name__)
            continue
        items = [i for i in (answer.data if isinstance(answer.data, list) else [answer.data]) if i]
        told.append(len(items))
        own = "books" if place in ("of item", "at") else None
        for item in items:
            _check(granted, own, item)
            if place != "activity" and "[data]" in condition and place == "revisions" and "logical" not in condition:
                assert item.get("collection") not in hiding, "found by what is hidden"
        if own and items and hardened:  # others show them: recorded
            row = next((r for r in logged.data["books"] if str(r["id"]) == key), None)
            assert row is not None and allowed.row("books", row) is not None, "of an item that may not be read"
        if hardened and place in ("revisions", "one"):
            assert not {item.get("collection") for item in items} & hiding
        if ("sort=data" in condition or "sort=-delta" in condition or "groups" in condition) and hiding:
            assert not items or place in ("one", "at", "activity"), "ordered by what is hidden"
    assert all(each == told[0] for each in told)
