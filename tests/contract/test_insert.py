"""Many rows by few statements, and the keys they got."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, column, insert, select, table, update

from directus8.db import engine, trace
from directus8.db.engine import Database, prepare
from directus8.db.model import Column
from directus8.types.sqltype import SqlType
from tests.contract.conftest import MakeTable


def test_generated_keys_follow_the_rows(database: Database, make_table: MakeTable) -> None:
    made = make_table(n="INT(11)")
    with database.transaction() as connection:
        assert connection.insert(made.name, [{"n": 7}], "id") == [1]
        keys = connection.insert(made.name, [{"n": n} for n in range(25)], "id")
        assert connection.rows(f"SELECT id, n FROM {made.name} WHERE id > 1 ORDER BY id") == list(
            zip(keys, range(25), strict=True)
        )


def test_given_keys_come_back_and_the_counter_goes_on(database: Database, make_table: MakeTable) -> None:
    made = make_table(n="INT(11)")
    with database.transaction() as connection:
        assert connection.insert(made.name, [{"id": 5, "n": 1}, {"id": 3, "n": 2}], "id") == [5, 3]
        assert connection.insert(made.name, [{"n": 3}], "id") == [6]
        assert connection.insert(made.name, [{"id": 2, "n": 4}], "id") == [2]
        assert connection.insert(made.name, [{"id": None, "n": 5}], "id") == [7]
        mixed = [{"id": None, "n": 6}, {"id": 20, "n": 7}, {"id": None, "n": 8}, {"id": None, "n": 9}]
        assert connection.insert(made.name, mixed, "id") == [8, 20, 21, 22]


def test_no_columns_at_all(database: Database, make_table: MakeTable) -> None:
    made = make_table(n="INT(11)")
    with database.transaction() as connection:
        assert connection.insert(made.name, [{}], "id") == [1]
        assert connection.insert(made.name, [{}, {}], "id") == [2, 3]
        assert connection.insert(made.name, [], "id") == []


def test_text_keys(database: Database, make_table: MakeTable) -> None:
    made = make_table(Column("code", SqlType("VARCHAR", "9"), unique=True))
    with database.transaction() as connection:
        assert connection.insert(made.name, [{"code": "b"}, {"code": "a"}], "code") == ["b", "a"]


def test_one_statement_for_many_rows(database: Database, make_table: MakeTable) -> None:
    made = make_table(n="INT(11)", text="TEXT")
    with database.transaction() as connection, trace.observe() as observed:
        connection.insert(made.name, [{"n": n, "text": "x"} for n in range(500)], "id")
    assert len([s for s in observed.statements if s.sql.startswith("INSERT")]) == 1


def test_more_than_one_statement_can_carry(
    database: Database, make_table: MakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "STATEMENT_BYTES", 100)
    made = make_table(text="TEXT")
    with database.transaction() as connection, trace.observe() as observed:
        keys = connection.insert(made.name, [{"text": "x" * 40} for _ in range(5)], "id")
    assert keys == [1, 2, 3, 4, 5]
    assert len([s for s in observed.statements if s.sql.startswith("INSERT")]) == 3


def test_many_columns_and_rows(database: Database, make_table: MakeTable) -> None:
    made = make_table(**{f"c{i}": "INT(11)" for i in range(60)})
    with database.transaction() as connection:
        keys = connection.insert(made.name, [{f"c{i}": i for i in range(60)} for _ in range(1200)], "id")
    assert keys == list(range(1, 1201))


def test_whole_rows_come_back(database: Database, make_table: MakeTable) -> None:
    made = make_table(Column("n", SqlType("INT", "11"), default="7"), text="VARCHAR(20)")
    columns = ("n", "id", "text")
    with database.transaction() as connection:
        if not connection.returns_rows:
            pytest.skip("no RETURNING")
        assert connection.insert_rows(made.name, [{"text": "a"}, {"text": "b"}], "id", columns) == [
            (7, 1, "a"), (7, 2, "b"),
        ]  # fmt: skip
        given = [{"id": 9, "text": "c"}, {"id": 5, "text": "d"}, {"id": None, "text": "e"}]
        assert connection.insert_rows(made.name, given, "id", columns) == [(7, 9, "c"), (7, 5, "d"), (7, 10, "e")]


def test_core_statements(database: Database, make_table: MakeTable) -> None:
    made = make_table(n="INT(11)", text="VARCHAR(20)")
    at = table(made.name, column("id"), column("n"), column("text"))
    with database.transaction() as connection:
        assert connection.run(insert(at).values(n=1, text="a")) == 1
        assert connection.run(insert(at).values([{"n": 2, "text": "b"}, {"n": 3, "text": "c"}])) == 2
        assert connection.run(update(at).where(at.c.n >= 2).values(text="100%")) == 2
        assert connection.run(update(at).where(at.c.n == 3).values(text="100%")) == 1, "matched, though not changed"
        assert connection.select(select(at.c.text).where(at.c.n.in_([2, 3]))) == [("100%",), ("100%",)]
        statement = prepare(
            select(at.c.n).where(
                at.c.text == bindparam("text"), at.c.n > 1, at.c.n.in_(bindparam("ns", expanding=True))
            ),
            connection.dialect,
        )
        assert connection.select(statement, {"text": "100%", "ns": [1, 2]}) == [(2,)]
        assert connection.select(statement, {"text": "100%", "ns": []}) == []
        with pytest.raises(KeyError):
            connection.select(prepare(select(at.c.n).where(at.c.n == bindparam("n")), connection.dialect))


def test_no_casts_are_rendered(database: Database) -> None:
    at = table("t", column("a"))
    sql = prepare(select(at).where(at.c.a == "x", at.c.a > 5).limit(3), database.dialect).sql
    assert "::" not in sql
    assert "CAST" not in sql
