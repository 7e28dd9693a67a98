"""A project with canaries in every private place, its callers, and what no answer may be."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from directus8.config.table import Limits
from tests.api.guarded import Guarded, leaked, plant
from tests.api.people import people
from tests.property.world import fill

COUNT = int(os.environ.get("DIRECTUS8_FUZZ", "150"))
SEED = int(os.environ.get("DIRECTUS8_FUZZ_SEED", "1"))
SLOWEST = float(os.environ.get("DIRECTUS8_FUZZ_SLOWEST", "10"))

EDITOR_TOKEN = "editor-token-of-the-fuzz"
#: Everything that can be switched on, and no limit that would turn requests away.
VALUES: Mapping[str, Any] = {
    "limits": {limit.name: 0 for limit in fields(Limits)},
    "graphql": {"extended": True},
    "scim": {"standard": True},
    "storage": {"private": True},
    "public_url": "https://api.example.com",
}
GRANTS = (
    {"collection": "books", "create": "full", "read": "role", "update": "mine", "delete": "mine"},
    {"collection": "authors", "create": "full", "read": "full", "update": "full"},
    {"collection": "books_tags", "create": "full", "read": "full", "update": "full"},
    {"collection": "directus_files", "create": "full", "read": "mine", "update": "mine", "delete": "mine"},
)


class Judge:
    """Sends requests in the name of a caller and keeps what was wrong with the answers."""

    def __init__(self, api: Guarded) -> None:
        self.api = api
        self.client = api.folks.client.application.test_client(use_cookies=False)
        self.wrong: list[str] = []
        self.statuses: Counter[int] = Counter()

    @property
    def sent(self) -> int:
        return sum(self.statuses.values())

    def ask(self, told: str, who: str, method: str, url: str, headers: Mapping[str, str], **more: Any) -> TestResponse:
        """One request; ``who``: admin, editor or nobody."""
        tokens = {"admin": self.api.folks.admin, "editor": EDITOR_TOKEN}
        given = {**({"Authorization": f"Bearer {tokens[who]}"} if who in tokens else {}), **headers}
        started = time.perf_counter()
        answer = self.client.open(url, method=method, headers=given, **more)
        self._check(f"{told}: {who} {method} {url} {more!r}", who, url, answer, time.perf_counter() - started)
        return answer

    def _check(self, told: str, who: str, url: str, answer: TestResponse, took: float) -> None:
        self.statuses[answer.status_code] += 1
        body = answer.get_data(as_text=False)
        answer.close()
        if answer.status_code >= 500 and answer.status_code != 501:
            self.wrong.append(f"{told} -> {answer.status_code} {body[:300]!r}")
        if took > SLOWEST:
            self.wrong.append(f"{told} -> {took:.1f} s")
        said = f"{answer.headers}\n{body.decode('utf-8', 'replace')}"
        if who != "admin" and (leak := leaked(self.api.hardened, f"{told} {url}", said)) is not None:
            self.wrong.append(f"{told} -> leaks {leak!r}")


@contextmanager
def court(vendor: str, folder: Path, hardened: bool) -> Iterator[Judge]:
    """A judge of a new project."""
    with people(vendor, folder, {**VALUES, "security": {"hardened": hardened}}) as folks:
        api = Guarded(folks)
        fill(folks.project)
        for grant in GRANTS:
            rows = api("GET", f"/permissions?filter[role][eq]=3&filter[collection][eq]={grant['collection']}")
            if rows:
                api("PATCH", f"/permissions/{rows[0]['id']}", grant)
            else:
                api.grant(**grant)
        api("PATCH", "/users/2", {"token": EDITOR_TOKEN})
        plant(api)
        yield Judge(api)
