"""The form of an item with its relations, its comments and its history; files."""

from __future__ import annotations

import re

from tests.clients.admin_app.conftest import App, P

HISTORY = "fields=id,action,action_on,comment,action_by.id,action_by.first_name,action_by.last_name&sort=-action_on"


def test_an_item_from_creation_to_revert(app: App) -> None:
    author = app.post(f"{P}/items/authors", {"name": "Anna"})["id"]
    made = app.post(f"{P}/items/books", {"name": "First", "author": str(author)})
    key = made["id"]
    item = app.get(f"{P}/items/books/{key}")
    assert (item["author"], item["name"], item["status"], item["owner"]) == (author, "First", "draft", 1)
    saved = app.patch(f"{P}/items/books/{key}?fields=*.*.*.*", {"name": "Second"})
    assert saved["name"] == "Second"
    assert saved["author"]["books"][0]["id"] == key
    comment = app.post(f"{P}/activity/comment", {"collection": "books", "item": str(key), "comment": "Good"})
    assert (comment["action"], comment["comment"]) == ("comment", "Good")
    assert type(comment["id"]) is int
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", comment["action_on"])
    activity = app.get(f"{P}/activity?filter[collection][eq]=books&filter[item][eq]={key}&{HISTORY}")
    assert sorted(row["action"] for row in activity) == ["comment", "create", "update"]
    assert all(row["action_by"]["id"] == 1 for row in activity)
    revisions = app.get(f"{P}/items/books/{key}/revisions")
    by_activity = {row["activity"]: row for row in revisions}
    (update,) = [row["id"] for row in activity if row["action"] == "update"]
    (create,) = [row["id"] for row in activity if row["action"] == "create"]
    assert by_activity[update]["data"]["name"] == "Second"
    assert by_activity[update]["delta"]["name"] == "Second"
    assert "author" not in by_activity[update]["delta"]
    assert str(by_activity[create]["data"]["author"]) == str(author)
    app.ask("PATCH", f"{P}/items/books/{key}/revert/{by_activity[create]['id']}")
    assert app.get(f"{P}/items/books/{key}")["name"] == "First"
    (latest, *_) = app.get(
        f"{P}/activity?filter[collection][eq]=books&filter[item][eq]={key}&{HISTORY}&limit=1&sort=-id"
    )
    assert latest["action"] == "revert"


def test_a_batch(app: App) -> None:
    keys = ",".join(str(app.post(f"{P}/items/tags", {"name": "Batch"})["id"]) for _ in range(2))
    assert [row["name"] for row in app.get(f"{P}/items/tags/{keys}")] == ["Batch", "Batch"]
    saved = app.patch(f"{P}/items/tags/{keys}?fields=*.*.*.*", {"name": "Both"})
    assert [row["name"] for row in saved] == ["Both", "Both"]
    assert app.send("GET", f"{P}/items/tags/{keys}/revisions").status_code < 500


def test_what_is_not_there(app: App) -> None:
    assert app.error("GET", f"{P}/items/books/999999") == 203
    assert app.error("GET", f"{P}/items/nowhere/1") == 200
    assert app.error("POST", f"{P}/items/books", {"status": "published"}) == 4


def test_one_to_many(app: App) -> None:
    author = app.post(f"{P}/items/authors", {"name": "Bea"})["id"]
    row = {"status": "draft", "owner": None, "created_on": None, "sort": None}
    saved = app.patch(
        f"{P}/items/authors/{author}?fields=*.*.*.*",
        {"books": [{**row, "name": "One"}, {**row, "name": "Two"}, {**row, "name": "Three"}]},
    )
    one, two, three = (book["id"] for book in saved["books"])
    read = f"{P}/items/books?fields=*.*&filter[author]={author}"
    assert [book["author"]["name"] for book in app.get(read)] == ["Bea"] * 3
    assert app.get(f"{P}/items/books?fields=*.*&filter[author]=%2B") == []
    changes = [{"id": one, "name": "Uno"}, {"id": two, "author": None}, {"id": three, "$delete": True}]
    app.ask("PATCH", f"{P}/items/authors/{author}?fields=*.*.*.*", {"books": changes})
    assert [(book["id"], book["name"]) for book in app.get(read)] == [(one, "Uno")]
    assert app.get(f"{P}/items/books/{two}")["author"] is None
    assert app.error("GET", f"{P}/items/books/{three}") == 203
    assert app.get(f"{P}/items/books/{one}?fields=*.*.*")["author"]["name"] == "Bea"
    assert [book["id"] for book in app.get(f"{P}/items/books/{one},{two}?fields=*.*.*")] == [one, two]


def test_many_to_one(app: App) -> None:
    author = app.post(f"{P}/items/authors", {"name": "Cleo"})["id"]
    choice = app.ask("GET", f"{P}/items/authors?fields=*.*&meta=total_count&limit=20")
    assert choice["meta"]["total_count"] >= 1
    assert app.get(f"{P}/items/authors/{author}?fields=*.*&limit=1")["name"] == "Cleo"
    book = app.post(f"{P}/items/books", {"name": "Chosen", "author": str(author)})["id"]
    app.ask("PATCH", f"{P}/items/books/{book}?fields=*.*.*.*", {"author": None})
    assert app.get(f"{P}/items/books/{book}")["author"] is None
    saved = app.patch(f"{P}/items/books/{book}?fields=*.*.*.*", {"author": {"id": author, "name": "Cleo II"}})
    assert (saved["author"]["id"], saved["author"]["name"]) == (author, "Cleo II")


def test_many_to_many(app: App) -> None:
    old = app.post(f"{P}/items/tags", {"name": "old"})["id"]
    book = app.post(f"{P}/items/books", {"name": "Tagged", "tags": [{"tags_id": {"name": "new"}}]})["id"]
    app.ask("PATCH", f"{P}/items/books/{book}?fields=*.*.*.*", {"tags": [{"tags_id": {"id": old}}]})
    read = f"{P}/items/books_tags?fields[0]=id&fields[1]=tags_id.*&filter[books_id]={book}"
    first, second = app.get(read)
    assert [row["tags_id"]["name"] for row in (first, second)] == ["new", "old"]
    assert app.get(f"{P}/items/books_tags/{first['id']}?fields=*.*.*")["books_id"]["name"] == "Tagged"
    assert app.get(f"{P}/items/tags/{old}?fields=*.*.*")["name"] == "old"
    changes = [
        {"id": first["id"], "tags_id": {"id": first["tags_id"]["id"], "name": "newer"}},
        {"id": second["id"], "$delete": True},
    ]
    app.ask("PATCH", f"{P}/items/books/{book}?fields=*.*.*.*", {"tags": changes})
    assert [row["tags_id"]["name"] for row in app.get(read)] == ["newer"]
    assert app.get(f"{P}/items/tags/{old}")["name"] == "old"


def test_the_picker(app: App) -> None:
    app.post(f"{P}/items/authors", {"name": "Picked"})
    assert app.ask("GET", f"{P}/items/authors?meta=total_count&limit=1")["meta"]["total_count"] >= 1
    query = "limit=200&offset=0&meta=*&fields[0]=name.*&fields[1]=id&sort=name&q=Picked"
    found = app.ask("GET", f"{P}/items/authors?{query}")
    assert [row["name"] for row in found["data"]] == ["Picked"]
    assert found["meta"]["total_count"] >= 1


def test_a_file(app: App, visitor: App) -> None:
    file = app.upload()
    assert (file["title"], file["type"], file["filesize"] > 0) == ("Red", "image/png", True)
    assert file["data"]["full_url"].startswith("http")
    assert file["data"]["asset_url"]
    thumbnails = {row["key"]: row for row in file["data"]["thumbnails"]}
    assert {f"directus-{size}-{fit}" for size in ("small", "medium", "large") for fit in ("crop", "contain")} <= set(
        thumbnails
    )
    for row in thumbnails.values():
        assert {"url", "relative_url", "dimension", "width", "height"} <= row.keys()
    assert "-" in app.get(f"{P}/files/{file['id']}")["uploaded_on"]
    path = f"{P}/assets/{file['private_hash']}"
    for picture in (f"{path}?key=directus-medium-crop", path):
        shown = app.send("GET", picture, sdk=False)
        assert (shown.status_code, (shown.mimetype or "").startswith("image/")) == (200, True)
    assert visitor.send("GET", file["data"]["full_url"].removeprefix("http://localhost"), sdk=False).status_code == 200
    app.ask("PATCH", f"{P}/files/{file['id']}", {"title": "Rot"})
    assert app.get(f"{P}/files/{file['id']}")["title"] == "Rot"
    app.ask("DELETE", f"{P}/files/{file['id']}")
    assert app.error("GET", f"{P}/files/{file['id']}") == 203


def test_a_file_in_an_item_is_sent_back_whole(app: App) -> None:
    file = app.upload()["id"]
    (chosen,) = app.get(f"{P}/files?sort=-id&limit=1&filter[type][in]=image/png,image/jpeg&fields=*.*")
    assert chosen["id"] == file
    book = app.post(f"{P}/items/books", {"name": "Covered", "cover": chosen})["id"]
    assert app.get(f"{P}/items/books/{book}")["cover"] == file
    shown = app.get(f"{P}/items/books/{book}?fields=*.*")
    assert shown["cover"]["data"]["thumbnails"][0]["url"]


def test_forms_of_system_collections(app: App) -> None:
    user = app.post(
        f"{P}/users",
        {
            "first_name": "F",
            "last_name": "L",
            "email": "f@example.com",
            "password": "a long password",
            "role": "3",
            "status": "active",
        },
    )
    assert app.get(f"{P}/users/{user['id']}")["role"] == 3
    assert app.patch(f"{P}/users/{user['id']}", {"title": "Dr"})["title"] == "Dr"
    assert app.get(f"{P}/users/{user['id']}/revisions")
    hook = app.post(
        f"{P}/webhooks",
        {
            "url": "https://example.com/hook",
            "collection": "books",
            "directus_action": "item.create:after",
            "http_action": "post",
            "status": "inactive",
        },
    )
    assert app.patch(f"{P}/webhooks/{hook['id']}", {"http_action": "get"})["http_action"] == "get"
    assert type(app.get(f"{P}/webhooks/{hook['id']}/revisions")) is list
    app.ask("DELETE", f"{P}/webhooks/{hook['id']}")
    (latest,) = app.get(f"{P}/activity?limit=1&sort=-id&fields=id")
    assert app.get(f"{P}/activity/{latest['id']}")["id"] == latest["id"]


def test_the_editor_deletes_only_what_is_theirs(app: App, editor: App) -> None:
    theirs = editor.post(f"{P}/items/books", {"name": "Theirs"})["id"]
    other = app.post(f"{P}/items/books", {"name": "Other"})["id"]
    assert editor.error("DELETE", f"{P}/items/books/{other}") == 303
    editor.ask("DELETE", f"{P}/items/books/{theirs}")
    assert app.get(f"{P}/items/books/{other}")["name"] == "Other"
