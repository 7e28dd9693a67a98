"""A clock that jumps: nothing breaks, what may be renewed is renewed, and nobody is locked out for longer than ever."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from directus8.auth import totp
from tests.api.people import ADMIN, EDITOR, PASSWORD, SECRET, People, people

JUMPS = (timedelta(hours=2), timedelta(days=400), timedelta(hours=-2), timedelta(days=-400))
RATE = {"enabled": True, "adapter": "memory", "limit": 200, "interval": 60}


@pytest.fixture
def folks(tmp_path: Path) -> Iterator[People]:
    """The editor has a second factor; few guesses are allowed."""
    with people("sqlite", tmp_path, {"limits": {"guesses": 3}, "rate_limit": RATE}) as made:
        assert made.ask("PATCH", "/users/2", {"2fa_secret": SECRET}, made.admin).status_code == 200
        yield made


def _login(folks: People) -> int:
    return folks.login(otp=totp.code(SECRET, time.time())).status_code


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_the_clock_jumps(folks: People, jump: timedelta) -> None:
    start = time.time()
    token = folks.token(otp=totp.code(SECRET, start))
    body = {"email": ADMIN, "password": PASSWORD}
    pair = folks.ask("POST", "/v10/auth/login", body).get_json()["data"]
    folks.client.open("/demo/auth/authenticate", method="POST", json={**body, "mode": "cookie"})
    assert folks.ask("GET", "/users/me").status_code == 200  # by its cookie
    for _ in range(3):
        folks.login(ADMIN, "wrong")
    assert folks.login(ADMIN).status_code == 429
    admin = folks.admin
    with time_machine.travel(start + jump.total_seconds(), tick=True):
        asked = [
            folks.ask("GET", "/users/me", token=token),
            folks.ask("POST", "/auth/refresh", {"token": token}),
            folks.ask("POST", "/v10/auth/refresh", {"refresh_token": pair["refresh_token"]}),
            folks.ask("GET", "/users/me"),
            folks.ask("PATCH", "/users/1", {"title": "x"}, admin),
        ]
        assert all(each.status_code < 500 for each in asked), [each.get_data(as_text=True) for each in asked]
        assert asked[0].status_code == (401 if jump > timedelta() else 200)
        folks.client.delete_cookie("directus-demo-session")
        assert _login(folks) == 200, "locked out"
        assert folks.login(ADMIN).status_code == 200, "locked out"
        folks.others["admin"] = folks.token(ADMIN)
        assert folks.ask("PATCH", "/users/1", {"title": str(jump)}, folks.admin).status_code == 200
        seen = folks.ask("GET", "/users/1?fields=title", token=folks.admin)
        assert seen.get_json()["data"] == {"title": str(jump)}
        for _ in range(3):
            folks.login(ADMIN, "wrong")
    assert _login(folks) == 200, "locked out when the clock is right again"
    assert folks.login(ADMIN).status_code == 200, "locked out when the clock is right again"
    assert folks.ask("GET", "/users/me", token=token).status_code in (200, 401)


def test_limits_by_request_end_when_the_clock_is_put_back(tmp_path: Path) -> None:
    with people("sqlite", tmp_path, {"rate_limit": {**RATE, "limit": 20}}) as folks:
        while folks.ask("GET", "/users/me").status_code != 429:
            pass
        with time_machine.travel(time.time() - 86400, tick=True):
            assert folks.ask("GET", "/users/me").status_code == 401
            assert folks.login(EDITOR).status_code == 200
