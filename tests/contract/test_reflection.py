"""What DDL made is reflected as it was asked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from directus8.db import ddl, trace
from directus8.db.engine import Connection, Database
from directus8.db.model import Column, Table
from directus8.types.sqltype import SqlType
from tests.contract.conftest import ID, MakeTable

TYPES = [
    "TINYINT(1)", "TINYINT(4)", "TINYINT(3) UNSIGNED", "SMALLINT(6)", "SMALLINT(5) UNSIGNED", "MEDIUMINT(9)",
    "MEDIUMINT(8) UNSIGNED", "INT(11)", "INT(11) UNSIGNED", "INT(1)", "BIGINT(20)", "BIGINT(20) UNSIGNED", "YEAR(4)",
    "DECIMAL(10,2)", "DECIMAL(8,0)", "DECIMAL(5,5)", "FLOAT", "FLOAT(7,3)", "DOUBLE", "DOUBLE(8,2)", "CHAR(1)",
    "CHAR(36)", "VARCHAR(1)", "VARCHAR(255)", "TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT", "ENUM('a','b')",
    "ENUM('it''s','print','x) */ y','','ä')", "SET('a','b')", "DATE", "TIME", "DATETIME", "TIMESTAMP", "BIT(1)",
    "BINARY(16)", "VARBINARY(255)", "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB",
]  # fmt: skip


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.read() as connection:
        yield connection


def reflected(database: Database, name: str) -> Table:
    with database.read() as connection:
        return connection.dialect.reflect(connection)[name]


def as_kept(database: Database, table: Table) -> Table:
    """SQLite has no comments on columns."""
    if database.dialect.name != "sqlite":
        return table
    return dataclasses.replace(table, columns=tuple(dataclasses.replace(c, comment="") for c in table.columns))


def test_every_type(database: Database, make_table: MakeTable) -> None:
    made = make_table(*(Column(f"c{i}", SqlType.parse(type)) for i, type in enumerate(TYPES)))
    assert [str(c.type) for c in reflected(database, made.name).columns[1:]] == TYPES


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("INTEGER(11)", "INT(11)"),
        ("NUMERIC(8,2)", "DECIMAL(8,2)"),
        ("DECIMAL(8)", "DECIMAL(8,0)"),
        ("REAL", "DOUBLE"),
        ("BOOLEAN", "TINYINT(1)"),
        ("SERIAL", "BIGINT(20) UNSIGNED"),
        ("ENUM(a,b)", "ENUM('a','b')"),
    ],
)
def test_types_become_what_mysql_makes_of_them(
    database: Database, make_table: MakeTable, asked: str, kept: str
) -> None:
    made = make_table(value=asked)
    assert str(reflected(database, made.name).columns[1].type) == kept


def test_whole_columns(database: Database, make_table: MakeTable) -> None:
    made = make_table(
        Column("required", SqlType("INT", "11"), nullable=False),
        Column("number", SqlType("INT", "11"), default="-5"),
        Column("flag", SqlType("TINYINT", "1", True), nullable=False, default="0"),
        Column("price", SqlType("DECIMAL", "10,2"), default="1.50"),
        Column("text", SqlType("VARCHAR", "100"), default='it\'s 5%: \\ "q" NULL'),
        Column("empty", SqlType("VARCHAR", "10"), nullable=False, default=""),
        Column("digits", SqlType("VARCHAR", "10"), default="007"),
        Column("word", SqlType("VARCHAR", "30"), default="current_timestamp"),
        Column("day", SqlType("DATE"), default="2020-01-31"),
        Column("moment", SqlType("DATETIME"), default="2020-01-31 10:00:00"),
        Column("now", SqlType("DATETIME"), default="CURRENT_TIMESTAMP"),
        Column("choice", SqlType("ENUM", "'a','b'"), default="b"),
        Column("code", SqlType("VARCHAR", "20"), unique=True),
        Column("number_code", SqlType("INT", "11", True), unique=True, unique_name="idx_number_code"),
        Column("note", SqlType("TEXT"), comment='It\'s a 100% note:\nwith \\ and "quotes"'),
        Column("unsigned_note", SqlType("INT", "11", True), comment="directus8:x"),
    )
    assert reflected(database, made.name) == as_kept(database, made)


@pytest.mark.parametrize(
    ("type", "asked", "kept"),
    [
        ("DECIMAL(10,2)", "1.5", "1.50"),
        ("DECIMAL(8,0)", "1.5", "2"),
        ("INT(11)", "007", "7"),
        ("DOUBLE", "1.5", "1.5"),
        ("TIMESTAMP", "current_timestamp()", "CURRENT_TIMESTAMP"),
    ],
)
def test_defaults_become_what_mysql_makes_of_them(
    database: Database, make_table: MakeTable, type: str, asked: str, kept: str
) -> None:
    made = make_table(Column("value", SqlType.parse(type), default=asked))
    assert reflected(database, made.name).columns[1].default == kept


def test_defaults_are_used(database: Database, make_table: MakeTable) -> None:
    text = 'it\'s 5%: \\ "q"'
    made = make_table(
        Column("text", SqlType("VARCHAR", "100"), default=text),
        Column("number", SqlType("INT", "11"), default="-5"),
        Column("price", SqlType("DECIMAL", "10,2"), default="1.5"),
    )
    with database.transaction() as connection:
        assert connection.insert(made.name, [{}, {}], "id") == [1, 2]
        rows = connection.rows(f"SELECT text, number FROM {made.name}")
    assert rows == [(text, -5), (text, -5)]


@pytest.mark.parametrize(
    "name",
    ["two words", "order", "Straße", 'a"b', "a`b", "it's", "50%", "%s", "a:b", "a?b", "a.b", "semi;colon", "日本", "A"],
)
def test_any_name(database: Database, name: str) -> None:
    table = Table(
        f"n {name}",
        (
            ID,
            Column(name, SqlType("VARCHAR", "20"), unique=True),
            Column(f"{name} 2", SqlType("INT", "11"), comment=name, default="1"),
        ),
        unique_keys=((f"key {name}", (name, f"{name} 2")),),
    )
    with database.transaction(ddl=True) as connection:
        ddl.create_table(connection, table)
    assert reflected(database, table.name) == as_kept(database, table)
    with database.transaction() as connection:
        (key,) = connection.insert(table.name, [{name: "é'", f"{name} 2": 5}], "id")
        quoted = connection.dialect.quote
        assert connection.rows(f"SELECT {quoted(name)}, id FROM {quoted(table.name)}") == [("é'", key)]
    with database.transaction(ddl=True) as connection:
        added = Column(f"{name} 3", SqlType("VARCHAR", "5"), nullable=False, unique=False)
        ddl.add_column(connection, table, added)
        table = connection.dialect.reflect(connection)[table.name]
        altered = dataclasses.replace(added, type=SqlType("VARCHAR", "9"), default="x'%")
        ddl.alter_column(connection, table, added, altered)
        table = connection.dialect.reflect(connection)[table.name]
        assert table.columns[-1] == altered
        ddl.drop_column(connection, table, name)
        ddl.drop_table(connection, table.name)


def test_keys_of_several_columns(database: Database) -> None:
    table = Table(
        "several",
        (ID, Column("a", SqlType("VARCHAR", "9")), Column("b", SqlType("INT", "11")), Column("c", SqlType("DATE"))),
        unique_keys=(("idx_ba", ("b", "a")), ("idx_ca", ("c", "a"))),
    )
    with database.transaction(ddl=True) as connection:
        ddl.create_table(connection, table)
    assert reflected(database, "several") == table


def test_keys_that_do_not_count(database: Database) -> None:
    text_key = Table("text_key", (Column("code", SqlType("VARCHAR", "9"), nullable=False, primary_key=True),))
    pair = Table(
        "pair",
        (
            Column("a", SqlType("INT", "11", True), nullable=False, primary_key=True),
            Column("b", SqlType("INT", "11", True), nullable=False, primary_key=True),
        ),
    )
    none = Table("none", (Column("a", SqlType("INT", "11")),))
    with database.transaction(ddl=True) as connection:
        for table in (text_key, pair, none):
            ddl.create_table(connection, table)
    with database.read() as connection:
        tables = connection.dialect.reflect(connection)
    assert [tables[t.name] for t in (text_key, pair, none)] == [text_key, pair, none]


def test_foreign_keys_and_views(database: Database, make_table: MakeTable) -> None:
    parent = make_table(name="parent", title="VARCHAR(9)")
    child = Table(
        "child",
        (ID, Column("parent", ID.type), Column("before", ID.type)),
        foreign_keys=(("parent", "parent", "id"), ("before", "child", "id")),
    )
    with database.transaction(ddl=True) as connection:
        ddl.create_table(connection, child)
        connection.execute("CREATE VIEW titles AS SELECT id, title FROM parent")
        connection.execute("CREATE VIEW zz_other AS SELECT id FROM child")
    with database.read() as connection:
        tables = connection.dialect.reflect(connection)
    assert tables["parent"] == parent
    assert set(tables["child"].foreign_keys) == set(child.foreign_keys)
    view = tables["titles"]
    assert (view.is_view, [c.name for c in view.columns], str(view.columns[1].type)) == (
        True, ["id", "title"], "VARCHAR(9)",
    )  # fmt: skip
    assert list(tables) == sorted(tables)
    with database.transaction(ddl=True) as connection:
        connection.execute("DROP VIEW zz_other")


def test_reflection_asks_little(database: Database, make_table: MakeTable) -> None:
    make_table(a="INT(11)")
    with database.read() as connection, trace.observe() as observed:
        connection.dialect.reflect(connection)
    assert len(observed) <= 4


class TestForeignTables:
    """Tables that others made."""

    def test_sqlite(self, database: Database) -> None:
        if database.dialect.name != "sqlite":
            pytest.skip("SQLite's own")
        with database.transaction(ddl=True) as connection:
            connection.execute(
                "CREATE TABLE others (i INTEGER PRIMARY KEY, n NVARCHAR(160) NOT NULL UNIQUE, p NUMERIC(10,2), x, "
                "b BOOLEAN DEFAULT (1), t TIMESTAMP DEFAULT CURRENT_TIMESTAMP, d DOUBLE PRECISION, w WEIRD, bi BIGINT, "
                "u UNSIGNED BIG INT, s STRING, UNIQUE (n, p))"
            )
            connection.execute("CREATE UNIQUE INDEX partial ON others (x) WHERE x > 0")
            connection.execute("CREATE VIEW broken AS SELECT * FROM missing")
        table = reflected(database, "others")
        assert {c.name: str(c.type) for c in table.columns} == {
            "i": "INT", "n": "VARCHAR(160)", "p": "DECIMAL(10,2)", "x": "TEXT", "b": "TINYINT(1)", "t": "TIMESTAMP",
            "d": "DOUBLE", "w": "DECIMAL(10,0)", "bi": "BIGINT", "u": "INT", "s": "DECIMAL(10,0)",
        }  # fmt: skip
        assert [c.name for c in table.columns if c.unique] == ["n"]
        assert [names for _, names in table.unique_keys] == [("n", "p")]
        assert not table.column("i").auto_increment
        with database.transaction(ddl=True) as connection:
            connection.execute("DROP VIEW broken")

    def test_postgresql(self, database: Database) -> None:
        if database.dialect.name != "postgresql":
            pytest.skip("PostgreSQL's own")
        with database.transaction(ddl=True) as connection:
            connection.execute("CREATE TYPE mood AS ENUM ('sad', 'ok')")
            connection.execute(
                "CREATE TABLE others (i serial PRIMARY KEY, n varchar(160) NOT NULL UNIQUE, v varchar, "
                "p numeric(10,2), q numeric, b boolean DEFAULT true, t timestamptz DEFAULT now(), ts timestamp, "
                "c char(5), u uuid, j jsonb, m mood, a integer[], "
                "g integer GENERATED ALWAYS AS (1) STORED, bi bigint DEFAULT -1)"
            )
            connection.execute("COMMENT ON COLUMN others.v IS 'plain note'")
            connection.execute("COMMENT ON COLUMN others.bi IS 'directus8:INT(11)\nstale'")
            connection.insert(
                "others",
                [
                    {
                        "n": "x",
                        "b": True,
                        "t": "2020-01-31 10:00:00.5+02",
                        "c": "ab",
                        "m": "ok",
                        "j": '{"a": 1}',
                        "q": "1",
                    }
                ],
            )
            row = connection.rows("SELECT b, t, j, m, u, q, a FROM others")[0]
        assert row == (1, "2020-01-31 08:00:00", '{"a": 1}', "ok", None, "1", None)
        table = reflected(database, "others")
        assert {c.name: str(c.type) for c in table.columns} == {
            "i": "INT(11)", "n": "VARCHAR(160)", "v": "TEXT", "p": "DECIMAL(10,2)", "q": "DECIMAL(65,30)",
            "b": "TINYINT(1)", "t": "DATETIME", "ts": "DATETIME", "c": "CHAR(5)", "u": "CHAR(36)", "j": "JSON",
            "m": "TEXT", "a": "TEXT", "g": "INT(11)", "bi": "BIGINT(20)",
        }  # fmt: skip
        assert table.column("i").auto_increment
        assert table.column("n").unique
        assert table.column("v").comment == "plain note"
        assert (table.column("bi").comment, table.column("bi").default) == ("stale", "-1")
        assert table.column("t").default == "CURRENT_TIMESTAMP"

    def test_mysql(self, database: Database) -> None:
        if database.dialect.name != "mysql":
            pytest.skip("MySQL's own")
        with database.transaction(ddl=True) as connection:
            connection.execute(
                "CREATE TABLE others (i int unsigned zerofill NOT NULL AUTO_INCREMENT PRIMARY KEY, b bool DEFAULT 1, "
                "t timestamp(3) NULL DEFAULT CURRENT_TIMESTAMP(3), d datetime(6) DEFAULT NULL, tt time(2), "
                "n nvarchar(9) DEFAULT 'NULL', KEY (b))"
            )
            connection.insert(
                "others", [{"t": "2020-01-31 10:00:00.5", "d": "2020-01-31 10:00:00.5", "tt": "-30:00:00.5"}]
            )
            assert connection.rows("SELECT t, d, tt FROM others") == [
                ("2020-01-31 10:00:00", "2020-01-31 10:00:00", "-30:00:00")
            ]
        table = reflected(database, "others")
        assert [(c.name, c.type.name, c.default) for c in table.columns] == [
            ("i", "INT", None), ("b", "TINYINT", "1"), ("t", "TIMESTAMP", "CURRENT_TIMESTAMP"),
            ("d", "DATETIME", None), ("tt", "TIME", None), ("n", "VARCHAR", "NULL"),
        ]  # fmt: skip
        assert table.column("i").type.unsigned
