"""From the login page to the first page, and out again."""

from __future__ import annotations

import re

from tests.api.people import ADMIN, EDITOR
from tests.clients.admin_app.conftest import App, P

DATATYPES = (
    "CHAR VARCHAR TINYTEXT TEXT MEDIUMTEXT LONGTEXT TINYINT SMALLINT MEDIUMINT INT BIGINT DECIMAL FLOAT DOUBLE DATE "
    "DATETIME TIME TIMESTAMP YEAR"
).split()
TYPES = (
    "alias array boolean date datetime datetime_created datetime_updated decimal time file group integer json lang m2o "
    "o2m sort status string slug translation uuid user owner user_updated hash"
).split()
ME = "fields[0]=id&fields[1]=avatar.*&fields[2]=email&fields[3]=first_name&fields[4]=last_name&fields[5]=locale&fields[6]=role.*&fields[7]=last_page&fields[8]=theme"
USERS = "fields[0]=id&fields[1]=first_name&fields[2]=last_name&fields[3]=title&fields[4]=status&fields[5]=timezone&fields[6]=role.*&fields[7]=avatar.*&fields[8]=company"


def test_the_login_page(visitor: App) -> None:
    assert "demo" in visitor.send("GET", "/server/projects", sdk=False).get_json()["data"]
    info = visitor.send("GET", f"{P}/", sdk=False).get_json()
    assert info["public"] is True
    for key in ("name", "color", "foreground", "background", "logo", "public_note"):
        assert f"project_{key}" in info["data"]["api"]
    assert {"telemetry", "default_locale"} <= info["data"]["api"].keys()
    for picture in ("project_foreground", "project_background", "project_logo"):
        assert info["data"]["api"][picture] is None or "asset_url" in info["data"]["api"][picture]
    assert visitor.send("GET", "/server/ping").get_data(as_text=True) == "pong"
    assert visitor.get(f"{P}/auth/sso") == []


def test_what_a_failed_login_says(visitor: App) -> None:
    assert visitor.error("POST", f"{P}/auth/authenticate", {"email": ADMIN, "password": "x", "mode": "cookie"}) == 100
    assert not visitor.logged_in()
    assert visitor.error("GET", "/nowhere/") > 0


def test_login_to_logout(visitor: App) -> None:
    answer = visitor.login(ADMIN)
    assert answer.status_code == 200
    assert "error" not in answer.get_json()
    (cookie,) = [text for text in answer.headers.getlist("Set-Cookie") if text.startswith("directus-demo-session=")]
    assert {"httponly", "samesite=lax", "path=/"} <= {part.strip().lower() for part in cookie.split(";")}
    api = visitor.ask("GET", f"{P}/")
    assert {"requires2FA", "version", "database"} <= api["data"]["api"].keys()
    assert isinstance(api["data"]["server"]["max_upload_size"], int)
    assert "php_version" in api["data"]["server"]["general"]
    assert visitor.logged_in()
    assert set(visitor.get(f"{P}/users/me?fields[0]=first_name&fields[1]=last_name")) == {"first_name", "last_name"}
    visitor.ask("POST", f"{P}/auth/logout")
    assert not visitor.logged_in()
    assert visitor.send("GET", f"{P}/users/me").status_code in (401, 403, 404)


def test_two_users_in_two_browsers(app: App, editor: App) -> None:
    assert app.get(f"{P}/users/me?{ME}")["email"] == ADMIN
    assert editor.get(f"{P}/users/me?{ME}")["email"] == EDITOR


def test_the_current_user(app: App, editor: App) -> None:
    me = app.get(f"{P}/users/me?{ME}")
    assert me["role"]["id"] == 1 and type(me["role"]["id"]) is int  # compared with ===
    assert me["avatar"] is None
    assert {"module_listing", "collection_listing"} <= me["role"].keys()
    assert editor.get(f"{P}/users/me?{ME}")["role"]["id"] == 3


def test_hydration(app: App, editor: App) -> None:
    for browser in (app, editor):
        user = browser.get(f"{P}/users/me?fields=*.*")
        me, role = user["id"], user["role"]["id"]
        for extensions in ("interfaces", "layouts", "modules"):
            assert browser.get(f"/{extensions}") == []
        settings = {row["key"]: row["value"] for row in browser.get(f"{P}/settings?limit=-1")}
        assert type(settings["default_limit"]) is int
        assert isinstance(settings["project_color"], str)
        assert all(
            {"field", "type", "interface", "options"} <= row.keys() for row in browser.get(f"{P}/settings/fields")
        )
        for mine in (
            f"filter[title][nnull]=1&filter[user][eq]={me}",
            f"filter[role][eq]={role}&filter[title][nnull]=1&filter[user][null]=1",
            "filter[role][null]=1&filter[title][nnull]=1&filter[user][null]=1",
        ):
            assert browser.get(f"{P}/collection_presets?{mine}") == []
        people = {row["id"]: row for row in browser.get(f"{P}/users?{USERS}")}
        assert me in people and people[me]["role"]["id"] == role
        names = {row["collection"] for row in browser.get(f"{P}/collections")}
        relations = browser.get(f"{P}/relations?limit=-1")
        assert all(isinstance(row["id"], int) for row in relations)
        for row in ({(row["collection_many"], row["field_many"]): row for row in relations}).values():
            if row["collection_many"] in names and not row["collection_many"].startswith("directus_"):
                assert row["collection_one"] in names
        assert isinstance(browser.get(f"{P}/")["server"]["max_upload_size"], int)
        if role != 1:
            allowed = browser.get(f"{P}/permissions/me")
            assert {row["collection"] for row in allowed} <= names
            assert all(type(row["read_field_blacklist"]) in (list, type(None)) for row in allowed)


def test_collections_hold_their_fields_by_name(app: App, editor: App) -> None:
    for browser in (app, editor):
        found = {row["collection"]: row for row in browser.get(f"{P}/collections")}
        assert {f"directus_{name}" for name in ("settings", "users", "files", "activity")} <= found.keys()
        for row in found.values():
            assert {"managed", "hidden", "single", "icon", "note", "translation"} <= row.keys()
            for name, field in row["fields"].items():
                assert field["field"] == name
                assert field["type"].lower() in TYPES
                assert field["datatype"] is None or field["type"].islower()
                assert field["datatype"] is None or field["datatype"] in DATATYPES
                for flag in ("primary_key", "hidden_browse", "hidden_detail", "readonly", "required"):
                    assert type(field[flag]) is bool, (row["collection"], name, flag)
                assert type(field["options"]) in (dict, list, type(None))
                assert type(field["sort"]) in (int, type(None))
                assert type(field["translation"]) in (list, dict, type(None))
        mapping = found["books"]["fields"]["status"]["options"]["status_mapping"]
        assert mapping["deleted"]["soft_delete"] is True
        assert found["books"]["fields"]["id"]["primary_key"] is True


def test_every_navigation_is_remembered(editor: App) -> None:
    me = editor.get(f"{P}/users/me?{ME}")["id"]
    editor.ask("PATCH", f"{P}/users/{me}/tracking/page", {"last_page": "/demo/collections/books"})
    assert editor.get(f"{P}/users/me?{ME}")["last_page"] == "/demo/collections/books"


def test_whoever_else_edits_the_page(app: App, editor: App) -> None:
    other = editor.get(f"{P}/users/me?{ME}")["id"]
    editor.ask("PATCH", f"{P}/users/{other}/tracking/page", {"last_page": "/demo/collections/books/1"})
    (seen,) = app.get(f"{P}/users?filter[id][eq]={other}&fields=last_access_on")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", seen["last_access_on"])
    since = seen["last_access_on"].replace(" ", "%20")
    query = f"filter[last_access_on][gte]={since}&filter[last_page][eq]=/demo/collections/books/1&filter[id][neq]=1"
    (found,) = app.get(f"{P}/users?{query}")
    assert found["first_name"] == "Ed"


def test_two_factor_setup(editor: App) -> None:
    assert re.fullmatch(r"[A-Z2-7]{16,}", editor.get(f"{P}/utils/2fa_secret")["2fa_secret"])


def test_password_request_and_reset(visitor: App) -> None:
    assert visitor.send("POST", f"{P}/auth/password/request", {"email": ADMIN}).status_code == 200
    assert visitor.error("POST", f"{P}/auth/password/reset", {"token": "x", "password": "new"}) > 0
