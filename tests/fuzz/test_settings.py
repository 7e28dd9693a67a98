"""Settings are texts that administrators write: whatever one of them says, requests are answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.people import EDITOR, people
from tests.fuzz.judge import VALUES

TEXTS = ("9" * 5000, "-1", "0", "1e400", "²", "x", "[]", "{}", "null", '[{"key": 1}]', "1,2", "\u0000", "/(/")
PATHS = (
    "/", "/users", "/users/me", "/settings", "/files", "/fields", "/assets/{file}", "/assets/{file}?w=50&h=50&f=crop&q=80",
    "/assets/{file}?key=thumbnail", "/v10/users", "/v10/settings", "/v10/server/info", "/v10/assets/{file}",
    "/scim/v2/Users", "/api/1.1/settings", "/api/1.1/users", "/gql?query={items{__typename}}",
)  # fmt: skip


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_any_setting_may_say_anything(text: str, tmp_path: Path) -> None:
    with people("sqlite", tmp_path, VALUES) as folks:
        sent = {"data": "d29yZHM=", "filename_disk": "a.txt", "filename_download": "a.txt"}
        file = folks.ask("POST", "/files", sent, folks.admin).get_json()["data"]["private_hash"]
        for row in folks.ask("GET", "/settings?limit=-1", None, folks.admin).get_json()["data"]:
            path = f"/settings/{row['id']}"
            before = folks.rows("SELECT value FROM directus_settings WHERE id = :id", id=row["id"])[0][0]
            assert folks.ask("PATCH", path, {"value": text}, folks.admin).status_code < 500, row["key"]
            for asked in PATHS:
                status = folks.ask("GET", asked.replace("{file}", file), None, folks.admin).status_code
                assert status < 500, (row["key"], asked)
            assert folks.login(EDITOR, "wrong").status_code < 500, row["key"]
            assert folks.login().status_code < 500, row["key"]
            assert folks.ask("PATCH", "/users/2", {"password": "another long password"}, folks.admin).status_code < 500
            assert folks.ask("PATCH", path, {"value": before}, folks.admin).status_code < 500, row["key"]
            assert folks.ask("PATCH", "/users/2", {"password": "a long password"}, folks.admin).status_code < 500
