"""Rows of permissions as they are kept and told, who counts as whom, and what a role has from the start.

Source: permissions.md §2, §3, §7–10. On each database.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from directus8.auth import tokens
from directus8.services.auth.common import keys_of
from tests.api.people import ADMIN, People, people
from tests.api.plays import Row, play, play_as

P = "/permissions"
BLANK = "This value should not be blank."
LEVELS = ("create", "read", "update", "delete", "comment", "explain")
KEY = {"field": "id", "type": "integer", "datatype": "int", "length": 10, "primary_key": True, "auto_increment": True}
NOTE = {"field": "note", "type": "string", "datatype": "varchar", "length": 50}
STATUS = {
    "field": "status", "type": "status", "datatype": "varchar", "length": 20, "default_value": "draft",
    "options": {"status_mapping": {"live": {"name": "Live"}, "draft": {"name": "Draft"}}},
}  # fmt: skip


@pytest.fixture(scope="module")
def shared(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """A project with the collections ``notes`` and ``pages`` (with statuses), of which nobody is granted anything."""
    with people(module_vendor, tmp_path_factory.mktemp("rows")) as made:
        for name, fields in (("notes", [KEY, NOTE]), ("pages", [KEY, NOTE, STATUS])):
            body = {"collection": name, "fields": fields}
            assert made.ask("POST", "/collections", body, made.admin).status_code == 200
            assert made.ask("POST", f"/items/{name}", {"note": "one"}, made.admin).status_code == 200
        yield made


def role(folks: People, *rows: dict[str, Any], without: bool = False) -> tuple[int, str]:
    """A new role with these rows, and the token of a user in it; ``without``: the default rows are taken away."""
    number = len(folks.ask("GET", "/roles?limit=-1&fields=id", token=folks.admin).get_json()["data"])
    id = folks.ask("POST", "/roles", {"name": f"Role {number}"}, folks.admin).get_json()["data"]["id"]
    if without:
        for row in told(folks, f"{P}?filter[role]={id}&limit=-1&fields=id"):
            assert folks.ask("DELETE", f"{P}/{row['id']}", token=folks.admin).status_code == 204
    for row in rows:
        answer = folks.ask("POST", P, {"role": id, **row}, folks.admin)
        assert answer.status_code == 200, answer.text
    user = {"email": f"u{number}@example.com", "role": id, "status": "active", "token": f"token-{number}"}
    assert folks.ask("POST", "/users", user, folks.admin).status_code == 200
    return id, f"token-{number}"


def told(folks: People, path: str, token: str | None = None) -> Any:
    answer = folks.ask("GET", path, token=folks.admin if token is None else token)
    assert answer.status_code == 200, answer.text
    return answer.get_json()["data"]


# --- §2 -----------------------------------------------------------------------------------------------------------


def test_what_a_row_holds(shared: People) -> None:
    id, _ = role(shared)
    row = {"collection": "nowhere", "role": id}
    nothing = {**dict.fromkeys(LEVELS, "none"), "status": None}
    lists = {name: [] for name in ("read_field_blacklist", "write_field_blacklist", "status_blacklist")}
    many = [f"field_{n}" for n in range(150)]
    play(
        shared,
        [
            ("a", "POST", P, row, (200, {**row, **nothing, **lists})),
            ("a", "POST", P, {**row, "create": "banana", "explain": "x"}, (200, {"create": "banana", "explain": "x"})),
            ("a", "POST", P, {**row, "status": "$create"}, (200, {"status": "$create"})),
            ("a", "POST", P, {**row, "status": "new", "read_field_blacklist": ["a", "b"], "status_blacklist": ["x"]},
             (200, {"status": "new", "read_field_blacklist": ["a", "b"], "status_blacklist": ["x"]})),
            ("a", "POST", P, {**row, "status": "csv", "read_field_blacklist": "a,b"},
             (422, "read_field_blacklist: This value should be of type array.")),
            ("a", "POST", P, {**row, "write_field_blacklist": many}, (422, 12)),
            ("a", "POST", P, {"role": id}, (422, f"collection: {BLANK}")),
            ("a", "POST", P, {"collection": "notes"}, (422, f"role: {BLANK}")),
            ("a", "POST", P, {}, (422, f"collection: {BLANK} role: {BLANK}")),
            ("a", "POST", P, None, (400, 13)),
            ("a", "POST", P, {**row, "nope": 1}, (422, 12)),
            ("e", "POST", P, row, (403, 301)),
            ("p", "POST", P, row, (403, 301)),
        ],
    )  # fmt: skip


#: level of ``notes``, method, path, body, what
WORDS: tuple[tuple[dict[str, Any], str, str, Any, Any], ...] = (
    ({"create": "mine"}, "POST", "/items/notes", {"note": "x"}, 204),
    ({"create": "role"}, "POST", "/items/notes", {"note": "x"}, 204),
    ({"create": "full"}, "POST", "/items/notes", {"note": "x"}, 204),
    ({"create": "none"}, "POST", "/items/notes", {"note": "x"}, (403, 301)),
    ({"create": "banana"}, "POST", "/items/notes", {"note": "x"}, (403, 301)),
    ({"create": None}, "POST", "/items/notes", {"note": "x"}, (403, 301)),
    ({"create": "FULL"}, "POST", "/items/notes", {"note": "x"}, (403, 301)),
    ({"read": "full"}, "GET", "/items/notes", None, 200),
    ({"read": "banana"}, "GET", "/items/notes", None, (403, 300)),
    ({"read": None}, "GET", "/items/notes", None, (403, 300)),
    ({"read": "mine"}, "GET", "/items/notes", None, (403, 300)),  # nobody owns notes
    ({"read": "full", "update": "role"}, "PATCH", "/items/notes/1", {"note": "one"}, (403, 302)),
    ({"read": "full", "update": "full"}, "PATCH", "/items/notes/1", {"note": "one"}, 200),
    ({"read": "full", "delete": "x"}, "DELETE", "/items/notes/1", None, (403, 303)),
    ({"create": "full", "explain": "banana"}, "POST", "/items/notes", {"note": "x"}, 204),
    ({"create": "full", "explain": "create"}, "POST", "/items/notes", {"note": "x"}, (403, 10)),
    ({"create": "full", "explain": "create"}, "POST", "/items/notes?comment=why", {"note": "x"}, 204),
    ({"create": "full", "explain": "update"}, "POST", "/items/notes", {"note": "x"}, 204),
    ({"status": "$create", "create": "full"}, "POST", "/items/notes", {"note": "x"}, (403, 301)),
    ({"read": "full"}, "POST", "/activity/comment", {"collection": "notes", "item": 1, "comment": "c"}, (403, 210)),
    ({"comment": "read"}, "POST", "/activity/comment", {"collection": "notes", "item": 1, "comment": "c"}, (403, 210)),
    ({"comment": "create"}, "POST", "/activity/comment", {"collection": "notes", "item": 1, "comment": "c"}, 200),
    ({"comment": "update"}, "POST", "/activity/comment", {"collection": "notes", "item": 1, "comment": "c"}, 200),
    ({"comment": None}, "POST", "/activity/comment", {"collection": "notes", "item": 1, "comment": "c"}, 200),
    ({}, "POST", "/activity/comment", {"collection": "pages", "item": 1, "comment": "c"}, 200),  # no row at all
)


def test_what_its_words_mean(shared: People) -> None:
    wrong = []
    id, token = role(shared, {"collection": "notes"})
    row = told(shared, f"{P}?filter[role]={id}&filter[collection]=notes&single=1")["id"]
    blank = {**dict.fromkeys(LEVELS, "none"), "status": None}
    for given, method, path, body, what in WORDS:
        assert shared.ask("PATCH", f"{P}/{row}", {**blank, **given}, shared.admin).status_code == 200
        try:
            play_as(shared, token, [(method, path, body, what)])
        except AssertionError as error:
            wrong.append(f"{given} {error}")
    assert not wrong, "\n".join(wrong)


def test_a_status_blacklist_is_kept_only(shared: People) -> None:
    row = {"collection": "pages", "create": "full", "read": "full", "update": "full", "status_blacklist": ["live"]}
    _, token = role(shared, row)
    play_as(shared, token, [("POST", "/items/pages", {"status": "live"}, (200, {"status": "live"}))])


# --- §3 -----------------------------------------------------------------------------------------------------------


def test_the_endpoints(shared: People) -> None:
    id, _ = role(shared, without=True)
    here = f"{P}?filter[role]={id}"
    made = [shared.ask("POST", P, {"role": id, "collection": c}, shared.admin).get_json()["data"]["id"] for c in "abc"]
    a, b, c = made
    rows: list[Row] = [
        ("a", "POST", f"{P}?fields=id", {"role": id, "collection": "d"}, (200, {"role": id, "collection": "d"})),
        ("a", "POST", f"{P}?fields=collection", [{"role": id, "collection": x} for x in "ef"],
         (200, [{"collection": "e"}, {"collection": "f"}])),
        ("a", "GET", f"{here}&fields=collection&sort=-collection&limit=2", None,
         (200, [{"collection": "f"}, {"collection": "e"}])),
        ("a", "GET", f"{P}/{a}?fields=collection", None, (200, {"collection": "a"})),
        ("a", "GET", f"{P}/{a},{b}?fields=collection", None, (200, [{"collection": "a"}, {"collection": "b"}])),
        ("a", "GET", f"{P}/9999", None, (404, 'Item with id "9999" not found')),
        ("a", "GET", f"{P}/nope", None, (404, 1)),
        ("a", "PATCH", f"{P}/{a}?fields=id", {"read": "full"}, (200, {"id": a, "read": "full", "collection": "a"})),
        ("a", "PATCH", f"{P}/{a},{b}?fields=read", {"read": "mine"}, (200, [{"read": "mine"}] * 2)),
        ("a", "PATCH", f"{P}?fields=read", [{"id": b, "read": "full"}, {"id": c, "read": "role"}],
         (200, [{"read": "full"}, {"read": "role"}])),
        ("a", "PATCH", f"{P}/9999", {"read": "full"}, (404, 203)),
        ("a", "PATCH", f"{P}/{a}", {"read": "full", "nope": 1}, (422, 12)),
        ("a", "PATCH", f"{P}/{a}", None, (400, 13)),
        ("a", "DELETE", f"{P}/9999", None, (404, "Item not found")),
        ("a", "DELETE", f"{P}/{c},9999", None, (404, "Item not found")),
        ("a", "PUT", f"{P}/{a}", {}, (405, 6)),
        ("a", "DELETE", P, None, (405, 6)),
        ("e", "PATCH", f"{P}/{a}", {"read": "full"}, (404, 203)),
        ("e", "DELETE", f"{P}/{a}", None, (403, 303)),
        ("e", "GET", f"{P}/{a}", None, (404, 203)),
        ("p", "GET", P, None, (401, 3)),
        ("p", "GET", f"{P}/{a}", None, (404, "Item not found")),
        ("a", "DELETE", f"{P}/{a}", None, 204),
        ("a", "DELETE", f"{P}/{b},{c}", None, 204),  # all that are named: docs/differences.md
        ("a", "GET", f"{here}&fields=collection", None, (200, [{"collection": x} for x in "def"])),
        ("a", "GET", f"/activity?filter[collection]=directus_permissions&filter[item]={a}&fields=action&sort=id", None,
         (200, [{"action": x} for x in ("create", "update", "update", "delete")])),
    ]  # fmt: skip
    play(shared, rows)


def test_my_own(shared: People) -> None:
    rows = (
        {"collection": "pages", "status": "$create", "create": "full"},
        {"collection": "pages", "read": "mine"},  # statuses follow: dropped
        {"collection": "pages", "status": "live", "read": "full", "status_blacklist": ["a", "b"]},
        {"collection": "notes", "read": "full", "read_field_blacklist": ["note"]},
        {"collection": "notes", "read": "mine"},
    )
    id, token = role(shared, *rows, without=True)
    mine = told(shared, f"{P}/me", token)
    short = [(r["collection"], r["status"], r["read"]) for r in mine]
    assert short == [("notes", None, "full"), ("pages", "live", "full"), ("pages", "$create", "none")], short
    assert [r["status_blacklist"] for r in mine] == [None, "a,b", None]
    assert [r["read_field_blacklist"] for r in mine] == [["note"], [], []]
    assert {r["role"] for r in mine} == {id}
    one = told(shared, f"{P}/me/notes", token)
    assert isinstance(one, dict) and one["read"] == "full"
    assert [r["status"] for r in told(shared, f"{P}/me/pages", token)] == ["live"]
    assert told(shared, f"{P}/me/nope", token) == []
    (none,) = told(shared, f"{P}/me")
    assert {n: v for n, v in none.items() if v is not None} == {
        "role": 1, "read_field_blacklist": [], "write_field_blacklist": [],
    }  # fmt: skip
    assert shared.ask("GET", f"{P}/me").get_json() == {"data": [], "public": True}
    assert shared.ask("GET", f"{P}/me/notes").get_json() == {"data": [], "public": True}


# --- §7 -----------------------------------------------------------------------------------------------------------


def test_who_counts_as_the_public(shared: People) -> None:
    id, _ = role(shared, {"collection": "notes", "read": "full"})
    user = {"email": "sleeping@example.com", "role": id, "status": "suspended", "token": "sleeping"}
    assert shared.ask("POST", "/users", user, shared.admin).status_code == 200
    keys = keys_of(shared.project, "demo")
    expired = tokens.issue_auth(1, -1, keys, time.time())
    foreign = tokens.issue_auth(1, 20, tokens.Keys("other", keys.public_key, "demo"), time.time())
    for nobody in ("", "bad", "a.b.c", "token-of-nobody", expired, foreign, "sleeping"):
        rows: list[tuple[str, str, Any, Any]] = [
            ("GET", "/users/me", None, (401, "Unauthorized request")),
            ("GET", "/items/notes", None, (401, 3)),
            ("POST", "/items/notes", {"note": "x"}, (403, 301)),
            ("POST", "/mail", {}, (401, "User not authenticated")),
            ("POST", "/update", {}, (401, "Permission denied: Admin Only")),
            ("POST", "/gql", {"query": "{x}"}, (401, "Permission denied: Admin Only")),
        ]
        play_as(shared, nobody, rows)
        assert shared.ask("GET", f"{P}/me", token=nobody).get_json()["public"] is True


def test_what_takes_a_user(shared: People) -> None:
    _, token = role(shared)
    for path in ("types", "interfaces", "layouts", "modules"):
        answer = shared.client.get(f"/{path}?project=demo")
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, 108), path
    rows = [(m, p, b, (401, "Permission denied: Admin Only")) for m, p, b in
            (("POST", "/update", {}), ("POST", "/gql", {"query": "{x}"}))]  # fmt: skip
    play_as(shared, token, rows)


# --- §8, §9 -------------------------------------------------------------------------------------------------------

#: collection, status; create, read, update, delete, comment
DEFAULTS = """
directus_activity - full mine none none update
directus_collection_presets - full full mine mine none
directus_collections - none full none none none
directus_fields - none full none none none
directus_files - full full full full none
directus_folders - full full full full none
directus_permissions - none mine none none none
directus_relations - none full none none none
directus_revisions - full full none none none
directus_roles - none mine none none none
directus_settings - none full none none none
directus_users active none full mine mine none
directus_users deleted none none none none none
directus_users draft none none none none none
directus_users invited none none none none none
directus_users suspended none none none none none
"""


def test_what_a_new_role_may(shared: People) -> None:
    id, _ = role(shared)
    rows = told(shared, f"{P}?filter[role]={id}&limit=-1&sort=id")
    names = ("collection", "status", "create", "read", "update", "delete", "comment")
    assert [" ".join(str(r[n] or "-") for n in names) for r in rows] == DEFAULTS.strip().splitlines()
    assert {r["explain"] for r in rows} == {"none"}
    assert not [r for r in rows if r["read_field_blacklist"] or r["write_field_blacklist"] or r["status_blacklist"]]


def test_what_a_role_sees_of_the_system(shared: People) -> None:
    id, token = role(shared)
    me = told(shared, "/users/me", token)["id"]
    other = {"id": 1, "email": ADMIN}
    shared.ask("PATCH", "/users/1", {"email_notifications": False}, shared.admin)
    assert {r["role"] for r in told(shared, f"{P}?limit=-1", token)} == {id}
    assert [r["id"] for r in told(shared, "/roles", token)] == [id]
    for path in ("/settings", "/relations", "/collections", "/collection_presets", "/files", "/folders"):
        assert told(shared, f"{path}?limit=-1", token) == told(shared, f"{path}?limit=-1"), path
    everything = "/revisions?limit=-1&fields=id,collection"  # of all collections
    assert told(shared, everything, token) == told(shared, everything)
    assert {"notes", "pages"} <= {r["collection"] for r in told(shared, "/collections", token)}
    assert not {"notes", "pages"} & {r["collection"] for r in told(shared, "/fields?limit=-1", token)}
    listed = told(shared, "/users?limit=-1", token)
    assert {r["status"] for r in listed} == {"active"} and not any("password" in r for r in listed)
    private = {"token", "email_notifications", "last_access_on", "last_page"}
    assert not [r for r in listed if r["id"] != me and r.keys() & private]
    assert private <= next(r for r in listed if r["id"] == me).keys()
    assert private <= told(shared, "/users/1").keys()
    assert other.items() <= next(r for r in listed if r["id"] == 1).items()


def test_what_a_role_changes_of_the_system(shared: People) -> None:
    id, token = role(shared)
    _, colleague = role(shared)
    me, her = (told(shared, "/users/me", t)["id"] for t in (token, colleague))
    own = {"collection": "notes", "user": me, "title": "own"}
    rows: list[tuple[str, str, Any, Any]] = [
        ("POST", "/folders", {"name": "F"}, (200, {"name": "F"})),
        ("POST", "/collection_presets", own, (200, own)),
        ("POST", "/roles", {"name": "x"}, (403, 301)),
        ("PATCH", f"/roles/{id}", {"name": "x"}, (403, 302)),
        ("PATCH", "/roles/1", {"name": "x"}, (404, 203)),
        ("PATCH", "/settings/1", {"value": "x"}, (403, 302)),
        ("DELETE", "/settings/1", None, (403, 303)),
        ("POST", "/relations", {"collection_many": "notes", "field_many": "note"}, (403, 301)),
        ("DELETE", "/relations/1", None, (403, 303)),
        ("POST", "/users", {"email": "x@example.com"}, (403, 301)),
        ("PATCH", f"/users/{me}", {"title": "t"}, (200, {"title": "t"})),
        ("PATCH", "/users/me", {"title": "u"}, (200, {"id": me, "title": "u"})),
        ("PATCH", f"/users/{her}", {"title": "t"}, (403, 302)),
        ("DELETE", f"/users/{me}", None, (403, 303)),
        ("POST", "/users/invite", {"email": "x@example.com"}, (403, "Inviting user was denied")),
    ]
    play_as(shared, token, rows)
    (preset,) = told(shared, f"/collection_presets?filter[user]={me}&fields=id")
    play_as(shared, token, [("PATCH", f"/collection_presets/{preset['id']}", {"title": "new"}, (200, {"title": "new"})),
                            ("DELETE", f"/collection_presets/{preset['id']}", None, (403, 303))])  # fmt: skip


def test_what_may_be_deleted_is_not_always_deleted(shared: People) -> None:
    id, token = role(shared, without=True)
    body = {"role": id, "collection": "directus_collection_presets", **dict.fromkeys(("read", "delete"), "full")}
    assert shared.ask("POST", P, body, shared.admin).status_code == 200
    made = [{"collection": "notes", "title": "of a role", "role": id}, {"collection": "notes", "title": "of nobody"}]
    of_role, of_nobody = (
        shared.ask("POST", "/collection_presets", one, shared.admin).get_json()["data"]["id"] for one in made
    )
    denied = (403, "Cannot delete collection presets that belongs to a role")
    play_as(shared, token, [("DELETE", f"/collection_presets/{of_role}", None, denied),
                            ("DELETE", f"/collection_presets/{of_nobody}", None, 204)])  # fmt: skip


def test_files_take_a_right(shared: People) -> None:
    _, token = role(shared, {"collection": "directus_files", "read": "full"}, without=True)
    file = {"data": "aGVsbG8=", "filename_disk": "a.txt", "filename_download": "a.txt"}
    id = shared.ask("POST", "/files", file, shared.admin).get_json()["data"]["id"]
    rows = (("POST", "/files", file, "upload"), ("PATCH", f"/files/{id}", {"title": "x"}, "edit"))
    denied = [(m, path, body, (403, f"You are not allowed to {what} files")) for m, path, body, what in rows]
    play_as(shared, token, [*denied, ("DELETE", f"/files/{id}", None, (403, 303))])


# --- §10 ----------------------------------------------------------------------------------------------------------


def test_the_last_administrator_stays(shared: People) -> None:
    last = "Cannot delete the last admin user. There should always be at least 1 active admin user"
    body = {"email": "second@example.com", "role": 1, "status": "suspended"}
    second = shared.ask("POST", "/users", body, shared.admin).get_json()["data"]["id"]
    _, token = role(shared)
    rows: list[Row] = [
        ("a", "PATCH", "/users/1", {"status": s}, (403, last)) for s in ("draft", "deleted", "suspended")
    ]
    rows += [
        ("a", "DELETE", "/users/1", None, (403, last)),
        (token, "DELETE", "/users/1", None, (403, 303)),  # the right to delete comes first
        ("a", "PATCH", "/users/1", {"status": "active"}, 200),
        ("a", "PATCH", f"/users/{second}", {"status": "active"}, 200),
        ("a", "PATCH", "/users/1", {"status": "draft"}, 200),
    ]
    play(shared, rows)
