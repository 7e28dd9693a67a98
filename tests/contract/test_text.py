"""Text compares, sorts and matches on every vendor as under MySQL's utf8mb4_general_ci."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import ColumnElement, bindparam, column, select, table

from directus8.db.engine import Connection, Database
from directus8.db.model import Column
from directus8.types.sqltype import SqlType
from tests.contract.conftest import MakeTable

TEXTS = [
    "Apple", "apple", "ápple", "Zebra", "zebra", "_under", "[x]", "Émile", "emile", "ÉMILE", "Straße", "strase",
    "50% off", "50_off", "a\\b", "Ölwechsel", "olwechsel", "Мой", "мои", "ёж", "еж", "日本語", "한국어", "e\u0301te",
    "", "0", "12", "-3", "naïve café", "O'Brien",
]  # fmt: skip


@pytest.fixture(scope="module")
def texts(database: Database, make_table: MakeTable) -> str:
    made = make_table(name_="VARCHAR(50)", name="texts")
    with database.transaction() as connection:
        connection.insert(made.name, [{"name_": text} for text in TEXTS])
    return made.name


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.read() as connection:
        yield connection


def found(connection: Connection, name: str, condition: ColumnElement[bool]) -> list[str]:
    at = table(name, column("id"), column("name_"))
    return [row[0] for row in connection.select(select(at.c.name_).where(condition).order_by(at.c.id))]


X = column("name_")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("APPLE", ["Apple", "apple", "ápple"]),
        ("äpple", ["Apple", "apple", "ápple"]),
        ("emile", ["Émile", "emile", "ÉMILE"]),
        ("Émile", ["Émile", "emile", "ÉMILE"]),
        ("STRASE", ["Straße", "strase"]),
        ("мой", ["Мой"]),
        ("ЕЖ", ["ёж", "еж"]),
        ("日本語", ["日本語"]),
        ("12", ["12"]),
        ("", [""]),
        ("o'brien", ["O'Brien"]),
        ("nothing", []),
    ],
)
def test_equality(connection: Connection, texts: str, value: str, expected: list[str]) -> None:
    dialect = connection.dialect
    bound = bindparam(None, dialect.fold_value(value))
    assert found(connection, texts, dialect.text_equal(X, bound, False)) == expected
    assert found(connection, texts, dialect.fold(X) == bound) == expected
    assert found(connection, texts, dialect.fold(X).in_([bound])) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("%PPL%", ["Apple", "apple", "ápple"]),
        ("é%", ["Émile", "emile", "ÉMILE", "e\u0301te"]),
        ("%ö%", ["50% off", "50_off", "Ölwechsel", "olwechsel", "O'Brien"]),
        ("50\\%%", ["50% off"]),
        ("%\\_%", ["_under", "50_off"]),
        ("a\\\\b", ["a\\b"]),
        ("м%", ["Мой", "мои"]),
        ("%й%", ["Мой"]),
        ("日_語", ["日本語"]),
        ("_", ["0"]),
        ("na_ve CAFÉ", ["naïve café"]),
        ("", [""]),
    ],
)
def test_like(connection: Connection, texts: str, pattern: str, expected: list[str]) -> None:
    dialect = connection.dialect
    bound = bindparam(None, dialect.fold_value(pattern))
    assert found(connection, texts, dialect.like(X, bound)) == expected


def test_order_is_that_of_mysql(connection: Connection, texts: str) -> None:
    dialect = connection.dialect
    at = table(texts, column("id"), column("name_"))
    rows = connection.select(
        select(at.c.name_).order_by(*dialect.ordering(dialect.fold(at.c.name_), False, None), at.c.id)
    )
    assert [row[0] for row in rows] == [
        "", "-3", "0", "12", "50% off", "50_off", "Apple", "apple", "ápple", "a\\b", "Émile", "emile", "ÉMILE",
        "e\u0301te", "naïve café", "O'Brien", "Ölwechsel", "olwechsel", "Straße", "strase", "Zebra", "zebra", "[x]",
        "_under", "ёж", "еж", "мои", "Мой", "日本語", "한국어",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("descending", "nulls_last", "expected"),
    [
        (False, None, [None, 1, 2]),
        (True, None, [2, 1, None]),
        (False, True, [1, 2, None]),
        (True, True, [2, 1, None]),
        (False, False, [None, 1, 2]),
        (True, False, [None, 2, 1]),
    ],
)
def test_where_nulls_go(
    database: Database, make_table: MakeTable, descending: bool, nulls_last: bool | None, expected: list[int | None]
) -> None:
    made = make_table(n="INT(11)")
    n = column("n")
    with database.transaction() as connection:
        connection.insert(made.name, [{"n": 2}, {"n": None}, {"n": 1}])
        terms = connection.dialect.ordering(n, descending, nulls_last)
        assert [
            row[0] for row in connection.select(select(n).select_from(table(made.name)).order_by(*terms))
        ] == expected


@pytest.mark.parametrize(
    ("type", "value", "printed"),
    [
        ("INT(11)", -42, "-42"),
        ("DECIMAL(10,2)", "5", "5.00"),
        ("DECIMAL(10,2)", "1234.5", "1234.50"),
        ("DECIMAL(5,0)", 7, "7"),
        ("DOUBLE", 1.5, "1.5"),
        ("DOUBLE", 2.0, "2"),
        ("FLOAT", 0.25, "0.25"),
        ("DATE", "2020-01-31", "2020-01-31"),
        ("DATETIME", "2020-01-31 10:00:59", "2020-01-31 10:00:59"),
        ("TIME", "10:00:59", "10:00:59"),
    ],
)
def test_as_text_prints_as_mysql(
    database: Database, make_table: MakeTable, type: str, value: object, printed: str
) -> None:
    made = make_table(value=type)
    at = table(made.name, column("value"))
    with database.transaction() as connection:
        connection.insert(made.name, [{"value": value}])
        text = connection.dialect.as_text(at.c.value, SqlType.parse(type))
        for pattern, matches in ((printed, 1), (f"%{printed}", 1), (f"{printed}0", 0)):
            found = connection.select(select(at).where(connection.dialect.like(text, bindparam(None, pattern))))
            assert len(found) == matches


def test_random_orders(database: Database, make_table: MakeTable) -> None:
    made = make_table(n="INT(11)")
    n = column("n")
    with database.transaction() as connection:
        connection.insert(made.name, [{"n": i} for i in range(50)])
        rows = connection.select(select(n).select_from(table(made.name)).order_by(connection.dialect.random()))
    assert [row[0] for row in rows] != sorted(row[0] for row in rows)


def test_a_unique_text_is_found_by_its_key(database: Database, make_table: MakeTable) -> None:
    made = make_table(Column("slug", SqlType("VARCHAR", "50"), unique=True))
    slug = column("slug")
    at = table(made.name, slug)
    with database.transaction() as connection:
        connection.insert(made.name, [{"slug": "Crème"}, {"slug": "plain"}, {"slug": "100%"}])
        for value in ("Crème", "PLAIN", "100%"):
            condition = connection.dialect.text_equal(slug, bindparam(None, value), True)
            assert len(connection.select(select(at).where(condition))) == 1
        pattern = connection.dialect.like(slug, bindparam(None, "%CREM%"))
        assert connection.select(select(at).where(pattern)) == [("Crème",)]


def test_text_columns_join_whatever_their_keys(database: Database, make_table: MakeTable) -> None:
    one = make_table(Column("code", SqlType("VARCHAR", "9"), unique=True))
    many = make_table(code="VARCHAR(9)")
    with database.transaction() as connection:
        connection.insert(one.name, [{"code": "de"}, {"code": "fr"}])
        connection.insert(many.name, [{"code": "de"}, {"code": "de"}, {"code": None}])
        a, b = table(one.name, column("code")).alias("a"), table(many.name, column("code")).alias("b")
        assert len(connection.select(select(b.c.code).select_from(b.join(a, a.c.code == b.c.code)))) == 2
        assert len(connection.select(select(a.c.code).where(a.c.code.in_(select(b.c.code))))) == 1


def test_the_database_folds_as_python_does(connection: Connection) -> None:
    """Each letter of the alphabets with case, alone and with an accent after it."""
    if connection.dialect.name == "mysql":
        pytest.skip("the collation folds")
    letters = [chr(code) for code in (*range(0x20, 0x530), *range(0x10A0, 0x1100), *range(0x1E00, 0x2000))]
    mark, fold = connection.dialect.placeholder, connection.dialect.fold_value
    for letter in (letter for letter in letters if letter.isalpha()):
        for text in (letter, f"a{letter}\u0301\u0306"):
            assert connection.rows(f"SELECT directus8_fold({mark})", [text]) == [(fold(text),)]
