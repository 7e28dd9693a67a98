"""Rate limits, by address and by user, in memory and in redis: server_projects.md §8."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from directus8.api.http import limits

from .conftest import ADMIN, Serve, notes

redis = pytest.importorskip("redis")


def _redis_answers() -> bool:
    try:
        return bool(redis.Redis().ping())
    except redis.ConnectionError:
        return False


@pytest.fixture(params=["memory", "redis"])
def limited(request: pytest.FixtureRequest, serve: Serve) -> Iterator[dict[str, str]]:
    if request.param == "redis" and not _redis_answers():
        pytest.skip("no redis")
    limits._limiter.cache_clear()
    yield {
        "RATE_LIMIT_ENABLED": "true", "RATE_LIMIT_LIMIT": "5", "RATE_LIMIT_INTERVAL": "60",
        "RATE_LIMIT_ADAPTER": request.param, "SERVER_TRUSTED_PROXIES": "127.0.0.1",
    }  # fmt: skip


def address() -> dict[str, str]:
    """An address nobody had before: redis remembers."""
    return {"X-Forwarded-For": f"10.{secrets.randbelow(250)}.{secrets.randbelow(250)}.{secrets.randbelow(250)}"}


def test_by_address(serve: Serve, limited: dict[str, str]) -> None:
    client, me, other = serve(**limited), address(), address()
    remaining = [client.get("/demo/", headers=me).headers["X-RateLimit-Remaining"] for _ in range(5)]
    assert remaining == ["4", "3", "2", "1", "0"]
    refused = client.get("/demo/", headers={**me, "Origin": "https://a.example"})
    assert (refused.status_code, refused.data, refused.mimetype) == (429, b"", "text/html")
    assert refused.headers["X-RateLimit-Limit"] == "5" and refused.headers["X-RateLimit-Remaining"] == "0"
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert client.get("/nobody/", headers=me).status_code == 401
    assert client.get("/server/ping", headers=me).status_code == 200
    assert client.get("/demo/", headers=other).status_code == 200


def test_by_user(serve: Serve, limited: dict[str, str]) -> None:
    client = serve(**{**limited, "RATE_LIMIT_ENABLED": "false"})
    notes(client)
    email = f"{secrets.token_hex(6)}@example.com"
    made = client.post(
        "/demo/users",
        json={"email": email, "password": "secret-word", "status": "active", "role": 1, "token": secrets.token_hex(8),
              "first_name": "A", "last_name": "B"},
        headers=ADMIN,
    )  # fmt: skip
    assert made.status_code == 200, made.text
    client = serve(**limited)
    if limited["RATE_LIMIT_ADAPTER"] == "redis":
        redis.Redis().delete(*(redis.Redis().keys("*directus8/demo/user/1/*") or ["none"]))
    statuses = [client.get("/demo/items/notes", headers={**ADMIN, **address()}).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    # those who are not logged in share no bucket
    assert [client.get("/demo/", headers=address()).status_code for _ in range(7)] == [200] * 7
    # and logging in is not limited by user
    body = {"email": "admin@example.com", "password": "password"}
    assert client.post("/demo/auth/authenticate", json=body, headers=address()).status_code == 200


def test_a_redis_that_is_away_closes_nothing(serve: Serve) -> None:
    client = serve(RATE_LIMIT_ENABLED="true", RATE_LIMIT_PORT="1", RATE_LIMIT_TIMEOUT="1")
    response = client.get("/demo/")
    assert response.status_code == 200 and "X-RateLimit-Limit" not in response.headers
