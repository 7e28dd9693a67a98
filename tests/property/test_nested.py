"""What is written, nested as it may be, is read back; on every database. Each example is undone afterwards."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from directus8.filters import Condition
from directus8.query.ast import ANY_STATUS, Entry, Many, Node, Query, Sort
from directus8.services.items import ItemsService
from directus8.services.session import Session
from tests.property.examples import examples
from tests.property.world import World

Item = dict[str, Any]

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
numbers = st.one_of(st.none(), st.integers(-999_999_999, 2_147_483_647))
prices = st.one_of(st.none(), st.decimals(-99999, 99999, places=2).map(float))
authors = st.one_of(
    st.none(),
    st.integers(1, 8).map(lambda key: {"id": key}),
    st.fixed_dictionaries({"name": texts, "age": numbers}),
    st.fixed_dictionaries({"id": st.integers(1, 8), "name": texts, "age": numbers}),
)
tags = st.one_of(st.integers(1, 6).map(lambda key: {"id": key}), st.fixed_dictionaries({"label": texts}))
entries = st.lists(tags.map(lambda tag: {"tag": tag}), max_size=5)
books = st.fixed_dictionaries(
    {
        "title": st.one_of(st.none(), texts),
        "pages": numbers,
        "price": prices,
        "published": st.one_of(st.none(), st.dates().map(lambda d: d.isoformat())),
        "shown": st.booleans(),
        "author": authors,
        "tags": entries,
    }
)
#: What becomes of each link: it stays, goes, is unlinked, or leads elsewhere.
fates = st.lists(st.sampled_from(["keep", "delete", "unlink", "change"]), max_size=5)

TAG = Node("tags", (Entry("id"), Entry("label")), ANY_STATUS)
LINKS = Node("books_tags", (Entry("id"), Entry("tag", TAG)))
AUTHOR = Node("authors", (Entry("id"), Entry("name"), Entry("age")))
PLAIN = ("title", "pages", "price", "published", "shown")
BOOK = Node(
    "books", (*map(Entry, PLAIN), Entry("author", AUTHOR), Entry("tags", Many(LINKS, sort=(Sort("id"),)))), ANY_STATUS
)


class _Undo(Exception):
    """Ends an example."""


def _read(session: Session, key: Any) -> Item:
    (found,) = session.read(Query(BOOK, Condition(("id",), "key", (key,))))
    return found


def _same(world: World, sent: Item, told: Item) -> None:
    """Is an item told as it was sent?"""
    for name in PLAIN:
        expected = sent[name]
        if name == "price":
            assert Decimal(str(told[name])) == Decimal(str(expected or 0))  # NULL is told as 0
        else:
            assert told[name] == expected, name
    _same_target(world, "authors", sent["author"], told["author"])


def _same_target(world: World, collection: str, sent: Item | None, told: Item | None) -> None:
    if sent is None or told is None:
        assert sent is told
        return
    stored = next((r for r in world.data[collection] if r["id"] == sent.get("id")), {})
    for name, value in {**stored, **sent}.items():
        assert told[name] == value, (collection, name)


@settings(max_examples=examples(2000))
@given(book=books, changed=books, fate=fates)
def test_what_is_written_is_read(world: World, book: Item, changed: Item, fate: list[str]) -> None:
    for vendor in world.projects:
        session = world.session(vendor)
        try:
            with session.transaction():
                _write_and_read(world, session, book, changed, fate)
                raise _Undo
        except _Undo:
            pass


def _write_and_read(world: World, session: Session, book: Item, changed: Item, fate: list[str]) -> None:
    service = ItemsService(session, "books")
    (key,) = service.create([book])
    told = _read(session, key)
    _same(world, book, told)
    assert len(told["tags"]) == len(book["tags"])
    for entry, link in zip(book["tags"], told["tags"], strict=True):
        _same_target(world, "tags", entry["tag"], link["tag"])

    plan = list(zip(told["tags"], fate, strict=False))
    entries = [_entry(link, what) for link, what in plan if what != "keep"]
    service.update([(key, {**changed, "tags": [*entries, *changed["tags"]]})])
    now = _read(session, key)
    edited = {
        r["id"]: {**r, **book["author"]} for r in world.data["authors"] if (book["author"] or {}).get("id") == r["id"]
    }
    target = changed["author"] and {**edited.get(changed["author"].get("id"), {}), **changed["author"]}
    _same(world, {**changed, "author": target}, now)
    stay = [(link, what) for link, what in plan if what in ("keep", "change")]
    stay += [(link, "keep") for link in told["tags"][len(plan) :]]
    assert [link["id"] for link in now["tags"]][: len(stay)] == [link["id"] for link, _ in stay]
    for (before, what), after in zip(stay, now["tags"], strict=False):
        assert after["tag"] == before["tag"] if what == "keep" else after["tag"]["id"] == 1
    new = now["tags"][len(stay) :]
    assert len(new) == len(changed["tags"])
    for entry, link in zip(changed["tags"], new, strict=True):
        _same_target(world, "tags", entry["tag"], link["tag"])


def _entry(link: Item, what: str) -> Item:
    """How a client says what is to become of a link."""
    if what == "delete":
        return {"id": link["id"], "$delete": True}
    if what == "unlink":
        return {"id": link["id"], "book": None, "tag": {"id": 1}}
    return {"id": link["id"], "tag": {"id": 1}}
