"""What the database refuses becomes the same error on every vendor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import bindparam, column, delete, insert, table, update

from directus8.db import ddl
from directus8.db.engine import Database
from directus8.db.model import Column, Table
from directus8.errors import (
    ConnectionFailed,
    DuplicateKey,
    Error,
    ForeignKeyViolated,
    InvalidPayload,
    InvalidQuery,
    SchemaChanged,
    ValueInvalid,
    ValueMissing,
    ValueOutOfRange,
    ValueTooLong,
)
from directus8.types.sqltype import SqlType
from tests.contract.conftest import ID, MakeTable

ROW = {"name": "Ann", "code": "A", "size": 1, "team": None}


@pytest.fixture(scope="module")
def people(database: Database) -> Table:
    team = Table("team", (ID,))
    people = Table(
        "people",
        (
            ID,
            Column("name", SqlType("VARCHAR", "5"), nullable=False),
            Column("code", SqlType("VARCHAR", "9"), unique=True),
            Column("size", SqlType("SMALLINT", "6")),
            Column("big", SqlType("BIGINT", "20")),
            Column("price", SqlType("DECIMAL", "5,2")),
            Column("born", SqlType("DATE")),
            Column("team", ID.type),
        ),
        unique_keys=(("idx_name_size", ("name", "size")),),
        foreign_keys=(("team", "team", "id"),),
    )
    with database.transaction(ddl=True) as connection:
        ddl.create_table(connection, team)
        ddl.create_table(connection, people)
    with database.transaction() as connection:
        connection.insert("team", [{"id": 1}], "id")
        connection.insert("people", [{**ROW, "team": 1}], "id")
    return people


REFUSED: list[tuple[Mapping[str, Any], type[Error], dict[str, Any]]] = [
    ({"code": "a", "size": 2}, DuplicateKey, {"value": "a"}),
    ({"code": "B", "name": None}, ValueMissing, {"field": "name"}),
    ({"code": "B", "name": "toolong"}, ValueTooLong, {"field": "name"}),
    ({"code": "B", "size": 40000}, ValueOutOfRange, {"field": "size"}),
    ({"code": "B", "big": 2**70}, ValueOutOfRange, {"field": "big"}),
    ({"code": "B", "price": "1000.00"}, ValueOutOfRange, {}),
    ({"code": "B", "size": "abc"}, ValueInvalid, {"field": "size"}),
    ({"code": "B", "name": "\ud800"}, ValueInvalid, {}),
    ({"code": "B", "size": 2, "team": 99}, ForeignKeyViolated, {}),
    ({"code": "B", "unknown": 1}, SchemaChanged, {}),
]


@pytest.mark.parametrize(
    ("values", "expected", "told"), REFUSED, ids=[f"{r[1].__name__}{i}" for i, r in enumerate(REFUSED)]
)
def test_insert(
    database: Database, people: Table, values: Mapping[str, Any], expected: type[Error], told: dict[str, Any]
) -> None:
    with pytest.raises(Error) as refused, database.transaction() as connection:
        connection.insert("people", [{**ROW, **values}], "id")
    assert type(refused.value) is expected
    assert refused.value.values.items() >= told.items()
    assert refused.value.values.get("collection") in ("people", None)
    assert "INSERT" not in str(refused.value)
    assert refused.value.__cause__ is not None
    assert any("INSERT INTO" in note for note in refused.value.__cause__.__notes__)


@pytest.mark.parametrize(("values", "expected", "told"), REFUSED[1:7])
def test_update(
    database: Database, people: Table, values: Mapping[str, Any], expected: type[Error], told: dict[str, Any]
) -> None:
    at = table("people", *(column(c.name) for c in people.columns))
    given = {name: bindparam(None, value) for name, value in values.items() if name != "code"}
    with pytest.raises(Error) as refused, database.transaction() as connection:
        connection.run(update(at).values(given))
    assert type(refused.value) is expected
    assert refused.value.values.get("collection") in ("people", None)


def test_duplicate_on_update(database: Database, people: Table) -> None:
    at = table("people", column("code"))
    with pytest.raises(DuplicateKey), database.transaction() as connection:
        connection.insert("people", [{**ROW, "name": "Bob", "code": "C"}])
        connection.run(update(at).where(at.c.code == bindparam(None, "C")).values(code=bindparam(None, "A")))


def test_duplicate_of_several_columns(database: Database, people: Table) -> None:
    with pytest.raises(DuplicateKey) as refused, database.transaction() as connection:
        connection.insert("people", [{**ROW, "name": "ann", "code": "D"}])
    assert refused.value.values["value"] == "ann-1"


def test_duplicate_among_many_rows(database: Database, people: Table) -> None:
    rows = [{"name": f"x{i}", "code": f"M{i % 3}", "size": i} for i in range(4)]
    with pytest.raises(DuplicateKey) as refused, database.transaction() as connection:
        connection.insert("people", rows)
    assert refused.value.values["collection"] == "people"
    assert refused.value.values["value"] == "M0"


def test_foreign_key_on_delete(database: Database, people: Table) -> None:
    at = table("team", column("id"))
    with pytest.raises(ForeignKeyViolated), database.transaction() as connection:
        connection.run(delete(at))


def test_missing_column_on_core_insert(database: Database, people: Table) -> None:
    at = table("people", column("code"))
    with pytest.raises(ValueMissing) as refused, database.transaction() as connection:
        connection.run(insert(at).values(code=bindparam(None, "E")))
    assert refused.value.values["field"] == "name"


@pytest.mark.parametrize("sql", ["SELECT secret FROM nowhere", "SELECT absent FROM people", "DELETE FROM nowhere"])
def test_a_former_schema(database: Database, people: Table, sql: str) -> None:
    with database.read() as connection, pytest.raises(SchemaChanged):
        connection.execute(sql)


def test_a_statement_prepared_before_the_schema_changed(database: Database, make_table: MakeTable) -> None:
    made = make_table(a="INT(11)")
    with database.transaction() as connection:
        connection.insert(made.name, [{"a": 1}])
    with database.read() as connection:
        for _ in range(8):  # psycopg prepares it on the way
            assert connection.rows(f"SELECT * FROM {made.name} WHERE a = {connection.dialect.placeholder}", [1])
    with database.transaction(ddl=True) as connection:
        ddl.add_column(connection, made, Column("b", SqlType("INT", "11")))
    for _ in range(3):
        with suppress(SchemaChanged), database.read() as connection:
            rows = connection.rows(f"SELECT * FROM {made.name} WHERE a = {connection.dialect.placeholder}", [1])
    assert rows == [(1, 1, None)]


def test_bad_sql_says_nothing_of_it(database: Database) -> None:
    with database.read() as connection, pytest.raises(InvalidQuery) as refused:
        connection.rows("SELECT secret FRM nowhere")
    assert str(refused.value) == "Failed generating the SQL query."
    with database.read() as connection:
        assert connection.rows("SELECT 1") == [(1,)]


@pytest.mark.parametrize("type", [SqlType("INT", "1); DROP TABLE people"), SqlType("ENUM", "'a', b'"), SqlType("X;Y")])
def test_no_type_is_refused(database: Database, people: Table, type: SqlType) -> None:
    with pytest.raises(InvalidPayload), database.transaction(ddl=True) as connection:
        ddl.add_column(connection, people, Column("bad", type))


def test_ddl_errors_are_ours(database: Database, make_table: MakeTable) -> None:
    made = make_table(a="INT(11)")
    for act in (
        lambda c: ddl.create_table(c, made),
        lambda c: ddl.drop_table(c, "nowhere"),
        lambda c: ddl.add_column(c, made, made.columns[1]),
    ):
        with pytest.raises((InvalidQuery, SchemaChanged)), database.transaction(ddl=True) as connection:
            act(connection)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////nowhere/at/all.sqlite3",
        "mysql://root@127.0.0.1:1/x",
        "postgresql://postgres@127.0.0.1:1/x",
    ],
)
def test_no_database(url: str) -> None:
    database = Database(url)
    with pytest.raises(ConnectionFailed), database.read() as connection:
        connection.rows("SELECT 1")
    with pytest.raises(ConnectionFailed), database.transaction() as connection:
        pass


def test_unknown_database(database: Database) -> None:
    if database.dialect.name == "sqlite":
        pytest.skip("a file is made")
    other = Database(database.url.rsplit("/", 1)[0] + "/d8_nowhere")
    with pytest.raises(ConnectionFailed), other.read():
        pass


@pytest.fixture(autouse=True)
def _rows_stay(database: Database, request: pytest.FixtureRequest) -> Iterator[None]:
    """Nothing that is refused leaves a row."""
    yield
    if "people" in request.fixturenames:
        with database.read() as connection:
            assert connection.rows("SELECT count(*) FROM people") == [(1,)]
