"""The documents of logins, users, roles and settings as tables: request → status and code, or data."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from directus8.auth import tokens, totp
from directus8.services.auth.common import keys_of
from tests.api.people import ADMIN, EDITOR, PASSWORD, SECRET, People, people
from tests.api.plays import Row, play, play_as

BLANK = "This value should not be blank."
EMAIL = "This value is not a valid email address."
STRING = "This value should be of type string."


@pytest.fixture(scope="module")
def shared(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """A project on each database; the tables leave administrator and editor as they were."""
    with people(module_vendor, tmp_path_factory.mktemp("home")) as made:
        yield made


# --- auth.md ---------------------------------------------------------------------------------------------------


def test_where_a_token_is_given(shared: People) -> None:
    admin, editor = shared.admin, shared.token()

    def basic(user: str, password: str) -> dict[str, str]:
        return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}

    for path, headers, user in [
        ("?access_token=bad", {"Authorization": f"Bearer {admin}"}, None),
        ("?access_token=", {"Authorization": f"Bearer {admin}"}, 1),
        (f"?access_token={editor}", {"Authorization": f"Bearer {admin}"}, 2),
        ("", basic(admin, ""), 1),
        ("", basic(admin, admin), 1),
        ("", basic(admin, "other"), None),
        ("", {"Authorization": f"so bEaReR   {admin}"}, 1),
        ("", {"Authorization": admin}, None),
    ]:
        answer = shared.ask("GET", f"/users/me{path}", headers=headers)
        assert (answer.get_json().get("data") or {}).get("id") == user, (path, headers)
        assert answer.status_code == (401 if user is None else 200)


def test_log_in(shared: People) -> None:
    ask = "/auth/authenticate"
    good = {"email": EDITOR, "password": PASSWORD}
    rows: list[Row] = [
        ("p", "POST", ask, None, (400, 13)),
        ("p", "POST", ask, {}, (422, f"email: {BLANK} password: {BLANK}")),
        ("p", "POST", ask, [], (422, 114)),
        ("p", "POST", ask, {"email": 5, "password": "x"}, (422, f"email: {STRING} {EMAIL}")),
        ("p", "POST", ask, {"email": "x", "password": "x"}, (422, f"email: {EMAIL}")),
        ("p", "POST", ask, {"email": "nobody@example.com", "password": "x"}, (404, 100)),
        ("p", "POST", ask, {**good, "password": "x"}, (404, 100)),
        ("p", "POST", ask, {**good, "email": EDITOR.upper()}, 200),
        ("p", "POST", ask, {**good, "mode": "other", "otp": "1"}, (200, {"user": {"id": "2", "role": "3"}})),
        ("a", "PATCH", "/users/2", {"status": "draft"}, 200),
        ("p", "POST", ask, {**good, "password": "x"}, (401, "User inactive")),
        ("p", "POST", "/auth/password/request", {"email": EDITOR}, (401, 103)),
        ("a", "PATCH", "/users/2", {"status": "suspended"}, 200),
        ("p", "POST", ask, {**good, "password": "x"}, (404, 103)),
        ("p", "POST", "/auth/password/request", {"email": EDITOR}, (404, 103)),
        ("a", "PATCH", "/users/2", {"status": "active"}, 200),
    ]
    play(shared, rows)
    answer = shared.login().get_json()
    assert answer["public"] is True and list(answer["data"]["user"]) == [
        "id", "status", "role", "first_name", "last_name", "email", "timezone", "locale", "locale_options", "avatar",
        "company", "title", "external_id", "theme", "2fa_secret", "password_reset_token",
    ]  # fmt: skip


def test_renew(shared: People) -> None:
    keys, now, ask = keys_of(shared.project, "demo"), time.time(), "/auth/refresh"
    flawed: list[tuple[Any, int]] = [
        ("abc", 101),
        ("a.b.c", 101),
        (5, 101),
        (tokens.issue_auth(1, 20, tokens.Keys("other", keys.public_key, "demo"), now), 101),
        (tokens.issue_auth(1, 20, tokens.Keys(keys.secret, "other", "demo"), now), 101),
        (tokens.issue_auth(1, 20, tokens.Keys(keys.secret, keys.public_key, "other"), now), 101),
        (tokens.issue_reset_password(2, EDITOR, 20, keys, now), 101),
        (tokens.issue_auth(99, 20, keys, now), 101),
        (tokens.issue_auth(1, -1, keys, now), 102),
    ]
    rows: list[Row] = [("p", "POST", ask, {"token": token}, (401, code)) for token, code in flawed]
    blank = (422, f"token: {BLANK}")
    play(shared, [*rows, ("p", "POST", ask, None, blank), ("p", "POST", ask, {"token": ""}, blank)])
    token = shared.token()
    renewed = shared.ask("POST", ask, {"token": token}).get_json()["data"]["token"]
    old, new = (tokens.decode(t, keys.secret) for t in (token, renewed))
    assert new == {**old, "exp": new["exp"], "needs2FA": False}
    assert shared.ask("GET", "/auth/check", token=renewed).get_json()["data"] == {"authenticated": False}


def test_another_password(shared: People) -> None:
    keys, now, ask = keys_of(shared.project, "demo"), time.time(), "/auth/password/reset"
    play(
        shared,
        [
            ("p", "POST", "/auth/password/request", None, (400, 13)),
            ("p", "POST", "/auth/password/request", {}, (422, f"email: {BLANK}")),
            ("p", "POST", "/auth/password/request", {"email": 5}, (422, f"email: {EMAIL}")),
            ("p", "POST", "/auth/password/request", {"email": {"a": 1}}, (422, f"email: {EMAIL}")),
            ("p", "POST", "/auth/password/request", {"email": "n@n.nn"}, (404, 'User with email "n@n.nn" not found')),
        ],
    )
    flawed: list[tuple[str, int, int]] = [
        ("abc", 401, 104),
        ("a.b.c", 401, 104),
        (tokens.issue_reset_password(2, EDITOR, -1, keys, now), 401, 105),
        (tokens.issue_auth(2, 20, keys, now), 401, 104),
        (tokens.issue_reset_password(2, EDITOR, 5, tokens.Keys(keys.secret, "other", "demo"), now), 401, 101),
        (tokens.issue_reset_password(99, EDITOR, 5, keys, now), 404, 106),
        (tokens.issue_reset_password(2, "former@example.com", 5, keys, now), 401, 104),
        (tokens.issue_reset_password(2, EDITOR, 5, keys, now), 401, 105),
    ]
    rows: list[Row] = [("p", "POST", ask, {"token": t, "password": "x"}, (status, code)) for t, status, code in flawed]
    play(shared, [*rows, ("p", "POST", ask, {}, (401, "Invalid Reset Password token: "))])


def test_a_second_factor(shared: People) -> None:
    ask = "/users/me/activate_2fa"
    bad = [
        ({}, (422, f"2fa_secret: {BLANK} otp: {BLANK}")),
        ({"2fa_secret": 5, "otp": 5}, (422, f"2fa_secret: {STRING} otp: {STRING}")),
        ({"2fa_secret": "short", "otp": "1"}, (422, 4)),
        ({"2fa_secret": "not base 32!!!!!", "otp": "1"}, (422, 4)),
        ({"2fa_secret": SECRET, "otp": "000000"}, (404, 112)),
    ]
    good = {"2fa_secret": SECRET, "otp": totp.code(SECRET, time.time())}
    play(
        shared,
        [
            *(("e", "POST", ask, body, what) for body, what in bad),
            ("e", "POST", "/users/1/activate_2fa", good, (403, 302)),
            ("e", "POST", "/users/99/activate_2fa", good, (404, 203)),
            ("p", "POST", ask, good, (404, 203)),
            ("a", "PATCH", "/roles/3", {"enforce_2fa": True}, 200),
        ],
    )
    answer = shared.login().get_json()
    assert answer["error"] == {"code": 113, "message": "2FA enforced but not activated for user"}
    token = answer["data"]["token"]
    renewed = shared.ask("POST", "/auth/refresh", {"token": token}).get_json()["data"]["token"]
    assert tokens.decode(renewed, keys_of(shared.project, "demo").secret)["needs2FA"] is True
    play_as(shared, token, [("GET", "/users/me", None, (401, 3)), ("PATCH", "/users/me", {"title": "x"}, (401, 3))])
    play_as(shared, token, [("POST", ask, good, (200, {"id": 2})), ("GET", "/users/me", None, 200)])
    login = {"email": EDITOR, "password": PASSWORD}
    for otp, code in [(None, 111), ("", 111), ("000000", 112), (0, 112)]:
        play_as(shared, "", [("POST", "/auth/authenticate", {**login, "otp": otp}, (404, code))])
    play_as(shared, token, [("PATCH", "/users/me", {"2fa_secret": None}, 200), ("GET", "/users/me", None, (401, 3))])
    play_as(shared, shared.admin, [("PATCH", "/roles/3", {"enforce_2fa": False}, 200)])


def test_where_a_role_may_be_used(shared: People) -> None:
    token, here = shared.token(), {"ip_whitelist": ["127.0.0.1"]}
    elsewhere = {"ip_whitelist": ["10.0.0.1", "127.0.0.0/8"]}
    refused = (401, "You are not allowed to sign in from this location")
    login = {"email": EDITOR, "password": PASSWORD}
    admin = shared.admin
    play_as(shared, admin, [("PATCH", "/roles/3", elsewhere, (200, elsewhere))])
    play_as(shared, token, [("GET", "/users/me", None, refused)])
    play_as(shared, "", [("POST", "/auth/authenticate", login, 200)])
    play_as(shared, admin, [("PATCH", "/roles/3", here, 200), ("PATCH", "/roles/2", elsewhere, 200)])
    play_as(shared, token, [("GET", "/users/me", None, 200)])
    play_as(shared, "bad", [("GET", "/users/me", None, refused)])
    play_as(shared, "", [("GET", "/items/any", None, refused)])
    empty: dict[str, Any] = {"ip_whitelist": []}
    play_as(shared, admin, [("PATCH", "/roles/3", empty, (200, empty)), ("PATCH", "/roles/2", empty, 200)])


def test_other_servers(shared: People) -> None:
    keys, now = keys_of(shared.project, "demo"), time.time()
    foreign = tokens.Keys(keys.secret, keys.public_key, "other")
    flawed = [
        ("a", 109),
        (tokens.issue_auth(2, 20, keys, now), 109),
        (tokens.issue_request_token(2, "", 20, foreign, now), 101),
        (tokens.issue_request_token(2, "", -1, keys, now), 110),
    ]
    ask = "/auth/sso/access_token"
    unknown = 'auth provider "x" does not exist.'
    rows: list[Row] = [("p", "POST", ask, {"request_token": token}, (401, code)) for token, code in flawed]
    play(
        shared,
        [
            *rows,
            ("p", "POST", ask, None, (401, 109)),
            ("p", "GET", "/auth/sso", None, (200, [])),
            ("p", "GET", "/auth/sso/x", None, (404, unknown)),
            ("p", "POST", "/auth/sso/x", {"code": "1"}, (404, unknown)),
            ("p", "GET", "/auth/sso/x/callback", None, (404, unknown)),
        ],
    )


def test_settings_of_tokens(shared: People) -> None:
    secret = keys_of(shared.project, "demo").secret
    for told, minutes in [("5", 5), ("nonsense", 20), (20, 20)]:
        shared.set("auth_token_ttl", told)
        claims = tokens.decode(shared.token(), secret)
        assert claims["ttl"] == minutes and abs(claims["exp"] - time.time() - minutes * 60) < 5


# --- users_roles_settings.md -----------------------------------------------------------------------------------


def with_ids(folks: People, rows: Callable[[dict[str, Any]], list[Row]], made: list[tuple[str, Any]]) -> None:
    """Makes items as administrator; then rows that name their ids as n0, n1, …"""
    ids = {}
    for number, (path, body) in enumerate(made):
        answer = folks.ask("POST", path, body, folks.admin)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        ids[f"n{number}"] = answer.get_json()["data"]["id"]
    play(folks, rows(ids))


def test_users(shared: People) -> None:
    def rows(n: dict[str, Any]) -> list[Row]:
        one, two, u = n["n0"], n["n1"], "/users"
        long, last = "x" * 51, (403, 216)
        return [
            ("a", "POST", u, None, (400, 13)),
            ("a", "POST", u, {}, (422, f"email: {BLANK}")),
            ("a", "POST", u, {"email": "x"}, (422, f"email: {EMAIL}")),
            ("a", "POST", u, {"email": EDITOR}, (409, f'Duplicate key "{EDITOR}" for collection "directus_users"')),
            ("a", "POST", u, {"email": "q@x.yy", "nope": 1}, (422, 12)),
            ("a", "POST", u, {"email": "q@x.yy", "first_name": long}, (422, 12)),
            ("a", "POST", u, [{"email": "b@x.yy"}, {"email": "b@x.yy"}], (409, 204)),
            ("a", "GET", f"{u}?filter[email][eq]=b@x.yy", None, (200, [])),
            ("p", "POST", u, {"email": "q@x.yy"}, (403, 301)),
            ("p", "GET", u, None, (401, 3)),
            ("p", "GET", f"{u}/me", None, (401, 3)),
            ("p", "GET", f"{u}/1", None, (404, "Item not found")),
            ("a", "GET", f"{u}/{one},99?fields=id", None, (200, [{"id": one}])),
            ("a", "GET", f"{u}/99", None, (404, 'Item with id "99" not found')),
            ("e", "GET", f"{u}/me?fields=id", None, (200, {"id": 2})),
            ("a", "PATCH", f"{u}/{one}", {}, (422, f"email: {BLANK}")),
            ("a", "PATCH", f"{u}/{one}", None, (400, 13)),
            ("a", "PATCH", f"{u}/99", {"title": "x"}, (404, "Item not found")),
            ("a", "PATCH", f"{u}/{one},{two}?fields=title", {"title": "t"}, (200, [{"title": "t"}, {"title": "t"}])),
            ("a", "PATCH", f"{u}/{one}", {"nope": 1}, (422, 12)),
            ("a", "PATCH", u, {"title": "x"}, (405, 6)),
            ("a", "PUT", f"{u}/{one}", {}, (405, 6)),
            ("a", "GET", f"{u}/", None, (404, 1)),
            ("e", "PATCH", f"{u}/1", {"title": "x"}, (403, 302)),
            ("e", "DELETE", f"{u}/2", None, (403, 303)),
            ("a", "PATCH", f"{u}/1", {"status": "suspended"}, last),
            ("a", "PATCH", f"{u}/1", {"role": 3}, last),
            ("a", "DELETE", f"{u}/1", None, last),
            ("a", "DELETE", f"{u}/99", None, (404, "Item not found")),
            ("a", "DELETE", f"{u}/me", None, (404, 203)),
            ("a", "PATCH", f"{u}/{two}", {"status": "deleted"}, 204),
            ("a", "GET", f"{u}/{two}", None, (404, 203)),
            ("a", "PATCH", f"{u}/{two}", {"title": "x"}, (404, 203)),
            ("a", "GET", f"{u}?status=deleted&fields=id", None, (200, [{"id": two}])),
            ("a", "POST", u, {"email": "two@x.yy"}, (409, 204)),
            ("a", "DELETE", f"{u}/{one},{two}", None, 204),
        ]

    with_ids(shared, rows, [("/users", {"email": "one@x.yy"}), ("/users", {"email": "two@x.yy", "status": "active"})])


def test_invitations(shared: People) -> None:
    keys, now, u = keys_of(shared.project, "demo"), time.time(), "/users/invite"
    expired = {"exp": 1, "email": "i@x.yy", "type": "invitation", "key": keys.public_key, "project": "demo"}
    foreign = tokens.Keys(keys.secret, "other", "demo")
    good = tokens.issue_invitation("i@x.yy", 1, keys, now)
    play(
        shared,
        [
            ("a", "POST", u, {}, (422, f"email: {BLANK}")),
            ("a", "POST", u, {"email": ["ok@x.yy", "x"]}, (422, f"email: {EMAIL}")),
            ("e", "POST", u, {"email": "i@x.yy"}, (403, "Inviting user was denied")),
            ("a", "POST", u, {"email": ["i@x.yy", "i@x.yy", EDITOR]}, (200, [{"id": 2}, {"status": "invited"}])),
            ("p", "GET", f"{u}/abc", None, (401, 101)),
            ("p", "GET", f"{u}/{tokens.encode(expired, keys.secret)}", None, (401, 102)),
            ("p", "GET", f"{u}/{tokens.issue_auth(1, 20, keys, now)}", None, (401, 101)),
            ("p", "GET", f"{u}/{tokens.issue_invitation('i@x.yy', 1, foreign, now)}", None, (401, 101)),
            ("p", "GET", f"{u}/{tokens.issue_invitation('z@x.yy', 1, keys, now)}", None, (404, 106)),
            ("p", "POST", f"{u}/{good}", None, (200, {"email": "i@x.yy", "status": "invited", "role": None})),
            ("p", "POST", f"{u}/{good}", None, (404, "User not found")),
            ("a", "GET", "/users?filter[email][eq]=i@x.yy&fields=status", None, (200, [{"status": "active"}])),
        ],
    )


def test_page_tracking(shared: People) -> None:
    def at(who: str, page: Any, what: Any, user: str = "me") -> Row:
        return (who, "PATCH", f"/users/{user}/tracking/page?fields=last_page", {"last_page": page}, what)

    before = shared.rows("SELECT COUNT(*) FROM directus_activity")
    token = shared.token()
    shared.others["tracker"] = token
    heard: list[str] = []
    for event in ("item.update:before", "item.update", "item.update:after"):
        shared.project.bus.on(event, lambda *a, event=event: heard.append(event))
    play(
        shared,
        [
            at("e", "/a", (200, {"last_page": "/a"})),
            at("e", 5, (200, {"last_page": "5"})),
            at("e", None, (200, {"last_page": None})),
            at("e", "x" * 193, (422, 12)),
            at("e", ["x"], (422, 213)),
            at("a", "/b", (200, {"last_page": "/b"}), "2"),
            at("a", "/b", (404, 203), "99"),
            ("e", "PATCH", "/users/me/tracking/page", None, (400, 13)),
        ],
    )
    assert heard[:3] == ["item.update:before", "item.update", "item.update:after"] and len(heard) == 12
    assert shared.knows(token)  # nobody's session ends by it
    assert shared.rows("SELECT COUNT(*) FROM directus_activity")[0][0] == before[0][0] + 2  # the two logins


def test_revisions_of_users(shared: People) -> None:
    shared.ask("PATCH", "/users/2", {"title": "x"}, shared.admin)
    play(
        shared,
        [
            ("a", "GET", "/users/me/revisions", None, (200, [])),
            ("a", "GET", "/users/2/revisions/0?fields=collection,item", None, (200, {"item": "2"})),
            ("a", "GET", "/users/2/revisions?filter[id][eq]=0&fields=item&limit=1", None, (200, [{"item": "2"}])),
            ("a", "GET", "/users/2/revisions/x", None, (422, "offset: This value should be of type numeric.")),
            ("a", "GET", "/users/2/revisions/999", None, (404, "Item not found")),
            ("p", "GET", "/users/2/revisions", None, (401, 3)),
        ],
    )


def test_roles(shared: People) -> None:
    def rows(n: dict[str, Any]) -> list[Row]:
        id, r = n["n0"], "/roles"
        duplicate = 'Duplicate key "Writer" for collection "directus_roles"'
        return [
            ("a", "POST", r, None, (400, 13)),
            ("a", "POST", r, {}, (422, f"name: {BLANK}")),
            ("a", "POST", r, {"name": "Writer"}, (409, duplicate)),
            ("a", "POST", r, {"name": "x" * 101}, (422, 12)),
            ("a", "POST", r, {"name": "x", "nope": 1}, (422, 12)),
            ("a", "POST", r, [{"name": "x"}], (422, 12)),
            ("a", "PATCH", r, [{"id": id, "name": "x"}], (405, 6)),
            ("e", "POST", r, {"name": "x"}, (403, 301)),
            ("e", "PATCH", f"{r}/3", {"name": "x"}, (403, 302)),
            ("e", "GET", f"{r}?fields=id", None, (200, [{"id": 3}])),
            ("e", "GET", f"{r}/1", None, (404, 203)),
            ("a", "PATCH", f"{r}/{id}?fields=id", {"description": "d"}, (200, {"id": id, "description": "d"})),
            ("a", "DELETE", f"{r}/1", None, (401, "You are not allowed to delete group [1]")),
            ("a", "DELETE", f"{r}/2", None, (401, "You are not allowed to delete group [2]")),
            ("a", "DELETE", f"{r}/99", None, (404, 203)),
            ("a", "GET", f"/permissions?filter[role][eq]={id}&fields=role&limit=-1", None, (200, [{"role": id}] * 16)),
            ("a", "DELETE", f"{r}/{id}", None, 204),
            ("a", "GET", f"/permissions?filter[role][eq]={id}&fields=role&limit=-1", None, (200, [{"role": id}] * 16)),
        ]

    with_ids(shared, rows, [("/roles", {"name": "Writer"})])


def test_settings(shared: People) -> None:
    array = (422, "batch update expect an array of items")
    s = "/settings"
    play(
        shared,
        [
            ("a", "GET", f"{s}?single=1&fields=id,key", None, (200, {"id": 1, "key": "project_url"})),
            ("a", "GET", f"{s}?limit=1&offset=8", None, (200, [{"key": "default_limit", "value": 200}])),
            ("a", "GET", f"{s}?fields=key,value&limit=1", None, (200, [{"key": "project_url", "value": ""}])),
            ("a", "GET", f"{s}?filter[key][eq]=telemetry&fields=key,value", None, (200, [{"value": True}])),
            ("a", "GET", f"{s}/9", None, (200, {"value": "200"})),
            ("a", "GET", f"{s}/99", None, (404, 203)),
            ("a", "GET", f"{s}/abc", None, (404, 1)),
            ("p", "GET", s, None, (401, 3)),
            ("p", "GET", f"{s}/fields", None, (401, 3)),
            ("e", "PATCH", f"{s}/9", {"value": 1}, (403, 302)),
            ("a", "POST", s, {}, (422, f"key: {BLANK}")),
            ("a", "POST", s, {"key": "telemetry"}, (409, 204)),
            ("a", "POST", s, {"key": "x", "nope": 1}, (422, 12)),
            ("a", "PATCH", f"{s}/8", {"value": False}, (200, {"value": False})),
            ("a", "GET", f"{s}/8", None, (200, {"value": None})),
            ("a", "PATCH", f"{s}/8", {"value": True}, (200, {"value": True})),
            ("a", "GET", f"{s}/8", None, (200, {"value": "1"})),
            ("a", "PATCH", f"{s}/16", {"value": ["a/b", "c/d"]}, (200, {"value": ["a/b", "c/d"]})),
            ("a", "GET", f"{s}/16", None, (200, {"value": "a/b,c/d"})),
            ("a", "PATCH", f"{s}/16", {"value": []}, 200),
            ("a", "GET", f"{s}/16", None, (200, {"value": None})),
            ("a", "PATCH", f"{s}/20", {"value": [{"key": "x"}]}, (200, {"value": [{"key": "x"}]})),
            ("a", "GET", f"{s}?filter[id][eq]=20", None, (200, [{"value": '[{"key":"x"}]'}])),
            ("a", "PATCH", f"{s}/2", {"value": {"id": 99}}, (200, {"value": None})),
            ("a", "GET", f"{s}/2", None, (200, {"value": "99"})),
            ("a", "PATCH", f"{s}/2", {}, (200, {"value": None})),
            ("a", "PATCH", f"{s}/2", None, (200, {"value": None})),
            ("a", "PATCH", f"{s}/9,8", {"value": 1}, array),
            ("a", "PATCH", s, [{"value": 1}], (422, "Payload must include the primary key")),
            ("a", "PATCH", f"{s}/9,8", [{"id": 8, "value": "1"}], (200, [{"id": 8, "value": "1"}])),
            ("a", "PATCH", f"{s}/99", {"value": 1}, (404, 203)),
            ("a", "DELETE", f"{s}/99", None, (404, 203)),
        ],
    )


def test_folders(shared: People) -> None:
    def rows(n: dict[str, Any]) -> list[Row]:
        id, f = n["n0"], "/folders"
        return [
            ("a", "POST", f, {}, (422, f"name: {BLANK}")),
            ("a", "POST", f, [{"name": "x"}], (422, 12)),
            ("a", "POST", f, {"name": "B", "parent_folder": id}, 200),
            ("a", "POST", f, {"name": "B", "parent_folder": id}, (409, 204)),
            ("a", "PATCH", f"{f}/{id}", {"nope": 1}, (200, {"name": "A"})),
            ("a", "PATCH", f"{f}/99", {"name": "x"}, (404, "Item not found")),
            ("a", "PATCH", f"{f}/{id},2", {"name": "x"}, (404, 1)),
            ("a", "GET", f"{f}/x", None, (404, 1)),
            ("a", "DELETE", f"{f}/1,2", None, (404, 1)),
            ("a", "DELETE", f"{f}/{id}", None, 204),
            ("a", "GET", f"{f}?fields=name", None, (200, [{"name": "B"}])),
        ]

    with_ids(shared, rows, [("/folders", {"name": "A"})])


def test_presets(shared: People) -> None:
    def rows(n: dict[str, Any]) -> list[Row]:
        own, of_role, c = n["n0"], n["n1"], "/collection_presets"
        return [
            ("a", "POST", c, {}, (422, f"collection: {BLANK}")),
            ("a", "POST", c, {"collection": "x", "user": 2, "title": "t"}, (409, 204)),
            ("e", "PATCH", f"{c}/{own}?fields=title", {"title": "u"}, (200, {"title": "u"})),
            ("e", "DELETE", f"{c}/{own}", None, (403, 303)),
            ("e", "PATCH", f"{c}/{of_role}", {"title": "u"}, (403, 302)),
            ("p", "GET", c, None, (401, 3)),
            ("a", "DELETE", f"{c}/99", None, (404, 203)),
            ("a", "PATCH", c, [{"id": own}], (405, 6)),
            ("a", "GET", "/activity?filter[collection][eq]=directus_collection_presets", None, (200, [])),
        ]

    preset = {"collection": "x", "title": "t"}
    made = [("/collection_presets", {**preset, "user": 2}), ("/collection_presets", {**preset, "role": 3})]
    with_ids(shared, rows, made)


def test_the_collection_of_a_preset_has_a_length(shared: People) -> None:
    """A key kept as text is measured as other text is."""
    told = f"The value submitted ({'x' * 65}) for 'Collection' is longer than the field's supported length (64)."
    answer = shared.ask("POST", "/collection_presets", {"collection": "x" * 65}, shared.admin)
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (422, 12)
    assert error["message"].startswith(told)
    made = shared.ask("POST", "/collection_presets", {"collection": "x" * 64}, shared.admin)
    id = made.get_json()["data"]["id"]
    longer = shared.ask("PATCH", f"/collection_presets/{id}", {"collection": "x" * 65}, shared.admin)
    assert longer.get_json()["error"]["message"].startswith(told)
    shared.ask("DELETE", f"/collection_presets/{id}", token=shared.admin)


def test_mail(shared: People) -> None:
    rows: list[tuple[Any, Any]] = [
        ({}, (422, f"body: {BLANK} to: {BLANK}")),
        ({"to": [], "body": "x"}, (422, f"to: {BLANK}")),
        ({"to": "a@b.cc", "body": 5}, (422, f"body: {STRING}")),
        ({"to": 99, "body": "x"}, (422, "Unable to find some users")),
        ({"to": True, "body": "x"}, (422, "Address must be a string, number or an array")),
        ({"to": {"name": "n"}, "body": "x"}, (422, 12)),
        ({"to": "nope", "body": "x"}, (422, 12)),
        ({"to": [1, "2", "a@b.cc", {"name": "n", "email": "a@b.cc"}], "body": "x", "type": "plain"}, 204),
        ({"to": 1, "body": "x", "use_default_email": True}, 204),
    ]
    play(shared, [("e", "POST", "/mail", body, what) for body, what in rows])
    play(shared, [("p", "POST", "/mail", {}, (401, 108)), ("p", "GET", "/mail", None, (405, 6))])


def test_webhooks(shared: People) -> None:
    def rows(n: dict[str, Any]) -> list[Row]:
        one, two, w = n["n0"], n["n1"], "/webhooks"
        return [
            ("a", "POST", w, None, (400, 13)),
            ("a", "POST", w, [{"url": "a"}, {"url": "b"}], (200, [{"url": "a"}, {"url": "b"}])),
            ("a", "PATCH", f"{w}/{one}?fields=url", {"url": "z"}, (200, {"url": "z"})),
            ("a", "PATCH", f"{w}/{one},{two}?fields=url", {"url": "y"}, (200, [{"url": "y"}, {"url": "y"}])),
            ("a", "PATCH", f"{w}/99", {"url": "z"}, (404, 203)),
            ("p", "GET", w, None, (401, 3)),
            ("p", "GET", f"{w}/{one}", None, (404, 203)),
            ("e", "GET", w, None, (403, 300)),
            ("e", "PATCH", f"{w}/{one}", {"url": "x"}, (403, 302)),
            ("a", "DELETE", f"{w}/{one},{two}", None, 204),
            ("a", "DELETE", f"{w}/99", None, (404, 203)),
        ]

    with_ids(shared, rows, [("/webhooks", {}), ("/webhooks", {})])


def test_utilities(shared: People) -> None:
    md5 = "9dd4e461268c8034f5c8564e155c67a6"
    rows: list[tuple[str, Any, Any]] = [
        ("hash", None, (400, 13)),
        ("hash", {}, (422, f"string: {BLANK}")),
        ("hash", {"string": 5}, (422, f"string: {STRING}")),
        ("hash", {"string": "x", "hasher": "md5"}, (200, {"hash": md5})),
        ("hash", {"string": "x", "hasher": None}, 200),
        ("hash", {"string": "x", "hasher": "nope"}, (422, 1000)),
        ("hash/match", {}, (422, f"string: {BLANK} hash: {BLANK}")),
        ("hash/match", {"string": "x", "hash": md5, "hasher": "md5"}, (200, {"valid": True})),
        ("hash/match", {"string": "x", "hash": md5.upper(), "hasher": "md5"}, (200, {"valid": False})),
        ("random/string", None, (400, 13)),
        ("random/string", {"length": 0}, (200, {"random": ""})),
        ("random/string", {"length": "x"}, (422, "length: This value should be of type numeric.")),
    ]
    play(shared, [("p", "POST", f"/utils/{path}", body, what) for path, body, what in rows])
    assert len(shared.ask("POST", "/utils/random/string", {}).get_json()["data"]["random"]) == 32
    assert shared.login(ADMIN).status_code == 200
