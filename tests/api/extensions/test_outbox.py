"""The outbox with many delivered messages in it: whatever is asked of it reads the few that wait, by an index."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from directus8.db.engine import Connection, Database
from directus8.system import own
from directus8.webhooks import outbox
from tests import databases

ROWS = int(os.environ.get("DIRECTUS8_OUTBOX_ROWS", "3000"))  # 1,000,000 by hand
NOW, DAY = 1_800_000_000, 86_400
NAME = own.OUTBOX.name
Statement = tuple[str, Sequence[Any]]


@pytest.fixture(scope="module")
def kept(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Thirty days of delivered messages, a few that wait, a few that are held."""
    with databases.temporary(module_vendor, tmp_path_factory.mktemp("outbox")) as url:
        database = Database(url)
        own.ensure(database, own.OUTBOX)
        with database.transaction() as connection:
            connection.insert(NAME, [_row(n, "waiting" if n % (ROWS // 20) == 0 else "delivered") for n in range(ROWS)])
        _look_at(database, module_vendor)
        yield database
        database.close()


def _row(number: int, status: str) -> dict[str, Any]:
    """Message ``number``, one of ten for the same webhook."""
    made = NOW - 30 * DAY * (ROWS - number) // ROWS
    return {
        "webhook": number % 10, "event": "item.create:after", "collection": "articles", "method": "POST",
        "url": "http://example.com/", "message": f"msg_{number}", "body": None, "status": status, "attempts": 1,
        "due": made, "lease": NOW + 60 if number % (ROWS // 10) == 0 else 0, "made": made, "answered": 200,
    }  # fmt: skip


def _look_at(database: Database, vendor: str) -> None:
    """What every server does by itself after a while."""
    with database.read() as connection:
        connection.rows({"mysql": f"ANALYZE TABLE {NAME}"}.get(vendor, "SELECT 1"))
        if vendor == "postgresql":
            connection.control(f"ANALYZE {NAME}")


def _asked(database: Database, monkeypatch: pytest.MonkeyPatch) -> dict[str, Statement]:
    """Every statement of the outbox, by its text, as each is really run."""
    seen: dict[str, Statement] = {}
    execute = Connection._execute

    def spy(self: Connection, sql: str, params: Sequence[Any], *more: Any) -> Any:
        if NAME in sql:
            seen[sql] = (sql, params)
        return execute(self, sql, params, *more)

    with monkeypatch.context() as patch:
        patch.setattr(Connection, "_execute", spy)
        holder, taken = outbox.take(database, NOW, 60, 64)
        ids = [each.id for each in taken]
        assert 5 < len(ids) < ROWS // 10
        assert outbox.keep(database, ids[0], holder, NOW + 90)
        outbox.finish(database, ids[0], holder, outbox.DELIVERED, 1, 200, "")
        outbox.postpone(database, ids[1], holder, NOW + 5, 1, None, "away")
        outbox.release(database, ids[2:], holder, NOW + 5)
        outbox.hurry(database, 1, NOW)
        assert outbox.next_due(database) is not None
        outbox.retry(database, NOW)
        assert outbox.forget(database, NOW - 29 * DAY)
    return seen


def test_every_statement_uses_an_index(kept: Database, module_vendor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _asked(kept, monkeypatch)
    assert len(asked) >= 10
    scans = {sql: found for sql, statement in asked.items() if (found := _scans(kept, module_vendor, statement))}
    assert not scans


def _scans(database: Database, vendor: str, statement: Statement) -> list[str]:
    """Where a statement goes through the whole table."""
    sql, params = statement
    head = {"sqlite": "EXPLAIN QUERY PLAN", "mysql": "EXPLAIN", "postgresql": "EXPLAIN (FORMAT JSON)"}[vendor]
    with database.read() as connection:
        found = connection.rows(f"{head} {sql}", params)
    if vendor == "sqlite":
        return [row[3] for row in found if row[3].startswith("SCAN")]
    if vendor == "mysql":
        return [str(row) for row in found if row[3] in ("ALL", "index")]
    return [str(node) for node in _nodes(json.loads(found[0][0])[0]["Plan"]) if _reads_all(node)]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _reads_all(node: dict[str, Any]) -> bool:
    kind = node["Node Type"]
    return kind == "Seq Scan" or (kind in ("Index Scan", "Index Only Scan") and "Index Cond" not in node)
