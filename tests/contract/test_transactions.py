"""All of a transaction happens or none of it; connections survive what they meet."""

from __future__ import annotations

import threading
import time

import pytest

from directus8.db import ddl, trace
from directus8.db.engine import Database
from directus8.db.model import Column, Table
from directus8.errors import Busy, DuplicateKey, Error, SchemaChanged
from directus8.types.sqltype import SqlType
from tests.contract.conftest import ID, MakeTable


def count(database: Database, table: Table) -> int:
    with database.read() as connection:
        ((number,),) = connection.rows(f"SELECT count(*) FROM {table.name}")
    return int(number)


def test_commit_and_rollback(database: Database, make_table: MakeTable) -> None:
    made = make_table(n="INT(11)")
    with database.transaction() as connection:
        connection.insert(made.name, [{"n": 1}])
        assert count(database, made) == 0, "not seen before the commit"
    assert count(database, made) == 1
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:
        connection.insert(made.name, [{"n": 2}])
        raise ZeroDivisionError
    with pytest.raises(SchemaChanged), database.transaction() as connection:
        connection.insert(made.name, [{"n": 3}])
        connection.execute("UPDATE nowhere SET x = 1")
    with pytest.raises(KeyboardInterrupt), database.transaction() as connection:
        connection.insert(made.name, [{"n": 4}])
        raise KeyboardInterrupt
    assert count(database, made) == 1


def test_reads_are_in_autocommit(database: Database, make_table: MakeTable) -> None:
    made = make_table(n="INT(11)")
    with database.read() as connection:
        assert connection.rows(f"SELECT count(*) FROM {made.name}") == [(0,)]
        with database.transaction() as other:
            other.insert(made.name, [{"n": 1}])
        assert connection.rows(f"SELECT count(*) FROM {made.name}") == [(1,)], "no snapshot is kept"


def test_tables_are_made_and_undone_with_the_rest(database: Database) -> None:
    if not database.dialect.transactional_ddl:
        pytest.skip("MySQL ends the transaction")
    with pytest.raises(ZeroDivisionError), database.transaction(ddl=True) as connection:
        ddl.create_table(connection, Table("undone", (ID,)))
        raise ZeroDivisionError
    with database.read() as connection:
        assert "undone" not in connection.dialect.reflect(connection)


def test_rows_after_ddl_are_one_transaction(database: Database, make_table: MakeTable) -> None:
    made = make_table(n="INT(11)")
    with pytest.raises(ZeroDivisionError), database.transaction(ddl=True) as connection:
        ddl.add_column(connection, made, Column("m", SqlType("INT", "11")))
        connection.insert(made.name, [{"n": 1}])
        raise ZeroDivisionError
    assert count(database, made) == 0


def test_alterations_queue(database: Database, make_table: MakeTable) -> None:
    made = make_table(n="INT(11)")
    failures: list[Exception] = []

    def work(number: int) -> None:
        try:
            with database.transaction(ddl=True) as connection:
                table = connection.dialect.reflect(connection)[made.name]
                ddl.add_column(connection, table, Column(f"c{number}", SqlType("INT", "11"), nullable=False))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.read() as connection:
        assert len(connection.dialect.reflect(connection)[made.name].columns) == 6


def test_writers_queue(database: Database, make_table: MakeTable) -> None:
    made = make_table(n="INT(11)")
    with database.transaction() as connection:
        connection.insert(made.name, [{"n": 0}])
    failures: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(20):
                with database.transaction() as connection:
                    connection.rows(f"SELECT n FROM {made.name}")
                    time.sleep(0)
                    connection.execute(f"UPDATE {made.name} SET n = n + 1")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.read() as connection:
        assert connection.rows(f"SELECT n FROM {made.name}") == [(120,)]


def test_writers_of_other_processes_queue(database: Database, make_table: MakeTable) -> None:
    """Two databases on one address are as two processes: only the file's lock stands between them."""
    made = make_table(n="INT(11)")
    others = [Database(database.url) for _ in range(3)]
    failures: list[Exception] = []

    def work(own: Database) -> None:
        try:
            for n in range(20):
                with own.transaction() as connection:
                    connection.insert(made.name, [{"n": n}])
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(other,)) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert count(database, made) == 60
    for other in others:
        other.close()


def test_a_lock_is_not_waited_for_forever(database: Database, make_table: MakeTable) -> None:
    made = make_table(n="INT(11)")
    with database.transaction() as connection:
        connection.insert(made.name, [{"n": 0}])
    shorten = {
        "sqlite": "PRAGMA busy_timeout=50",
        "mysql": "SET innodb_lock_wait_timeout=1",
        "postgresql": "SET lock_timeout=50",
    }[database.dialect.name]
    other = Database(database.url, pool_size=1, max_overflow=0)
    with database.transaction() as connection:
        connection.execute(f"UPDATE {made.name} SET n = 1")
        with other.read() as waiting:
            waiting.control(shorten)
        with pytest.raises(Busy), other.transaction() as waiting:
            waiting.execute(f"UPDATE {made.name} SET n = 2")
    other.close()


def test_an_empty_pool_is_busy(database: Database) -> None:
    other = Database(database.url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    with other.read(), pytest.raises(Busy), other.read():
        pass
    other.close()


def test_a_connection_that_died_in_the_pool_is_replaced(database: Database, make_table: MakeTable) -> None:
    made = make_table(n="INT(11)")
    kill = {
        "mysql": ("SELECT CONNECTION_ID()", "KILL {}"),
        "postgresql": ("SELECT pg_backend_pid()", "SELECT pg_terminate_backend({})"),
    }.get(database.dialect.name)
    if kill is None:
        pytest.skip("a file has no connections to lose")
    other = Database(database.url)
    for act in ("read", "transaction"):
        with other.read() as first, other.read() as second:
            ids = [connection.rows(kill[0])[0][0] for connection in (first, second)]
        with database.read() as killer:
            for id in ids:
                killer.execute(kill[1].format(id))
        time.sleep(0.1)
        with getattr(other, act)() as connection:
            assert connection.rows("SELECT 1") == [(1,)]
            if act == "transaction":
                connection.insert(made.name, [{"n": 1}])
    assert count(database, made) == 1
    other.close()


def test_a_connection_that_dies_in_a_transaction_undoes_it(database: Database, make_table: MakeTable) -> None:
    made = make_table(n="INT(11)")
    kill = {
        "mysql": ("SELECT CONNECTION_ID()", "KILL {}"),
        "postgresql": ("SELECT pg_backend_pid()", "SELECT pg_terminate_backend({})"),
    }.get(database.dialect.name)
    if kill is None:
        pytest.skip("a file has no connections to lose")
    with pytest.raises(Error) as lost, database.transaction() as connection:
        connection.insert(made.name, [{"n": 1}])
        with database.read() as killer:
            killer.execute(kill[1].format(connection.rows(kill[0])[0][0]))
        time.sleep(0.1)
        connection.insert(made.name, [{"n": 2}])
    assert lost.value.status == 503
    assert count(database, made) == 0


def test_closed_and_used_again(database: Database) -> None:
    other = Database(database.url)
    with other.read() as connection:
        assert connection.rows("SELECT 1") == [(1,)]
    other.close()
    other.close()
    with other.read() as connection:
        assert connection.rows("SELECT 1") == [(1,)]
    other.close()


def test_trace_counts_work_only(database: Database, make_table: MakeTable) -> None:
    made = make_table(Column("n", SqlType("INT", "11"), unique=True))
    with trace.observe() as outer:
        with trace.observe() as inner, database.transaction() as connection:
            connection.insert(made.name, [{"n": 1}])
            connection.rows("SELECT 1")
        with pytest.raises(DuplicateKey), database.transaction() as connection:
            connection.insert(made.name, [{"n": 1}])
    with database.read() as connection:
        connection.rows("SELECT 2")
    assert [s.sql.split()[0] for s in inner.statements] == ["INSERT", "SELECT"]
    assert len(outer) == 3
    assert 0 < inner.seconds < outer.seconds
