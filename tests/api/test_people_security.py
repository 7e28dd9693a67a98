"""A test per defect of the original in logins, users, roles and settings, named after its row in security.md."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from directus8.api.app import create_app
from directus8.auth import cookie, tokens, totp
from directus8.cli.user import create_user, set_password
from directus8.errors import InvalidRequest
from directus8.services.auth import two_factor
from directus8.services.auth.common import keys_of
from tests.api.people import ADMIN, EDITOR, PASSWORD, SECRET, People, people


def code(answer: Any) -> Any:
    return answer.get_json()["error"]["code"]


def session_cookie(folks: People, email: str = EDITOR) -> str:
    """Logs in in cookie mode; the cookie is kept by the client. Its sealed value."""
    answer = folks.login(email, mode="cookie")
    assert answer.status_code == 200 and "token" not in answer.get_json()["data"]
    kept = folks.client.get_cookie(cookie.name("demo"))
    assert kept is not None
    return kept.value


# --- revocation ------------------------------------------------------------------------------------------------


def test_jwt_after_logout(folks: People) -> None:
    token, other = folks.token(), folks.token()
    assert folks.knows(token)
    folks.ask("POST", "/auth/logout", token=token)
    assert not folks.knows(token)
    assert folks.knows(other)


def test_a_renewed_token_ends_with_its_session(folks: People) -> None:
    token = folks.token()
    renewed = folks.ask("POST", "/auth/refresh", {"token": token}).get_json()["data"]["token"]
    assert folks.knows(renewed)
    folks.ask("POST", "/auth/logout", token=renewed)
    assert not folks.knows(renewed) and not folks.knows(token)
    assert code(folks.ask("POST", "/auth/refresh", {"token": token})) == 101


@pytest.mark.parametrize(
    "change", [{"password": "another password"}, {"status": "suspended"}, {"status": "draft"}, {"role": 1}]
)
def test_jwt_after_password_change(folks: People, change: dict[str, Any]) -> None:
    token = folks.token()
    session_cookie(folks)
    assert folks.ask("GET", "/users/me").status_code == 200
    assert folks.ask("PATCH", "/users/2", change, folks.admin).status_code in (200, 204)
    assert not folks.knows(token)
    assert folks.ask("GET", "/users/me").status_code == 401  # session-after-password-change
    assert folks.rows('SELECT id FROM directus_user_sessions WHERE "user" = 2'.replace('"', folks_quote(folks))) == []


def folks_quote(folks: People) -> str:
    return "`" if folks.project.database.engine.dialect.name == "mysql" else '"'


def test_the_command_for_passwords_ends_sessions(folks: People) -> None:
    token = folks.token()
    session_cookie(folks)
    assert set_password(folks.project, EDITOR, "another password")
    assert not folks.knows(token) and folks.ask("GET", "/users/me").status_code == 401
    assert folks.login(password="another password").status_code == 200
    folks.set("password_policy", "/^.{8,}$/")
    for change in (set_password, lambda *a: create_user(*a, 3)):
        with pytest.raises(InvalidRequest):
            change(folks.project, EDITOR, "short")


def test_the_cost_of_hashes_is_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever one is made; and who is unknown costs no less than who is known."""
    with people("sqlite", tmp_path, {"auth": {"bcrypt_cost": 5}}) as folks:
        folks.ask("POST", "/users", {"email": "c@example.com", "password": PASSWORD}, folks.admin)
        assert set_password(folks.project, EDITOR, "another password")
        hashes = folks.rows("SELECT password FROM directus_users")
        assert len(hashes) == 3 and all(h.startswith("$2y$05$") for (h,) in hashes)
        for path in ("/utils/hash", "/v10/utils/hash/generate"):
            told = folks.ask("POST", path, {"string": "x"}).get_json()["data"]
            assert str(told["hash"] if isinstance(told, dict) else told).startswith("$2y$05$")
        seen: list[bytes] = []
        monkeypatch.setattr("bcrypt.checkpw", lambda _, hashed: seen.append(hashed))
        folks.login("nobody@example.com", "x")
        assert [hashed[:7] for hashed in seen] == [b"$2y$05$"]


def test_other_workers_see_the_end_of_a_session(folks: People, request: pytest.FixtureRequest) -> None:
    worker = create_app(folks.registry.home)
    request.addfinalizer(worker.extensions["directus8"].close)
    other = worker.test_client()
    token = folks.token()
    bearer = {"Authorization": f"Bearer {token}"}
    assert other.get("/demo/users/me", headers=bearer).status_code == 200
    folks.ask("POST", "/auth/logout", token=token)
    assert other.get("/demo/users/me", headers=bearer).status_code == 401
    token = folks.token()
    bearer = {"Authorization": f"Bearer {token}"}
    assert other.get("/demo/users/me", headers=bearer).status_code == 200
    folks.ask("PATCH", "/users/2", {"status": "suspended"}, folks.admin)
    assert other.get("/demo/users/me", headers=bearer).status_code == 401


def test_tokens_of_the_original_stay_good(folks: People) -> None:
    token = tokens.issue_auth(2, 20, keys_of(folks.project, "demo"), time.time())
    assert folks.knows(token)


def test_refresh_of_suspended_user(folks: People) -> None:
    token = tokens.issue_auth(2, 20, keys_of(folks.project, "demo"), time.time())
    folks.ask("PATCH", "/users/2", {"status": "suspended"}, folks.admin)
    assert code(folks.ask("POST", "/auth/refresh", {"token": token})) == 103


def test_a_session_that_ran_out_is_not_honoured_once_more(folks: People) -> None:
    token = folks.token()
    assert folks.knows(token)
    with folks.project.database.transaction() as connection:
        connection.execute("UPDATE directus_user_sessions SET token_expired_at = '2001-01-01 00:00:00'")
    folks.project.stamps.forget()
    assert not folks.knows(token)


def test_a_session_id_given_anew_revives_no_token(folks: People) -> None:
    token = folks.token()
    id = tokens.decode(token, folks.project.config.auth.secret_key)["session"].partition("-")[0]
    folks.ask("POST", "/auth/logout", token=token)
    other = folks.token()
    with folks.project.database.transaction() as connection:
        connection.execute(f"UPDATE directus_user_sessions SET id = {int(id)} WHERE token = '{other}'")
    assert not folks.knows(token)


# --- tokens ----------------------------------------------------------------------------------------------------


def test_sso_request_token_forged(home_folks: People) -> None:
    keys = keys_of(home_folks.project, "demo")
    forged = tokens.issue_request_token(1, "", 20, tokens.Keys("x", keys.public_key, "demo"), time.time(), "1-a")
    assert code(home_folks.ask("POST", "/auth/sso/access_token", {"request_token": forged})) == 109
    stray = tokens.issue_request_token(1, "", 20, keys, time.time())  # signed, but of no login
    assert code(home_folks.ask("POST", "/auth/sso/access_token", {"request_token": stray})) == 109


def test_invitation_token_forged(home_folks: People) -> None:
    home_folks.ask("POST", "/users/invite", {"email": "new@example.com"}, home_folks.admin)
    keys = keys_of(home_folks.project, "demo")
    forged = tokens.issue_invitation("new@example.com", 1, tokens.Keys("x", keys.public_key, "demo"), time.time())
    assert code(home_folks.ask("POST", f"/users/invite/{forged}")) == 101
    good = tokens.issue_invitation("new@example.com", 1, keys, time.time())
    assert home_folks.ask("POST", f"/users/invite/{good}").status_code == 200
    assert code(home_folks.ask("POST", f"/users/invite/{good}")) == 106


# --- sessions --------------------------------------------------------------------------------------------------


def test_sessions_of_others(folks: People) -> None:
    token, second = folks.token(), folks.token()
    listed = folks.ask("GET", "/auth/sessions", token=token).get_json()["data"]
    assert {row["user"] for row in listed} == {2}
    told = [row["token"] for row in listed]
    assert token in told and second not in told


def test_logout_of_others(folks: People) -> None:
    token = folks.token()
    assert folks.ask("POST", "/auth/logout/2").status_code == 401
    assert folks.ask("POST", "/auth/logout/1", token=token).status_code == 403
    assert folks.knows(token) and folks.knows(folks.admin)
    assert folks.ask("POST", "/auth/logout/2", token=folks.admin).status_code == 200
    assert not folks.knows(token)


def test_cookie_session_reuse(folks: People) -> None:
    first = session_cookie(folks)
    session_cookie(folks, ADMIN)
    assert folks.ask("GET", "/users/me").get_json()["data"]["id"] == 1
    folks.client.set_cookie(cookie.name("demo"), first)
    assert folks.ask("GET", "/users/me").status_code == 401


def test_cookie_flags(home_folks: People) -> None:
    set_cookie = home_folks.login(mode="cookie").headers["Set-Cookie"]
    assert set_cookie.startswith("directus-demo-session=")
    assert "; path=/; expires=" in set_cookie and set_cookie.endswith("; HttpOnly; SameSite=Lax")
    again = home_folks.ask("GET", "/users/me").headers["Set-Cookie"]
    assert again.partition(";")[0] == set_cookie.partition(";")[0]
    assert "Set-Cookie" not in home_folks.ask("GET", "/items/nothing").headers
    over = home_folks.ask("POST", "/auth/logout").headers["Set-Cookie"]
    assert over.startswith("directus-demo-session=")
    assert home_folks.ask("GET", "/users/me").status_code == 401


def test_static_tokens_make_no_sessions(home_folks: People) -> None:
    session_cookie(home_folks)
    assert home_folks.rows("SELECT token FROM directus_users WHERE id = 2") == [(None,)]


# --- guessing --------------------------------------------------------------------------------------------------


def test_login_limit_bypass(folks: People) -> None:
    """26 wrong passwords end an account, though it never logged in."""
    answers = [code(folks.login(password="wrong")) for _ in range(26)]
    assert answers == [100] * 25 + [103]
    assert code(folks.login()) == 103
    assert folks.rows("SELECT status FROM directus_users WHERE id = 2") == [("suspended",)]


def test_a_login_forgives_earlier_failures(home_folks: People) -> None:
    home_folks.set("login_attempts_allowed", 2)
    for _ in range(2):
        assert code(home_folks.login(password="wrong")) == 100
    home_folks.token()
    for _ in range(2):
        assert code(home_folks.login(password="wrong")) == 100
    assert code(home_folks.login(password="wrong")) == 103


def test_otp_replay(folks: People) -> None:
    activate(folks)
    now = time.time()
    assert folks.login(otp=totp.code(SECRET, now + 30)).status_code == 200
    assert code(folks.login(otp=totp.code(SECRET, now + 30))) == 112
    assert code(folks.login(otp=totp.code(SECRET, now))) == 112


def test_the_code_of_the_activation_is_spent(folks: People) -> None:
    spent = activate(folks)
    assert code(folks.login(otp=spent)) == 112


def activate(folks: People) -> str:
    given = totp.code(SECRET, time.time())
    body = {"2fa_secret": SECRET, "otp": given}
    assert folks.ask("POST", "/users/me/activate_2fa", body, folks.token()).status_code == 200
    return given


def test_one_time_codes_follow_the_clock(folks: People, monkeypatch: pytest.MonkeyPatch) -> None:
    activate(folks)
    later = time.time() + 3600
    monkeypatch.setattr(two_factor.time, "time", lambda: later)
    assert code(folks.login(otp=totp.code(SECRET, later - 200))) == 112
    assert folks.login(otp=totp.code(SECRET, later)).status_code == 200
    assert code(folks.login()) == 111


def test_otp_brute_force(folks: People) -> None:
    activate(folks)
    folks.set("login_attempts_allowed", 3)
    answers = [code(folks.login(otp="000000")) for _ in range(4)]
    assert answers == [112, 112, 112, 103]


# --- what is told ----------------------------------------------------------------------------------------------


def test_login_answer_secrets(folks: People) -> None:
    activate(folks)
    user = folks.login(otp=totp.code(SECRET, time.time() + 30)).get_json()["data"]["user"]
    assert user.get("2fa_secret") is None and user.get("password_reset_token") is None
    assert SECRET not in str(user)


def test_user_secrets_to_others(folks: People) -> None:
    activate(folks)
    folks.ask("POST", "/auth/password/request", {"email": EDITOR})
    for token in (folks.admin, folks.token(otp=totp.code(SECRET, time.time() + 30))):
        told = folks.ask("GET", "/users/2", token=token).get_json()["data"]
        assert told["2fa_secret"] == "**********" and told["password_reset_token"] is None
    outsider = {"email": "c@example.com", "password": PASSWORD, "role": 3, "status": "active"}
    folks.ask("POST", "/users", outsider, folks.admin)
    told = folks.ask("GET", "/users/2", token=folks.token("c@example.com")).get_json()["data"]
    assert told["2fa_secret"] is None and told["password_reset_token"] is None and "token" not in told


def test_revision_clear_password(folks: People) -> None:
    folks.ask("PATCH", "/users/2", {"password": "very clear text"}, folks.admin)
    activate_by_admin = {"2fa_secret": SECRET, "otp": totp.code(SECRET, time.time())}
    folks.ask("POST", "/users/2/activate_2fa", activate_by_admin, folks.admin)
    kept = folks.rows("SELECT data, delta FROM directus_revisions")
    assert kept and not any("very clear" in str(row) or SECRET in str(row) or "$2y$" in str(row) for row in kept)


def test_account_state_disclosure(hardened: People) -> None:
    hardened.ask("PATCH", "/users/2", {"status": "suspended"}, hardened.admin)
    assert code(hardened.login(password="wrong")) == 100
    assert code(hardened.login()) == 103


def test_user_enumeration(hardened: People) -> None:
    answer = hardened.ask("POST", "/auth/password/request", {"email": "nobody@example.com"})
    assert (answer.status_code, answer.get_json()) == (200, {"public": True})


SECRETS = ("password", "token", "2fa_secret", "password_reset_token")


@pytest.mark.parametrize("name", SECRETS)
def test_user_secrets_by_filter(home_folks: People, name: str) -> None:
    """A filter would tell a secret letter by letter."""
    home_folks.ask("POST", "/auth/password/request", {"email": EDITOR})
    queries = [
        f"/users?filter[{name}][contains]=e",
        f"/users?filter[{name}][nnull]=1",
        f"/users?limit=0&meta=filter_count&filter[{name}][contains]=e",
        f"/roles?filter[users.{name}][contains]=e",
        f"/users?groups={name}",
    ]
    for path in queries:
        for token in (home_folks.token(), home_folks.admin):
            answer = home_folks.ask("GET", path, token=token)
            assert (answer.status_code, code(answer)) == (403, 215), path
    for text in ("$2y$", "eyJ0"):
        assert home_folks.ask("GET", f"/users?q={text}", token=home_folks.admin).get_json()["data"] == []


@pytest.mark.parametrize("name", SECRETS)
def test_user_secrets_by_sort(home_folks: People, name: str) -> None:
    for term in (name, f"-{name}", f"id,{name}"):
        answer = home_folks.ask("GET", f"/users?sort={term}", token=home_folks.token())
        assert (answer.status_code, code(answer)) == (403, 215)


# --- hashes of user collections ------------------------------------------------------------------------------


@pytest.fixture
def vault(home_folks: People) -> People:
    """A collection with a hash field, and a list of its items at another one."""
    fields = [
        {
            "field": "id",
            "type": "integer",
            "datatype": "INT",
            "primary_key": True,
            "auto_increment": True,
            "length": 10,
        },
        {"field": "pin", "type": "hash", "datatype": "VARCHAR", "length": 255},
    ]
    body = {"collection": "vault", "fields": fields}
    assert home_folks.ask("POST", "/collections", body, home_folks.admin).status_code in (200, 409)
    home_folks.ask("POST", "/items/vault", {"pin": "1234"}, home_folks.admin)
    return home_folks


def test_hash_field_readable(vault: People) -> None:
    """Of a hash one learns by filters whether there is one, and nothing by order and groups."""
    admin = vault.admin
    for operator in ("eq", "neq", "contains", "like", "rlike", "gt", "lte", "between", "in", "nin", "ncontains"):
        answer = vault.ask("GET", f"/items/vault?filter[pin][{operator}]=$2y$,$2z$", token=admin)
        assert (answer.status_code, code(answer)) == (403, 215), operator
    for query in ("filter[pin]=$2y$", "sort=pin", "sort=-id,pin", "groups=pin", "meta=*&limit=0&filter[pin][gt]=$2y$"):
        answer = vault.ask("GET", f"/items/vault?{query}", token=admin)
        assert (answer.status_code, code(answer)) == (403, 215), query
    for query in ("filter[pin][nnull]=1", "filter[pin][nempty]=1"):
        assert vault.ask("GET", f"/items/vault?{query}", token=admin).get_json()["data"], query
    assert vault.ask("GET", "/items/vault?q=$2y$", token=admin).get_json()["data"] == []


def test_hash_field_readable_in_the_older_api(vault: People) -> None:
    def asked(query: str) -> Any:
        headers = {"Authorization": f"Bearer {vault.admin}"}
        return vault.client.get(f"/demo/api/1.1/tables/vault/rows?{query}", headers=headers)

    assert asked("filters[pin][nnull]=1").status_code == 200
    for operator in ("eq", "like", "contains", "gt", "between", "in"):
        assert asked(f"filters[pin][{operator}]=$2y$,$2z$").status_code == 403, operator


def test_hash_field_readable_in_the_later_api(vault: People) -> None:
    def asked(query: str) -> Any:
        headers = {"Authorization": f"Bearer {vault.admin}"}
        return vault.client.get(f"/demo/v10/items/vault?{query}", headers=headers)

    assert asked("filter[pin][_nnull]=true").get_json()["data"]
    for operator in ("_eq", "_starts_with", "_contains", "_gt", "_between", "_in"):
        assert asked(f"filter[pin][{operator}]=$2y$,$2z$").status_code == 403, operator
    assert asked("sort=pin").status_code == 403
    assert asked("search=$2y$").get_json()["data"] == []


# --- rights ----------------------------------------------------------------------------------------------------


def test_self_promotion(folks: People) -> None:
    assert code(folks.ask("PATCH", "/users/me", {"role": 1}, folks.token())) == 305
    assert folks.rows("SELECT role FROM directus_users WHERE id = 2") == [(3,)]


def test_self_promotion_nested(folks: People) -> None:
    token = folks.token()
    for role in ({"id": 1}, {"name": "Mine"}):
        assert folks.ask("PATCH", "/users/me", {"role": role}, token).status_code == 403
    grant = {"collection": "directus_roles", "role": 3, "read": "full", "update": "full", "create": "full"}
    rows = folks.ask("GET", "/permissions?filter[role][eq]=3&filter[collection][eq]=directus_roles", token=folks.admin)
    id = rows.get_json()["data"][0]["id"]
    assert folks.ask("PATCH", f"/permissions/{id}", grant, folks.admin).status_code == 200
    assert folks.ask("PATCH", "/roles/1", {"users": [{"id": 2}]}, token).status_code == 403
    assert folks.rows("SELECT role FROM directus_users WHERE id = 2") == [(3,)]


def test_self_token(folks: People) -> None:
    assert code(folks.ask("PATCH", "/users/me", {"token": "chosen"}, folks.token())) == 305


def test_managers_of_users_do_not_become_administrators(folks: People) -> None:
    path = "/permissions?filter[role][eq]=3&filter[collection][eq]=directus_users&limit=-1"
    rows = folks.ask("GET", path, token=folks.admin)
    full = [{"id": row["id"], "create": "full", "read": "full", "update": "full"} for row in rows.get_json()["data"]]
    assert folks.ask("PATCH", "/permissions", full, folks.admin).status_code == 200
    token = folks.token()
    assert code(folks.ask("POST", "/users", {"email": "x@example.com", "role": 1}, token)) == 305
    assert code(folks.ask("PATCH", "/users/1", {"password": "taken over"}, token)) == 305
    assert folks.ask("POST", "/users", {"email": "y@example.com", "role": 3}, token).status_code == 200


def test_tracking_of_others(folks: People) -> None:
    assert code(folks.ask("PATCH", "/users/1/tracking/page", {"last_page": "/x"}, folks.token())) == 302
    assert folks.ask("PATCH", "/users/me/tracking/page", {"last_page": "/x"}, folks.token()).status_code == 200


def test_webhooks_anonymous(folks: People) -> None:
    folks.ask("POST", "/webhooks", {"url": "https://example.com/secret"}, folks.admin)
    assert code(folks.ask("GET", "/webhooks")) == 3


def test_preset_for_others(hardened: People) -> None:
    token = hardened.token()
    for owner in ({"user": 1}, {"role": 3}, {}):
        assert hardened.ask("POST", "/collection_presets", {"collection": "x", **owner}, token).status_code == 403
    assert hardened.ask("POST", "/collection_presets", {"collection": "x", "user": 2}, token).status_code == 200


# --- resets, mails, utilities ----------------------------------------------------------------------------------


def reset_token(folks: People) -> str:
    assert folks.ask("POST", "/auth/password/request", {"email": EDITOR}).status_code == 200
    return str(folks.rows("SELECT password_reset_token FROM directus_users WHERE id = 2")[0][0])


def test_policy_not_at_reset(folks: People) -> None:
    folks.set("password_policy", "/^.{8,}$/")
    token = reset_token(folks)
    weak = folks.ask("POST", "/auth/password/reset", {"token": token, "password": "short"})
    assert (weak.status_code, code(weak)) == (422, 4)
    assert folks.ask("POST", "/auth/password/reset", {"token": token}).status_code == 422
    assert folks.ask("POST", "/auth/password/reset", {"token": token, "password": "long enough"}).status_code == 200
    assert folks.login(password="long enough").status_code == 200


def test_a_reset_ends_sessions_and_its_token(folks: People) -> None:
    old, token = folks.token(), reset_token(folks)
    body = {"token": token, "password": "another password"}
    assert folks.ask("POST", "/auth/password/reset", body).status_code == 200
    assert not folks.knows(old)
    assert code(folks.ask("POST", "/auth/password/reset", body)) == 105


def test_policy_in_nested_writes(folks: People) -> None:
    folks.set("password_policy", "/^.{8,}$/")
    nested = {"name": "N", "users": [{"email": "n@example.com", "password": "short"}]}
    assert folks.ask("POST", "/roles", nested, folks.admin).status_code == 422
    assert folks.rows("SELECT id FROM directus_roles WHERE name = 'N'") == []


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/reset",
        "//evil.example",
        "javascript:alert(1)",
        "http://localhost@evil.example/",
        "http://localhost\\@evil.example/",
        ["http://localhost/"],
    ],
)
def test_reset_url_phishing(home_folks: People, url: Any) -> None:
    answer = home_folks.ask("POST", "/auth/password/request", {"email": EDITOR, "reset_url": url})
    assert (answer.status_code, code(answer)) == (422, 4)
    assert home_folks.rows("SELECT password_reset_token FROM directus_users WHERE id = 2") == [(None,)]


def test_mail_relay(hardened: People) -> None:
    token = hardened.token()
    assert hardened.ask("POST", "/mail", {"to": "any@example.com", "body": "x"}, token).status_code == 403
    assert hardened.ask("POST", "/mail", {"to": 1, "body": "x"}, token).status_code == 204
    assert hardened.ask("POST", "/mail", {"to": "any@example.com", "body": "x"}, hardened.admin).status_code == 204


def test_utils_unbounded(home_folks: People) -> None:
    for length in (4097, 10**12, "1e99", -1, "nan"):
        answer = home_folks.ask("POST", "/utils/random/string", {"length": length})
        assert (answer.status_code, code(answer)) == (422, 4)
    assert len(home_folks.ask("POST", "/utils/random/string", {"length": 4096}).get_json()["data"]["random"]) == 4096


def test_utils_bcrypt_cost(home_folks: People) -> None:
    body = {"string": "x", "hasher": "bcrypt", "options": {"cost": 31}}
    hashed = home_folks.ask("POST", "/utils/hash", body).get_json()["data"]["hash"]
    assert hashed.startswith("$2y$12$")
