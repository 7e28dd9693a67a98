"""Collections, fields and relations, request by request, as the reference tells them, on each database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.people import ADMIN, PASSWORD, People, people
from tests.api.v8.tables import ID, Api, text, whole


def names(told: Any) -> list[str]:
    return [c["collection"] for c in told]


# --- collections: reading --------------------------------------------------------------------------------------


def test_a_collection_is_told_in_two_forms(api: Api) -> None:
    made = api.make("books", text("title"), note="All", icon="book", translation=[{"locale": "de-DE"}])
    assert list(made) == ["collection", "managed", "hidden", "single", "icon", "note", "translation"]
    read = api("GET", "/collections/books")
    assert list(read) == ["collection", "note", "hidden", "single", "managed", "fields", "icon", "translation"]
    assert read["fields"].keys() == {"id", "title"} and read["managed"] is True and read["hidden"] is False
    assert (read["note"], read["icon"], read["translation"]) == ("All", "book", [{"locale": "de-DE"}])


def test_the_list_has_the_rows_and_then_all_other_tables(api: Api) -> None:
    for name in ("zoo", "art"):
        api.make(name, text("title"))
    api.plain("plain", "x INTEGER")
    told = api("GET", "/collections")
    assert names(told)[:2] == ["art", "zoo"] and "plain" in names(told) and "directus_users" in names(told)
    assert {c["managed"] for c in told if c["collection"] not in ("art", "zoo")} == {False}
    assert [(c["icon"], c["translation"]) for c in told if c["collection"] == "plain"] == [(None, None)]
    assert names(api("GET", "/collections?sort=-collection"))[:2] == ["zoo", "art"]
    filtered = names(api("GET", "/collections?filter[collection]=zoo"))
    assert "art" not in filtered and filtered[0] == "zoo" and "directus_users" in filtered
    assert names(api("GET", "/collections?limit=1"))[:2] == ["art", "zoo"], "alone it counts for nothing"
    assert len(names(api("GET", "/collections?offset=1"))) == len(told)
    assert names(api("GET", "/collections?limit=2&offset=1")) == names(told)[1:3]
    assert api("GET", "/collections?single=1")["collection"] == "art"


def test_the_meta_of_the_list_counts_rows(api: Api) -> None:
    for name in ("zoo", "art"):
        api.make(name, text("title"))
    answer = api.folks.ask("GET", "/collections?limit=1&offset=0&meta=*", token=api.folks.admin).get_json()
    assert answer["meta"]["total_count"] == 2 and answer["meta"]["result_count"] == 1
    assert answer["meta"]["collection"] == "directus_collections"


def test_one_collection_needs_a_row(api: Api) -> None:
    api.make("books", text("title"))
    api.plain("plain", "x INTEGER")
    for name in ("plain", "nope", "directus_users"):
        assert api("GET", f"/collections/{name}") == (404, 203, f'Item with id "{name}" not found')
    assert names(api("GET", "/collections/plain,directus_users,books")) == ["books", "plain", "directus_users"]


def test_the_public_is_told_nothing(api: Api) -> None:
    for path in ("/collections", "/fields", "/relations"):
        assert api.code("GET", path, token="") == (401, 3)


# --- collections: making ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"collection": "--"}, (422, 4, "Invalid collection name")),
        ({"collection": "directus_x"}, (422, 4, 'Collection name cannot begin with "directus_"')),
        ({"collection": "t", "nope": 1}, (422, 12, 'Payload fields: "nope" does not exist in "directus_collections" collection.')),
        ({"collection": "t", "fields": []}, (422, 4, "fields: This value should not be blank.")),
        ({"collection": "t", "fields": "x"}, (422, 4, "fields: This value should be of type array.")),
        ({"collection": "t", "fields": [{"field": "a", "type": "string"}]}, (422, 12, "datatype is required")),
        ({"collection": "t", "fields": [text("a", 0)]}, (422, 402, "Missing length for: a")),
        ({"collection": "t", "fields": [{"field": "a", "type": "string", "datatype": "TEXT", "length": 5}]}, (422, 403, 'field "a" does not support length')),
        ({"collection": "t", "fields": [{"field": "a", "type": "x", "datatype": "INT"}]}, (422, 401, "Unknown type: x")),
        ({"collection": "there", "fields": [text("a")]}, (422, 307, 'Collection "there" already exists')),
        ({"collection": "t", "fields": [text("a")]}, (422, 12, "Collection does not have a primary key field.")),
        ({"collection": "t", "fields": [ID, {**ID, "field": "b"}]}, (422, 12, "Collection must only have one primary key field.")),
        ({"collection": "t", "fields": [ID, whole("n", auto_increment=True)]}, (422, 12, "Collection must only have one auto increment field.")),
        ({"collection": "t", "fields": [ID, text("a"), text("a")]}, (422, 12, "Collection fields name must be unique.")),
        ({"collection": "t", "fields": [ID, whole("a", "sort"), whole("b", "sort")]}, (422, 4, "Only one system field permitted per table: sort")),
    ],
)  # fmt: skip
def test_a_bad_collection_is_refused(api: Api, body: Any, expected: Any) -> None:
    api.make("there", text("a"))
    assert api("POST", "/collections", body) == expected
    assert api.code("GET", "/collections/t") == (404, 203)


def test_only_administrators_change_collections(api: Api) -> None:
    api.make("books", text("title"))
    editor = api.folks.token()
    body = {"collection": "mine", "fields": [ID]}
    assert api("POST", "/collections", body, editor) == (401, 3, "Unauthorized to create collections")
    assert api("PATCH", "/collections/books", {"note": "x"}, editor) == (401, 3, "Permission denied")
    assert api("DELETE", "/collections/books", token=editor) == (403, 306, 'Altering collection "books" was denied')


def test_keys_may_be_texts(api: Api) -> None:
    fields = [text("code", 36, primary_key=True), text("name")]
    assert isinstance(api("POST", "/collections", {"collection": "lands", "fields": fields}), dict)
    assert api("POST", "/items/lands", {"code": "de", "name": "Deutschland"})["code"] == "de"
    assert api("GET", "/items/lands/de")["name"] == "Deutschland"
    assert api.code("POST", "/items/lands", {"code": "de"}) == (409, 204)


def test_a_plain_table_is_taken_over(api: Api) -> None:
    api.plain("plain", "x INTEGER", "y INTEGER")
    made = api("POST", "/collections", {"collection": "plain", "fields": [whole("x", note="An x")]})
    assert made["managed"] is True
    fields = api("GET", "/fields/plain")
    assert [(f["field"], f["id"] is None) for f in fields] == [("id", True), ("x", False), ("y", True)]
    assert api("POST", "/items/plain", {"id": 1, "x": 2})["x"] == 2


def test_making_is_logged_as_the_original_does(api: Api) -> None:
    api.make("books", text("title"), note="n")
    rows = api.folks.rows("SELECT id, action, collection, item FROM directus_activity ORDER BY id DESC LIMIT 3")[::-1]
    assert [r[1:3] for r in rows] == [("create", "directus_fields")] * 2 + [("update", "directus_collections")]
    assert rows[2][3] == "books"
    for id, *_ in rows:
        assert api.folks.rows(f"SELECT count(*) FROM directus_revisions WHERE activity = {id}") == [(1,)]


# --- collections: changing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("nope", {"note": "x"}, (404, 200, "Unable to find collection: nope")),
        ("directus_users", {"note": "x"}, (422, 4, 'Collection name cannot begin with "directus_"')),
        ("plain", {"note": "x"}, (404, 205, 'Collection "plain" is not being managed by Directus')),
        ("plain", {"managed": False}, (404, 205, 'Collection "plain" is not being managed by Directus')),
        ("books", {}, (422, 4, "collection: This value should not be blank.")),
        ("books", {"nope": 1}, (422, 12, 'Payload fields: "nope" does not exist in "directus_collections" collection.')),
    ],
)  # fmt: skip
def test_a_bad_change_of_a_collection_is_refused(api: Api, name: str, body: Any, expected: Any) -> None:
    api.make("books", text("title"))
    api.plain("plain", "x INTEGER")
    assert api("PATCH", f"/collections/{name}", body) == expected


def test_a_collection_is_changed(api: Api) -> None:
    api.make("books", text("title"))
    body = {"collection": "novels", "note": "x", "hidden": True, "single": 1, "icon": "book", "translation": {"a": 1}}
    assert api("PATCH", "/collections/books", body) == {**body, "collection": "books", "managed": True, "single": True}
    fields = [text("title", 80, note="T"), whole("pages")]
    api("PATCH", "/collections/books", {"note": "y", "fields": fields})
    told = {f["field"]: f for f in api("GET", "/fields/books")}
    assert (told["title"]["length"], told["title"]["note"]) == ("80", "T") and told["pages"]["id"]


def test_managing_is_a_switch(api: Api) -> None:
    api.make("books", text("title"))
    api("POST", "/items/books", {"title": "a"})
    assert api("PATCH", "/collections/books", {"managed": False})["managed"] is False
    assert api("GET", "/items/books")[0]["title"] == "a", "its data stay in reach"
    assert api("PATCH", "/collections/books", {"managed": True})["managed"] is True
    api.plain("plain", "x INTEGER")
    assert api("PATCH", "/collections/plain", {"managed": True})["managed"] is True
    assert {f["id"] for f in api("GET", "/fields/plain")} == {None}, "its fields are not registered"


# --- collections: dropping -------------------------------------------------------------------------------------


def test_a_collection_goes_with_all_that_is_its(api: Api) -> None:
    api.make("shelves", {"field": "books", "type": "o2m"})
    api.make("books", text("title"), whole("shelf", "m2o"))
    api.relate("books", "shelf", "shelves", "books")
    api("POST", "/permissions", {"collection": "books", "role": 3, "read": "full"})
    api("POST", "/collection_presets", {"collection": "books", "title": "mine"})
    before = api.folks.rows("SELECT count(*) FROM directus_activity")
    assert api("DELETE", "/collections/books") == 204
    assert api.folks.rows("SELECT count(*) FROM directus_activity") == before, "it is not logged"
    for table in ("permissions", "fields", "collection_presets", "collections"):
        assert api.folks.rows(f"SELECT 1 FROM directus_{table} WHERE collection = 'books'") == []
    assert api("GET", "/relations?filter[collection_many]=books") == []
    assert api("GET", "/items/shelves?fields=*.*") == []
    assert api.code("DELETE", "/collections/books") == (404, 200)
    assert api.code("DELETE", "/collections/directus_users") == (403, 306)


# --- fields: forms ---------------------------------------------------------------------------------------------

KEYS = (
    "collection field datatype unique primary_key auto_increment default_value note signed id type sort interface "
    "hidden_detail hidden_browse required options locked translation readonly width validation group length"
).split()


def test_a_field_is_told_in_two_forms(api: Api) -> None:
    api.make(
        "books", text("title", required=True), {"field": "line", "type": "alias"}, {"field": "many", "type": "o2m"}
    )
    listed = {f["field"]: f for f in api("GET", "/fields/books")}
    assert list(listed) == ["id", "title", "line", "many"], "columns, then aliases"
    assert all(list(f) == KEYS for f in listed.values())
    assert (listed["line"]["type"], listed["many"]["type"], listed["title"]["locked"]) == ("ALIAS", "O2M", 0)
    assert listed["title"]["note"] == "" and listed["id"]["required"] is True
    assert api("GET", "/collections/books")["fields"] == listed
    one = {name: api("GET", f"/fields/books/{name}") for name in listed}
    assert (one["line"]["type"], one["title"]["locked"], one["title"]["note"]) == ("alias", False, None)
    assert one["title"]["required"] is True and one["id"]["required"] is False
    assert (one["line"]["signed"], one["line"]["datatype"], one["line"]["length"]) == (False, None, None)


def test_an_unmanaged_field_is_derived(api: Api) -> None:
    api.plain("plain", "name VARCHAR(20)", "price DECIMAL(8,2)", "day DATE", "hour TIME")
    told = {f["field"]: f for f in api("GET", "/fields/plain")}
    assert [told[n]["type"] for n in ("id", "name", "price", "day")] == ["integer", "string", "decimal", "date"]
    empty = ("id", "interface", "sort", "options", "locked", "translation", "width", "validation", "group")
    assert {told["name"][k] for k in empty} == {None}
    assert not any(told["name"][k] for k in ("hidden_detail", "hidden_browse", "required", "readonly"))
    assert (told["name"]["length"], told["price"]["length"], told["day"]["length"]) == ("20", "8,2", None)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ({"datatype": "INT"}, ("INT", "10", None, False)),
        ({"datatype": "int", "signed": True, "default_value": 5}, ("INT", "10", "5", True)),
        ({"datatype": "TINYINT", "length": 4}, ("TINYINT", "3", None, False)),
        ({"datatype": "BIGINT"}, ("BIGINT", "20", None, False)),
        ({"datatype": "BIGINT", "signed": True}, ("BIGINT", "19", None, True)),
        ({"datatype": "DECIMAL", "length": 8}, ("DECIMAL", "8,0", None, True)),
        ({"datatype": "DECIMAL", "length": "10,2", "default_value": "1.5"}, ("DECIMAL", "10,2", "1.50", True)),
        ({"datatype": "CHAR", "length": 5, "default_value": "x"}, ("CHAR", "5", "x", True)),
        ({"datatype": "ENUM", "length": "'a','long'", "default_value": "a"}, ("ENUM", "4", "a", True)),
        ({"datatype": "TEXT"}, ("TEXT", None, None, True)),
        ({"datatype": "DATETIME", "default_value": "2020-01-01 00:00:00"}, ("DATETIME", None, "2020-01-01T00:00:00+00:00", True)),
        ({"datatype": "DATE", "default_value": "2020-01-31"}, ("DATE", None, "2020-01-31", True)),
        ({"datatype": "VARBINARY", "length": 20}, ("VARBINARY", "20", None, True)),
        ({"datatype": "BLOB"}, ("BLOB", None, None, True)),
    ],
)  # fmt: skip
def test_a_column_is_told_the_same_on_every_database(api: Api, shape: Any, expected: Any) -> None:
    api.make("books", text("title"))
    made = api("POST", "/fields/books", {"field": "f", "type": "string", **shape})
    assert (made["datatype"], made["length"], made["default_value"], made["signed"]) == expected


# --- fields: reading -------------------------------------------------------------------------------------------


def test_all_fields_are_listed(api: Api) -> None:
    api.make("books", text("title"))
    told = api("GET", "/fields")
    assert [f["collection"] for f in told] == sorted(f["collection"] for f in told)
    assert {"books", "directus_users"} <= {f["collection"] for f in told}
    assert len(api("GET", "/fields?limit=3")) == 3
    assert api("GET", "/fields?sort=-id") == (422, 202, 'Invalid field "-id" in "directus_fields"')
    by_name = [f["field"].lower() for f in api("GET", "/fields?sort=field")]
    assert by_name == sorted(by_name)


def test_parameters_do_not_touch_the_fields_of_a_collection(api: Api) -> None:
    api.make("books", text("title"))
    plain = api("GET", "/fields/books")
    for query in ("limit=1", "sort=-field", "meta=*", "sort=field"):
        assert api("GET", f"/fields/books?{query}") == plain
    assert api.code("GET", "/fields/nope") == (404, 200)
    assert api("GET", "/fields/books/nope") == (404, 202, 'Unable to find field "nope"')
    assert api("GET", "/fields/books/title?fields=id").keys() == {"id"}
    assert [f["field"] for f in api("GET", "/fields/books/title,id")] == ["title", "id"]


def test_a_role_is_told_what_it_may_read(api: Api) -> None:
    api.make("books", text("title"), text("secret"))
    api.make("other", text("title"))
    api("POST", "/permissions", {"collection": "books", "role": 3, "read": "full", "read_field_blacklist": ["secret"]})
    editor = api.folks.token()
    told = {(f["collection"], f["field"]) for f in api("GET", "/fields", token=editor)}
    assert ("books", "title") in told and ("books", "secret") not in told and ("other", "title") not in told
    assert [f["field"] for f in api("GET", "/fields/books", token=editor)] == ["id", "title"]
    assert api.code("GET", "/fields/other", token=editor) == (403, 300)
    assert api.code("GET", "/fields/books/secret", token=editor) == (403, 215)


# --- fields: making --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("collection", "body", "message"),
    [
        ("books", {"field": "x", "type": "string", "datatype": "TEXT", "nullable": 1}, 'Payload fields: "nullable" does not exist in "directus_fields" collection.'),
        ("books", {"type": "string", "datatype": "TEXT"}, "field: This value should not be blank."),
        ("books", {"field": "x", "datatype": "TEXT"}, "type: This value should not be blank."),
        ("books", {"field": "x", "type": "string"}, "datatype is required"),
        ("books", {"field": "x", "type": "string", "datatype": "VARCHAR"}, "Missing length for: x"),
        ("books", {"field": "x", "type": "string", "datatype": "SET"}, "Missing length for: x"),
        ("books", {"field": "x", "type": "date", "datatype": "DATE", "length": 3}, 'field "x" does not support length'),
        ("books", {"field": "x", "type": "m2m", "datatype": "INT"}, "Unknown type: m2m"),
        ("books", {"field": "x", "type": "user_created", "datatype": "INT"}, "Unknown type: user_created"),
        ("books", {"field": "x", "type": "string", "datatype": "TEXT", "options": "x"}, "options: This value should be of type json."),
        ("books", {"field": "title", "type": "string", "datatype": "TEXT"}, 'Field "title" already exists'),
        ("nope", {"field": "x", "type": "string", "datatype": "TEXT"}, "Unable to find collection: nope"),
    ],
)  # fmt: skip
def test_a_bad_field_is_refused(api: Api, collection: str, body: Any, message: str) -> None:
    api.make("books", text("title"))
    assert api("POST", f"/fields/{collection}", body) == (422, 404, message)


def test_rights_are_told_as_422_too(api: Api) -> None:
    api.make("books", text("title"))
    status, code, message = api("POST", "/fields/books", whole("x"), api.folks.token())
    assert (status, code) == (422, 404) and "denied" in message
    status, code, message = api("PATCH", "/fields/books/title", {"note": "x"}, api.folks.token())
    assert (status, code) == (422, 404) and "denied" in message


def test_a_field_of_the_app_is_made(api: Api) -> None:
    api.make("books", text("title"))
    sent = {
        "id": None, "sort": None, "collection": "elsewhere", "field": "price", "type": "decimal", "datatype": "DECIMAL",
        "interface": "decimal", "default_value": None, "options": {}, "readonly": False, "required": False,
        "unique": False, "note": None, "hidden_detail": False, "hidden_browse": False, "primary_key": False,
        "validation": None, "width": "full", "translation": {}, "length": "10,2", "signed": True,
    }  # fmt: skip
    made = api("POST", "/fields/books", sent)
    assert (made["collection"], made["length"], made["interface"]) == ("books", "10,2", "decimal")
    assert api("POST", "/fields/books", {"field": "line", "type": "alias", "datatype": None})["datatype"] is None
    minimal = api("POST", "/fields/books", whole("n"))
    assert (minimal["sort"], minimal["interface"], minimal["required"], minimal["locked"]) == (0, None, False, False)


def test_an_unmanaged_column_is_described(api: Api) -> None:
    api.plain("plain", "x INTEGER")
    made = api("POST", "/fields/plain", text("x", 40, note="Now a text"))
    assert (made["datatype"], made["length"], made["note"]) == ("VARCHAR", "40", "Now a text")


# --- fields: changing ------------------------------------------------------------------------------------------


def test_some_keys_change_the_row_only(api: Api) -> None:
    api.make("books", text("title"))
    assert api("PATCH", "/fields/books/title", {"required": True})["required"] is True
    assert api("GET", "/fields/books")[1]["required"] is False, "the column stays as it was"
    assert api("PATCH", "/fields/books/title", {"default_value": "x"})["default_value"] is None
    changed = api("PATCH", "/fields/books/title", {"length": 80, "default_value": "x"})
    assert (changed["length"], changed["default_value"]) == ("80", "x")


def test_a_change_that_stores_nothing_is_not_logged(api: Api) -> None:
    api.make("books", text("title"))
    before = api.folks.rows("SELECT count(*) FROM directus_activity")
    api("PATCH", "/fields/books/title", {"length": 90})
    assert api.folks.rows("SELECT count(*) FROM directus_activity") == before
    api("PATCH", "/fields/books/title", {"note": "x"})
    last = api.folks.rows("SELECT action, collection FROM directus_activity ORDER BY id DESC LIMIT 1")
    assert last == [("update", "directus_fields")]


def test_nulls_keep_a_field_from_being_required(api: Api) -> None:
    api.make("books", text("title"), whole("n"))
    api("POST", "/items/books", {"n": 1})
    expected = "Can't make this field required. There are items in this collection with no value for this field."
    assert api("PATCH", "/fields/books/title", {"required": True, "length": 60}) == (422, 404, expected)
    api("PATCH", "/items/books/1", {"title": "x"})
    assert api("PATCH", "/fields/books/title", {"required": True, "length": 60})["required"] is True
    assert api("GET", "/fields/books")[1]["required"] is True
    assert api.code("POST", "/items/books", {"n": 2})[0] in (400, 422)


def test_keys_are_only_added(api: Api) -> None:
    api.make("books", text("title"))
    assert api("PATCH", "/fields/books/title", {"unique": True})["unique"] is True
    assert api("PATCH", "/fields/books/title", {"unique": False})["unique"] is True
    api("POST", "/items/books", {"title": "a"})
    assert api.code("POST", "/items/books", {"title": "a"}) == (409, 204)


def test_a_field_changes_between_alias_and_column(api: Api) -> None:
    api.make("books", text("title"))
    api("POST", "/items/books", {"title": "a"})
    assert api("PATCH", "/fields/books/title", {"type": "alias"})["datatype"] is None
    assert "title" not in api("GET", "/items/books")[0]
    assert api("PATCH", "/fields/books/title", text("title", 30))["length"] == "30"
    assert api("GET", "/items/books")[0]["title"] is None


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/fields/books/nope", {"note": "x"}, (422, 404, 'Unable to find field "nope"')),
        ("/fields/books/title", {"datatype": "VARCHAR", "type": "string"}, (422, 404, "Missing length for: title")),
        ("/fields/books/title", {"type": "string"}, (422, 404, "datatype is required")),
        ("/fields/books", [{"sort": 1}], (422, 4, "field: This value should not be blank.")),
        ("/fields/books", [{"field": "nope", "sort": 1}], (404, 202, 'Unable to find field "nope"')),
        ("/fields/books/title,nope", {"sort": 1}, (404, 202, 'Unable to find field "nope"')),
        ("/fields/directus_users", [{"field": "title", "sort": 1}], (401, 201, None)),
        ("/fields/directus_users/title,email", {"sort": 1}, (401, 201, None)),
    ],
)  # fmt: skip
def test_a_bad_change_of_a_field_is_refused(api: Api, path: str, body: Any, expected: Any) -> None:
    api.make("books", text("title"))
    status, code, message = api("PATCH", path, body)
    assert (status, code) == expected[:2] and message == (expected[2] or message)


def test_fields_change_together(api: Api) -> None:
    api.make("books", text("title"), text("subtitle"))
    changed = api("PATCH", "/fields/books", [{"field": "title", "sort": 2}, {"field": "subtitle", "sort": 1}])
    assert [(f["field"], f["sort"]) for f in changed] == [("title", 2), ("subtitle", 1)]
    assert {f["note"] for f in api("PATCH", "/fields/books/title,subtitle", {"note": "Both"})} == {"Both"}


# --- fields: dropping ------------------------------------------------------------------------------------------


@pytest.fixture
def shelf(api: Api) -> Api:
    """books.shelf → shelves, whose other side is shelves.books."""
    api.make("shelves", text("name"), {"field": "books", "type": "o2m"})
    api.make("books", text("title"), whole("shelf", "m2o"))
    api.relate("books", "shelf", "shelves", "books")
    return api


@pytest.fixture
def tagged(api: Api) -> Api:
    """books.tags ↔ tags.books through books_tags."""
    api.make("books", text("title"), {"field": "tags", "type": "o2m"})
    api.make("tags", text("name"), {"field": "books", "type": "o2m"})
    api.make("books_tags", whole("book", "m2o"), whole("tag", "m2o"))
    api.relate("books_tags", "book", "books", "tags", "tag")
    api.relate("books_tags", "tag", "tags", "books", "book")
    return api


def test_the_last_column_stays(api: Api) -> None:
    api.make("books", {"field": "line", "type": "alias"})
    assert api("DELETE", "/fields/books/id") == (422, 12, "Cannot delete the last field")
    assert api("DELETE", "/fields/books/line") == 204
    assert api.code("DELETE", "/fields/books/nope") == (404, 202)
    assert api.code("DELETE", "/fields/nope/id") == (404, 200)


def test_a_column_goes_with_its_data(api: Api) -> None:
    api.make("books", text("title"), text("subtitle"))
    api("POST", "/items/books", {"title": "a", "subtitle": "b"})
    before = api.folks.rows("SELECT count(*) FROM directus_activity")
    assert api("DELETE", "/fields/books/subtitle") == 204
    assert api.folks.rows("SELECT count(*) FROM directus_activity") == before, "it is not logged"
    assert api("GET", "/items/books") == [{"id": 1, "title": "a"}]
    assert api.code("DELETE", "/fields/books/title", token=api.folks.token()) == (403, 303)


def test_a_many_to_one_takes_its_relation_and_its_other_side(shelf: Api) -> None:
    assert shelf("DELETE", "/fields/books/shelf") == 204
    assert shelf("GET", "/relations?filter[collection_many]=books") == []
    assert [f["field"] for f in shelf("GET", "/fields/shelves")] == ["id", "name"]


def test_a_one_to_many_leaves_the_relation(shelf: Api) -> None:
    assert shelf("DELETE", "/fields/shelves/books") == 204
    relation = shelf("GET", "/relations?filter[collection_many]=books")[0]
    assert (relation["field_many"], relation["field_one"]) == ("shelf", None)
    assert "shelf" in [f["field"] for f in shelf("GET", "/fields/books")]


def test_one_side_of_a_many_to_many_takes_both_relations(tagged: Api) -> None:
    assert tagged("DELETE", "/fields/books/tags") == 204
    assert tagged("GET", "/relations?filter[collection_many]=books_tags") == []
    assert isinstance(tagged("GET", "/collections/books_tags"), dict), "the junction stays"


def test_the_junction_goes_on_demand(tagged: Api) -> None:
    assert tagged("DELETE", "/fields/books/tags?delete_junction=1") == 204
    assert tagged.code("GET", "/collections/books_tags") == (404, 203)
    assert [f["field"] for f in tagged("GET", "/fields/books")] == ["id", "title"]


def test_a_status_field_takes_the_permissions_by_status(api: Api) -> None:
    mapping = {"status_mapping": {"draft": {"name": "Draft"}, "gone": {"name": "Gone", "soft_delete": True}}}
    status = {**text("status", 20), "type": "status", "options": mapping}
    api.make("books", text("title"), status)
    for value in (None, "draft"):
        made = api("POST", "/permissions", {"collection": "books", "role": 3, "read": "full", "status": value})
        assert isinstance(made, dict), made
    assert api("DELETE", "/fields/books/status") == 204
    assert [p["status"] for p in api("GET", "/permissions?filter[collection]=books")] == [None]
    last = api.folks.rows("SELECT action, collection FROM directus_activity ORDER BY id DESC LIMIT 1")
    assert last == [("delete", "directus_permissions")]


def test_a_file_field_leaves_what_is_no_relation_of_its_own(api: Api) -> None:
    api.make("books", text("title"), whole("cover", "file"))
    relation = api.relate("books", "cover", "directus_files")
    assert api("DELETE", "/fields/books/cover") == 204
    assert api("GET", f"/relations/{relation}")["field_many"] == "cover"


# --- statuses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "mapping"),
    [
        (text("st", 20), None),
        (text("st", 20), {}),
        (text("st", 20), {"1": {"name": "One"}}),
        (whole("st"), {"draft": {"name": "Draft"}}),
    ],
)
def test_a_bad_status_mapping_is_no_fault_of_the_server(api: Api, shape: Any, mapping: Any) -> None:
    options = None if mapping is None else {"status_mapping": mapping}
    api.make("books", text("title"), {**shape, "type": "status", "options": options})
    for path in ("/items/books", "/items/books?status=*", "/items/books?meta=*"):
        assert isinstance(api("GET", path), (list, tuple))


# --- relations -------------------------------------------------------------------------------------------------


def test_a_relation_is_a_row_like_any_other(api: Api) -> None:
    made = api("POST", "/relations", {"collection_many": "a", "field_many": "b"})
    assert list(made) == ["id", "collection_many", "field_many", "collection_one", "field_one", "junction_field"]
    last = api.folks.rows("SELECT action, collection FROM directus_activity ORDER BY id DESC LIMIT 1")
    assert last == [("create", "directus_relations")]
    for target in ("directus_activity", "directus_collections", "directus_fields", "directus_relations"):
        body = {"collection_many": "a", "field_many": "c", "collection_one": target}
        assert api.code("POST", "/relations", body) == (401, 201)
        assert api.code("PATCH", f"/relations/{made['id']}", {"collection_one": target}) == (401, 201)
    assert api("DELETE", f"/relations/{made['id']}") == 204
    assert api.code("DELETE", f"/relations/{made['id']}") == (404, 203)


def test_relations_and_their_junction_are_made_at_the_same_time(shared: Api) -> None:
    """As the admin app does it."""
    api = shared
    api.make("pages", text("title"))
    token, answers = api.folks.admin, []

    def send(path: str, body: Any) -> None:
        answers.append(api.folks.ask("POST", path, body, token).status_code)

    junction = {"collection": "pages_pages", "fields": [ID, whole("one"), whole("two")]}
    relation = {"collection_many": "pages_pages", "collection_one": "pages"}
    bodies = [("/collections", junction)] + [("/relations", {**relation, "field_many": f}) for f in ("one", "two")]
    threads = [threading.Thread(target=send, args=each) for each in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == [200, 200, 200]
    for name in ("pages_pages", "pages"):
        assert api("DELETE", f"/collections/{name}") == 204


# --- types, interfaces, layouts, modules -----------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Iterator[People]:
    with people("sqlite", tmp_path) as made:
        yield made


def test_the_root_listings(root: People, tmp_path: Path) -> None:
    folder = Path(root.project.config.app_extensions) / "custom" / "interfaces"
    for name, meta in {"wysiwyg": '{"id": "other", "name": "W"}', "broken": "{", "_hidden": "{}"}.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "meta.json").write_text(meta)
    (folder / "empty").mkdir()
    token = root.token(ADMIN, password=PASSWORD)

    def ask(path: str, **headers: str) -> Any:
        answer = root.client.get(path, headers=headers)
        return (
            answer.get_json() if answer.status_code == 200 else (answer.status_code, answer.get_json()["error"]["code"])
        )

    bearer = {"Authorization": f"Bearer {token}"}
    assert ask("/interfaces", **bearer)["data"] == [
        {"id": "broken", "path": "extensions/custom/interfaces/broken/meta.json"},
        {"id": "wysiwyg", "path": "extensions/custom/interfaces/wysiwyg/meta.json", "name": "W"},
    ]
    assert ask("/layouts", **bearer)["data"] == ask("/modules", **bearer)["data"] == []
    assert [t["name"] for t in ask("/types", **bearer)["data"]][:3] == ["alias", "array", "binary"]
    assert ask(f"/types?project=demo&access_token={token}")["data"]
    assert ask(f"/types?access_token={token}", **{"X-Directus-Project": "demo"})["data"]
    assert ask("/types?project=demo") == (401, 108)
    assert ask("/types") == (401, 3)
    assert root.ask("PATCH", "/users/1", {"token": "static"}, token).status_code == 200
    assert ask("/types?project=demo", Authorization="Bearer static") == (401, 3)
    assert ask("/types?project=demo&access_token=static")["data"]
