"""Every error of items, permissions and their neighbours: request → status, code and message. On each database.

Source: error_codes.md §1–3, §5; items.md §2; permissions.md §5, §6, §11.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.people import EDITOR, People, people
from tests.property.world import fill

#: What the editor may do. books: by status; authors: read only; tags: nothing.
RIGHTS: tuple[dict[str, Any], ...] = (
    {"collection": "books", "status": "published", "create": "full", "read": "full", "update": "mine", "delete": "none",
     "write_field_blacklist": ["pages"], "read_field_blacklist": ["price"]},
    {"collection": "books", "status": "draft", "create": "none", "read": "mine", "update": "full", "delete": "mine",
     "read_field_blacklist": ["price"]},
    {"collection": "authors", "read": "full", "explain": "always", "create": "full", "update": "full", "delete": "full",
     "read_field_blacklist": ["age"]},
    {"collection": "books_tags", "read": "full", "read_field_blacklist": ["id"], "comment": "read"},
)  # fmt: skip


@pytest.fixture(scope="module")
def shop(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """The world of the property tests in a project, and an editor with few rights."""
    with people(module_vendor, tmp_path_factory.mktemp("shop")) as made:
        fill(made.project)
        unique = {"field": "code", "type": "string", "datatype": "VARCHAR", "length": 20, "unique": True}
        assert made.ask("POST", "/fields/tags", unique, made.admin).status_code == 200
        for right in RIGHTS:
            assert made.ask("POST", "/permissions", {"role": 3, **right}, made.admin).status_code == 200
        for id, code in ((1, "one"), (2, "two")):
            assert made.ask("PATCH", f"/items/tags/{id}", {"code": code}, made.admin).status_code == 200
        made.others["editor"] = made.token(EDITOR)
        yield made


A, E, P = "admin", "editor", ""
LONG = "x" * 61
NOT_THERE = 'Payload fields: "{}" does not exist in "{}" collection.'
TOO_LONG = (
    "The value submitted ({}) for '{}' is longer than the field's supported length ({}). "
    "Please submit a shorter value or ask an Admin to increase the length."
)
#: who, method, path, body, status, code, message
ERRORS: tuple[tuple[str, str, str, Any, int, int, str], ...] = (
    (A, "GET", "/nope", None, 404, 1, "Not Found"),
    (A, "PUT", "/items/books/1", {}, 405, 6, "Method Not Allowed"),
    (A, "DELETE", "/items/books", None, 405, 6, "Method Not Allowed"),
    (P, "GET", "/items/books", None, 401, 3, "Unauthorized request"),
    (P, "GET", "/items/books/1,2", None, 401, 3, "Unauthorized request"),
    (P, "GET", "/users/me", None, 401, 3, "Unauthorized request"),
    (P, "POST", "/items/tags", {"label": "x"}, 401, 3, "Unauthorized request"),  # beside a list: relations are read
    (A, "DELETE", "/roles/1", None, 401, 3, "You are not allowed to delete group [1]"),
    (A, "DELETE", "/roles/2", None, 401, 3, "You are not allowed to delete group [2]"),
    (A, "POST", "/items/books", [{"title": "x"}, 5], 422, 4, "batch create expect an array of items"),
    (A, "POST", "/permissions", {"role": 3}, 422, 4, "collection: This value should not be blank."),
    (E, "POST", "/items/authors", {"name": "x"}, 403, 10, "Activity comment required for collection: authors"),
    (E, "PATCH", "/items/authors/1", {"name": "x"}, 403, 10, "Activity comment required for collection: authors"),
    (E, "DELETE", "/items/authors/1", None, 403, 10, "Activity comment required for collection: authors"),
    (A, "POST", "/items/books", {"nope": 1}, 422, 12, NOT_THERE.format("nope", "books")),
    (A, "POST", "/items/books", {"author": {"nope": 1}}, 422, 12, NOT_THERE.format("nope", "authors")),
    (A, "POST", "/items/books", {"tags": [{"tag": {"nope": 1}}]}, 422, 12, NOT_THERE.format("nope", "tags")),
    (A, "PATCH", "/items/books/1", [{"title": "x"}], 422, 12, NOT_THERE.format("0", "books")),
    (A, "POST", "/items/books", {"title": LONG}, 422, 12, TOO_LONG.format(LONG, "Title", 60)),
    (A, "POST", "/items/books", {"pages": 12345678901}, 422, 12, TOO_LONG.format(12345678901, "Pages", 10)),
    (A, "POST", "/items/books", {"price": 1.234}, 422, 12, TOO_LONG.format(1.234, "Price", "8,2")),
    (A, "PATCH", "/items/books", [{"title": "x"}], 422, 12, "Payload must include the primary key"),
    (A, "GET", "/items/books?filter[title][has]=1", None, 422, 12,
     'Operator "has" only works for one-to-many fields'),
    (A, "GET", "/items/books?sort=tags", None, 422, 12,
     'Unable to sort by "tags" field because it is an alias.'),
    (A, "POST", "/items/books", None, 400, 13, "Invalid or Empty Payload"),
    (A, "POST", "/items/books", "text", 400, 13, "Invalid or Empty Payload"),
    (A, "PATCH", "/items/books/1", None, 400, 13, "Invalid or Empty Payload"),
    (P, "GET", "/items/nope", None, 404, 200, "Unable to find collection: nope"),
    (A, "POST", "/items/nope", {}, 404, 200, "Unable to find collection: nope"),
    (A, "GET", "/items/directus_users", None, 401, 201, "Direct Access to System collections are not allowed"),
    (A, "POST", "/items/directus_roles", {}, 401, 201, "Direct Access to System collections are not allowed"),
    (A, "DELETE", "/items/directus_files/1", None, 401, 201, "Direct Access to System collections are not allowed"),
    (A, "GET", "/items/books?fields=nope", None, 422, 202, 'Invalid field "nope" in "books"'),
    (A, "GET", "/items/books?fields=author.nope", None, 422, 202, 'Invalid field "nope" in "authors"'),
    (A, "GET", "/items/books?sort=-nope", None, 422, 202, 'Invalid field "-nope" in "books"'),
    (A, "GET", "/items/books?filter[nope]=1", None, 422, 202, 'Invalid field "nope" in "books"'),
    (A, "GET", "/items/books?filter[title.x]=1", None, 404, 202, 'Unable to find field "title"'),
    (A, "GET", "/items/books?filter[author.x]=1", None, 404, 202, 'Unable to find field "x"'),
    (A, "GET", "/items/books/999", None, 404, 203, 'Item with id "999" not found'),
    (P, "GET", "/items/books/1", None, 404, 203, "Item not found"),
    (A, "GET", "/items/books?single=1&filter[id]=999", None, 404, 203, "Item not found"),
    (A, "PATCH", "/items/books", {"title": "x"}, 404, 203, "Item not found"),
    (A, "PATCH", "/items/books/999", {"title": "x"}, 404, 203, 'Item with id "999" not found'),
    (A, "DELETE", "/items/books/999", None, 404, 203, "Item not found"),
    (A, "PATCH", "/items/books/3", {"title": "x"}, 404, 203, 'Item with id "3" not found'),  # soft-deleted
    (A, "POST", "/items/books", {"tags": [{"tag": {"id": 999}}]}, 404, 203, 'Item with id "999" not found'),
    (A, "PATCH", "/activity/comment/9999", {"comment": "x"}, 404, 203, 'Comment "9999" not found'),
    (A, "POST", "/items/books", {"id": 1}, 409, 204, 'Duplicate key "1" for collection "books"'),
    (A, "POST", "/items/tags", {"code": "one"}, 409, 204, 'Duplicate key "one" for collection "tags"'),
    (A, "PATCH", "/items/tags/2", {"code": "one"}, 409, 204, 'Duplicate key "one" for collection "tags"'),
    (A, "PATCH", "/items/books/1/revert/99999", None, 404, 207, 'Revision with Id "99999" not found'),
    (E, "POST", "/activity/comment", {"collection": "books_tags", "item": 1}, 403, 210,
     'Adding a comment to "books_tags" collection was denied'),
    (A, "POST", "/items/books", {"title": ["x"]}, 422, 213,
     'Attempting to write an array as the value for field "title" in "books"'),
    (A, "GET", "/items/books?filter[title][op]=1", None, 422, 214, "Unknown filter: op"),
    (A, "GET", "/items/books?filter[title][EQ]=1", None, 422, 214, "Unknown filter: EQ"),
    (E, "GET", "/items/authors?filter[age]=1", None, 403, 215, 'Unable to access "age" related data'),
    (E, "GET", "/items/books?filter[author.age]=1", None, 403, 215, 'Unable to access "age" related data'),
    (E, "GET", "/items/books?filter[tags.tag.label]=x", None, 403, 215, 'Unable to access "label" related data'),
    (E, "GET", "/items/books?filter[price]=1", None, 403, 215, 'Unable to access "price" related data'),
    (E, "GET", "/items/tags", None, 403, 300, 'Reading items from "tags" collection was denied'),
    (E, "GET", "/items/tags/1,2", None, 403, 300, 'Reading items from "tags" collection was denied'),
    (E, "GET", "/items/tags/1", None, 404, 203, "Item not found"),
    (E, "POST", "/items/tags", {"label": "x"}, 403, 301, 'Creating item to "tags" collection was denied'),
    (E, "POST", "/items/books", {"title": "x"}, 403, 301, 'Creating item to "books" collection was denied'),
    (E, "POST", "/items/books", {"title": "x", "status": "published", "tags": [{"tag": {"label": "x"}}]}, 403, 301,
     'Creating item to "tags" collection was denied'),
    (E, "PATCH", "/items/books/1", {"title": "x"}, 403, 302, 'Updating item from "books" collection was denied'),
    (E, "DELETE", "/items/books/5", None, 403, 303, 'Deleting item from "books" collection was denied'),
    (P, "DELETE", "/items/books/5", None, 403, 303, 'Deleting item from "books" collection was denied'),
    (E, "GET", "/items/books_tags", None, 403, 304,
     'Reading "id" field  in "books_tags" collection was denied'),
    (E, "PATCH", "/items/books/5", {"pages": 1}, 403, 305,
     'Write access to "pages" field in "books" collection was denied'),
    (E, "POST", "/items/books", {"pages": 1, "status": "published"}, 403, 305,
     'Write access to "pages" field in "books" collection was denied'),
    (E, "PATCH", "/collections/books", {"note": "x"}, 401, 3, "Permission denied"),
    (E, "POST", "/collections", {"collection": "x", "fields": []}, 401, 3, "Unauthorized to create collections"),
    (A, "PATCH", "/items/tags", [{"id": 3, "code": "x"}, {"id": 4, "code": "x"}], 409, 204,
     'Duplicate key "x" for collection "tags"'),
    (A, "POST", "/collections", {"collection": "books", "fields": [{"field": "id", "type": "integer",
     "datatype": "int", "primary_key": True}]}, 422, 307, 'Collection "books" already exists'),
    (A, "DELETE", "/users/1", None, 403, 216,
     "Cannot delete the last admin user. There should always be at least 1 active admin user"),
    (A, "PATCH", "/users/1", {"status": "draft"}, 403, 216,
     "Cannot delete the last admin user. There should always be at least 1 active admin user"),
    (E, "PATCH", "/users/1", {"first_name": "x"}, 403, 302,
     'Updating item from "directus_users" collection was denied'),
    (E, "POST", "/roles", {"name": "x"}, 403, 301, 'Creating item to "directus_roles" collection was denied'),
    (E, "DELETE", "/folders/999", None, 404, 203, "Item not found"),
    (A, "GET", "/items/books?filter=5", None, 422, 12, "Filter must be given as filter[field][operator]=value"),
    (A, "GET", "/items/books?sort=", None, 422, 202, 'Invalid field "" in "books"'),
)  # fmt: skip


def test_errors(shop: People) -> None:
    """None of them changes anything."""
    tokens = {A: shop.admin, E: shop.others["editor"], P: ""}
    counts = "SELECT (SELECT COUNT(*) FROM books), (SELECT COUNT(*) FROM tags), (SELECT COUNT(*) FROM authors)"
    before, wrong = shop.rows(counts), []
    for who, method, path, body, status, code, message in ERRORS:
        answer = shop.ask(method, path, body, tokens[who], headers={"User-Agent": "tests"})
        told = answer.get_json() if answer.data else None
        if (answer.status_code, told) != (status, {"error": {"code": code, "message": message}}):
            wrong.append((who, method, path, body, answer.status_code, told))
    assert not wrong, "\n".join(map(str, wrong))
    assert shop.rows(counts) == before


def test_what_is_no_error(shop: People) -> None:
    """Rules that only narrow: rows and fields are missing, nothing is refused."""
    for path, expected in (
        (
            "/items/books?status=draft&fields=id&limit=-1",
            [{"id": n} for n in range(2, 41) if n % 4 == 2 and n % 3 == 2],
        ),
        ("/items/authors/1?fields=id,age", {"id": 1}),
        ("/items/books/1?fields=price", []),
        ("/items/books/2?fields=id,price", {"id": 2}),
    ):
        answer = shop.ask("GET", path, None, shop.others["editor"])
        assert (answer.status_code, answer.get_json()["data"]) == (200, expected), path
