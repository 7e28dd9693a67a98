"""What writes leave in the log, comments, revisions and their endpoints: requests and answers in tables.

On each database. Source: activity_revisions.md; items.md §3.6, §7.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.people import EDITOR, People, people
from tests.property.world import fill


@pytest.fixture(scope="module")
def shop(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """The world of the property tests in a project; the editor may do all with it."""
    with people(module_vendor, tmp_path_factory.mktemp("shop")) as made:
        fill(made.project)
        every = {"create": "full", "read": "full", "update": "full", "delete": "full"}
        for name, word in (("books", "full"), ("authors", "none"), ("tags", "create"), ("books_tags", "read")):
            right = {"role": 3, "collection": name, **every, "comment": word}
            assert made.ask("POST", "/permissions", right, made.admin).status_code == 200
        made.others["editor"] = made.token(EDITOR)
        yield made


def ask(shop: People, who: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Status, and data or code of the error."""
    tokens = {"admin": shop.admin, "editor": shop.others["editor"], "public": ""}
    answer = shop.ask(method, path, body, tokens[who], headers={"User-Agent": "tests"})
    told = answer.get_json() if answer.data else None
    if told is None or "error" not in told:
        return answer.status_code, told and told.get("data", told)
    return answer.status_code, told["error"]["code"]


# --- what is logged ------------------------------------------------------------------------------------------

SKIPPED = {"author": {"name": "s"}, "tags": [{"tag": {"label": "s"}}]}
#: method, path, body, the log rows in order (action, collection), the deltas of their revisions (None: no revision)
WRITES: tuple[tuple[str, str, Any, list[tuple[str, str]], list[Any]], ...] = (
    ("POST", "/items/authors", {"name": "A"}, [("create", "authors")], [{"name": "A"}]),
    ("POST", "/items/books", {"title": "B", "author": {"name": "C"}, "tags": [{"tag": {"label": "d"}}, {"tag": {"id": 1}}]},
     [("create", "authors"), ("create", "tags"), ("create", "books"), ("create", "books_tags"), ("create", "books_tags")],
     [{"name": "C"}, {"label": "d"}, ..., ..., ...]),
    ("POST", "/items/authors", {"name": "E", "books": [{"title": "F", "tags": [{"tag": {"label": "g"}}]}]},
     [("create", "tags"), ("create", "authors"), ("create", "books_tags"), ("create", "books")], [..., ..., ..., ...]),
    ("PATCH", "/items/books/2", {"title": "H"}, [("update", "books")], [{"title": "H"}]),
    ("PATCH", "/items/books/2", {"tags": [{"tag": {"id": 2, "label": "i"}}]},
     [("update", "tags"), ("update", "books"), ("create", "books_tags")], [{"label": "i"}, [], {"tag": 2, "book": "2"}]),
    ("PATCH", "/items/books/2", {"tags": [{"id": 3, "$delete": True}]}, [("update", "books")], [[]]),
    ("PATCH", "/items/books/2", {"author": {"id": 2, "age": 5}}, [("update", "authors"), ("update", "books")],
     [{"age": 5}, {"author": 2}]),
    ("PATCH", "/items/books/2", {"author": {"id": 8, "$delete": True}}, [("update", "books")], [{"author": None}]),
    ("PATCH", "/items/books/4,5", {"pages": 7}, [("update", "books")] * 2, [{"pages": 7}] * 2),
    ("PATCH", "/items/books", [{"id": 4, "pages": 8}, {"id": 5, "title": "J"}], [("update", "books")] * 2,
     [{"pages": 8}, {"title": "J"}]),
    ("PATCH", "/items/books/6", {"status": "deleted"}, [("soft-delete", "books")], [{"status": "deleted", "id": "6"}]),
    ("DELETE", "/items/books/6?comment=bye", None, [("delete", "books")], [None]),
    ("DELETE", "/items/books/9,10", None, [("delete", "books")] * 2, [None, None]),
    ("PATCH", "/items/books/12?activity_skip=1", {"title": "K"}, [], []),
    ("PATCH", "/items/books/12?activity_skip=1", SKIPPED, [("create", "authors"), ("create", "tags")], [..., ...]),
    ("DELETE", "/items/books/13?activity_skip=1", None, [], []),
    ("POST", "/folders", {"name": "f"}, [("create", "directus_folders")], [{"name": "f"}]),
    ("POST", "/roles", {"name": "r"}, [("create", "directus_roles")], [...]),
    ("POST", "/collection_presets", {"collection": "books", "title": "p"}, [], []),
    ("POST", "/users", {"email": "n@example.com", "password": "secret words"}, [("create", "directus_users")],
     [{"email": "n@example.com", "password": "**********"}]),
    ("PATCH", "/users/3", {"status": "draft"}, [("update", "directus_users"), ("status-update", "directus_users")],
     [{"status": "draft"}, None]),
    ("PATCH", "/users/2/tracking/page", {"last_page": "/x"}, [], []),
    ("POST", "/activity/comment", {"collection": "books", "item": 14, "comment": "c"}, [("comment", "books")], [None]),
    ("PATCH", "/items/books/999", {"title": "x"}, [], []),
    ("POST", "/items/books", [{"title": "x"}, {"title": "x" * 61}], [], []),
)  # fmt: skip


def test_the_log(shop: People) -> None:
    wrong = []
    for method, path, body, expected, deltas in WRITES:
        (last,) = shop.rows("SELECT MAX(id) FROM directus_activity")[0]
        ask(shop, "admin", method, path, body)
        _, rows = ask(shop, "admin", "GET", f"/activity?filter[id][gt]={last}&sort=id")
        told = [(row["action"], row["collection"]) for row in rows]
        _, kept = ask(shop, "admin", "GET", f"/revisions?filter[activity][gt]={last}&fields=activity,delta&limit=-1")
        by_activity = {each["activity"]: each["delta"] for each in kept}
        found = [by_activity.get(row["id"]) for row in rows]
        same = len(found) == len(deltas) and all(b is ... or a == b for a, b in zip(found, deltas, strict=True))
        if told != expected or not same:
            wrong.append((method, path, body, told, found))
    assert not wrong, "\n".join(map(str, wrong))


def test_who_is_the_parent(shop: People) -> None:
    """Entries of lists know the item they were written with; while that is created it has no key yet."""
    entry = {"title": "x", "tags": [{"tag": {"id": 1}}]}
    _, made = ask(shop, "admin", "POST", "/items/authors?fields=id", {"name": "P", "books": [entry]})
    fields = "fields=collection,parent_collection,parent_item,parent_changed&sort=-id&limit=3"
    _, kept = ask(shop, "admin", "GET", f"/revisions?{fields}")
    child = {"parent_collection": "authors", "parent_item": None, "parent_changed": True}
    top = {"collection": "authors", "parent_collection": None, "parent_item": None, "parent_changed": False}
    assert kept == [{"collection": "books", **child}, {"collection": "books_tags", **child}, top]
    ask(shop, "admin", "PATCH", f"/items/authors/{made['id']}", {"books": [entry]})
    _, kept = ask(shop, "admin", "GET", f"/revisions?{fields}")
    child["parent_item"] = str(made["id"])
    assert kept == [{"collection": "books", **child}, {"collection": "books_tags", **child}, top]


def test_states_are_told_as_the_original_does(shop: People) -> None:
    ask(shop, "admin", "PATCH", "/items/books/16", {"price": 3.5, "shown": True, "published": "2020-02-03"})
    _, kept = ask(shop, "admin", "GET", "/items/books/16/revisions?sort=-id&limit=1&fields=data")
    data = kept[0]["data"]
    assert {n: data[n] for n in ("id", "price", "shown", "published")} == {
        "id": "16", "price": "3.50", "shown": True, "published": "2020-02-03",
    }  # fmt: skip
    assert "tags" not in data


# --- endpoints -----------------------------------------------------------------------------------------------

#: who, method, path, body, status, data or code
ANSWERS: tuple[tuple[str, str, str, Any, int, Any], ...] = (
    ("admin", "GET", "/activity?limit=1&fields=id,action", None, 200, [{"id": 1, "action": "authenticate"}]),
    ("admin", "GET", "/activity?filter[action_by.email]=admin@example.com&limit=1&fields=action_by.email", None, 200,
     [{"action_by": {"email": "admin@example.com"}}]),
    ("admin", "GET", "/activity/1,2?fields=id", None, 200, [{"id": 1}, {"id": 2}]),
    ("admin", "GET", "/activity/99999", None, 404, 203),
    ("admin", "POST", "/activity", {}, 405, 6),
    ("admin", "PATCH", "/activity/1", {}, 405, 6),
    ("admin", "DELETE", "/activity/1", None, 405, 6),
    ("public", "GET", "/activity", None, 401, 3),
    ("admin", "POST", "/activity/comment", None, 400, 13),
    ("admin", "POST", "/activity/comment", {"nope": 1}, 422, 12),
    ("admin", "POST", "/activity/comment", {"comment": "x"}, 422, 4),
    ("admin", "POST", "/activity/comment", {"collection": "nope", "item": 1}, 404, 200),
    ("admin", "POST", "/activity/comment", {"collection": "books", "item": 999}, 404, 203),
    ("public", "POST", "/activity/comment", {"collection": "books", "item": 17}, 403, 301),
    ("editor", "POST", "/activity/comment", {"collection": "authors", "item": 1}, 403, 210),
    ("editor", "POST", "/activity/comment", {"collection": "books_tags", "item": 1}, 403, 210),
    ("editor", "POST", "/activity/comment", {"collection": "tags", "item": 1}, 200, ...),
    ("admin", "PATCH", "/activity/comment/1", {"comment": "x"}, 404, 203),
    ("admin", "PATCH", "/activity/comment/999999", {"comment": "x"}, 404, 203),
    ("admin", "PATCH", "/activity/comment/abc", {"comment": "x"}, 404, 203),
    ("admin", "PATCH", "/activity/comment/1", {"comment": ""}, 422, 4),
    ("admin", "DELETE", "/activity/comment/1", None, 404, 203),
    ("admin", "GET", "/items/nope/1/revisions", None, 200, []),
    ("admin", "GET", "/items/books/999/revisions", None, 200, []),
    ("admin", "GET", "/items/directus_users/2/revisions?fields=item", None, 200, [{"item": "2"}]),
    ("admin", "GET", "/users/2/revisions?fields=item", None, 200, [{"item": "2"}]),
    ("admin", "GET", "/users/me/revisions", None, 200, []),
    ("admin", "GET", "/users/2/revisions/0?fields=item,collection", None, 200,
     {"item": "2", "collection": "directus_users"}),
    ("admin", "GET", "/files/1/revisions", None, 200, []),
    ("admin", "GET", "/items/books/18/revisions/x", None, 422, 4),
    ("admin", "GET", "/items/books/18/revisions/0", None, 404, 203),
    ("admin", "GET", "/revisions/99999", None, 404, 203),
    ("admin", "GET", "/revisions?filter[activity.action]=create&filter[collection]=directus_roles&limit=1&fields=item",
     None, 200, [{"item": "3"}]),
    ("public", "GET", "/revisions", None, 401, 3),
    ("public", "GET", "/items/books/18/revisions", None, 401, 3),
    ("admin", "PATCH", "/items/directus_users/1/revert/1", None, 401, 201),
    ("admin", "PATCH", "/items/books/999/revert/1", None, 404, 203),
    ("admin", "PATCH", "/items/books/18/revert/99999", None, 404, 207),
    ("admin", "PATCH", "/items/books/18/revert/abc", None, 404, 207),
    ("admin", "PATCH", "/items/books/18/revert/1", None, 404, 207),
    ("admin", "PATCH", "/users/1/revert/1", None, 404, 1),
    ("admin", "PATCH", "/files/1/revert/1", None, 404, 1),
)  # fmt: skip


def test_answers(shop: People) -> None:
    wrong = []
    for who, method, path, body, status, expected in ANSWERS:
        got, told = ask(shop, who, method, path, body)
        if got != status or (expected is not ... and told != expected):
            wrong.append((who, method, path, got, told))
    assert not wrong, "\n".join(map(str, wrong))


def test_the_life_of_a_comment(shop: People) -> None:
    """Its maker, time and kind are the server's; a deleted one stays in the log. Others edit with ``full`` only."""
    given = {"collection": "books", "item": 20, "comment": "first", "action": "x", "action_by": 9, "ip": "x"}
    status, made = ask(shop, "editor", "POST", "/activity/comment?fields=id", given)
    assert status == 200 and made["action"] == "comment" and made["action_by"] == 2 and made["ip"] == "localhost"
    assert made["item"] == "20" and made["edited_on"] is None and made["comment_deleted_on"] is None
    path = f"/activity/comment/{made['id']}"
    assert ask(shop, "editor", "PATCH", path, {"comment": "x"}) == (403, 302)  # no update on the log itself
    status, edited = ask(shop, "admin", "PATCH", path, {"comment": "second", "action": "y"})
    assert (status, edited["comment"], edited["action"]) == (200, "second", "comment") and edited["edited_on"]
    assert ask(shop, "admin", "DELETE", path) == (204, None)
    assert ask(shop, "admin", "DELETE", path) == (204, None)
    _, kept = ask(shop, "admin", "GET", f"/activity/{made['id']}")
    assert kept["comment"] == "second" and kept["comment_deleted_on"]
    _, rows = ask(shop, "admin", "GET", "/revisions?filter[collection]=directus_activity")
    assert rows == []


def test_one_place_after_the_other(shop: People) -> None:
    for title in ("one", "two", "three"):
        ask(shop, "admin", "PATCH", "/items/books/21", {"title": title})
    titles = [ask(shop, "admin", "GET", f"/items/books/21/revisions/{n}")[1]["data"]["title"] for n in (0, 1, 2, -5)]
    assert titles == ["one", "two", "three", "one"]
    assert ask(shop, "admin", "GET", "/items/books/21/revisions/3") == (404, 203)
    _, listed = ask(shop, "admin", "GET", "/items/books/21/revisions?filter[collection]=authors&fields=delta")
    assert [each["delta"] for each in listed] == [{"title": "one"}, {"title": "two"}, {"title": "three"}]


def test_revert(shop: People) -> None:
    """All columns come back, relations by key; the log says so without a comment, whatever is asked for."""
    first = {"title": "old", "pages": 1, "author": 1, "price": 1.5, "published": "2020-01-01", "shown": True}
    ask(shop, "admin", "PATCH", "/items/books/22", first)
    _, before = ask(shop, "admin", "GET", "/items/books/22")
    _, kept = ask(shop, "admin", "GET", "/items/books/22/revisions?fields=id")
    changed = {"title": "new", "pages": 2, "author": 2, "price": 9, "published": None, "shown": False}
    ask(shop, "admin", "PATCH", "/items/books/22", {**changed, "tags": [{"tag": {"id": 1}}]})
    _, links = ask(shop, "admin", "GET", "/items/books/22?fields=tags.id")
    path = f"/items/books/22/revert/{kept[0]['id']}?comment=why&activity_skip=1"
    assert ask(shop, "admin", "PATCH", path, {"title": "ignored"}) == (200, before)
    assert ask(shop, "admin", "GET", "/items/books/22?fields=tags.id") == (200, links)
    _, log = ask(shop, "admin", "GET", "/activity?sort=-id&limit=1&fields=action,comment,item")
    assert log == [{"action": "revert", "comment": None, "item": "22"}]
    _, made = ask(shop, "admin", "GET", "/revisions?sort=-id&limit=1")
    assert made[0]["delta"] == made[0]["data"] and made[0]["data"]["id"] == "22"


def test_revert_to_a_deleted_state(shop: People) -> None:
    """It is written, then not shown."""
    ask(shop, "admin", "PATCH", "/items/books/24", {"status": "deleted"})
    (id,) = shop.rows("SELECT MAX(id) FROM directus_revisions")[0]
    shop.ask("PATCH", "/items/books/24", {"status": "published"}, shop.admin)
    assert ask(shop, "admin", "GET", "/items/books?status=deleted&filter[id]=24&fields=id") == (200, [{"id": 24}])
    (before,) = shop.rows("SELECT COUNT(*) FROM directus_activity WHERE action = 'revert'")[0]
    assert ask(shop, "admin", "PATCH", f"/items/books/24/revert/{id}") == (404, 203)
    assert shop.rows("SELECT COUNT(*) FROM directus_activity WHERE action = 'revert'") == [(before + 1,)]


def test_failed_logins_are_logged(shop: People) -> None:
    assert shop.login(password="wrong").status_code == 404
    assert shop.login("nobody@example.com", "wrong").status_code == 404
    _, log = ask(shop, "admin", "GET", "/activity?sort=-id&limit=1&fields=action,action_by,item,collection")
    assert log == [{"action": "invalid-credentials", "action_by": 2, "item": "2", "collection": "directus_users"}]
