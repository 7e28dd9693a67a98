"""Tables Directus did not make: keys that are text, no key, two keys, views, odd names, wide numbers. On each database.

Source: items.md §1, §2, §6.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.api.people import People, people

QUOTES = {"sqlite": '"', "mysql": "`", "postgresql": '"'}
TABLES = (
    "CREATE TABLE {q}codes{q} ({q}code{q} VARCHAR(40) PRIMARY KEY, {q}name{q} VARCHAR(40))",
    "CREATE TABLE {q}nokey{q} ({q}a{q} INTEGER, {q}b{q} VARCHAR(10))",
    "CREATE TABLE {q}pair{q} ({q}x{q} INTEGER, {q}y{q} INTEGER, {q}note{q} VARCHAR(10), PRIMARY KEY ({q}x{q}, {q}y{q}))",
    "CREATE TABLE {q}select{q} ({q}id{q} INTEGER PRIMARY KEY, {q}order{q} INTEGER, {q}group by{q} VARCHAR(10))",
    "CREATE TABLE {q}größe 😀{q} ({q}id{q} INTEGER PRIMARY KEY, {q}naïve{q} VARCHAR(40))",
    "CREATE TABLE {q}wide{q} ({q}id{q} INTEGER PRIMARY KEY, {q}big{q} BIGINT, {q}exact{q} DECIMAL(30,10), {q}at{q} {moment})",
    "CREATE VIEW {q}shown{q} AS SELECT {q}code{q}, {q}name{q} FROM {q}codes{q}",
    "INSERT INTO {q}nokey{q} VALUES (1, 'one'), (2, 'two')",
    "INSERT INTO {q}pair{q} VALUES (1, 2, 'b'), (1, 1, 'a')",
    "INSERT INTO {q}codes{q} VALUES ('de', 'Deutsch'), ('en', 'English')",
)


@pytest.fixture(scope="module")
def shelf(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """A project in whose database such tables lie."""
    folder: Path = tmp_path_factory.mktemp("shelf")
    with people(module_vendor, folder) as made:
        moment = "TIMESTAMP" if module_vendor == "postgresql" else "DATETIME"
        with made.project.database.engine.begin() as connection:
            for statement in TABLES:
                if module_vendor == "mysql":
                    statement = statement.replace(" 😀", "")
                connection.execute(text(statement.format(q=QUOTES[module_vendor], moment=moment)))
        made.project.stamps.forget()
        made.others["name"] = "größe" if module_vendor == "mysql" else "größe 😀"
        yield made


def ask(shelf: People, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Status and body of an answer to the administrator."""
    answer = shelf.ask(method, path.replace("{odd}", shelf.others["name"]), body, shelf.admin)
    return answer.status_code, answer.get_json() if answer.data else None


#: method, path, body, status, data (or code of the error)
CASES: tuple[tuple[str, str, Any, int, Any], ...] = (
    ("GET", "/items/codes/de", None, 200, {"code": "de", "name": "Deutsch"}),
    ("POST", "/items/codes", {"code": "fr/ü", "name": "x"}, 200, {"code": "fr/ü", "name": "x"}),
    ("POST", "/items/codes", {"code": "de", "name": "again"}, 409, 204),
    ("POST", "/items/codes", {"name": "no key"}, 422, 4),
    ("PATCH", "/items/codes/en", {"name": "Eng"}, 200, {"code": "en", "name": "Eng"}),
    ("PATCH", "/items/codes", [{"code": "en", "name": "E"}], 200, [{"code": "en", "name": "E"}]),
    ("GET", "/items/codes/en,de?fields=code", None, 200, [{"code": "de"}, {"code": "en"}]),
    ("GET", "/items/codes/nope", None, 404, 203),
    ("DELETE", "/items/codes/en", None, 204, None),
    ("GET", "/items/codes/en/revisions?fields=item", None, 200, [{"item": "en"}, {"item": "en"}]),
    ("GET", "/items/nokey?sort=a", None, 200, [{"a": 1, "b": "one"}, {"a": 2, "b": "two"}]),
    ("GET", "/items/nokey?filter[b]=two&meta=filter_count", None, 200, [{"a": 2, "b": "two"}]),
    ("GET", "/items/nokey/1", None, 404, 203),
    ("PATCH", "/items/nokey/1", {"b": "x"}, 404, 203),
    ("DELETE", "/items/nokey/1", None, 404, 203),
    ("PATCH", "/items/nokey", [{"a": 1, "b": "x"}], 422, 12),
    ("POST", "/items/nokey", {"zz": 1}, 422, 12),
    ("POST", "/items/nokey", {"b": "x" * 11}, 422, 12),
    ("GET", "/items/nokey?q=on", None, 200, [{"a": 1, "b": "one"}]),
    ("GET", "/items/nokey?single=1&sort=-a", None, 200, {"a": 2, "b": "two"}),
    ("GET", "/items/nokey/1/revisions", None, 200, []),
    ("PATCH", "/items/nokey/1/revert/1", None, 404, 203),
    ("POST", "/items/pair", {"x": 1, "y": 1}, 409, 204),
    ("POST", "/items/pair", {"x": 9, "y": 1, "note": "n"}, 200, {"x": 9, "y": 1, "note": "n"}),
    ("PATCH", "/items/pair/9", {"note": "m"}, 200, {"x": 9, "y": 1, "note": "m"}),
    ("DELETE", "/items/pair/9", None, 204, None),
    ("GET", "/items/pair?sort=-y&limit=1", None, 200, [{"x": 1, "y": 2, "note": "b"}]),
    ("PATCH", "/items/pair/1", {"note": "m"}, 422, 12),  # which of the two?
    ("DELETE", "/items/pair/1", None, 422, 12),
    ("POST", "/items/pair", {"x": 1, "y": 3}, 204, None),
    ("GET", "/items/pair?filter[y]=3", None, 200, [{"x": 1, "y": 3, "note": None}]),
    ("GET", "/revisions?filter[collection]=pair&sort=-id&limit=1&fields=data", None, 200,
     [{"data": {"x": "1", "y": "3", "note": None}}]),
    ("GET", "/items/pair?filter[y][lt]=3", None, 200, [{"x": 1, "y": 1, "note": "a"}, {"x": 1, "y": 2, "note": "b"}]),
    ("POST", "/items/select", {"id": 7, "order": 3, "group by": "a"}, 200, {"id": 7, "order": 3, "group by": "a"}),
    ("GET", "/items/select?sort=-order&filter[order][gte]=3&fields=order", None, 200, [{"order": 3}]),
    ("GET", "/items/select?filter[group by]=a&fields=group by", None, 200, [{"group by": "a"}]),
    ("PATCH", "/items/select/7", {"order": 4}, 200, {"id": 7, "order": 4, "group by": "a"}),
    ("POST", "/items/{odd}", {"id": 1, "naïve": "Ω"}, 200, {"id": 1, "naïve": "Ω"}),
    ("GET", "/items/{odd}?filter[naïve][contains]=Ω", None, 200, [{"id": 1, "naïve": "Ω"}]),
    ("DELETE", "/items/{odd}/1", None, 204, None),
    ("POST", "/items/wide", {"id": 1, "big": 9223372036854775807, "at": "2026-11-27T10:00:00+02:00"}, 200, ...),
    ("GET", "/items/wide/1?fields=big", None, 200, {"big": "9223372036854775807"}),
    ("GET", "/items/wide?filter[big]=9223372036854775807&fields=id", None, 200, [{"id": 1}]),
    ("GET", "/items/wide?filter[big]=9223372036854775806&fields=id", None, 200, []),
    ("PATCH", "/items/wide/1", {"exact": "12345678901234567890.0123456789"}, 200, ...),
    ("GET", "/items/wide/1/revisions?fields=data&limit=-1", None, 200, ...),
    ("GET", "/items/shown?sort=code&fields=code", None, 200, [{"code": "de"}, {"code": "fr/ü"}]),
    ("GET", "/items/shown/de", None, 404, 203),
    ("DELETE", "/items/shown/de", None, 404, 203),
)  # fmt: skip


def test_requests(shelf: People) -> None:
    """The cases, one after the other: each finds what those before have left."""
    wrong = []
    for method, path, body, status, expected in CASES:
        got, told = ask(shelf, method, path, body)
        value = None if told is None else told["error"]["code"] if "error" in told else told["data"]
        if got != status or (expected is not ... and value != expected):
            wrong.append((method, path, got, told))
    assert not wrong, "\n".join(map(str, wrong))


def test_decimals_are_exact_in_the_database_and_in_revisions(shelf: People) -> None:
    sqlite = shelf.project.database.dialect.name == "sqlite"  # keeps 15 digits
    exact = "12345678901.2345000000" if sqlite else "99999999999999999999.9999999999"
    status, _ = ask(shelf, "POST", "/items/wide", {"id": 5, "exact": exact})
    assert status == 200
    _, told = ask(shelf, "GET", "/items/wide/5/revisions")
    assert told["data"][0]["data"]["exact"] == exact
    assert ask(shelf, "POST", "/items/wide", {"id": 6, "exact": "1" + "0" * 20})[0] == 422
    assert ask(shelf, "POST", "/items/wide", {"id": 6, "big": 2**63})[0] == 422


def test_a_view_can_not_be_written(shelf: People) -> None:
    status, told = ask(shelf, "POST", "/items/shown", {"code": "xx", "name": "x"})
    assert (status, told["error"]["code"]) == (403, 301)
    assert ask(shelf, "GET", "/items/codes/xx")[0] == 404


def test_a_table_without_a_key_takes_rows(shelf: People) -> None:
    """Nothing tells such a row from others: it is written and logged, the answer is that of an item not readable."""
    assert ask(shelf, "POST", "/items/nokey", {"a": 3, "b": "three"}) == (204, None)
    assert ask(shelf, "POST", "/items/nokey", [{"a": 4}, {"a": 4}]) == (204, None)
    assert shelf.rows("SELECT a, b FROM nokey ORDER BY a") == [
        (1, "one"), (2, "two"), (3, "three"), (4, None), (4, None),
    ]  # fmt: skip
    _, log = ask(shelf, "GET", "/activity?filter[collection]=nokey&fields=action,item")
    assert log["data"] == [{"action": "create", "item": ""}] * 3
    _, kept = ask(shelf, "GET", "/revisions?filter[collection]=nokey&fields=data,delta&limit=1")
    assert kept["data"] == [{"data": {"a": "3", "b": "three"}, "delta": {"a": 3, "b": "three"}}]
