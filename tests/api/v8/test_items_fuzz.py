"""Random requests to every items route: no 5xx, and none takes longer than a second.

DIRECTUS8_FUZZ says how many per database (default 150), DIRECTUS8_FUZZ_SEED where to begin. A failure names its seed.
"""

from __future__ import annotations

import os
import random
import time
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.api.people import EDITOR, People
from tests.property.world import COLLECTIONS, fill

COUNT = int(os.environ.get("DIRECTUS8_FUZZ", "150"))
SEED = int(os.environ.get("DIRECTUS8_FUZZ_SEED", "1"))
SLOWEST = 1.0

#: Seeds that once failed.
KEPT: tuple[int, ...] = (922,)

OPERATORS = (
    "eq", "=", "neq", "!=", "<>", "lt", "<", "lte", "<=", "gt", ">", "gte", ">=", "in", "nin", "between", "nbetween",
    "like", "contains", "nlike", "ncontains", "rlike", "nrlike", "null", "nnull", "empty", "nempty", "has", "nhas",
    "all", "logical", "bogus", "", "0", "EQ",
)  # fmt: skip
TEXTS = (
    "", "0", "1", "-1", "now", "a", "Alpha", "%", "_", "\\", "'", '"', "`", "\x00", "ü", "😀", "a,b", ",", ",,", "1,2,3",
    "null", "true", "2020-01-01", "2020-02-30", "2020-01-01T00:00:00Z", "10:00:00", "9" * 40, "9" * 5000, "1e400", "-1e400", "NaN",
    "9223372036854775807", "9223372036854775808", "1.5", "x" * 300, "\ud7ff", "[]", "{}", "Infinity", "0x10", " 7 ",
)  # fmt: skip
NAMES = (
    "id", "title", "pages", "price", "published", "shown", "author", "owner", "status", "tags", "name", "age", "books",
    "label", "book", "tag", "*", "-id", "-title", "-", "", ".", "author.name", "author.*", "author.books.*", "tags.*",
    "tags.tag.label", "tags.tag.books.book.title", "*.*", "*.*.*", "owner.email", "owner.role.name", "nope", "nope.x",
    "title.x", "author..name", "?", "-pages", ".id", "id.", "a" * 100, "ü", "status_count", "result_count",
)  # fmt: skip
PARAMETERS = ("fields", "filter", "sort", "limit", "offset", "page", "single", "status", "q", "meta", "lang", "groups",
              "comment", "activity_skip", "group")  # fmt: skip
TABLES = (*COLLECTIONS, "books", "books", "nope", "directus_users", "BOOKS", "directus8_x", "ü", "a b", "0", "'")


class Dice:
    """Everything random about one request, from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def one(self, values: Any) -> Any:
        return self.random.choice(values)

    def word(self) -> str:
        chosen: str = self.one(TEXTS) if self.random.random() < 0.8 else self.one(NAMES)
        return chosen

    def parameter(self) -> tuple[str, str]:
        name = self.one(PARAMETERS)
        if name == "filter":
            return self._filter()
        if name in ("fields", "sort", "groups", "meta") and self.random.random() < 0.85:
            return name, ",".join(self.one(NAMES) for _ in range(self.random.randint(1, 4)))
        suffix = self.one(("", "", "", "", "", "[]", "[a]", "[0][b]", "["))
        return name + suffix, self.word()

    def _filter(self) -> tuple[str, str]:
        field, value = self.one(NAMES), self.word()
        shape = self.random.randint(0, 9)
        if shape == 0:
            return "filter", value
        if shape == 1:
            return f"filter[{field}]", value
        if shape == 2:
            return f"filter[{field}][{self.random.randint(0, 2)}][{self.one(OPERATORS)}]", value
        if shape == 3:
            return f"filter[{field}][{self.one(OPERATORS)}][]", value
        if shape == 4:
            return f"filter[{field}][logical]", self.one(("or", "and", "OR", "x"))
        return f"filter[{field}][{self.one(OPERATORS)}]", value

    def query(self) -> str:
        pairs = [self.parameter() for _ in range(self.random.randint(0, 5))]
        return "&".join(f"{quote(n, safe='[]')}={quote(v)}" for n, v in pairs)

    def scalar(self) -> Any:
        return self.one((None, True, False, 0, 1, -1, 2**31, 2**63, -(2**63) - 1, 1.5, 1e308, self.word(), self.word()))

    def value(self, depth: int = 0) -> Any:
        chance = self.random.random()
        if depth > 4 or chance < 0.6:
            return self.scalar()
        if chance < 0.8:
            return [self.value(depth + 1) for _ in range(self.random.randint(0, 3))]
        return self.item(depth + 1)

    def item(self, depth: int = 0) -> dict[str, Any]:
        names = [n for n in NAMES if "." not in n and "*" not in n] if self.random.random() < 0.1 else FIELDS
        made = {self.one(names): self.value(depth) for _ in range(self.random.randint(0, 5))}
        if self.random.random() < 0.1:
            made["$delete"] = self.one((True, 1, "x", None))
        return made

    def body(self) -> Any:
        chance = self.random.random()
        if chance < 0.7:
            return self.item()
        return [self.item() for _ in range(self.random.randint(0, 3))] if chance < 0.9 else self.value()

    def key(self) -> str:
        return str(self.one(("1", "2", "7", "40", "1,2", "3,3", "999", "1,999", self.word() or "x", "me", "1.0", "-1")))

    def path(self) -> tuple[str, str]:
        """A route of items and its method."""
        table, key, number = self.one(TABLES), quote(self.key(), safe=","), quote(self.key(), safe=",")
        routes = (
            ("GET", f"/items/{table}"), ("GET", f"/items/{table}"), ("POST", f"/items/{table}"),
            ("PATCH", f"/items/{table}"), ("GET", f"/items/{table}/{key}"), ("PATCH", f"/items/{table}/{key}"),
            ("PATCH", f"/items/{table}/{key}"), ("DELETE", f"/items/{table}/{key}"),
            ("GET", f"/items/{table}/{key}/revisions"), ("GET", f"/items/{table}/{key}/revisions/{number}"),
            ("PATCH", f"/items/{table}/{key}/revert/{number}"), ("PUT", f"/items/{table}/{key}"),
        )  # fmt: skip
        method, path = self.one(routes)
        return method, path


FIELDS = [f["field"] for fields in COLLECTIONS.values() for f in fields]


def ask(client: FlaskClient, seed: int, tokens: list[str]) -> str | None:
    """Sends the request of a seed; what is wrong with the answer, or None."""
    dice = Dice(seed)
    method, path = dice.path()
    url, token = f"/demo{path}?{dice.query()}", dice.one(tokens)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = None if method in ("GET", "DELETE") else dice.body()
    started = time.perf_counter()
    answer = client.open(url, method=method, json=body, headers=headers)
    took = time.perf_counter() - started
    told = f"seed {seed}: {method} {url} {body!r} -> {answer.status_code} in {took:.2f} s"
    if answer.status_code >= 500:
        return f"{told} {answer.get_data(as_text=True)[:300]}"
    if (
        answer.status_code >= 400
        and answer.status_code != 429
        and not isinstance(answer.get_json()["error"]["code"], int)
    ):
        return told
    return told if took > SLOWEST else None


@pytest.fixture
def shop(folks: People) -> People:
    """The world of the property tests in a project; the editor may do all with books and some with the rest."""
    fill(folks.project)
    grants = [{"collection": "books", "create": "full", "read": "role", "update": "mine", "delete": "mine"}]
    grants += [{"collection": c, "create": "full", "read": "full", "update": "full"} for c in ("authors", "books_tags")]
    for grant in grants:
        assert folks.ask("POST", "/permissions", {"role": 3, **grant}, folks.admin).status_code == 200
    return folks


def test_nothing_is_a_server_error(shop: People) -> None:
    tokens = [shop.admin, shop.admin, shop.token(EDITOR), ""]
    seeds = [*KEPT, *range(SEED, SEED + COUNT)]
    wrong = [told for seed in seeds if (told := ask(shop.client, seed, tokens))]
    assert not wrong, "\n".join(wrong[:20])
