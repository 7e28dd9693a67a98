"""Cookies and headers as tables: their flags by setting, what another site's page can do with them, what answers carry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from directus8.auth import cookie
from tests.api.guarded import Guarded
from tests.api.people import EDITOR, PASSWORD, People, people

EVIL = "https://evil.example"
FRIEND = "https://app.example"  # named in cors.origin, with credentials
OWN = "https://api.example"  # public_url
LOGIN = {"email": EDITOR, "password": PASSWORD}
CORS = {"enabled": True, "origin": [FRIEND], "credentials": True}


def flags(set_cookie: str) -> set[str]:
    """What a Set-Cookie says beside value and time, in small letters."""
    parts = {part.strip().lower() for part in set_cookie.split(";")[1:]}
    return {part for part in parts if not part.startswith(("expires=", "max-age="))}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, {"samesite=lax"}),
        ({"same_site": "Strict"}, {"samesite=strict"}),
        ({"secure": True}, {"samesite=lax", "secure"}),
        ({"same_site": "None", "secure": True}, {"samesite=none", "secure"}),
        ({"same_site": "None", "secure": True, "partitioned": True}, {"samesite=none", "secure", "partitioned"}),
    ],
)
def test_flags_follow_the_settings(tmp_path: Path, told: dict[str, Any], expected: set[str]) -> None:
    provider = {"client_id": "us", "client_secret": "s", "authorize_url": "https://x", "token_url": "https://x"}
    values = {"cookie": told, "auth": {"social_providers": {"corp": {**provider, "userinfo_url": "https://x"}}}}
    with people("sqlite", tmp_path, values) as folks:
        begun = folks.ask("POST", "/auth/authenticate", {**LOGIN, "mode": "cookie"})
        kept = begun.headers.getlist("Set-Cookie")
        kept += folks.ask("GET", "/users/me").headers.getlist("Set-Cookie")
        kept += folks.ask("POST", "/auth/logout").headers.getlist("Set-Cookie")
        assert len(kept) == 3 and all(flags(each) == {"path=/", "httponly", *expected} for each in kept), kept
        for mode, count in (("cookie", 1), ("session", 2)):
            later = folks.ask("POST", "/v10/auth/login", {**LOGIN, "mode": mode}).headers.getlist("Set-Cookie")
            assert len(later) == count
            assert all(flags(each) == {"path=/demo/v10", "httponly", *expected} for each in later), later
        asked = folks.ask("GET", "/auth/sso/corp").headers.getlist("Set-Cookie")
        (sso,) = (each for each in asked if each.startswith(cookie.sso_name("demo")))
        assert {"httponly"} <= flags(sso) and ("secure" in flags(sso)) is ("secure" in expected), asked


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with people("sqlite", tmp_path_factory.mktemp("home"), {"cors": CORS, "public_url": OWN}) as folks:
        yield Guarded(folks)


@pytest.fixture(scope="module")
def notes(api: Guarded) -> str:
    """A collection in which the editor may do anything."""
    return api.open(read="full", create="full", update="full", delete="full")


@pytest.mark.parametrize(
    ("origin", "passes"),
    [
        (None, True),  # no browser, or a page of the same site in an old one
        ("http://localhost", True),
        (OWN, True),
        (FRIEND, True),
        (EVIL, False),
        ("null", False),
        ("https://localhost.evil.example", False),
        ("https://api.example.evil.example", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("dialect", ["", "v10"])
def test_another_site_writes_nothing_with_a_cookie(
    api: Guarded, notes: str, origin: str | None, passes: bool, dialect: str
) -> None:
    folks: People = api.folks
    folks.client.delete_cookie(cookie.name("demo"))
    if dialect:
        assert folks.ask("POST", "/v10/auth/login", {**LOGIN, "mode": "session"}).status_code == 200
    else:
        assert folks.login(EDITOR, mode="cookie").status_code == 200
    headers = {} if origin is None else {"Origin": origin}
    prefix = f"/{dialect}" if dialect else ""
    before = len(api.column(notes, "title"))
    for more in (
        {"json": {"title": "x"}},
        *(
            []
            if dialect
            else [{"data": {"title": "x"}}, {"data": {"title": "x"}, "content_type": "multipart/form-data"}]
        ),
    ):
        folks.client.open(f"/demo{prefix}/items/{notes}", method="POST", headers=headers, **more)
    written = len(api.column(notes, "title")) - before
    assert (written > 0) is passes
    assert folks.ask("GET", f"{prefix}/users/me", headers=headers).status_code == 200, "reading is CORS's affair"


def test_a_token_is_nobodys_cookie(api: Guarded) -> None:
    """Who has a token in hand is no victim of a form, wherever his page is from."""
    folks: People = api.folks
    answer = folks.ask("PATCH", "/users/me", {"title": "x"}, folks.token(), headers={"Origin": EVIL})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/demo/"),
        ("GET", "/demo/users/me"),
        ("GET", "/demo/nothing/here"),
        ("POST", "/demo/auth/authenticate"),
        ("GET", "/demo/v10/items/none"),
        ("GET", "/demo/scim/v2/Users"),
        ("GET", "/demo/openapi.json"),
        ("GET", "/demo/gql"),
        ("GET", "/api/1.1/tables"),
        ("GET", "/server/ping"),
        ("GET", "/server/docs/"),
        ("GET", "/nobody/knows"),
        ("OPTIONS", "/demo/items/x"),
    ],
)
def test_every_answer_carries_security_headers(api: Guarded, method: str, path: str) -> None:
    for base, hsts in (("http://localhost", False), ("https://localhost", False)):
        answer = api.folks.client.open(path, method=method, base_url=base, headers={"Origin": EVIL})
        answer.close()
        assert answer.status_code < 500
        if not (method == "OPTIONS" and answer.status_code == 200 and not answer.data):
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert ("Strict-Transport-Security" in answer.headers) is hsts, "only where server.hsts says so"
        assert answer.headers.get("Access-Control-Allow-Origin") != EVIL or not answer.headers.get(
            "Access-Control-Allow-Credentials"
        )
        assert "Server" not in answer.headers and "X-Powered-By" not in answer.headers


def test_hsts_by_tls_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIRECTUS8_SERVER_HSTS", "600")
    with people("sqlite", tmp_path) as folks:
        told = [
            folks.client.get("/server/ping", base_url=base).headers.get("Strict-Transport-Security")
            for base in ("http://localhost", "https://localhost")
        ]
    assert told == [None, "max-age=600"]
