"""Every example request of the document of API 1.1, with the shape the document shows, key by key.

Types count, not values. A number the document writes as a text is a number; where either side is null the other may be
what it likes; flags may be 0/1 or true/false. Left out on purpose: password and salt of users are never told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import Call

FILE = {
    "id": 2, "active": 1, "name": "2a05.jpg", "url": None, "title": "My File Name", "location": "", "caption": "",
    "type": "image/jpg", "charset": "binary", "tags": "", "width": 594, "height": 447, "size": 52155, "embed_id": None,
    "user": 1, "date_uploaded": "2013-11-15 04:30:52 UTC", "storage_adapter": "local",
}  # fmt: skip
GROUP = {
    "id": 2, "name": "Manager", "description": None, "restrict_to_ip_whitelist": None, "nav_override": None,
    "show_activity": 1, "show_messages": 1, "show_users": 1, "show_files": 1, "nav_blacklist": None,
}  # fmt: skip
USER = {
    "id": 1, "active": 1, "first_name": "Ben", "last_name": "Haynes", "email": "ben@rngr.org", "token": "user-token",
    "position": "", "email_messages": 1, "last_login": None, "last_access": None, "last_page": "", "ip": "",
    "group": {"meta": {"table": "directus_groups", "type": "item"},
              "data": {"id": 1, "name": "Administrator", "description": None, "restrict_to_ip_whitelist": None}},
    "avatar": "//www.gravatar.com/avatar/65", "avatar_file_id": None, "location": None, "phone": None, "address": None,
    "city": None, "state": None, "zip": None, "language": "en", "timezone": "America/New_York",
}  # fmt: skip
PRIVILEGE = {
    "id": 2, "table_name": "projects", "group_id": 2, "read_field_blacklist": None,
    "write_field_blacklist": "title,published_date", "nav_listed": 1, "status_id": None, "allow_view": 2,
    "allow_add": 1, "allow_edit": 2, "allow_delete": 0, "allow_alter": 1,
}  # fmt: skip
COLUMN = {
    "id": "title", "column_name": "title", "type": "VARCHAR", "char_length": "100", "is_nullable": "YES",
    "comment": "Lorem Ipsum", "sort": 3, "system": False, "master": False, "hidden_list": False, "hidden_input": False,
    "required": False, "column_type": "varchar(100)", "is_writable": True, "ui": "textinput", "options": [],
}  # fmt: skip
CREATED_COLUMN = {
    "id": "id", "name": "id", "column_name": "id", "type": "INT", "length": None, "precision": 10, "scale": 0,
    "sort": 1, "default_value": None, "nullable": None, "column_key": None, "extra_options": [], "options": [],
    "table_name": "projects", "required": False, "ui": "numeric", "hidden_list": False, "hidden_input": False,
    "relationship": None, "comment": "",
}  # fmt: skip
OF_TABLE = {"user": 1, "columns_visible": "", "table_name": "projects", "title": None, "sort": "id",
            "sort_order": "ASC", "status": "1,2"}  # fmt: skip
TABLE = {
    "id": "projects", "name": "projects", "table_name": "projects", "columns": [CREATED_COLUMN], "primary_column": None,
    "schema": "your_database", "hidden": False, "single": False, "default_status": None, "user_create_column": None,
    "user_update_column": None, "date_create_column": None, "date_update_column": None,
    "created_at": "2016-11-26 11:15:17", "date_created": None, "comment": "", "row_count": 0, "footer": False,
    "list_view": None, "column_groupings": None, "filter_column_blacklist": None, "preferences": OF_TABLE,
}  # fmt: skip
READ_TABLE = {
    "id": "projects", "table_name": "projects", "date_created": None, "comment": "", "hidden": False, "single": False,
    "is_junction_table": False, "user_create_column": None, "user_update_column": None, "date_create_column": None,
    "date_update_column": None, "footer": False, "preferences": OF_TABLE,
    "columns": [{"id": "id", "column_name": "id", "type": "INT", "is_nullable": "NO", "comment": "", "sort": 1,
                 "system": True, "master": False, "hidden_list": False, "hidden_input": False, "required": True,
                 "column_type": "int(11) unsigned", "is_writable": True, "ui": "numeric", "hidden": True,
                 "options": []}],
}  # fmt: skip
PREFERENCE = {"id": 1, "user": 1, **OF_TABLE, "search_string": None}
MESSAGE = {
    "id": 1, "from": 1, "subject": "Sunday", "message": "Cancelled!", "attachment": None,
    "datetime": "2016-11-02T13:04:47-04:00", "response_to": None, "read": 1, "responses": {"rows": []},
    "recipients": "2,1", "date_updated": "2016-11-02T13:04:47-04:00",
}  # fmt: skip
COUNTERS = {"read": 1, "unread": 0, "total": 1, "max_id": 20, "table": "directus_messages"}
ACTIVITY = {
    "id": 1, "identifier": "School Website", "action": "ADD", "table_name": "projects", "row_id": 5, "user": 1,
    "datetime": "2016-12-06T09:46:40-05:00", "type": "ENTRY", "data": "<json-data-used>",
}  # fmt: skip
BOOKMARK = {"id": 1, "user": 1, "title": "Draft Articles", "url": "tables/articles/pref/Draft Articles",
            "icon_class": None, "active": None, "section": "search"}  # fmt: skip
GLOBAL = {"cms_user_auto_sign_out": "60", "project_name": "Directus Demo", "project_url": "", "cms_color": "#7ac943",
          "rows_per_page": "200", "cms_thumbnail_url": ""}  # fmt: skip
FILES = {"allowed_thumbnails": "", "thumbnail_quality": "100", "thumbnail_size": "200", "file_naming": "file_id",
         "thumbnail_crop_enabled": "1", "youtube_api_key": ""}  # fmt: skip
COUNTS = {"Active": 1, "Delete": 0, "Draft": 0, "total": 1, "total_entries": 1}


def item(table: str, data: Any) -> dict[str, Any]:
    return {"meta": {"type": "item", "table": table}, "data": data}


def many(table: str, data: Any, **meta: Any) -> dict[str, Any]:
    return {"meta": {"type": "collection", "table": table, **meta}, "data": [data]}


PROJECT = {"id": 1, "title": "Lorem Ipsum"}
#: method, path, body (a form as curl sends it, or JSON as the client does), what the document shows
EXAMPLES: list[tuple[str, str, Any, Any]] = [
    ("POST", "/tables", {"name": "projects"}, item("directus_tables", TABLE)),
    ("GET", "/tables", None, many("directus_tables", {"name": "projects"})),
    ("GET", "/tables/projects", None, item("directus_tables", READ_TABLE)),
    ("POST", "/tables/projects/columns",
     "column_name=year&data_type=int&char_length=4&ui=numeric&comment=Year+build",
     item("directus_columns", {**COLUMN, "char_length": None})),
    ("POST", "/tables/projects/columns",
     {"name": "title", "type": "varchar", "ui": "textinput", "comment": "Lorem Ipsum", "length": 100},
     item("directus_columns", COLUMN)),
    ("GET", "/tables/projects/columns", None,
     many("directus_columns", {**COLUMN, "char_length": None, "hidden": True})),
    ("GET", "/tables/projects/columns/title", None, item("directus_columns", COLUMN)),
    ("PUT", "/tables/projects/columns/title", "comment=Project+Name", item("directus_columns", COLUMN)),
    ("DELETE", "/tables/projects/columns/year", None,
     {"meta": {"table": "projects", "column": "intro"}, "success": True}),
    ("DELETE", "/tables/projects/columns/year", None,
     {"meta": {"table": "projects", "column": "intro"}, "success": False, "error": {"message": "column"}}),
    ("POST", "/tables/projects/rows", "active=1&title=Lorem+Ipsum", item("projects", PROJECT)),
    ("GET", "/tables/projects/rows", None, many("projects", PROJECT, total=1, total_entries=1)),
    ("GET", "/tables/projects/rows/1", None, item("projects", PROJECT)),
    ("POST", "/tables/projects/rows/1", "title=Lorem Ipsum", item("projects", PROJECT)),
    ("PUT", "/tables/projects/rows/1", {"title": "Lorem Ipsum"}, item("projects", PROJECT)),
    ("GET", "/activity?filters[table_name]=projects", None, many("directus_activity", ACTIVITY, total=2)),
    ("GET", "/tables/projects/preferences", None, item("directus_preferences", PREFERENCE)),
    ("PUT", "/tables/projects/preferences", "sort_order=DESC", item("directus_preferences", PREFERENCE)),
    ("DELETE", "/tables/projects/rows/1", None, {"meta": {"table": "projects"}, "success": True}),
    ("GET", "/tables/directus_users/rows?filters[email][like]=@example", None,
     many("directus_users", USER, **COUNTS)),
    ("GET", "/tables/directus_users/rows", None, many("directus_users", USER, **COUNTS)),
    ("POST", "/files", {"title": "My File Name", "data": "bm90aGluZyB0byBzZWUgaGVyZQ=="}, item("directus_files", FILE)),
    ("GET", "/files", None, many("directus_files", FILE, **COUNTS)),
    ("GET", "/files/1", None, item("directus_files", FILE)),
    ("PUT", "/files/1", {"title": "My New File Name"}, item("directus_files", FILE)),
    ("POST", "/groups", "name=Manager", item("directus_groups", GROUP)),
    ("GET", "/groups", None, many("directus_groups", GROUP, total=1)),
    ("GET", "/groups/1", None, item("directus_groups", GROUP)),
    ("POST", "/privileges/1",
     "group_id=3&table_name='projects'&allow_edit=2&allow_delete=&write_field_blacklist='title,published_date'",
     item("directus_privileges", PRIVILEGE)),
    ("PUT", "/privileges/3/{id}", "allow_view=1", item("directus_privileges", PRIVILEGE)),
    ("GET", "/privileges/1", None, item("directus_privileges", [PRIVILEGE])),
    ("GET", "/privileges/1/projects", None, item("directus_privileges", PRIVILEGE)),
    ("GET", "/privileges/3/projects", None, item("directus_privileges", PRIVILEGE)),
    ("POST", "/users", {"email": "john@example.com", "first_name": "John", "token": "secret-token", "group": 3},
     item("directus_users", USER)),
    ("POST", "/messages/rows", {"subject": "Sunday", "message": "Cancelled!", "recipients": "0_2"},
     item("directus_messages", MESSAGE)),
    ("GET", "/messages/rows", None, {"meta": {**COUNTERS, "type": "collection"}, "data": [MESSAGE]}),
    ("GET", "/messages/self", None,
     {"meta": {**COUNTERS, "type": "collection"}, "data": [MESSAGE]}),
    ("GET", "/messages/rows/1", None, {"meta": {**COUNTERS, "type": "item"}, "data": MESSAGE}),
    ("GET", "/messages/1", None, {"meta": {**COUNTERS, "type": "item"}, "data": MESSAGE}),
    ("POST", "/bookmarks", "title=Draft+Articles&table_name=projects&status=2", item("directus_bookmarks", BOOKMARK)),
    ("GET", "/bookmarks", None, many("directus_bookmarks", BOOKMARK, total=2)),
    ("GET", "/bookmarks/self", None, many("directus_bookmarks", BOOKMARK, total=2)),
    ("GET", "/bookmarks/{id}", None, item("directus_bookmarks", BOOKMARK)),
    ("DELETE", "/bookmarks/{id}", None, {"success": True}),
    ("DELETE", "/bookmarks/{id}", None, {"success": False, "error": {"message": "bookmark_not_found"}}),
    ("GET", "/settings", None, item("directus_settings", {"global": GLOBAL, "files": FILES})),
    ("GET", "/settings/global", None,
     {"meta": {"type": "item", "table": "directus_settings", "setting_collection": "global"}, "data": GLOBAL}),
    ("PUT", "/settings/global", "rows_per_page=100",
     {"meta": {"type": "item", "table": "directus_settings", "setting_collection": "global"}, "data": GLOBAL}),
    ("POST", "/random", "length=64", {"success": True, "data": {"random": "123456789abc"}}),
    ("POST", "/hash", "string=secret&hasher=bcrypt", {"success": True, "data": {"hash": "$2y$valueHashed"}}),
    ("POST", "/auth/request-token", "email=admin@example.com&password=password",
     {"success": True, "data": {"token": "userAPIToken"}}),
    ("POST", "/auth/request-token", "email=admin@example.com&password=wrong",
     {"success": False, "error": {"message": "Incorrect email or password"}}),
]  # fmt: skip


def kind(value: Any) -> str:
    if isinstance(value, str) and value.isdecimal():
        return "number"
    return "number" if isinstance(value, (bool, int, float)) else type(value).__name__


def differences(shown: Any, told: Any, path: str = "$") -> Iterator[str]:
    """Where an answer lacks what the document shows."""
    if isinstance(shown, dict) and isinstance(told, dict):
        for key, value in shown.items():
            if key not in told:
                yield f"{path}.{key} is missing"
            else:
                yield from differences(value, told[key], f"{path}.{key}")
    elif isinstance(shown, list) and isinstance(told, list):
        if shown and not told:
            yield f"{path} is empty"
        for i, each in enumerate(told if shown else []):
            yield from differences(shown[0], each, f"{path}.{i}")
    elif path.startswith("$.meta") or path == "$.success":
        if path.rpartition(".")[2] in ("type", "table", "success") and "column" not in path and shown != told:
            yield f"{path}: {shown!r} in the document, {told!r} here"
    elif shown is not None and told is not None and kind(shown) != kind(told):
        yield f"{path}: {shown!r} in the document, {told!r} here"


def ask(call: Call, method: str, path: str, body: Any) -> Any:
    if isinstance(body, str):
        return call(method, path, data=body, content_type="application/x-www-form-urlencoded")
    return call(method, path, **({} if body is None else {"json": body}))


def test_every_example_has_the_documented_shape(call: Call) -> None:
    found, made = [], ""  # the id of what was made last stands for {id}
    for method, path, body, shown in EXAMPLES:
        told = ask(call, method, path.replace("{id}", made), body)
        found += [f"{method} {path}: {difference}" for difference in differences(shown, told)]
        if method == "POST" and isinstance(told.get("data"), dict):
            made = str(told["data"].get("id", made))
    assert not found, "\n".join(found)


def test_bookmarks_and_privileges_by_id(call: Call) -> None:
    call("POST", "/tables", json={"name": "projects"})
    made = call("POST", "/bookmarks", json={"title": "Draft", "table_name": "projects", "status": 2})["data"]
    assert call("GET", f"/bookmarks/{made['id']}") == item("directus_bookmarks", {**BOOKMARK, **made})
    assert call("DELETE", f"/bookmarks/{made['id']}") == {"success": True}
    assert call("DELETE", f"/bookmarks/{made['id']}")["error"]["message"] == "bookmark_not_found"
    group = call("POST", "/groups", json={"name": "Manager"})["data"]["id"]
    right = call("POST", f"/privileges/{group}", json={"table_name": "projects", "allow_view": 2})["data"]
    changed = call("PUT", f"/privileges/{group}/{right['id']}", data={"allow_view": "1"})["data"]
    assert changed == {**right, "allow_view": 1}
    through_rows = call("PUT", f"/tables/directus_privileges/rows/{right['id']}", json={"allow_view": 2})
    assert through_rows["data"]["allow_view"] == 2


@pytest.mark.parametrize("path", ["/settings", "/privileges/1", "/messages/rows", "/bookmarks/self", "/users/me"])
def test_strangers_are_told_nothing(http: Any, call: Call, path: str) -> None:
    assert http.get(f"/demo/api/1.1{path}").status_code == 403
