"""Endpoints no example of the document shows: sessions, invitations, uploads, presets of one's own."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from .conftest import TOKEN, Call

BASE = "/demo/api/1.1"
ADMIN = "admin@example.com"


@pytest.fixture
def mails(http: FlaskClient, tmp_path: Path) -> Callable[[], list[str]]:
    """Reads what was mailed, as HTML."""

    def read() -> list[str]:
        files = sorted((f for f in (tmp_path / "mails").rglob("*") if f.is_file()), key=lambda f: f.stat().st_mtime_ns)
        parts = [message_from_bytes(f.read_bytes(), policy=policy.default).get_body(("html",)) for f in files]
        return [str(part.get_content()) for part in parts if part is not None]

    return read


def login(http: FlaskClient, password: str = "password", email: str = ADMIN) -> dict[str, object]:
    answer = http.post(f"{BASE}/auth/login", data={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def test_a_session_of_the_browser(http: FlaskClient, call: Call) -> None:
    assert http.get(f"{BASE}/users/me").status_code == 403
    assert login(http, "wrong") == {"success": False, "error": {"message": "Incorrect email or password"}}
    assert http.get(f"{BASE}/users/me").status_code == 403
    assert call("POST", "/users/tracking/page", json={"last_page": "/tables/projects"}) == {"success": True}
    assert login(http) == {"success": True, "last_page": {"path": "/tables/projects"}}
    assert http.get(f"{BASE}/users/me").get_json()["data"]["id"] == 1
    assert http.get("/demo/users/me").get_json()["data"]["email"] == ADMIN, "one session for every API"
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert http.post(f"{BASE}/random", headers=elsewhere).status_code in (200, 403)
    assert http.put(f"{BASE}/users/me", json={"city": "Bonn"}, headers=elsewhere).status_code == 403
    for path in ("/auth/logout", "/auth/logout/inactive"):
        led = http.get(f"{BASE}{path}")
        assert (led.status_code, led.headers["Location"]) == (302, "http://localhost/admin/#/login?project=demo")
    assert http.get(f"{BASE}/users/me").status_code == 403


def test_logins_that_fail(http: FlaskClient, call: Call) -> None:
    call("POST", "/users", json={"email": "out@example.com", "password": "secret", "status": 2, "group": 1})
    for body in ({}, {"email": ADMIN}, {"email": [ADMIN], "password": {"a": 1}}):
        assert http.post(f"{BASE}/auth/login", json=body).get_json()["success"] is False
    assert login(http, "secret", "out@example.com")["error"] == {"message": "Your account is not active"}


def test_a_forgotten_password(http: FlaskClient, mails: Callable[[], list[str]]) -> None:
    for body in ({}, {"email": "nobody@example.com"}):
        assert http.post(f"{BASE}/auth/forgot-password", json=body).get_json()["success"] is False
    assert http.post(f"{BASE}/auth/forgot-password", json={"email": ADMIN}).get_json() == {"success": True}
    found = re.search(r"token=([\w.-]+)", mails()[-1])
    assert found
    for token, said in (("nonsense", "not valid"), (found[1], "was sent"), (found[1], "expired")):
        answer = http.get(f"{BASE}/auth/reset-password/{token}")
        assert (answer.status_code, answer.mimetype) == (200, "text/plain")
        assert said in answer.text
    sent = re.search(r"<code>(.+?)</code>", mails()[-1])
    assert sent
    assert login(http)["success"] is False, "the former password"
    assert login(http, sent[1])["success"] is True


def test_invitations(http: FlaskClient, call: Call, mails: Callable[[], list[str]]) -> None:
    assert call("POST", "/users/invite", data={"email": "a@example.com, b@example.com"}) == {"success": True}
    assert len(mails()) == 2
    found = call("GET", "/users?filters[email][like]=@example.com&status=2&order[email]=ASC")["data"]
    assert [(u["email"], u["status"]) for u in found] == [("a@example.com", 2), ("b@example.com", 2)]
    for wrong in ("", "nonsense", "c@example.com,nonsense"):
        assert call("POST", "/users/invite", json={"email": wrong})["success"] is False
    assert len(mails()) == 2


def test_comments_reach_whom_they_mention(call: Call) -> None:
    ann = call("POST", "/users", json={"email": "ann@example.com", "password": "secret"})["data"]["id"]
    said = {"message": f"Look, @[{ann} Ann]!", "comment_metadata": "projects:1"}
    made = call("POST", "/comments", data=said)["data"]
    assert (made["message"], made["recipients"]) == (said["message"], f"{ann},1")
    assert [m["id"] for m in call("GET", f"/messages/user/{ann}")["data"]] == [made["id"]]


@pytest.fixture
def picture() -> Iterator[str]:
    """The address of a picture."""
    pixel = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6364f8cf500f00038601805a347d6a0000000049454e44ae426082"
    )

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(pixel)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/far.png"
    server.shutdown()
    server.server_close()


def test_links_become_files(call: Call, picture: str) -> None:
    (found,) = call("POST", "/upload/link", data={"link": picture})
    assert (found["name"], found["type"], found["width"]) == ("far.png", "image/png", 1)
    assert found["data"].startswith("data:image/png;base64,")
    assert call("POST", "/files", json=found)["data"]["width"] == 1
    assert call("POST", "/upload/link", 400, data={"link": "nonsense"})["success"] is False


def test_uploads_nobody_wants_are_cleared_after_a_day(http: FlaskClient, call: Call, tmp_path: Path) -> None:
    def upload() -> dict[str, object]:
        form, headers = {"file": (BytesIO(b"text"), "a.txt")}, {"Authorization": f"Bearer {TOKEN}"}
        return dict(http.post(f"{BASE}/upload", data=form, headers=headers).get_json()[0])

    old, new = upload(), upload()
    (kept,) = tmp_path.rglob(f"*{old['name']}")
    yesterday = time.time() - 25 * 60 * 60
    os.utime(kept, (yesterday, yesterday))
    upload()
    assert not kept.exists()
    assert call("POST", "/files", json=new)["data"]["size"] == 4
    assert call("POST", "/files", 422, json=old)["success"] is False


def test_who_last_changed_rows(projects: Call) -> None:
    projects("PUT", "/tables/projects/rows/1", json={"title": "A"})
    found = projects("GET", "/activity?last_updated[projects]=1,2,99")["data"]
    assert sorted((each["row_id"], each["user"]) for each in found) == [(1, 1), (2, 1)]
    assert all(each["datetime"] for each in found)


def test_privileges_with_tables_and_statuses(projects: Call) -> None:
    group = projects("POST", "/groups", json={"name": "Manager"})["data"]["id"]
    given = {"table_name": "fresh", "addTable": 1, "columnsName": ["status"], "allow_view": 2}
    made = projects("POST", f"/privileges/{group}", json=given)["data"]
    assert (made["table_name"], made["allow_view"]) == ("fresh", 2)
    columns = projects("GET", "/tables/fresh/columns")["data"]
    assert [c["id"] for c in columns if c["id"] in ("id", "status")] == ["id", "status"]
    path = f"/privileges/{group}/{made['id']}"
    of_draft = projects("PUT", path, json={"activeState": 2, "allow_view": 1})["data"]
    assert (of_draft["status_id"], of_draft["allow_view"]) in (("2", 1), (2, 1))
    assert of_draft["id"] != made["id"]
    again = projects("PUT", path, json={"activeState": 2, "allow_view": 0})["data"]
    assert (again["id"], again["allow_view"]) == (of_draft["id"], 0)


def test_bookmarks_keep_their_own_address_and_section(http: FlaskClient, projects: Call) -> None:
    given = {"title": "Help", "url": "https://example.com/help", "section": "other"}
    made = projects("POST", "/bookmarks", json=given)["data"]
    assert {**made, **given} == made
    assert projects("GET", f"/bookmarks/{made['id']}")["data"] == made
    of_table = {"title": "Drafts", "url": "tables/projects/pref/Drafts", "section": "search", "status": "2"}
    second = projects("POST", "/bookmarks", json=of_table)["data"]
    assert (second["url"], second["section"]) == (of_table["url"], "search")
    assert projects("GET", "/bookmarks/Drafts/preferences")["data"]["status"] == "2"
    changed = projects("PUT", f"/bookmarks/{made['id']}", json={"section": "search"})["data"]
    assert (changed["url"], changed["section"]) == (given["url"], "search")
    projects("POST", "/bookmarks", 400, json={"title": "Nothing"})
    preset = http.get("/demo/collection_presets", headers={"Authorization": f"Bearer {TOKEN}"}).get_json()["data"]
    assert {p["title"] for p in preset} >= {"Help", "Drafts"}


def test_presets_are_changed_and_deleted(projects: Call) -> None:
    path = "/tables/projects/preferences"
    assert projects("PUT", path, json={"sort": "title", "sort_order": "DESC"})["data"]["sort_order"] == "DESC"
    assert projects("DELETE", path) == 1
    assert projects("DELETE", path)["success"] is False
    assert projects("GET", path)["data"]["sort_order"] == "ASC"

    made = projects("POST", "/bookmarks", json={"title": "Mine", "table_name": "projects"})["data"]
    changed = projects("PUT", "/bookmarks", json={"id": made["id"], "title": "Ours", "sort": "title"})["data"]
    assert (changed["id"], changed["title"], changed["url"]) == (made["id"], "Ours", "tables/projects/pref/Ours")
    assert projects("GET", "/bookmarks/Ours/preferences")["data"]["sort"] == "title"
    assert [p["title"] for p in projects("GET", "/preferences/projects")] == ["Ours"]
    assert projects("DELETE", f"{path}?title=Ours") == 1
    assert projects("PUT", "/bookmarks", json={"id": made["id"]})["error"]["message"] == "bookmark_not_found"
