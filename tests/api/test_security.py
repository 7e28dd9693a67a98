"""A test per defect of the original in items, files and the schema, named after its row in docs/security.md.

Those of people stand in ``test_people_security.py``, those of the gate in ``http/test_gate.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.guarded import CANARY, Guarded, leaked, owner, pin, plant, status
from tests.api.people import EDITOR, People, people
from tests.api.v8.test_schema import text, whole

ROWS = """
    login-limit-bypass sso-request-token-forged invitation-token-forged jwt-after-password-change jwt-after-logout
    refresh-of-suspended-user static-token-in-clear sessions-of-others logout-of-others login-answer-secrets
    account-state-disclosure user-enumeration otp-replay otp-brute-force cookie-session-reuse csrf-form-post
    csrf-method-override-field method-override-on-get self-promotion self-promotion-nested self-token
    user-secrets-to-others user-secrets-by-filter user-secrets-by-sort tracking-of-others webhooks-anonymous
    webhook-password-hash revision-clear-password revision-clear-hash-field hash-field-readable
    activity-of-revisions-unreadable logical-or-ownership logical-or-soft-deleted empty-status-intersection
    status-change-unchecked write-blacklist-by-status sort-by-hidden-field schema-of-closed-collections owner-forgery
    write-blacklist-nested filter-through-relation comment-on-unreadable preset-for-others
    session-after-password-change policy-not-at-reset asset-without-permission original-without-permission
    ssrf-file-import active-content-upload denied-delete-removes-content reset-url-phishing mail-relay
    cors-credentials-any-origin cors-on-errors forwarded-host forwarded-host-reset-mail project-list sql-in-errors
    sql-in-errors-anonymous utils-unbounded utils-bcrypt-cost drop-system-table drop-users-table
""".split()


def test_every_row_has_its_test() -> None:
    sources = "\n".join(p.read_text() for p in Path(__file__).parent.rglob("test_*.py"))
    named = set(re.findall(r"^def test_(\w+)\(", sources, re.M))
    assert [row for row in ROWS if row.replace("-", "_") not in named] == []


def test_every_row_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "security.md").read_text()
    assert [row for row in ROWS if f"| {row} |" not in page] == []


def _guarded(folder: Path, hardened: bool, **more: Any) -> Iterator[Guarded]:
    values = {"security": {"hardened": hardened}, "public_url": "https://api.example.com", **more}
    with people("sqlite", folder, values) as folks:
        yield Guarded(folks)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """A project as it comes."""
    yield from _guarded(tmp_path_factory.mktemp("plain"), False)


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """A hardened project."""
    yield from _guarded(tmp_path_factory.mktemp("hard"), True)


@pytest.fixture(params=["plain", "hard"])
def api(request: pytest.FixtureRequest) -> Guarded:
    """Both: what is closed always."""
    made: Guarded = request.getfixturevalue(request.param)
    return made


# --- rows ------------------------------------------------------------------------------------------------------


def test_logical_or_ownership(api: Guarded) -> None:
    name = api.open(owner(), read="mine")
    api.add(name, title="of others", owner=1)
    query = "filter[title][eq]=x&filter[id][gt]=0&filter[id][logical]=or&filter[title][logical]=or"
    assert api.titles(f"/items/{name}?{query}") == []


def test_logical_or_soft_deleted(api: Guarded) -> None:
    name = api.open(status(), read="full")
    api.add(name, title="seen", status="published")
    api("POST", f"/items/{name}", {"title": "gone", "status": "gone"})
    query = "filter[title][eq]=x&filter[id][gt]=0&filter[id][logical]=or&filter[title][logical]=or"
    assert api.titles(f"/items/{name}?{query}") == ["seen"]


def test_empty_status_intersection(hard: Guarded) -> None:
    name = hard.open(status())
    hard.grant(name, status="published", read="full")
    hard.add(name, title="seen", status="published")
    hard.add(name, title="draft", status="draft")
    assert hard.titles(f"/items/{name}?status=draft") == []
    assert hard.titles(f"/items/{name}?status=published") == ["seen"]


def test_status_change_unchecked(api: Guarded) -> None:
    name = api.open(status())
    api.grant(name, status="draft", read="full", update="full")
    api.grant(name, status="published", read="full", update="none")
    key = api.add(name, title="a", status="draft")
    assert api.mine("PATCH", f"/items/{name}/{key}", {"status": "published"})[0] == 403
    assert api.column(name, "status") == ["draft"]


def test_write_blacklist_by_status(api: Guarded) -> None:
    name = api.open(status())
    api.grant(name, status="draft", read="full", update="full", write_field_blacklist=["title"])
    key = api.add(name, title="a", status="draft")
    assert api.mine("PATCH", f"/items/{name}/{key}", {"title": "b"})[0] == 403
    assert api.column(name, "title") == ["a"]


def test_sort_by_hidden_field(hard: Guarded) -> None:
    name = hard.open(text("secret"), read="full", read_field_blacklist=["secret"])
    for term in ("secret", "-secret", "title,secret"):
        assert hard.mine("GET", f"/items/{name}?sort={term}")[0] == 403, term


def test_schema_of_closed_collections(hard: Guarded) -> None:
    seen, closed = hard.open(read="full"), hard.open()
    listed = [c["collection"] for c in hard.mine("GET", "/collections")]
    assert seen in listed and closed not in listed
    for path in (f"/collections/{closed}", f"/fields/{closed}", f"/fields/{closed}/title", f"/items/{closed}"):
        assert hard.mine("GET", path)[0] in (403, 404), path
    assert closed not in str(hard.mine("GET", "/fields"))
    assert closed not in str(hard("GET", "/collections", token=""))


def test_owner_forgery(api: Guarded) -> None:
    name = api.open(owner(), read="mine", create="full", update="mine")
    made = api.mine("POST", f"/items/{name}", {"title": "a"})
    for forged in (1, {"id": 1}):
        assert api.mine("PATCH", f"/items/{name}/{made['id']}", {"owner": forged})[:2] == (403, 305)
    assert isinstance(api.mine("PATCH", f"/items/{name}/{made['id']}", {"owner": 2, "title": "b"}), dict)
    assert api.column(name, "owner") == [2]


def test_write_blacklist_nested(api: Guarded) -> None:
    name = api.open(whole("writer"), read="full", create="full", update="full")
    writers = api.open(text("pay"), read="full", create="full", update="full", write_field_blacklist=["pay"])
    api.relate(name, "writer", writers)
    api("PATCH", f"/fields/{name}/writer", {"type": "m2o"})
    key = api.add(writers, title="w", pay="low")
    for nested in ({"title": "n", "pay": "high"}, {"id": key, "pay": "high"}):
        assert api.mine("POST", f"/items/{name}", {"title": "a", "writer": nested})[0] == 403
    assert api.column(writers, "pay") == ["low"]


def test_filter_through_relation(api: Guarded) -> None:
    name = api.open(whole("writer"), read="full")
    writers = api.open(text("pay"), read="full", read_field_blacklist=["pay"])
    closed = api.open(text("pay"))
    for one in (writers, closed):
        api.relate(name, "writer", one)
        api("PATCH", f"/fields/{name}/writer", {"type": "m2o"})
        api.add(name, title="a", writer=api.add(one, title="w", pay="high"))
        answered = api.mine("GET", f"/items/{name}?filter[writer.pay][starts_with]=h")
        assert answered == [] or answered[0] in (403, 404, 422), answered
        name = api.open(whole("writer"), read="full")


def test_comment_on_unreadable(hard: Guarded) -> None:
    name = hard.open(owner(), read="mine", comment="full")
    key = hard.add(name, title="of others", owner=1)
    body = {"collection": name, "item": str(key), "comment": "hello"}
    assert hard.mine("POST", "/activity/comment", body)[0] in (403, 404)
    closed = hard.open(comment="full")
    body = {"collection": closed, "item": str(hard.add(closed, title="a")), "comment": "hello"}
    assert hard.mine("POST", "/activity/comment", body)[0] in (403, 404)


def test_activity_of_revisions_unreadable(hard: Guarded) -> None:
    name = hard.open(owner(), read="mine")
    key = hard.add(name, title="of others", owner=1)
    for path in (f"/items/{name}/{key}/revisions", f"/items/{name}/{key}/revisions/0"):
        assert hard.mine("GET", path)[0] == 404, path
    for path in ("/revisions?limit=-1", "/activity?limit=-1&fields=*.*"):
        assert "of others" not in str(hard.mine("GET", path)), path


# --- secrets ---------------------------------------------------------------------------------------------------


def test_revision_clear_hash_field(api: Guarded) -> None:
    name = api.open(pin())
    key = api.add(name, title="a", pin="clear text")
    api("PATCH", f"/items/{name}/{key}", {"pin": "other clear text"})
    kept = api.folks.rows("SELECT data, delta FROM directus_revisions WHERE collection = :name", name=name)
    assert len(kept) == 2 and "clear text" not in str(kept)
    assert not api.hardened or "$2y$" not in str(kept)


def test_hash_field_readable(hard: Guarded) -> None:
    name = hard.open(pin(), read="full", create="full")
    made = hard.mine("POST", f"/items/{name}", {"title": "a", "pin": "1234"})
    assert "$2y$" not in str(made)
    for path in (f"/items/{name}", f"/items/{name}/{made['id']}?fields=*.*", f"/gql?query={{{name}{{pin}}}}"):
        assert "$2y$" not in hard.folks.ask("GET", path, token=hard.editor).text, path
    assert hard.column(name, "pin")[0].startswith("$2y$")


def test_static_token_in_clear(hard: Guarded) -> None:
    hard("PATCH", "/users/2", {"token": "static-canary"})
    hard.editor = hard.folks.token()
    for path in ("/users/2?fields=*", "/users/me?fields=*.*", "/users", "/revisions?limit=-1", "/activity?fields=*.*"):
        assert "static-canary" not in str(hard.mine("GET", path)), path
        if "revisions" in path or "activity" in path:
            assert "static-canary" not in str(hard("GET", path)), path
    assert "static-canary" not in str(hard.folks.login().get_json()["data"]["user"])


def test_session_after_password_change(home_folks: People) -> None:
    home_folks.login(EDITOR, mode="cookie")
    assert home_folks.ask("GET", "/users/me").status_code == 200
    home_folks.ask("PATCH", "/users/2", {"password": "another password"}, home_folks.admin)
    assert home_folks.ask("GET", "/users/me").status_code == 401


def test_webhook_password_hash(home_folks: People) -> None:
    """Listeners, and webhooks through them, are told of a change of password, and not the password."""
    heard: list[Any] = []
    for event in ("item.update", "item.update:before", "item.update:after", "item.update.directus_users"):
        home_folks.project.bus.on(event, lambda *told: heard.append(told))
    home_folks.ask("PATCH", "/users/2", {"password": "clear text", "token": "clear too"}, home_folks.admin)
    assert heard and not re.search(r"\$2y\$|clear t", str(heard)), heard


def test_an_unhardened_project_is_told_of_at_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for hardened in (False, True):
        caplog.clear()
        for _ in _guarded(tmp_path / str(hardened), hardened):
            told = [r.getMessage() for r in caplog.records if "security.hardened" in r.getMessage()]
            assert len(told) == (not hardened), told


# --- files -----------------------------------------------------------------------------------------------------


def test_active_content_upload(api: Guarded) -> None:
    for name in ("a.html", "a.svg", "a.xhtml", "a.js"):
        row = api.write(name, b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
        for path in (row["data"]["url"], row["data"]["asset_url"]):
            answer = api.folks.client.get(path)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            shown = answer.headers.get("Content-Disposition", "").startswith("attachment") is False
            assert not shown or answer.mimetype in ("text/plain", "image/svg+xml", "application/octet-stream"), (
                path,
                answer.mimetype,
            )


def test_denied_delete_removes_content(api: Guarded) -> None:
    row = api.write("kept.txt", b"still here")
    assert api("DELETE", f"/files/{row['id']}", token="")[0] == 401
    rights = api("GET", "/permissions?filter[role][eq]=3&filter[collection][eq]=directus_files")
    api("PATCH", f"/permissions/{rights[0]['id']}", {"delete": "none"})
    assert api.mine("DELETE", f"/files/{row['id']}")[0] == 403
    assert api.folks.client.get(row["data"]["asset_url"]).data == b"still here"


def test_ssrf_file_import(api: Guarded) -> None:
    for host in ("127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "2130706433", "[::ffff:127.0.0.1]"):
        assert api("POST", "/files", {"data": f"http://{host}:1/a.png"})[0] == 422, host
    assert api("POST", "/files", {"data": "file:///etc/passwd"}) != 200


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    yield from _guarded(tmp_path_factory.mktemp("private"), True, storage={"private": True})


def test_asset_without_permission(private: Guarded) -> None:
    row = private.write("a.txt", b"for members")
    path = row["data"]["asset_url"].partition("?")[0]
    bearer = {"Authorization": f"Bearer {private.folks.admin}"}
    assert private.folks.client.get(path).status_code == 404
    assert private.folks.client.get(path, headers=bearer).data == b"for members"


def test_original_without_permission(private: Guarded) -> None:
    row = private.write("b.txt", b"for members")
    path = f"/uploads/demo/originals/{row['filename_disk']}"
    bearer = {"Authorization": f"Bearer {private.folks.admin}"}
    assert private.folks.client.get(path).status_code == 404
    assert private.folks.client.get(path, headers=bearer).data == b"for members"


# --- requests --------------------------------------------------------------------------------------------------


def test_csrf_form_post(home_folks: People) -> None:
    api = Guarded(home_folks)
    name = api.open(read="full", create="full")
    home_folks.login(EDITOR, mode="cookie")
    form = {"data": {"title": "forged"}, "headers": {"Origin": "https://evil.example"}}
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        home_folks.client.post(f"/demo/items/{name}", content_type=kind, **form)
    assert api.column(name, "title") == []


def test_forwarded_host_reset_mail(tmp_path: Path) -> None:
    mails = tmp_path / "mails"
    mails.mkdir()
    mail = {"default": {"transport": "file", "path": str(mails)}}
    for api in _guarded(tmp_path, True, mail=mail):
        evil = {"X-Forwarded-Host": "evil.example", "Host": "evil.example"}
        api.folks.ask("POST", "/auth/password/request", {"email": EDITOR}, headers=evil)
        sent = [p.read_text() for p in mails.rglob("*.eml")]
        assert len(sent) == 1 and "evil.example" not in sent[0] and "api.example.com" in sent[0]


def test_project_list(hard: Guarded) -> None:
    answer = hard.folks.client.get("/server/projects")
    assert "demo" not in answer.text


HOSTILE = (
    "filter[id][eq]=%27", "filter[title][between]=1", "filter[x%22;--][eq]=1", "sort=%22", "fields=%27", "limit=9e99",
    "filter[id][in]=" + "9" * 40, "groups=%60", "page=-1", "filter[id][gt]=%00", "q=%00%27", "aggregate[sum]=title",
)  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
def test_sql_in_errors(api: Guarded, query: str) -> None:
    name = getattr(api, "hostile", None) or api.open(read="full")
    api.hostile = name  # type: ignore[attr-defined]
    answer = api.folks.ask("GET", f"/items/{name}?{query}", token=api.editor)
    assert answer.status_code < 500 and not re.search(r"SELECT |sqlite|syntax|sqlalchemy", answer.text), answer.text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/auth/authenticate", {"email": {"a": 1}, "password": ["'"]}),
        ("/auth/authenticate", {"email": "a@b.cd'\x00", "password": "x" * 9999}),
        ("/auth/password/request", {"email": ["'"]}),
        ("/auth/password/reset", {"token": "'", "password": {}}),
        ("/auth/refresh", {"token": ["'"]}),
        ("/users/invite/%27%00", None),
        ("/utils/hash/match", {"string": [], "hash": "'"}),
    ],
)
def test_sql_in_errors_anonymous(api: Guarded, path: str, body: Any) -> None:
    answer = api.folks.ask("POST", path, body)
    assert 400 <= answer.status_code < 500
    assert not re.search(r"SELECT |sqlite|syntax|sqlalchemy", answer.text), answer.text


# --- the schema ------------------------------------------------------------------------------------------------


def test_drop_system_table(api: Guarded) -> None:
    for name in ("directus_settings", "directus_webhooks", "directus_revisions"):
        assert api("DELETE", f"/collections/{name}")[0] in (403, 404, 422)
        assert api("PATCH", f"/collections/{name}", {"managed": False})
        assert api.folks.rows(f"SELECT count(*) FROM {name}")


def test_drop_users_table(api: Guarded) -> None:
    assert api("DELETE", "/collections/directus_users")[0] in (403, 404, 422)
    if api.hardened:
        assert api("DELETE", "/fields/directus_users/password")[0] in (403, 404, 422)
    assert len(api.folks.rows("SELECT password FROM directus_users")) == 2


# --- canaries --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[True, False], ids=["hard", "plain"])
def planted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """A project with a canary in every private place, and an editor who reads all that such a role reads."""
    values = {"graphql": {"extended": True}, "scim": {"standard": True}, "storage": {"private": True}}
    for api in _guarded(tmp_path_factory.mktemp("planted"), request.param, **values):
        plant(api)
        yield api


def _routes(api: Guarded) -> Iterator[str]:
    collections = api.closed
    system = "users roles permissions settings activity revisions collections fields relations files folders webhooks"
    queries = ("", "?fields=*.*.*&limit=-1", "?meta=*", "?status=*&fields=*.*&limit=-1", f"?q={CANARY}")
    for query in queries:
        for name in (*system.split(), "collection_presets", *(f"items/{c}" for c in collections)):
            yield f"/demo/{name}{query}"
            yield f"/demo/{name}/1{query}"
            yield f"/demo/api/1.1/{name.replace('items/', 'tables/')}{query}"
    for name in collections:
        yield f"/demo/items/{name}/1/revisions"
        yield f"/demo/items/{name}/1?fields=*.*.*.*"
        yield f"/api/1.1/tables/{name}/rows?depth=3"
        yield f"/api/1.1/tables/{name}/rows/1?depth=3"
        yield f"/demo/gql?query={{{name}{{title}}}}"
        yield f"/demo/gql?query={{items{{{name}{{title}}}}}}"
        yield f"/demo/v10/items/{name}?fields=*.*.*"
        yield f"/demo/v10/items/{name}/1"
        yield f"/demo/v10/graphql?query={{{name}{{title}}}}"
        yield f"/demo/v10/fields/{name}"
    for name in (*system.split(), "presets", "server/info", "users/me"):
        yield f"/demo/v10/{name}?fields=*.*.*"
    for name in ("Users", "Users/1", "Groups", "ServiceProviderConfig", "Schemas", "ResourceTypes"):
        yield f"/demo/scim/v2/{name}"
    for name in ("users/me", "auth/sessions", "openapi.json", "", "v10/openapi.json", "v10/server/specs/oas"):
        yield f"/demo/{name}"
    yield from ("/server/projects", "/server/info", "/server/ping", "/api/1.1/users", "/api/1.1/activity")


def test_canaries_are_seen_by_those_who_may(planted: Guarded) -> None:
    """Else the next test would prove nothing."""
    for name in planted.closed[:-1]:
        assert CANARY in str(planted("GET", f"/items/{name}?status=*"))


@pytest.mark.parametrize("caller", ["editor", "nobody"])
def test_canaries_are_seen_by_nobody_else(planted: Guarded, caller: str) -> None:
    """Not by value and not by being found: a search for it finds nothing (``meta`` tells the query's own words)."""
    headers = {"Authorization": f"Bearer {planted.editor}"} if caller == "editor" else {}
    answered = 0
    for path in _routes(planted):
        answer = planted.folks.client.get(path, headers=headers)
        assert answer.status_code < 500, (path, answer.text)
        told = answer.text.replace(f"q={CANARY}", "")
        assert leaked(planted.hardened, path, told) is None, path
        answered += answer.status_code == 200
    assert answered > (50 if caller == "editor" else 5), answered
