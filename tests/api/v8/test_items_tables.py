"""Items as they are asked for, sent, kept and told: requests and answers in tables. On each database.

Source: items.md §2–7.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import ANY

import pytest

from tests.api.people import People, people
from tests.property.world import KEY, STATUSES, fill, link, text

FIELDS = [
    {"field": "id", "type": "uuid", "datatype": "char", "length": 36, "primary_key": True, "interface": "primary-key"},
    {"field": "moment", "type": "datetime", "datatype": "datetime", "interface": "datetime"},
    {"field": "day", "type": "date", "datatype": "date", "interface": "date"},
    {"field": "clock", "type": "time", "datatype": "time", "interface": "time"},
]
ONE = "0b4ba2ba-1d3b-4f0c-9f0e-0d6a1c1f6a01"


@pytest.fixture(scope="module")
def diary(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """A project with one item whose key is a uuid."""
    with people(module_vendor, tmp_path_factory.mktemp("diary")) as made:
        answer = made.ask("POST", "/collections", {"collection": "diary", "fields": FIELDS}, made.admin)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        assert made.ask("POST", "/items/diary", {"id": ONE}, made.admin).status_code == 200
        yield made


#: field, value, what is told (or the message)
VALUES: tuple[tuple[str, Any, int, Any], ...] = (
    ("moment", "2026-11-27 10:00:00", 200, "2026-11-27 10:00:00"),
    ("moment", "2026-11-27T10:00:00+02:00", 200, "2026-11-27 08:00:00"),
    ("moment", "2026-11-27T10:00:00Z", 200, "2026-11-27 10:00:00"),
    ("moment", "20261127T100000Z", 200, "2026-11-27 10:00:00"),
    ("moment", "2026-11-27T10:00:00-0530", 200, "2026-11-27 15:30:00"),
    ("moment", "", 200, None),
    ("moment", None, 200, None),
    ("moment", "2026-11-27", 422, "moment: This value is not a valid datetime."),
    ("moment", "2026-11-27T10:00:00.5Z", 422, "moment: This value is not a valid datetime."),
    ("moment", "2026-02-30 10:00:00", 422, "moment: This value is not a valid datetime."),
    ("day", "2026-11-27", 200, "2026-11-27"),
    ("day", "2026-11-27 10:00:00", 422, "day: This value is not a valid date."),
    ("day", "2026-13-01", 422, "day: This value is not a valid date."),
    ("clock", "10:00:01", 200, "10:00:01"),
    ("clock", "10:00", 422, "clock: This value is not a valid time."),
    ("clock", "25:00:00", 422, "clock: This value is not a valid time."),
)


def test_values(diary: People) -> None:
    wrong = []
    for field, value, status, expected in VALUES:
        answer = diary.ask("PATCH", f"/items/diary/{ONE}", {field: value}, diary.admin)
        told = answer.get_json()
        got = told["error"]["message"] if "error" in told else told["data"][field]
        if (answer.status_code, got) != (status, expected):
            wrong.append((field, value, answer.status_code, got))
    assert not wrong, "\n".join(map(str, wrong))


def test_a_key_that_is_a_uuid(diary: People) -> None:
    missing = diary.ask("POST", "/items/diary", {"day": "2026-11-27"}, diary.admin)
    assert (missing.status_code, missing.get_json()["error"]["message"]) == (422, "id: This value should not be blank.")
    again = diary.ask("POST", "/items/diary", {"id": ONE}, diary.admin)
    assert (again.status_code, again.get_json()["error"]["code"]) == (409, 204)
    assert diary.ask("GET", f"/items/diary/{ONE}?fields=id", None, diary.admin).get_json()["data"] == {"id": ONE}


# --- the same for whole requests: items.md §2–5, §7 ------------------------------------------------------------


@pytest.fixture(scope="module")
def shop(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """The world of the property tests in a project, and a collection with a field of many a type."""
    with people(module_vendor, tmp_path_factory.mktemp("shop")) as made:
        fill(made.project)
        answer = made.ask("POST", "/collections", {"collection": "kinds", "fields": KINDS}, made.admin)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        yield made


def ids(*numbers: int) -> list[dict[str, int]]:
    return [{"id": n} for n in numbers]


#: what is asked of books (four at most), the ids that are told
FOUND: tuple[tuple[str, list[dict[str, int]]], ...] = (
    ("filter[pages][gt]=1&filter[pages][lt]=5", ids(2, 5, 9, 10)),  # only the first operator counts
    ("filter[pages][0][gt]=1&filter[pages][1][lt]=20", ids(22, 26, 34, 38)),
    ("filter[title]=", ids(2, 22)),
    ("filter[title][contains]=", ids(1, 2, 4, 5)),
    ("filter[pages][in]=38,27", ids(2, 5)),
    ("filter[pages][in][]=38", ids(5)),
    ("filter[pages][nin]=38", ids(1, 2, 4, 8)),
    ("filter[pages][in]=", ids(*())),
    ("filter[pages][between]=1", ids(*())),
    ("filter[pages][between]=1,2,30", ids(2, 4, 10, 14)),
    ("filter[pages][nbetween]=1,30", ids(1, 5, 8, 9)),
    ("filter[title][null]=0", ids(1, 21)),
    ("filter[title][nnull]=1", ids(2, 4, 5, 6)),
    ("filter[title][empty]=1", ids(1, 2, 21, 22)),
    ("filter[title][rlike]=_l%25", ids(4, 5, 6, 24)),
    ("filter[title][nrlike]=a%25", ids(2, 8, 9, 10)),
    ("filter[title][like]=0", ids(8, 14, 28, 34)),
    ("filter[title][contains]=0", ids(2, 4, 5, 6)),  # "0" negates
    ("filter[published][gt]=now", ids(*())),
    ("filter[published][between]=2012-01-01,NOW", ids(4, 5, 6, 9)),
    ("filter[tags][nhas]=1", ids(1, 2, 4, 6)),
    ("filter[tags][all]=2", ids(1, 6, 16, 21)),
    ("filter[tags][eq]=2", ids(1, 6, 16, 21)),
    ("filter[shown]=1", ids(6, 9, 12, 18)),
    ("filter[status]=deleted", ids(*())),
    ("status=deleted", ids(3, 7, 11, 15)),
    ("status=nope", ids(*())),
    ("status=*&filter[status]=deleted", ids(3, 7, 11, 15)),
    ("filter[title][contains]=a&filter[pages][gt]=40&filter[pages][logical]=or&filter[status]=draft", ids(4, 5, 6, 8)),
    ("q=alpha", ids(4, 5, 6, 24)),
    ("q=%25", ids(8, 28)),
    ("q=", ids(1, 2, 4, 5)),
    ("sort=-pages", ids(28, 5, 32, 9)),
    ("limit=x", ids(*())),
    ("limit=0", ids(*())),
    ("limit=2&page=2", ids(4, 5)),
    ("limit=2&page=2&offset=1", ids(2, 4)),
    ("limit=2&offset=-5", ids(1, 2)),
    ("page=9", ids(1, 2, 4, 5)),
    ("group=title&limit=1", ids(1)),
    ("fields=-title", ids(*())),
    ("fields=id,tags&limit=1", ids(1)),
)  # fmt: skip


def test_what_is_found(shop: People) -> None:
    wrong = []
    for query, expected in FOUND:
        query = query if "fields=" in query else f"fields=id&{query}"
        query = query if "limit=" in query or "page=9" in query else f"{query}&limit=4"
        answer = shop.ask("GET", f"/items/books?{query}", None, shop.admin)
        told = answer.get_json()
        if told.get("data", told)[:4] != expected:
            wrong.append((query, told))
    assert not wrong, "\n".join(map(str, wrong))


BOOK = {"id": 2, "status": "draft", "title": "", "pages": 27, "price": 3.25, "published": "2011-02-11", "shown": False}
#: path, the whole body of the answer
TOLD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("books/2?fields=*,-owner,-author", {"data": BOOK}),
    ("books/2?fields=*,-id,-owner,-author,-title,-pages", {"data": {n: BOOK[n] for n in BOOK if n not in ("title", "pages")}}),
    ("books/2?fields=id,owner,author,tags.id", {"data": {"id": 2, "owner": {"id": 2}, "author": {"id": 6}, "tags": [{"id": 3}]}}),
    ("books/2?fields=id,owner,author", {"data": {"id": 2, "owner": 2, "author": 6}}),
    ("books/2?fields=author.*,author.-name", {"data": {"author": {"id": 6, "age": 25}}}),
    ("books/2?fields=tags.tag.label", {"data": {"tags": [{"tag": {"label": "b_ta"}}]}}),
    ("books/2?fields=id,tags", {"data": {"id": 2}}),
    ("books/2?fields=*.*&meta=*&single=1", ...),  # type: ignore[dynamic-item]
    ("books/2?fields=id&meta=*", {"meta": {"collection": "books", "type": "item"}, "data": {"id": 2}}),
    ("books?fields=id&limit=1&meta=result_count,type", {"meta": {"type": "collection", "result_count": 1}, "data": ids(1)}),
    ("books?fields=id&limit=1&meta=status_count", {"meta": [], "data": ids(1)}),
    ("books?fields=id&limit=1&meta=status",
     {"meta": {"status_count": {"deleted": 10, "draft": 10, "published": 20}}, "data": ids(1)}),
    ("books?fields=id&limit=1&meta=*&status=draft&filter[id][gt]=10",
     {"meta": {"collection": "books", "type": "collection", "result_count": 1, "total_count": 30,
               "status_count": {"deleted": 10, "draft": 10, "published": 20}, "filter_count": 7, "limit": 1,
               "offset": 0, "page": 1, "page_count": 7, "links": ANY}, "data": ids(14)}),
    ("books?fields=id&limit=1&meta=total_count,filter_count&filter[title][like]=alpha",
     {"meta": {"total_count": 30, "filter_count": 6}, "data": ids(4)}),
    ("books?fields=id&single=1", {"data": {"id": 1}}),
    ("books?fields=id&single=0&limit=1", {"data": ids(1)}),
    ("books/2,1?fields=id", {"data": ids(1, 2)}),
    ("books/1,3,999?fields=id", {"data": ids(1)}),
)  # fmt: skip


def test_how_it_is_told(shop: People) -> None:
    wrong = []
    for path, expected in TOLD:
        answer = shop.ask("GET", f"/items/{path}", None, shop.admin)
        if answer.status_code != 200 or (expected is not ... and answer.get_json() != expected):
            wrong.append((path, answer.get_json()))
    assert not wrong, "\n".join(map(str, wrong))


def test_counts_without_rows(shop: People) -> None:
    status = {"field": "status", "type": "status", "datatype": "VARCHAR", "length": 20,
              "options": {"status_mapping": STATUSES}}  # fmt: skip
    assert (
        shop.ask("POST", "/collections", {"collection": "void", "fields": [KEY, status]}, shop.admin).status_code == 200
    )
    told = shop.ask("GET", "/items/void?meta=total_count,status,filter_count&filter[id]=1", None, shop.admin).get_json()
    counts = {"published": 0, "draft": 0, "deleted": 0}
    assert told == {"meta": {"total_count": 0, "status_count": counts, "filter_count": 0}, "data": []}


def test_pages_have_links(shop: People) -> None:
    told = shop.ask("GET", "/items/books?fields=id&limit=7&page=2&meta=page", None, shop.admin).get_json()["meta"]
    here = "http://localhost/demo/items/books?fields=id&limit=7&page={}&meta=page"
    assert {n: told[n] for n in ("limit", "offset", "page", "page_count")} == {
        "limit": 7, "offset": 7, "page": 2, "page_count": 5,
    }  # fmt: skip
    links = {"next": (3, 14), "previous": (1, 0), "first": (1, 0), "last": (5, 28)}
    expected = {name: f"{here.format(page)}&offset={offset}" for name, (page, offset) in links.items()}
    assert told["links"] == {"self": "http://localhost/demo/items/books", "current": here.format(2), **expected}


def field(name: str, type: str, datatype: str, **more: Any) -> dict[str, Any]:
    return {"field": name, "type": type, "datatype": datatype, **more}


KINDS = [
    field("id", "integer", "int", length=10, primary_key=True, auto_increment=True, interface="primary-key"),
    field("name", "string", "varchar", length=20, required=True, validation="/^[A-Z]/"),
    field("mail", "string", "varchar", length=40, validation="$email"),
    field("slug", "slug", "varchar", length=40, options={"mirroredField": "name"}),
    field("n", "integer", "int", length=10),
    field("tiny", "integer", "tinyint", length=3),
    field("big", "integer", "bigint", length=20, signed=True),
    field("dec", "decimal", "decimal", length="6,2"),
    field("flt", "decimal", "float"),
    field("flag", "boolean", "tinyint", length=1),
    field("js", "json", "text"),
    field("arr", "array", "varchar", length=40),
    field("made", "datetime_created", "datetime"),
    field("owner", "owner", "int", length=10),
    field("editor", "user_updated", "int", length=10),
    field("blob", "binary", "blob"),
    {"field": "al", "type": "alias"},
    {"field": "grp", "type": "group"},
    field("need", "string", "varchar", length=20, required=True, default_value="d"),
]  # fmt: skip
INVALID, BLANK = "This value is not valid.", "This value should not be blank."
UNFIT = 'The value for "{}" in "kinds" does not fit its type'
#: field, what a new item is sent with, status, what is told of it (or the message)
SENT: tuple[tuple[str, Any, int, Any], ...] = (
    ("name", "ab", 422, f"name: {INVALID}"),
    ("name", "", 422, f"name: {BLANK}"),
    ("name", None, 422, f"name: {BLANK}"),
    ("name", ["A"], 422, f"name: {INVALID}"),
    ("mail", "x", 422, "mail: This value is not a valid email address."),
    ("mail", "a@b.cc", 200, "a@b.cc"),
    ("mail", "", 200, ""),
    ("slug", "Given Slug", 200, "Given Slug"),
    ("n", "abc", 422, UNFIT.format("n")),
    ("n", True, 200, 1),
    ("n", 1.7, 200, 2),
    ("tiny", 300, 422, 'The value for "tiny" in "kinds" is out of range'),
    ("big", 9007199254740993, 200, "9007199254740993"),
    ("big", -922337203685477580, 200, "-922337203685477580"),
    ("dec", 1234.56, 200, 1234.56),
    ("dec", "10.00", 200, 10),
    ("dec", None, 200, 0),
    ("flag", 1, 200, True),
    ("flag", False, 200, False),
    ("flag", None, 200, False),
    ("flag", "yes", 422, UNFIT.format("flag")),
    ("flag", [1], 422, 'Attempting to write an array as the value for field "flag" in "kinds"'),
    ("js", "x", 422, "js: This value should be of type json."),
    ("js", {"a": [1, "ü"]}, 200, {"a": [1, "ü"]}),
    ("js", [], 200, []),
    ("js", None, 200, None),
    ("arr", ["a", "b,c"], 200, ["a", "b", "c"]),
    ("arr", {"x": "1", "y": "2"}, 200, ["1", "2"]),
    ("arr", [], 200, []),
    ("arr", "a,b", 422, "arr: This value should be of type array."),
    ("owner", 99, 200, 1),
    ("editor", 99, 200, 1),
    ("blob", "YWJj", 200, "WVdKag=="),
    ("blob", None, 200, ""),
    ("al", "x", 200, None),
    ("grp", 1, 200, None),
    ("need", None, 422, "need: This value should not be null."),
    ("need", "v", 200, "v"),
)  # fmt: skip


def test_what_a_new_item_may_be_sent(shop: People) -> None:
    wrong = []
    for name, value, status, expected in SENT:
        answer = shop.ask("POST", "/items/kinds", {"name": "Ab", name: value}, shop.admin)
        told = answer.get_json()
        got = told["error"]["message"] if "error" in told else told["data"].get(name)
        if (answer.status_code, got) != (status, expected):
            wrong.append((name, value, answer.status_code, got))
    assert not wrong, "\n".join(map(str, wrong))


def test_slugs_follow_their_field(shop: People) -> None:
    made = shop.ask("POST", "/items/kinds?fields=id,slug,need", {"name": "Hello World"}, shop.admin).get_json()["data"]
    assert (made["slug"], made["need"]) == ("hello-world", "d")
    path = f"/items/kinds/{made['id']}?fields=slug"
    assert shop.ask("PATCH", path, {"name": "New Name"}, shop.admin).get_json()["data"] == {"slug": "new-name"}
    assert shop.ask("PATCH", path, {"mail": None}, shop.admin).get_json()["data"] == {"slug": "new-name"}


LINKS = "?fields=tags.tag"
#: path, body, status, data (or code of the error); each finds what those before have left
NESTED: tuple[tuple[str, Any, int, Any], ...] = (
    ("books/5?fields=author", {"author": {}}, 200, {"author": 5}),
    ("books/5?fields=author", {"author": None}, 200, {"author": None}),
    ("books/5?fields=author.name", {"author": {"name": "n"}}, 200, {"author": {"name": "n"}}),
    ("books/5?fields=author.*", {"author": {"id": 77, "name": "m"}}, 200, {"author": {"id": 77, "name": "m", "age": None}}),
    ("books/5?fields=author.*", {"author": {"id": 77, "age": 3}}, 200, {"author": {"id": 77, "name": "m", "age": 3}}),
    ("books/5?fields=author", {"author": {"id": 77, "$delete": True}}, 200, {"author": None}),
    ("books/5", {"author": [1]}, 422, 213),
    ("books/5", {"author": {"nope": 1}}, 422, 12),
    (f"books/5{LINKS}", {"tags": []}, 200, {"tags": []}),
    (f"books/5{LINKS}", {"tags": [{}]}, 200, {"tags": []}),
    (f"books/5{LINKS}", {"tags": [{"tag": {"id": 1}}, {"tag": {"id": 1}}]}, 200, {"tags": [{"tag": 1}, {"tag": 1}]}),
    (f"books/5{LINKS}", {"tags": [{"tag": 2}]}, 200, {"tags": [{"tag": 1}, {"tag": 1}, {"tag": 2}]}),
    (f"books/5{LINKS}", {"tags": [{"id": 41, "$delete": True}]}, 200, {"tags": [{"tag": 1}, {"tag": 2}]}),
    ("books/5?fields=tags.tag.label", {"tags": [{"id": 42, "tag": {"id": 1, "label": "new"}}]}, 200, ...),
    ("books/5", {"tags": [5]}, 422, 12),
    ("books/5", {"tags": [{"tag": {"id": 999}}]}, 404, 203),
    ("books/5", {"tags": [{"id": 999, "tag": {"id": 1}}]}, 404, 203),
    ("books/5", {"tags": [{"id": 999, "$delete": True}]}, 404, 203),
    ("books/5", {"tags": [{"tag": {"label": ["x"]}}]}, 422, 213),
    ("authors/2?fields=id", {"books": [{"title": "x", "author": None}]}, 200, {"id": 2}),
    ("authors/2", {"books": [{"title": "x" * 61}]}, 422, 12),
    ("authors/2", {"books": [{"nope": 1}]}, 422, 12),
    ("authors/2", {"books": [{"id": 999, "title": "x"}]}, 404, 203),
    ("authors/2?fields=id,books.*", {"books": [{"id": 2, "title": "x"}]}, 422, 202),  # read with these fields
    ("books/7", {"title": "x"}, 404, 203),  # soft-deleted
    ("books/8?fields=id,title", {"id": 99, "title": "t"}, 200, {"id": 8, "title": "t"}),
    ("books/8", {"status": "deleted"}, 204, None),
    ("books/8", {"status": "published"}, 404, 203),
)  # fmt: skip


def test_nested_writes(shop: People) -> None:
    wrong = []
    for path, body, status, expected in NESTED:
        answer = shop.ask("PATCH", f"/items/{path}", body, shop.admin)
        told = answer.get_json() if answer.data else None
        got = None if told is None else told["error"]["code"] if "error" in told else told["data"]
        if answer.status_code != status or (expected is not ... and got != expected):
            wrong.append((path, body, answer.status_code, told))
    assert not wrong, "\n".join(map(str, wrong))
    assert shop.rows("SELECT COUNT(*) FROM books WHERE author = 2 AND title = 'x'") == [(0,)]
    assert shop.rows("SELECT label FROM tags WHERE id = 1") == [("new",)]


def test_answers_to_the_public(shop: People) -> None:
    """They say so; a deletion by the public therefore has a body."""
    rights = {"collection": "tags", "role": 2, "read": "full", "delete": "full"}
    assert shop.ask("POST", "/permissions", rights, shop.admin).status_code == 200
    assert shop.ask("GET", "/items/tags/2?fields=id").get_json() == {"data": {"id": 2}, "public": True}
    gone = shop.ask("DELETE", "/items/tags/6")
    assert (gone.status_code, gone.get_json()) == (200, {"public": True})


def test_what_can_not_be_read_is_warned_of(shop: People) -> None:
    """A relation to a collection its reader may not read: keys of the one kind, nothing of the other, and a warning."""
    role = shop.ask("GET", "/users/2?fields=role", None, shop.admin).get_json()["data"]["role"]
    assert (
        shop.ask("POST", "/permissions", {"collection": "books", "role": role, "read": "full"}, shop.admin).status_code
        == 200
    )
    told = shop.ask("GET", "/items/books/2?fields=id,author.name,tags.id", None, shop.token()).get_json()
    assert told["data"] == {"id": 2, "author": {"id": 6}}
    warning = "Can't read `{0}`: read access to `{0}` collection denied"
    assert told["messages"] == [
        {"type": "warning", "message": warning.format(name), "code": 18, "fields": [field]}
        for name, field in (("authors", "author"), ("books_tags", "tags"))
    ]


# --- groups and languages ------------------------------------------------------------------------------------------

INVALID_FIELD = 'Invalid field "{}" in "books"'
#: query of books, the ids found (of each group the first) or the message
GROUPED: tuple[tuple[str, list[int] | str], ...] = (
    ("groups=status", [1, 2]),
    ("groups[]=status", [1, 2]),
    ("groups=status&status=*", [1, 2, 3]),
    ("groups=status&filter[pages][gt]=20", [2, 5]),
    ("groups=status&sort=-id", [2, 1]),
    ("groups=status, shown&limit=3", [1, 2, 5]),
    ("groups=shown&sort=-id", [6, 2, 1]),  # NULL is a group too
    ("groups=author&filter[author][null]=1&filter[id][gt]=5", [9]),
    ("groups=id&limit=2&offset=1", [2, 4]),
    ("groups=status&single=1", [1]),
    ("groups=&limit=2", [1, 2]),
    ("group=status&limit=3", [1, 2, 4]),  # no such parameter
    ("groups=nope", INVALID_FIELD.format("nope")),
    ("groups=tags", INVALID_FIELD.format("tags")),
    ("groups=author.name", INVALID_FIELD.format("author.name")),
    ("groups=-status", INVALID_FIELD.format("-status")),
)


def test_groups(shop: People) -> None:
    wrong = []
    for query, expected in GROUPED:
        told = shop.ask("GET", f"/items/books?fields=id&{query}", None, shop.admin).get_json()
        data = told.get("data")
        found = (
            told["error"]["message"]
            if data is None
            else [i["id"] for i in (data if isinstance(data, list) else [data])]
        )
        if found != expected:
            wrong.append((query, told))
    assert not wrong, "\n".join(map(str, wrong))


#: collection, fields; the translations of pieces are words and marks, which have no field for the language
BOOKCASE: tuple[tuple[str, list[Any]], ...] = (
    ("shelves", [KEY, {"field": "pieces", "type": "o2m"}]),
    ("pieces", [KEY, text("title"), link("shelf"), *({"field": n, "type": "translation"} for n in ("words", "marks")),
                {"field": "lines", "type": "o2m"}]),
    ("words", [KEY, link("piece"), field("language", "lang", "varchar", length=5), text("said")]),
    ("marks", [KEY, link("piece"), text("language")]),
    ("lines", [KEY, link("piece"), field("language", "lang", "varchar", length=5)]),
)  # fmt: skip
ONE_WORD, TWO_WORDS, ALL_WORDS = [{"said": "eins"}], [{"said": "one"}, {"said": "eins"}], ["one", "eins", "?"]
#: query, data or the message
TRANSLATED: tuple[tuple[str, Any], ...] = (
    ("pieces/1?fields=words.said", {"words": [{"said": w} for w in ALL_WORDS]}),
    ("pieces/1?fields=words.said&lang=", {"words": [{"said": w} for w in ALL_WORDS]}),
    ("pieces/1?fields=words.said&lang=*", {"words": [{"said": w} for w in ALL_WORDS]}),
    ("pieces/1?fields=words.said&lang=de", {"words": ONE_WORD}),
    ("pieces/1?fields=words.said&lang=de,en", {"words": TWO_WORDS}),
    ("pieces/1?fields=words.said&lang[]=en&lang[]=de", {"words": TWO_WORDS}),
    ("pieces/1?fields=words.said&lang=fr", {"words": []}),
    ("pieces?fields=words.said&lang=de", [{"words": ONE_WORD}]),
    ("shelves?fields=pieces.words.said&lang=de", [{"pieces": [{"words": ONE_WORD}]}]),
    ("pieces/1?fields=title&lang=de", {"title": "P"}),
    ("pieces/1?fields=title,words&lang=de", {"title": "P"}),
    ("pieces/1?fields=lines.language&lang=de", {"lines": [{"language": "en"}, {"language": "de"}]}),
    ("pieces/1?fields=marks.id&lang=*", {"marks": [{"id": 1}]}),
    ("pieces/1?fields=marks.id&lang=de", 'Unable to find field "lang"'),
    ("shelves?fields=pieces.marks.id&lang=de", 'Unable to find field "lang"'),
)


def test_languages(shop: People) -> None:
    for name, columns in BOOKCASE:
        body = {"collection": name, "fields": columns}
        assert shop.ask("POST", "/collections", body, shop.admin).status_code == 200
    names = ("collection_many", "field_many", "collection_one", "field_one")
    for relation in (
        ("pieces", "shelf", "shelves", "pieces"),
        *((n, "piece", "pieces", n) for n in ("words", "marks", "lines")),
    ):
        assert shop.ask("POST", "/relations", dict(zip(names, relation, strict=True)), shop.admin).status_code == 200
    words = [{"language": language, "said": said} for language, said in zip(("en", "de", None), ALL_WORDS, strict=True)]
    lines = [{"language": "en"}, {"language": "de"}]
    piece = {"title": "P", "words": words, "marks": [{"language": "en"}], "lines": lines}
    assert shop.ask("POST", "/items/shelves", {"pieces": [piece]}, shop.admin).status_code == 200
    wrong = []
    for query, expected in TRANSLATED:
        told = shop.ask("GET", f"/items/{query}", None, shop.admin).get_json()
        if (told["error"]["message"] if "error" in told else told["data"]) != expected:
            wrong.append((query, told))
    assert not wrong, "\n".join(map(str, wrong))
