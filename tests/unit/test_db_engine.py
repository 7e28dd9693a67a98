"""Databases, prepared statements and names, without a server."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import bindparam, column, select, table

from directus8.db import ddl, trace
from directus8.db.dialect import Dialect
from directus8.db.engine import Database, prepare
from directus8.db.mysql import MySQL
from directus8.db.postgresql import PostgreSQL
from directus8.db.sqlite import SQLite

ALBUMS = table("albums", column("id"), column("title"))


def test_nothing_is_opened_before_the_first_use(tmp_path: Path) -> None:
    path = tmp_path / "data.sqlite3"
    database = Database(f"sqlite:///{path}")
    assert not path.exists()
    with database.read() as connection:
        assert connection.rows("SELECT 1") == [(1,)]
    assert path.exists()
    database.close()


def test_the_password_is_not_shown() -> None:
    database = Database("mysql://root:secret@db/x")
    assert "secret" not in repr(database)
    assert "secret" in database.url


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:///x", "sqlite"),
        ("mysql://h/x", "mysql"),
        ("mariadb+pymysql://h/x", "mysql"),
        ("postgres://h/x", "postgresql"),
        ("postgresql+psycopg://h/x", "postgresql"),
    ],
)
def test_vendors(url: str, name: str) -> None:
    assert Database(url).dialect.name == name


def test_unknown_vendor() -> None:
    with pytest.raises(ValueError, match="oracle"):
        Database("oracle://h/x")


def test_in_memory() -> None:
    database = Database("sqlite://")
    with database.transaction() as connection:
        connection.execute("CREATE TABLE t (a INT)")
        connection.insert("t", [{"a": 1}])
    with database.read() as connection:
        assert connection.rows("SELECT a FROM t") == [(1,)]
    database.close()


@pytest.mark.filterwarnings("ignore:.*multi-threaded")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_made_before_a_fork(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    child = os.fork()
    if child == 0:
        with database.transaction() as connection:
            connection.execute("CREATE TABLE t (a INT)")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    with database.read() as connection:
        assert connection.rows("SELECT count(*) FROM t") == [(0,)]
    database.close()


@pytest.mark.parametrize("dialect", [SQLite(), MySQL(), PostgreSQL()], ids=lambda dialect: dialect.name)
class TestPrepare:
    def test_names_in_positional_order(self, dialect: Dialect) -> None:
        statement = select(ALBUMS).where(
            ALBUMS.c.title == bindparam("t"), ALBUMS.c.id > 5, ALBUMS.c.id < bindparam("i")
        )
        prepared = prepare(statement, dialect)
        assert prepared.sql.count(dialect.placeholder) == 3
        assert (prepared.names[0], prepared.names[2]) == ("t", "i")
        assert prepared.bind({"t": "x", "i": 9}) == (prepared.sql, ["x", 5, 9])

    def test_a_name_used_twice(self, dialect: Dialect) -> None:
        q = bindparam("q")
        prepared = prepare(select(ALBUMS).where((ALBUMS.c.id == q) | (ALBUMS.c.title == q)), dialect)
        assert prepared.bind({"q": 1})[1] == [1, 1]

    def test_known_lists_are_written_out(self, dialect: Dialect) -> None:
        prepared = prepare(select(ALBUMS).where(ALBUMS.c.id.in_([1, 2]), ALBUMS.c.title == bindparam("t")), dialect)
        assert prepared.expanding is None
        assert prepared.bind({"t": "x"}) == (prepared.sql, [1, 2, "x"])

    def test_lists_of_each_run(self, dialect: Dialect) -> None:
        prepared = prepare(select(ALBUMS).where(ALBUMS.c.id.in_(bindparam("ids", expanding=True))), dialect)
        sql, values = prepared.bind({"ids": [1, 2, 3]})
        assert (sql.count(dialect.placeholder), list(values)) == (3, [1, 2, 3])

    def test_what_has_no_value_is_an_error(self, dialect: Dialect) -> None:
        with pytest.raises(KeyError):
            prepare(select(ALBUMS).where(ALBUMS.c.id == bindparam("id")), dialect).bind()


@pytest.mark.parametrize("name", ["plain", 'do"uble', "back`tick", "50%"])
def test_quoted_names_end_where_they_should(name: str) -> None:
    assert SQLite().quote(name) == '"' + name.replace('"', '""') + '"'
    assert PostgreSQL().quote(name) == '"' + name.replace('"', '""').replace("%", "%%") + '"'
    assert MySQL().quote(name) == "`" + name.replace("`", "``").replace("%", "%%") + "`"


def test_names_of_unique_keys_are_short_and_distinct() -> None:
    assert ddl.unique_name("albums", "title") == "albums_title_key"
    names = {ddl.unique_name("t" * 60, f"{'ä' * 40}{i}") for i in range(50)}
    assert len(names) == 50
    assert all(len(name.encode()) <= 63 for name in names)


def test_traces_are_of_their_own_block() -> None:
    assert trace.current.get() is None
    with trace.observe() as observed:
        assert trace.current.get() is observed
    assert trace.current.get() is None
