"""The errors of logins, mails, files and broken metadata, word by word. On SQLite: no database has a part in them.

Source: error_codes.md §4, §6, §7. What the original answers with 5xx for a client's doing is a 4xx here.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from typing import Any

import pytest

from directus8.auth import tokens, totp
from directus8.services.auth.common import keys_of
from tests.api.people import ADMIN, EDITOR, PASSWORD, SECRET, People, people
from tests.property.world import KEY, text

#: Nobody listens there.
MAIL = {"default": {"transport": "smtp", "host": "127.0.0.1", "port": 1}}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """A project whose mail server is down."""
    with people("sqlite", tmp_path_factory.mktemp("codes"), {"mail": MAIL}) as made:
        yield made


def error(answer: Any) -> tuple[int, int, str]:
    """Status, code and message."""
    told = answer.get_json()["error"]
    return answer.status_code, told["code"], told["message"]


# --- §4 -----------------------------------------------------------------------------------------------------------

LOGIN, RENEW, RESET, SSO = "/auth/authenticate", "/auth/refresh", "/auth/password/reset", "/auth/sso/access_token"
SUSPENDED = (
    "Your account is suspended due to maximum allowed login attempts. "
    "Please contact your administrator to activate your account."
)


def test_errors_of_logins(shared: People) -> None:
    for name in ("draft", "invited", "deleted", "suspended", "active"):
        body = {"email": f"{name}@example.com", "password": PASSWORD, "status": name, "role": 3}
        body |= {"2fa_secret": SECRET} if name == "active" else {}
        assert shared.ask("POST", "/users", body, shared.admin).status_code in (200, 204)
    keys, now = keys_of(shared.project, "demo"), time.time()
    foreign, other = tokens.Keys(keys.secret, keys.public_key, "other"), tokens.Keys(keys.secret, "other", "demo")
    late = tokens.issue_reset_password(2, EDITOR, -1, keys, now)
    moved = tokens.issue_reset_password(2, "former@example.com", 5, keys, now)
    wrong_otp = "000000" if totp.code(SECRET, now) != "000000" else "000001"
    guarded = {"email": "active@example.com", "password": PASSWORD}
    blank = "This value should not be blank."
    rows: tuple[tuple[str, Any, tuple[int, int, str]], ...] = (
        (LOGIN, {"email": EDITOR, "password": "x"}, (404, 100, "Invalid user credentials")),
        (LOGIN, {"email": "nobody@example.com", "password": "x"}, (404, 100, "Invalid user credentials")),
        (RENEW, {"token": "abc"}, (401, 101, "Invalid Authentication Token")),
        (RENEW, {"token": tokens.issue_auth(1, 20, foreign, now)}, (401, 101, "Invalid Authentication Token")),
        (RESET, {"token": tokens.issue_reset_password(2, EDITOR, 5, other, now), "password": "x"},
         (401, 101, "Invalid Authentication Token")),
        (RENEW, {"token": tokens.issue_auth(1, -1, keys, now)}, (401, 102, "Expired token")),
        *((LOGIN, {"email": f"{n}@example.com", "password": PASSWORD}, (401, 103, "User inactive"))
          for n in ("draft", "invited", "deleted")),
        ("/auth/password/request", {"email": "draft@example.com"}, (401, 103, "User inactive")),
        (LOGIN, {"email": "suspended@example.com", "password": PASSWORD}, (404, 103, SUSPENDED)),
        (RESET, {"token": "abc", "password": "x"}, (401, 104, "Invalid Reset Password token: abc")),
        (RESET, {"token": moved, "password": "x"}, (401, 104, f"Invalid Reset Password token: {moved}")),
        (RESET, {"token": late, "password": "x"}, (401, 105, f"Expired Reset Password token: {late}")),
        (RESET, {"token": tokens.issue_reset_password(99, EDITOR, 5, keys, now), "password": "x"},
         (404, 106, "User not found")),
        ("/auth/password/request", {"email": "n@n.nn"}, (404, 107, 'User with email "n@n.nn" not found')),
        ("/mail", {"to": "a@b.cc", "body": "x"}, (401, 108, "User not authenticated")),
        (SSO, {"request_token": "a"}, (401, 109, "Invalid Request Token")),
        (SSO, {"request_token": tokens.issue_auth(2, 20, keys, now)}, (401, 109, "Invalid Request Token")),
        (SSO, {"request_token": tokens.issue_request_token(2, "", -1, keys, now)}, (401, 110, "Expired Request Token")),
        (LOGIN, guarded, (404, 111, "User missing 2FA OTP")),
        (LOGIN, {**guarded, "otp": wrong_otp}, (404, 112, "Invalid user OTP")),
        (LOGIN, {}, (422, 114, f"email: {blank} password: {blank}")),
    )  # fmt: skip
    wrong = [(path, body, told) for path, body, what in rows
             if (told := error(shared.ask("POST", path, body))) != what]  # fmt: skip
    assert not wrong, "\n".join(map(str, wrong))


# --- §6 -----------------------------------------------------------------------------------------------------------


def test_errors_of_mails_and_utilities(shared: People) -> None:
    failed = (500, 503, "It seems like there's some issue when sending the mail. Please try again later.")
    mail = {"to": "a@b.cc", "body": "x"}
    rows: tuple[tuple[str, Any, tuple[int, int, str]], ...] = (
        ("/auth/password/request", {"email": ADMIN}, failed),
        ("/mail", mail, failed),
        ("/utils/hash", {"string": "x", "hasher": "nope"}, (422, 1000, 'Hasher "nope" not found')),
        ("/utils/hash/match", {"string": "x", "hash": "x", "hasher": "nope"}, (422, 1000, 'Hasher "nope" not found')),
    )
    for path, body, what in rows:
        assert error(shared.ask("POST", path, body, shared.admin)) == what, path


PARTIAL = (400, 603, "The uploaded file was only partially uploaded.")
REQUIRED = " ".join(f"{n}: This value should not be blank." for n in ("data", "filename_disk", "filename_download"))
FORM = "multipart/form-data"
HALF = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nabc'
#: form or body, its type, what is told
UPLOADS: tuple[tuple[Any, str, tuple[int, int, str]], ...] = (
    ({}, FORM, PARTIAL),
    (HALF, f"{FORM}; boundary=b", PARTIAL),
    (HALF, FORM, PARTIAL),
    ({"title": "x"}, FORM, (422, 4, REQUIRED)),
    ({"file": "text"}, FORM, (422, 4, REQUIRED)),
    ({"file": (io.BytesIO(b""), "a.txt")}, FORM, (422, 4, "An empty file is not allowed.")),
)


@pytest.mark.filterwarnings("ignore:.*SpooledTemporaryFile")  # the library drops the half it has of a form
def test_errors_of_uploads(shared: People) -> None:
    """Files that are too large or do not fit on the disk: test_files.py."""
    wrong = []
    for body, kind, what in UPLOADS:
        headers = {"Authorization": f"Bearer {shared.admin}"}
        answer = shared.client.post("/demo/files", data=body, content_type=kind, headers=headers)
        if error(answer) != what:
            wrong.append((body, kind, answer.text))
    assert not wrong, "\n".join(map(str, wrong))


# --- §7 -----------------------------------------------------------------------------------------------------------


def status(datatype: str = "VARCHAR", **more: Any) -> dict[str, Any]:
    return {"field": "status", "type": "status", "datatype": datatype, "length": 10, **more}


#: Collections whose statuses mean nothing.
MAPPINGS: dict[str, dict[str, Any]] = {
    "no_options": status(),
    "no_mapping": status(options={}),
    "empty": status(options={"status_mapping": {}}),
    "a_text": status(options={"status_mapping": "x"}),
    "a_list": status(options={"status_mapping": ["a", "b"]}),
}


@pytest.mark.parametrize("name", MAPPINGS)
def test_a_collection_without_statuses(shared: People, name: str) -> None:
    body = {"collection": name, "fields": [KEY, MAPPINGS[name], text("note")]}
    assert shared.ask("POST", "/collections", body, shared.admin).status_code == 200
    told = (422, 12, f'"{name}" collection status mapping is empty')
    path = f"/items/{name}"
    for query in ("", "?meta=*", "?filter[status]=a", "?status=*&meta=total_count"):
        assert error(shared.ask("GET", path + query, token=shared.admin)) == told, query
    assert shared.ask("POST", path, {"status": "a"}, shared.admin).status_code == 204
    answer = shared.ask("GET", f"{path}?status=*&meta=status", token=shared.admin).get_json()
    assert answer["meta"] == {"status_count": {"a": 1}} and [i["status"] for i in answer["data"]] == ["a"]
    assert error(shared.ask("PATCH", f"{path}/1", {"note": "x"}, shared.admin)) == told
    assert shared.ask("DELETE", f"{path}/1", token=shared.admin).status_code == 204


def test_statuses_that_are_no_numbers(shared: People) -> None:
    field = status("INT", options={"status_mapping": {"a": {"name": "A"}, "1": {"name": "One"}}})
    body = {"collection": "numbered", "fields": [KEY, field]}
    assert shared.ask("POST", "/collections", body, shared.admin).status_code == 200
    misfit = (422, 12, 'The value for "status" in "numbered" does not fit its type')
    assert error(shared.ask("POST", "/items/numbered", {"status": "a"}, shared.admin)) == misfit
    assert shared.ask("POST", "/items/numbered", {"status": 1}, shared.admin).status_code == 200
    for query in ("", "?status=a", "?filter[status]=a", "?meta=*", "?status=1,a"):
        assert shared.ask("GET", f"/items/numbered{query}", token=shared.admin).status_code == 200, query


#: method, path, body, what is told
UNDEFINED: tuple[tuple[str, str, Any, tuple[int, int, str]], ...] = (
    ("POST", "/collections", {"collection": "x", "fields": [{"field": "id"}]},
     (422, 4, "type: This value should not be blank.")),
    ("POST", "/collections", {"collection": "x", "fields": [{"field": "id", "type": "integer"}]},
     (422, 12, "datatype is required")),
    ("POST", "/collections", {"collection": "x", "fields": [{"type": "integer"}]},
     (422, 4, "field: This value should not be blank.")),
    ("POST", "/fields/related", {"field": "x"}, (422, 404, "type: This value should not be blank.")),
    ("POST", "/fields/related", {"field": "x", "type": "string", "datatype": "nope"},
     (422, 404, 'Unknown datatype "NOPE" for: x')),
    ("PATCH", "/fields/related/nope", {"note": "x"}, (422, 404, 'Unable to find field "nope"')),
    ("DELETE", "/fields/related/nope", None, (404, 202, 'Unable to find field "nope"')),
    ("POST", "/items/related", {"one": {"note": "x"}},
     (422, 213, 'Attempting to write an array as the value for field "one" in "related"')),
)  # fmt: skip


def test_fields_and_relations_that_lack_something(shared: People) -> None:
    fields = [KEY, text("note"), {"field": "one", "type": "m2o", "datatype": "INT", "length": 10},
              {"field": "many", "type": "o2m"}]  # fmt: skip
    assert (
        shared.ask("POST", "/collections", {"collection": "related", "fields": fields}, shared.admin).status_code == 200
    )
    for row in (
        {"collection_many": "related", "field_many": "note"},
        {"collection_many": "related", "field_many": "gone", "collection_one": "gone", "field_one": "x"},
    ):
        assert shared.ask("POST", "/relations", row, shared.admin).status_code == 200
    wrong = [(method, path, body, told) for method, path, body, what in UNDEFINED
             if (told := error(shared.ask(method, path, body, shared.admin))) != what]  # fmt: skip
    assert not wrong, "\n".join(map(str, wrong))
    assert shared.ask("POST", "/items/related", {"note": "x", "many": [{"note": "y"}]}, shared.admin).status_code == 200
    answer = shared.ask("GET", "/items/related?fields=*.*,many.*,one.*", token=shared.admin)
    assert answer.status_code < 500, answer.text
