"""What guesses and abuse lead to: per account, per address, counted by all workers together."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from directus8.api.app import create_app
from directus8.auth import totp
from tests.api.people import ADMIN, EDITOR, PASSWORD, SECRET, People, people

LIMITS = {"guesses": 6, "refreshes": 3, "resets": 2, "invitations": 3, "mails": 3, "utils": 3}


def address() -> dict[str, str]:
    """An address nobody had before: redis remembers."""
    return {"REMOTE_ADDR": ".".join(["10", *(str(secrets.randbelow(250)) for _ in range(3))])}


class Workers:
    """Two workers of one project, asked in turn."""

    def __init__(self, *folks: People) -> None:
        self.folks = folks
        self.asked = 0
        self.here = address()

    @property
    def first(self) -> People:
        return self.folks[0]

    def ask(self, method: str, path: str, body: Any = None, token: str = "", here: dict[str, str] | None = None) -> int:
        """The status of one request; ``here``: from another address."""
        self.asked += 1
        worker = self.folks[self.asked % 2]
        return worker.ask(method, path, body, token, environ_base=here or self.here).status_code

    def times(self, number: int, *request: Any, **more: Any) -> list[int]:
        return [self.ask(*request, **more) for _ in range(number)]


BOTH = pytest.mark.parametrize("workers", ["", "redis://127.0.0.1:6379"], ids=["file", "redis"], indirect=True)


@pytest.fixture
def workers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workers]:
    """Two workers that count in a file, or in the redis of the parameter."""
    url = getattr(request, "param", "")
    if url:
        redis = pytest.importorskip("redis")
        try:
            redis.Redis.from_url(url).ping()
        except redis.ConnectionError:
            pytest.skip("no redis")
    with people("sqlite", tmp_path, {"limits": LIMITS, "cache": {"stamps_url": url}}) as made:
        mine = {"id": secrets.randbelow(10**9), "email": f"{secrets.token_hex(6)}@x.yy"}  # whom redis has never seen
        body = {**mine, "password": PASSWORD, "role": 3, "status": "active"}
        assert made.ask("POST", "/users", body, made.admin).status_code == 200
        made.others |= mine
        app = create_app(made.registry.home)
        other = replace(made, registry=app.extensions["directus8"], client=app.test_client())
        yield Workers(made, other)
        other.registry.close()


def login(email: str = "nobody@x.yy", password: str = "wrong", **more: Any) -> tuple[str, str, dict[str, Any]]:
    return "POST", "/auth/authenticate", {"email": email, "password": password, **more}


@BOTH
def test_login_limit(workers: Workers) -> None:
    assert workers.times(6, *login()) == [404] * 6
    assert workers.times(2, *login(ADMIN, PASSWORD)) == [429] * 2
    assert workers.ask(*login(ADMIN, PASSWORD), here=address()) == 200


def test_login_limit_of_an_account(workers: Workers) -> None:
    """From many addresses, at many workers."""
    workers.first.set("login_attempts_allowed", 3)
    answers = [workers.ask(*login(EDITOR), here=address()) for _ in range(4)]
    assert answers == [404] * 4
    assert workers.first.rows("SELECT status FROM directus_users WHERE id = 2") == [("suspended",)]


def test_otp_limit(workers: Workers) -> None:
    body = {"2fa_secret": SECRET, "otp": totp.code(SECRET, time.time())}
    assert workers.first.ask("POST", "/users/me/activate_2fa", body, workers.first.token()).status_code == 200
    assert workers.times(6, *login(EDITOR, PASSWORD, otp="000000")) == [404] * 6
    assert workers.ask(*login(EDITOR, PASSWORD, otp=totp.code(SECRET, time.time() + 30))) == 429


@pytest.mark.parametrize(
    ("path", "body", "refused"),
    [
        ("/auth/password/reset", {"token": "a.b.c", "password": "x"}, 401),
        ("/users/invite/abc", None, 401),
        ("/auth/refresh", {"token": "a.b.c"}, 401),
        ("/auth/sso/access_token", {"request_token": "a.b.c"}, 401),
        ("/v10/auth/refresh", {"refresh_token": "abc"}, 401),
        ("/v10/auth/login", {"email": "nobody@x.yy", "password": "wrong"}, 401),
    ],
)
def test_token_limit(workers: Workers, path: str, body: Any, refused: int) -> None:
    """Guessed tokens of every kind count like guessed passwords."""
    assert workers.times(6, "POST", path, body) == [refused] * 6
    assert workers.ask("POST", path, body) == 429
    assert workers.ask(*login(ADMIN, PASSWORD)) == 429


@BOTH
def test_refresh_limit(workers: Workers) -> None:
    token = workers.first.token(workers.first.others["email"])
    assert workers.times(4, "POST", "/auth/refresh", {"token": token}) == [200] * 3 + [429]
    assert workers.ask("POST", "/auth/refresh", {"token": token}, here=address()) == 429, "it is the account's"


def test_reset_limit(workers: Workers) -> None:
    email = f"{secrets.token_hex(6)}@x.yy"
    known = workers.first.others["email"]
    for asked, answer in ((known, 200), (email, 404)):  # who is unknown waits just the same
        body = {"email": asked}
        assert workers.times(2, "POST", "/auth/password/request", body) == [answer] * 2
        assert workers.ask("POST", "/auth/password/request", body, here=address()) == 429
        assert workers.ask("POST", "/auth/password/request", {"email": asked.upper()}) == 429
    assert workers.ask("POST", "/v10/auth/password/request", {"email": known}) == 429
    many = [workers.ask("POST", "/auth/password/request", {"email": f"{n}-{email}"}) for n in range(20)]
    assert many[:5] == [404] * 5 and many[-1] == 429, "and so does an address that asks for many"


def test_invite_limit(workers: Workers) -> None:
    id = workers.first.others["id"]
    assert workers.first.ask("PATCH", f"/users/{id}", {"role": 1}, workers.first.admin).status_code == 200
    token = workers.first.token(workers.first.others["email"])
    body = {"email": ["a@x.yy", "b@x.yy"]}
    assert workers.ask("POST", "/users/invite", body, token) == 200
    assert workers.ask("POST", "/users/invite", {"email": ["c@x.yy", "d@x.yy"]}, token) == 429
    assert workers.first.rows("SELECT email FROM directus_users WHERE email = 'c@x.yy'") == [], "nobody was made"


def test_mail_limit(workers: Workers) -> None:
    token = workers.first.token(workers.first.others["email"])
    one = {"to": "a@x.yy", "body": "x"}
    assert workers.ask("POST", "/mail", {**one, "to": ["a@x.yy", "b@x.yy"]}, token) == 204
    assert workers.times(2, "POST", "/mail", one, token) == [204, 429]
    assert workers.ask("POST", "/mail", one, token, here=address()) == 429, "it is the account's"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/utils/hash", {"string": "x"}),
        ("POST", "/utils/hash/match", {"string": "x", "hash": "y"}),
        ("POST", "/utils/random/string", {}),
        ("GET", "/utils/2fa_secret", None),
        ("GET", "/v10/utils/random/string", None),
    ],
)
def test_utils_limit(workers: Workers, method: str, path: str, body: Any) -> None:
    token = workers.first.token(workers.first.others["email"])
    assert workers.times(4, method, path, body, token) == [200] * 3 + [429]
    assert workers.ask(method, path, body) == 200, "strangers have their address only"
    assert workers.times(30, method, path, body)[-1] == 429


def test_v10_second_factor_is_no_oracle(workers: Workers) -> None:
    """With a stolen session neither the password nor a code can be tried for ever."""
    token = workers.first.token(workers.first.others["email"])
    generate = ("POST", "/v10/users/me/tfa/generate", {"password": "wrong"}, token)
    assert workers.times(7, *generate) == [401] * 6 + [429]


def test_a_redis_that_is_away_closes_nothing(tmp_path: Path) -> None:
    values = {"rate_limit": {"enabled": True, "port": 1, "timeout": 1}, "limits": LIMITS}
    with people("sqlite", tmp_path, values) as made:
        assert [made.login(password="wrong").status_code for _ in range(8)] == [404] * 8
        assert made.login().status_code == 200
