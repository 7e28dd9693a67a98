"""Requests that were once answered with a 5xx."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.api.people import EDITOR, PASSWORD, people
from tests.fuzz.judge import VALUES
from tests.property.world import fill

FOUND: tuple[tuple[str, str, Any], ...] = (
    ("PUT", "/api/1.1/tables/books/rows", {"id": {}}),
    ("PUT", "/api/1.1/tables/books/rows", {"rows": [{"id": {"a": 1}, "title": "x"}]}),
    ("PUT", "/api/1.1/tables/books/rows", {"rows": [{"id": [1], "title": "x"}]}),
    # digits that are none to int, and more of them than it takes; schemathesis, DIRECTUS8_FUZZ=32000
    ("GET", "/items/books?filter[%C2%B3]=1&filter[]=2", None),
    ("GET", f"/items/books?filter[{'9' * 5000}]=1&filter[]=2", None),
    ("PATCH", "/comments/%C2%B2", {"comment": "x"}),
    ("PATCH", "/items/books/1/revert/%C2%B2", None),
    ("GET", "/items/books/--5", None),
    ("GET", "/items/books/%C2%B2", None),
    ("GET", "/v10/utils/random/string?length=%C2%B2", None),
    ("GET", f"/v10/utils/random/string?length={'9' * 5000}", None),
    ("GET", "/v10/permissions/%C2%B2", None),
    ("GET", "/v10/assets/1?width=%C2%B2", None),
    ("GET", "/scim/v2/Users?startIndex=%2B-5", None),
    ("GET", "/scim/v2/Users?count=%C2%B2", None),
    # columns that are gone, or would be; seed 9058
    ("DELETE", "/fields/directus_users/status", None),
    ("PATCH", "/fields/directus_users/status", {"type": "alias"}),
    ("DELETE", "/fields/directus_users/title", None),
    ("DELETE", "/fields/directus_users/company", None),
    ("POST", "/auth/authenticate", {"email": EDITOR, "password": PASSWORD}),
    ("POST", "/auth/password/request", {"email": EDITOR}),
    ("POST", "/users/invite", {"email": "new@example.com"}),
    ("POST", "/scim/v2/Users/.search", {}),
    ("POST", "/scim/v2/.search", {}),
    ("GET", "/scim/v2/Users?filter=active%20eq%20true&sortBy=active", None),
    ("GET", "/users?status=active&sort=status", None),
)


def test_what_was_found_stays_fixed(tmp_path: Path) -> None:
    with people("sqlite", tmp_path, VALUES) as folks:
        fill(folks.project)
        answers = [(folks.ask(method, path, body, folks.admin), path, body) for method, path, body in FOUND]
        assert [(a.status_code, path, body) for a, path, body in answers if a.status_code >= 500] == []


def test_columns_that_requests_need_stay(tmp_path: Path) -> None:
    """The original drops any column of its own tables; nobody logs in after that."""
    with people("sqlite", tmp_path, VALUES) as folks:
        for field in ("status", "role", "email", "first_name", "token"):
            for method, body, told in (("DELETE", None, (403, 306)), ("PATCH", {"type": "alias"}, (422, 404))):
                answer = folks.ask(method, f"/fields/directus_users/{field}", body, folks.admin)
                assert (answer.status_code, answer.get_json()["error"]["code"]) == told, field
        for field in ("title", "company"):
            assert folks.ask("DELETE", f"/fields/directus_users/{field}", None, folks.admin).status_code == 204
        user = folks.login().get_json()["data"]["user"]
        assert user["email"] == EDITOR and user["title"] is None
        for path in ("/users/me?fields=*", "/scim/v2/Users", "/v10/users/me", "/api/1.1/users", "/api/1.1/users/1"):
            assert folks.ask("GET", path, None, folks.admin).status_code == 200, path
        for more in ("filters[position][eq]=x", "orders[position]=ASC", "columns=position", "q=x"):
            assert folks.ask("GET", f"/api/1.1/users?{more}", None, folks.admin).status_code < 500, more


def test_a_time_to_keep_that_is_no_number(tmp_path: Path) -> None:
    """More digits than int takes; every file of the project answered 500."""
    with people("sqlite", tmp_path, VALUES) as folks:
        sent = {"data": "d29yZHM=", "filename_disk": "a.txt", "filename_download": "a.txt"}
        row = folks.ask("POST", "/files", sent, folks.admin).get_json()["data"]
        setting = {"key": "thumbnail_cache_ttl", "value": "9" * 5000}
        assert folks.ask("POST", "/settings", setting, folks.admin).status_code == 200
        assert folks.ask("GET", f"/assets/{row['private_hash']}", None, folks.admin).status_code == 200


def test_a_logo_that_is_no_number(tmp_path: Path) -> None:
    """The same for a file that a setting names: the project's page answered 500."""
    with people("sqlite", tmp_path, VALUES) as folks:
        for told in ("9" * 5000, "\u0663", "\u00b2"):
            folks.set("project_logo", told)
            answer = folks.ask("GET", "/")
            assert answer.status_code == 200 and answer.get_json()["data"]["api"]["project_logo"] is None


def test_numbers_without_end(tmp_path: Path) -> None:
    """More digits than int takes, wherever a number is asked for; limit and offset answered 500."""
    long = "9" * 5000
    with people("sqlite", tmp_path, VALUES) as folks:
        for name in ("limit", "offset", "page", "single", "filter[id]", "filter[id][in]", "sort", "depth"):
            for path in ("/users", "/v10/users", "/activity", "/scim/v2/Users", "/files"):
                answer = folks.ask("GET", f"{path}?{name}={long}", None, folks.admin)
                assert answer.status_code < 500, (path, name)
        for key in ("default_limit", "auto_sign_out", "login_attempts_allowed", "password_policy"):
            folks.set(key, long)
            for path in ("/users", "/settings", "/users/me", "/", "/files", "/v10/users"):
                assert folks.ask("GET", path, None, folks.admin).status_code == 200, (key, path)
            folks.set(key, "")
