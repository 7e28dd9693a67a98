"""Many users: look-ups stay quick, every page costs three statements at most, and the pages hold everybody once."""

from __future__ import annotations

import os
import time
from urllib.parse import quote

import pytest

from directus8.db import trace
from tests.api.scim.service import Scim

USERS = int(os.environ.get("TESTS_SCIM_USERS", "5000"))  # 50,000 by hand
#: Seconds a look-up may take on a busy machine: a walk through all users takes longer on each database.
QUICK = 10.0


@pytest.fixture(scope="module")
def crowd(scim: Scim) -> Scim:
    """Many users, half of them known to a provider, a sixth with a user name that is no address."""
    scim.ask("GET", "/Users?count=1")
    ids = [f"00000000-0000-4000-8000-{n:012d}" for n in range(USERS)]
    users = [
        {"email": f"u{n}@example.com", "status": "active", "first_name": f"F{n}", "timezone": "UTC", "external_id": id}
        for n, id in enumerate(ids)
    ]
    known = [
        {"id": id, "user_name": f"login{n}" if n % 6 == 0 else f"u{n}@example.com", "external_id": f"x{n}"}
        for n, id in enumerate(ids)
        if n % 2 == 0
    ]
    with scim.project().database.transaction() as connection:
        connection.insert("directus_users", users, None)
        connection.insert("directus8_scim", known, None)
    return scim


@pytest.mark.parametrize(
    ("filter", "n"),
    [
        ('userName eq "login600"', 600),
        ('userName eq "U601@example.com"', 601),
        ('userName eq "u602@example.com"', 602),
        ('userName eq "u600@example.com"', None),
        ('userName eq "nobody"', None),
        ('externalId eq "x600"', 600),
        ('id eq "00000000-0000-4000-8000-000000000601"', 601),
        ('emails[type eq "work"].value eq "u600@example.com"', 600),
        ('active eq true and userName eq "login600"', 600),
    ],
)
def test_look_ups(crowd: Scim, filter: str, n: int | None) -> None:
    path = f"/Users?filter={quote(filter)}&startIndex=1&count=100"
    crowd.ask("GET", path)
    start = time.perf_counter()
    with trace.observe() as seen:
        found = crowd.ask("GET", path)["Resources"]
    assert time.perf_counter() - start < QUICK
    assert len(seen) <= 3, [s.sql for s in seen.statements]
    assert [u["id"] for u in found] == ([] if n is None else [f"00000000-0000-4000-8000-{n:012d}"])


def test_all_pages(crowd: Scim) -> None:
    ids: list[str] = []
    total = crowd.ask("GET", "/Users?count=0")["totalResults"]
    while True:
        with trace.observe() as seen:
            page = crowd.ask("GET", f"/Users?startIndex={len(ids) + 1}&count=1000")
        assert len(seen) <= 3, [s.sql for s in seen.statements]
        assert page["totalResults"] == total
        if not page["Resources"]:
            break
        ids += [u["id"] for u in page["Resources"]]
    assert len(ids) == len(set(ids)) == total == USERS + 1


def test_the_header_tells(crowd: Scim) -> None:
    """With DIRECTUS8_TRACE=1 the same figure stands in a header."""
    crowd.ask("GET", "/Groups")  # roles older than any provider get their ids now
    crowd.ask("GET", "/Users?startIndex=1&count=100")
    answer = crowd.open("GET", f"/Users?startIndex={USERS // 2}&count=100")
    assert int(answer.headers["X-Directus8-Statements"]) == 3
    groups = crowd.open("GET", "/Groups?startIndex=1&count=100")
    assert int(groups.headers["X-Directus8-Statements"]) <= 3
