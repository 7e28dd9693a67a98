"""The settings: collections and fields, roles and permissions, global settings."""

from __future__ import annotations

from tests.clients.admin_app.conftest import TEXT, App, P, collection


def test_the_counts_of_the_first_page(app: App) -> None:
    for path, query in (
        ("roles", "fields=-&limit=0&meta=total_count"),
        ("activity", "fields=-&limit=0&meta=total_count"),
        ("webhooks", "limit=0&meta=total_count"),
    ):
        answer = app.ask("GET", f"{P}/{path}?{query}")
        assert answer["data"] == []
        assert type(answer["meta"]["total_count"]) is int


def test_a_collection_and_its_fields(app: App) -> None:
    made = app.post(f"{P}/collections", collection("shelves"))
    assert (made["collection"], made["managed"]) == ("shelves", True)
    app.ask(
        "PATCH",
        f"{P}/collections/shelves",
        {"note": "Wood", "icon": "list", "hidden": False, "single": False, "translation": None},
    )
    assert "note" in {row["field"] for row in app.get(f"{P}/fields/directus_collections")}
    label = app.post(f"{P}/fields/shelves", {**TEXT, "id": None, "field": "label"})
    price = {**TEXT, "id": None, "field": "price", "type": "decimal", "datatype": "DECIMAL", "length": "10,2"}
    number = app.post(f"{P}/fields/shelves", price)
    assert type(label["id"]) is int
    assert (number["type"], number["interface"], str(number["length"])) == ("decimal", "text-input", "10,2")
    rows = app.get(f"{P}/fields/shelves?sort=sort")
    assert all(type(row["sort"]) in (int, type(None)) and type(row["id"]) is int for row in rows)
    (record,) = [row for row in rows if row["field"] == "label"]
    assert app.patch(f"{P}/fields/shelves/label", {**record, "note": "Short"})["id"] == record["id"]
    managed = app.patch(f"{P}/fields/shelves/label", {"field": "label", "sort": 3, "interface": "text-input"})
    assert (managed["id"], managed["note"]) == (record["id"], "Short")
    order = [{"field": row["field"], "sort": number} for number, row in enumerate(reversed(rows), 1)]
    saved = app.patch(f"{P}/fields/shelves?activity_skip=1", order)
    assert {row["field"]: row["sort"] for row in saved} == {row["field"]: row["sort"] for row in order}
    assert all({"type", "interface", "options", "id"} <= row.keys() for row in saved)
    copy = {key: value for key, value in record.items() if key != "id"}
    assert app.post(f"{P}/fields/shelves", {**copy, "field": "label2"})["field"] == "label2"
    (now,) = [row for row in app.get(f"{P}/collections") if row["collection"] == "shelves"]
    assert {"label", "label2", "price"} <= now["fields"].keys()
    assert app.send("DELETE", f"{P}/fields/shelves/label2").status_code == 204
    assert app.send("DELETE", f"{P}/collections/shelves").status_code == 204
    assert app.error("GET", f"{P}/items/shelves") == 200


def test_a_collection_with_an_impossible_name(app: App) -> None:
    assert app.error("POST", f"{P}/collections", collection("!")) == 4


def test_a_managed_table(app: App) -> None:
    app.ask("PATCH", f"{P}/collections/tags", {"managed": False})
    app.ask("PATCH", f"{P}/collections/tags", {"managed": True})
    (tags,) = [row for row in app.get(f"{P}/collections") if row["collection"] == "tags"]
    assert tags["managed"] is True


def test_a_relation(app: App) -> None:
    row = {"collection_many": "books", "field_many": "author", "collection_one": "authors", "field_one": "books"}
    (found,) = app.get(f"{P}/relations?filter[collection_many][eq]=books&filter[field_many][eq]=author")
    assert row.items() <= found.items()
    assert row.items() <= app.patch(f"{P}/relations/{found['id']}", found).items()


def test_roles_and_permissions(app: App) -> None:
    made = app.post(f"{P}/roles", {"name": "Reader"})
    role = app.get(f"{P}/roles/{made['id']}?fields=*.*.*")
    assert role["name"] == "Reader"
    assert {"id", "name", "description"} <= app.get(f"{P}/roles")[0].keys()
    assert {"name", "description"} <= {row["field"] for row in app.get(f"{P}/fields/directus_roles")}
    fields = app.get(f"{P}/fields")
    (status,) = [row for row in fields if (row["collection"], row["field"]) == ("books", "status")]
    assert status["type"] == "status" and status["options"]["status_mapping"]["draft"]["name"] == "Draft"
    assert all(type(row["primary_key"]) is bool for row in fields)
    given = app.get(f"{P}/permissions?filter[role][eq]={made['id']}&limit=-1")
    assert len(given) == 16
    assert app.get(f"{P}/users?fields=*.*&filter[role]=3")[0]["email"] == "editor@example.com"
    (row,) = app.post(
        f"{P}/permissions", [{"collection": "tags", "role": made["id"], "status": "draft", "read": "mine"}]
    )
    assert (row["read"], row["create"], row["delete"]) == ("mine", "none", "none")
    change = {
        "id": row["id"],
        "comment": "full",
        "explain": "always",
        "read_field_blacklist": ["sort"],
        "status_blacklist": ["deleted"],
    }
    (changed,) = app.patch(f"{P}/permissions", [change])
    assert changed["read_field_blacklist"] == ["sort"]
    assert app.patch(f"{P}/roles/{made['id']}", {"description": "Reads"})["description"] == "Reads"
    app.ask("DELETE", f"{P}/roles/{made['id']}")


def test_global_settings(app: App) -> None:
    rows = {row["key"]: row for row in app.get(f"{P}/settings?limit=-1")}
    saved = app.patch(f"{P}/settings/{rows['project_name']['id']}", {"value": "Library"})
    assert (saved["key"], saved["value"]) == ("project_name", "Library")
    assert app.post(f"{P}/settings", {"key": "app_test", "value": "x"})["key"] == "app_test"
    assert app.ask("GET", f"{P}/")["data"]["api"]["project_name"] == "Library"


def test_saving_a_user(app: App) -> None:
    assert app.patch(f"{P}/users/1", {"last_name": "Admin"})["last_name"] == "Admin"
    assert app.get(f"{P}/users/me?fields=last_name") == {"last_name": "Admin"}
