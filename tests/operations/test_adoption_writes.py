"""The recorded writes on the adopted dump: nothing changes but what they changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.conformance.kit.replay import replay
from tests.conformance.kit.scenario import select
from tests.conformance.kit.suite import SUITES
from tests.conformance.run import target
from tests.databases import server_url

Tables = dict[str, dict[str, dict[str, Any]]]
LAST = 553  # activity of the dump
#: Rows that a write touches without an entry in the log: the far column of a composite key, a junction row taken
#: away, a preset, the row of a dropped column.
UNLOGGED = {"PlaylistTrack 19/6", "album_tags 2", "directus_collection_presets 12", "directus_fields 224"}
KEPT = {"directus_activity", "directus_revisions"}


def _content(project: str) -> tuple[dict[str, str], Tables]:
    url = server_url("mysql").set(database=f"d8_{project}")
    with create_engine(url, poolclass=NullPool).connect() as c:
        names = c.execute(text("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")).scalars().all()
        made = {n: c.execute(text(f"SHOW CREATE TABLE `{n}`")).one()[1].split(" AUTO_INCREMENT=")[0] for n in names}
        rows: Tables = {}
        for n in names:
            keys = [r[4] for r in c.execute(text(f"SHOW KEYS FROM `{n}` WHERE Key_name = 'PRIMARY'"))]
            found = c.execute(text(f"SELECT * FROM `{n}`")).mappings()
            rows[n] = {"/".join(str(r[k]) for k in keys): dict(r) for r in found}
    return made, rows


def _differ(one: dict[str, Any] | None, other: dict[str, Any] | None) -> bool:
    """Is a row new, gone, or changed in a column that both have?"""
    if one is None or other is None:
        return True
    return any(one[name] != other[name] for name in one.keys() & other.keys())


def test_only_what_was_written_is_changed(database_vendors: list[str]) -> None:
    if "mysql" not in database_vendors:
        pytest.skip("the dump is MySQL's")
    taken: list[tuple[dict[str, str], Tables]] = []
    (scenario,) = select([SUITES["legacy"]], names=["writes"])
    with target("mysql", 1) as targets:
        legacy = targets["legacy"]
        assert legacy.drop is not None
        drop = legacy.drop

        def create(project: str, email: str, password: str) -> None:
            legacy.create(project, email, password)
            taken.append(_content(project))

        def dropped(project: str) -> None:
            taken.append(_content(project))
            drop(project)

        replay(scenario, replace(legacy, create=create, drop=dropped), "ops_written")
    (made, before), (made_after, after) = taken
    assert {n for n in made_after if made.get(n) != made_after[n]} <= {"Album", "news", "directus8_schema_edits"}
    assert made.keys() <= made_after.keys()
    logged = {f"{a['collection']} {a['item']}" for a in after["directus_activity"].values() if a["id"] > LAST}
    changed = {
        f"{table} {key}"
        for table in after.keys() - {"directus_user_sessions"}
        for key in before.get(table, {}).keys() | after[table].keys()
        if _differ(before.get(table, {}).get(key), after[table].get(key))
    }
    history = {c for c in changed if c.split()[0] in KEPT}
    assert changed - history - logged == UNLOGGED
    assert all(before[t].items() <= after[t].items() for t in KEPT)
