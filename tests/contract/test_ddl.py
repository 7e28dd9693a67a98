"""Changing tables that hold rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from directus8.db import ddl
from directus8.db.engine import Database
from directus8.db.model import Column, Table
from directus8.errors import DuplicateKey, Error, ForeignKeyViolated, ValueInvalid, ValueMissing, ValueTooLong
from directus8.types.sqltype import SqlType
from tests.contract.conftest import ID, MakeTable
from tests.contract.test_reflection import as_kept, reflected

P = SqlType.parse


def values(database: Database, table: Table, name: str) -> list[Any]:
    with database.read() as connection:
        quoted = connection.dialect.quote
        return [row[0] for row in connection.rows(f"SELECT {quoted(name)} FROM {quoted(table.name)} ORDER BY id")]


def add(database: Database, table: Table, column: Column) -> Table:
    with database.transaction(ddl=True) as connection:
        ddl.add_column(connection, table, column)
    return reflected(database, table.name)


def alter(database: Database, table: Table, name: str, **changes: Any) -> Table:
    old = reflected(database, table.name).column(name)
    with database.transaction(ddl=True) as connection:
        ddl.alter_column(connection, reflected(database, table.name), old, replace(old, **changes))
    return reflected(database, table.name)


@pytest.mark.parametrize(
    ("column", "filled"),
    [
        (Column("x", P("INT(11)")), None),
        (Column("x", P("INT(11) UNSIGNED"), default="7"), 7),
        (Column("x", P("INT(11)"), nullable=False), 0),
        (Column("x", P("VARCHAR(10)"), nullable=False), ""),
        (Column("x", P("VARCHAR(10)"), nullable=False, default="a'b"), "a'b"),
        (Column("x", P("DECIMAL(10,2)"), nullable=False, default="1.50"), "1.50"),
        (Column("x", P("TINYINT(1)"), nullable=False, default="1"), 1),
        (Column("x", P("ENUM('a','b')"), nullable=False), "a"),
        (Column("x", P("VARCHAR(10)"), unique=True), None),
        (Column("x", P("TEXT"), comment="A note"), None),
    ],
)
def test_add_column(database: Database, make_table: MakeTable, column: Column, filled: Any) -> None:
    made = make_table(Column("code", P("VARCHAR(9)"), unique=True), Column("word", P("VARCHAR(9)"), default="w"))
    with database.transaction() as connection:
        connection.insert(made.name, [{"code": "a"}, {"code": "b"}])
    after = add(database, made, column)
    assert after == as_kept(database, replace(made, columns=(*made.columns, column)))
    found = values(database, made, "x")
    assert found == [filled, filled] or [float(value) for value in found] == [float(filled)] * 2
    if not column.nullable and column.default is None and column.type.name != "ENUM":
        with pytest.raises(ValueMissing), database.transaction() as connection:
            connection.insert(made.name, [{"code": "c"}])


def test_add_current_time(database: Database, make_table: MakeTable) -> None:
    made = make_table(a="INT(11)")
    with database.transaction() as connection:
        connection.insert(made.name, [{"a": 1}])
    column = Column("x", P("DATETIME"), nullable=False, default="CURRENT_TIMESTAMP")
    assert add(database, made, column).columns[-1] == column
    assert str(values(database, made, "x")[0]).startswith("20")


def test_a_unique_column_with_a_default_cannot_be_added(database: Database, make_table: MakeTable) -> None:
    made = make_table(a="INT(11)")
    with database.transaction() as connection:
        connection.insert(made.name, [{"a": 1}, {"a": 2}])
    with pytest.raises(DuplicateKey):
        add(database, made, Column("x", P("INT(11)"), default="1", unique=True))
    assert reflected(database, made.name) == made, "nothing of it is left"


@pytest.mark.parametrize(
    ("before", "after", "given", "kept"),
    [
        ("VARCHAR(5)", "VARCHAR(50)", "ab", "ab"),
        ("VARCHAR(50)", "TEXT", "ab", "ab"),
        ("TEXT", "VARCHAR(9)", "ab", "ab"),
        ("INT(11)", "BIGINT(20)", 5, 5),
        ("INT(11)", "INT(11) UNSIGNED", 5, 5),
        ("INT(11)", "VARCHAR(10)", 5, "5"),
        ("VARCHAR(10)", "INT(11)", "12", 12),
        ("VARCHAR(20)", "DATETIME", "2020-01-31 10:00:00", "2020-01-31 10:00:00"),
        ("DATETIME", "VARCHAR(20)", "2020-01-31 10:00:00", "2020-01-31 10:00:00"),
        ("DATE", "VARCHAR(20)", "2020-01-31", "2020-01-31"),
        ("DOUBLE", "INT(11)", 2.0, 2),
        ("INT(11)", "DOUBLE", 2, 2.0),
        ("VARCHAR(9)", "ENUM('a','b')", "b", "b"),
        ("ENUM('a','b')", "VARCHAR(9)", "b", "b"),
        ("ENUM('a','b')", "ENUM('a','b','c')", "b", "b"),
        ("TINYINT(1)", "INT(11)", 1, 1),
        ("DATETIME", "TIMESTAMP", "2020-01-31 10:00:00", "2020-01-31 10:00:00"),
        ("TEXT", "BLOB", "ab", b"ab"),
        ("JSON", "LONGTEXT", "[1]", "[1]"),
    ],
)
def test_alter_type(database: Database, make_table: MakeTable, before: str, after: str, given: Any, kept: Any) -> None:
    made = make_table(x=before, other="VARCHAR(9)")
    with database.transaction() as connection:
        connection.insert(made.name, [{"x": given}, {"x": None}])
    altered = alter(database, made, "x", type=P(after))
    assert str(altered.column("x").type) == after
    assert values(database, made, "x") == [kept, None]
    assert altered.column("other") == made.column("other")


@pytest.mark.parametrize(
    ("before", "given", "changes", "error"),
    [
        ("VARCHAR(9)", "too long", {"type": P("VARCHAR(3)")}, ValueTooLong),
        ("VARCHAR(9)", "abc", {"type": P("INT(11)")}, ValueInvalid),
        ("VARCHAR(9)", None, {"nullable": False}, ValueMissing),
    ],
)
def test_alter_refuses_what_does_not_fit(
    database: Database, make_table: MakeTable, before: str, given: Any, changes: dict[str, Any], error: type[Error]
) -> None:
    made = make_table(x=before)
    with database.transaction() as connection:
        connection.insert(made.name, [{"x": given}])
    with pytest.raises(error):
        alter(database, made, "x", **changes)
    assert reflected(database, made.name) == made
    assert values(database, made, "x") == [given]


@pytest.mark.parametrize(
    "changes",
    [
        {"nullable": False},
        {"default": "z"},
        {"default": None},
        {"default": ""},
        {"comment": "It's 5%"},
        {"comment": ""},
        {"unique": True},
        {"unique": True, "type": P("VARCHAR(20)"), "nullable": False, "default": "d", "comment": "all"},
        {"type": P("TEXT"), "default": None},
        {"type": P("INT(11)"), "default": "5"},
    ],
)
def test_alter_the_rest(database: Database, make_table: MakeTable, changes: dict[str, Any]) -> None:
    made = make_table(Column("x", P("VARCHAR(10)"), default="a", comment="first"), y="INT(11) UNSIGNED")
    with database.transaction() as connection:
        connection.insert(made.name, [{"x": "1"}, {"x": "2"}])
    altered = alter(database, made, "x", **changes)
    expected = replace(made.column("x"), **changes)
    assert altered == as_kept(database, replace(made, columns=(ID, expected, made.column("y"))))
    if changes.get("unique"):
        with pytest.raises(DuplicateKey), database.transaction() as connection:
            connection.insert(made.name, [{"x": "1"}])
        again = alter(database, made, "x", unique=False)
        assert not again.column("x").unique
        with database.transaction() as connection:
            connection.insert(made.name, [{"x": "1"}])


def test_unique_text_ignores_case(database: Database, make_table: MakeTable) -> None:
    made = make_table(x="VARCHAR(10)")
    with database.transaction() as connection:
        connection.insert(made.name, [{"x": "Abc"}, {"x": "abd"}])
    alter(database, made, "x", unique=True)
    with pytest.raises(DuplicateKey), database.transaction() as connection:
        connection.insert(made.name, [{"x": "aBC"}])


def test_drop_column(database: Database) -> None:
    made = Table(
        "dropping",
        (
            ID,
            Column("a", P("VARCHAR(9)"), unique=True),
            Column("b", P("INT(11)"), nullable=False, default="3"),
            Column("c", P("ENUM('x','y')")),
        ),
        unique_keys=(("idx_ab", ("a", "b")), ("idx_bc", ("b", "c"))),
    )
    with database.transaction(ddl=True) as connection:
        ddl.create_table(connection, made)
        connection.insert(made.name, [{"id": 7, "a": "one", "b": 1, "c": "y"}], "id")
        connection.insert(made.name, [{"id": 9, "a": "two", "b": 1}], "id")
        connection.execute("DELETE FROM dropping WHERE id = 9")
    for name, keys in (("a", ("idx_bc",)), ("b", ())):
        with database.transaction(ddl=True) as connection:
            ddl.drop_column(connection, reflected(database, made.name), name)
        made = replace(
            made,
            columns=tuple(c for c in made.columns if c.name != name),
            unique_keys=tuple(key for key in made.unique_keys if key[0] in keys),
        )
        assert reflected(database, made.name) == made
    assert values(database, made, "c") == ["y"]
    with database.transaction() as connection:
        assert connection.insert(made.name, [{"c": "x"}], "id") == [10], "the counter went on"


def keyless(database: Database, name: str) -> Table:
    made = Table(name, (Column("a", P("INT(11)")), Column("b", P("VARCHAR(9)"))))
    with database.transaction(ddl=True) as connection:
        ddl.create_table(connection, made)
        connection.insert(name, [{"a": 3, "b": "x"}, {"a": 5, "b": "y"}])
    return made


def test_a_column_becomes_the_key(database: Database) -> None:
    keyless(database, "becoming")
    after = alter(database, reflected(database, "becoming"), "a", primary_key=True, nullable=False)
    assert after.primary_key == ("a",)
    with pytest.raises(DuplicateKey), database.transaction() as connection:
        connection.insert("becoming", [{"a": 3}])


def test_a_key_begins_to_count(database: Database) -> None:
    made = Table("counting", (Column("id", P("INT(11)"), nullable=False, primary_key=True), Column("b", P("INT(11)"))))
    with database.transaction(ddl=True) as connection:
        ddl.create_table(connection, made)
        connection.insert("counting", [{"id": 7, "b": 1}])
    after = alter(database, reflected(database, "counting"), "id", auto_increment=True)
    assert after.column("id").auto_increment
    with database.transaction() as connection:
        assert connection.insert("counting", [{"b": 2}], "id") == [8]
    after = alter(database, after, "id", auto_increment=False)
    assert not after.column("id").auto_increment
    assert values(database, after, "b") == [1, 2]


def test_a_counting_key_is_added(database: Database) -> None:
    made = keyless(database, "added")
    after = add(database, made, ID)
    assert after.columns == (*made.columns, ID)
    assert sorted(values(database, after, "id")) == [1, 2]


class TestSqliteMoves:
    """SQLite alters a table by copying it: all that hangs on it must come along."""

    @pytest.fixture(autouse=True)
    def _only(self, database: Database) -> None:
        if database.dialect.name != "sqlite":
            pytest.skip("SQLite only")

    def test_what_hangs_on_a_table_stays(self, database: Database) -> None:
        with database.transaction(ddl=True) as connection:
            connection.execute("CREATE TABLE owner (id INTEGER PRIMARY KEY)")
            connection.execute(
                "CREATE TABLE moved (id INTEGER PRIMARY KEY AUTOINCREMENT, x INT(11), y TEXT, owner INT "
                "REFERENCES owner ON DELETE CASCADE ON UPDATE SET NULL, UNIQUE (x, y))"
            )
            connection.execute(
                "CREATE TABLE child (id INTEGER PRIMARY KEY, moved INT REFERENCES moved ON DELETE CASCADE)"
            )
            connection.execute("CREATE TABLE log (what TEXT)")
            connection.execute("CREATE INDEX by_y ON moved (y DESC)")
            connection.execute("CREATE INDEX by_x ON moved (x)")
            connection.execute("CREATE UNIQUE INDEX lower_y ON moved (lower(y))")
            connection.execute("CREATE UNIQUE INDEX some_y ON moved (y) WHERE x > 5")
            connection.execute("CREATE TRIGGER tell AFTER INSERT ON moved BEGIN INSERT INTO log VALUES (new.y); END")
            connection.execute("CREATE VIEW seen AS SELECT y FROM moved")
            connection.insert("owner", [{"id": 1}])
            connection.insert("moved", [{"id": 40, "x": 1, "y": "a", "owner": 1}])
            connection.insert("child", [{"id": 1, "moved": 40}])
        after = alter(database, reflected(database, "moved"), "x", type=P("BIGINT(20)"))
        assert str(after.column("x").type) == "BIGINT(20)"
        assert after.foreign_keys == (("owner", "owner", "id"),)
        assert [names for _, names in after.unique_keys] == [("x", "y")]
        with database.transaction() as connection:
            assert connection.rows("SELECT * FROM child") == [(1, 40)]
            assert connection.insert("moved", [{"y": "b", "owner": 1}], "id") == [41]
            assert connection.rows("SELECT * FROM log") == [("a",), ("b",)]
            assert connection.rows("SELECT * FROM seen ORDER BY y") == [("a",), ("b",)]
            names = {row[0] for row in connection.rows("SELECT name FROM pragma_index_list('moved')")}
            assert names == {"by_y", "by_x", "lower_y", "some_y", "moved_x_y_key"}
            actions = connection.rows("SELECT on_update, on_delete FROM pragma_foreign_key_list('moved')")
            assert actions == [("SET NULL", "CASCADE")]
        with pytest.raises(DuplicateKey), database.transaction() as connection:
            connection.insert("moved", [{"y": "B"}])
        with pytest.raises(ForeignKeyViolated), database.transaction() as connection:
            connection.insert("child", [{"id": 2, "moved": 99}])
        with database.transaction(ddl=True) as connection:
            ddl.drop_column(connection, reflected(database, "moved"), "x")
            names = {row[0] for row in connection.rows("SELECT name FROM pragma_index_list('moved')")}
            assert names == {"by_y", "lower_y"}
        with database.transaction() as connection:
            connection.execute("DELETE FROM owner")
            assert connection.rows("SELECT * FROM child") == [], "cascades work again"

    def test_a_move_that_could_cascade_is_refused(self, database: Database) -> None:
        with database.transaction(ddl=True) as connection:
            connection.execute("CREATE TABLE upper_one (id INTEGER PRIMARY KEY, x INT)")
            connection.execute("CREATE TABLE lower_one (up INT REFERENCES upper_one ON DELETE CASCADE)")
        table = reflected(database, "upper_one")
        new = replace(table.column("x"), type=P("TEXT"))
        with pytest.raises(RuntimeError, match="ddl=True"), database.transaction() as connection:
            ddl.alter_column(connection, table, table.column("x"), new)
        with pytest.raises(RuntimeError, match="ddl=True"), database.read() as connection:
            ddl.alter_column(connection, table, table.column("x"), new)

    def test_a_move_is_undone_with_the_rest(self, database: Database, make_table: MakeTable) -> None:
        made = make_table(x="INT(11)")
        with database.transaction() as connection:
            connection.insert(made.name, [{"x": 1}])
        with pytest.raises(ZeroDivisionError), database.transaction(ddl=True) as connection:
            ddl.alter_column(connection, made, made.column("x"), replace(made.column("x"), type=P("TEXT")))
            raise ZeroDivisionError
        assert reflected(database, made.name) == made
        with database.read() as connection:
            assert connection.rows("PRAGMA foreign_keys") == [(1,)]
            assert connection.rows("PRAGMA legacy_alter_table") == [(0,)]


def test_columns_may_come_and_go_for_ever(database: Database, make_table: MakeTable) -> None:
    """MariaDB's rows remember the columns they had, up to a limit."""
    made = make_table(word="VARCHAR(20)")
    with database.transaction() as connection:
        connection.insert(made.name, [{"word": "kept"}])
    for number in range(50):
        column = Column(f"c{number}", P("VARCHAR(20)"), default="x" * 20)
        with database.transaction(ddl=True) as connection:
            ddl.add_column(connection, made, column)
            ddl.drop_column(connection, replace(made, columns=(*made.columns, column)), column.name)
    assert reflected(database, made.name) == as_kept(database, made)
    assert values(database, made, "word") == ["kept"]
