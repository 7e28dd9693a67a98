"""What a row of the system says may be anything: requests are answered all the same, of whom it concerns and of others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.people import PASSWORD, People, people
from tests.fuzz.anything import ANYTHING, tried
from tests.fuzz.judge import EDITOR_TOKEN, GRANTS, VALUES
from tests.property.world import fill

MORE: tuple[Any, ...] = (
    "Mars/Phobos", "xx-YY", "127.0.0.1,x", ["127.0.0.1", {}], "now", "$NOW", "full", "mine", [["a"]], {"tabular": {"sort": {"a": 1}}},
    "javascript:alert(1)", "http://[::1", "id,title", ["*"], ["nope"], -(2**63), "2020-13-45", "a" * 70_000,
)  # fmt: skip
#: What is changed, and its columns; status last, for nobody can change what was deleted softly.
ROWS = {
    "/users/2": ("timezone", "locale", "locale_options", "role", "theme", "avatar", "external_id", "last_page",
                 "email_notifications", "title", "company", "token", "first_name", "status"),
    "/roles/3": ("name", "description", "ip_whitelist", "external_id", "module_listing", "collection_listing", "enforce_2fa"),
    "/permissions/{permission}": ("create", "read", "update", "delete", "comment", "explain", "read_field_blacklist",
                                  "write_field_blacklist", "status_blacklist", "status", "collection", "role"),
    "/collection_presets/{preset}": ("title", "search_query", "filters", "view_type", "view_query", "view_options",
                                     "translation", "collection", "user", "role"),
    "/webhooks/{webhook}": ("http_action", "url", "collection", "directus_action", "status"),
    "/folders/{folder}": ("name", "parent_folder"),
    "/files/{file}": ("title", "description", "location", "tags", "metadata", "folder", "filename_download", "type",
                      "width", "height", "duration", "filesize", "private_hash"),
    "/relations/{relation}": ("collection_many", "field_many", "collection_one", "field_one", "junction_field"),
}  # fmt: skip
READS = (
    "/users/me", "/users", "/roles", "/permissions/me", "/items/books?fields=*.*.*", "/items/books/1", "/collection_presets",
    "/webhooks", "/folders", "/files", "/relations", "/activity?limit=5", "/v10/users/me", "/v10/permissions", "/v10/presets",
    "/v10/files", "/v10/relations", "/v10/items/books?fields=*.*", "/scim/v2/Users", "/scim/v2/Groups", "/api/1.1/users",
    "/api/1.1/groups", "/api/1.1/files", "/api/1.1/privileges/3", "/api/1.1/tables/books/preferences", "/api/1.1/bookmarks",
    "/gql?query={items{books{id,author{name}}}}", "/openapi.json", "/v10/server/specs/oas",
)  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> Iterator[People]:
    """A project with a row of each kind; ``others`` are their keys."""
    with people("sqlite", tmp_path, VALUES) as folks:
        fill(folks.project)
        assert folks.ask("PATCH", "/users/2", {"token": EDITOR_TOKEN}, folks.admin).status_code == 200
        for grant in GRANTS:
            folks.ask("POST", "/permissions", {"role": 3, **grant}, folks.admin)
        bodies = {
            "preset": ("/collection_presets", {"collection": "books", "user": 2}),
            "webhook": ("/webhooks", {"collection": "books", "directus_action": "item.create", "url": "http://a.example",
                                      "http_action": "post", "status": "active"}),
            "folder": ("/folders", {"name": "f"}),
            "file": ("/files", {"data": "d29yZHM=", "filename_disk": "a.txt", "filename_download": "a.txt"}),
        }  # fmt: skip
        for name, (path, body) in bodies.items():
            folks.others[name] = folks.ask("POST", path, body, folks.admin).get_json()["data"]["id"]
        for name, path in (
            ("permission", "/permissions?limit=1"),
            ("relation", "/relations?filter[collection_many]=books"),
        ):
            folks.others[name] = folks.ask("GET", path, None, folks.admin).get_json()["data"][0]["id"]
        yield folks


@pytest.mark.parametrize("path", ROWS, ids=[path.split("/")[1] for path in ROWS])
def test_a_row_may_say_anything(world: People, path: str) -> None:
    at = path.format(**world.others)
    before = world.ask("GET", at, None, world.admin).get_json()["data"]
    for name in ROWS[path]:
        for number, value in enumerate(tried((*ANYTHING, *MORE))):
            told = (name, str(value)[:50])
            changed = world.ask("PATCH", at, {name: value}, world.admin)
            assert changed.status_code < 500, told
            if changed.status_code != 200:
                continue
            for place, read in enumerate(READS):
                token = (world.admin, EDITOR_TOKEN, "")[(number + place) % 3]
                assert world.ask("GET", read, None, token).status_code < 500, (told, read, token[:3])
            made = world.ask("POST", "/items/books", {"title": "new", "status": "draft"}, EDITOR_TOKEN)
            assert made.status_code < 500, told
            assert world.login(password=PASSWORD).status_code < 500, told
            assert world.ask("PATCH", at, {name: before.get(name)}, world.admin).status_code < 500, told
