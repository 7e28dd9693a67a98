"""The neutral model: types as MySQL writes them."""

from __future__ import annotations

import pytest

from directus8.db.model import SqlType


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("int(11) unsigned", SqlType("INT", "11", True)),
        ("INT UNSIGNED", SqlType("INT", None, True)),
        ("INT UNSIGNED(10)", SqlType("INT", "10", True)),
        ("int(5) unsigned zerofill", SqlType("INT", "5", True)),
        ("VARCHAR(100)", SqlType("VARCHAR", "100")),
        ("decimal(10,2)", SqlType("DECIMAL", "10,2")),
        ("enum('a','it''s, (b)')", SqlType("ENUM", "'a','it''s, (b)'")),
        ("double precision", SqlType("DOUBLE PRECISION")),
        ("text", SqlType("TEXT")),
    ],
)
def test_parse(text: str, expected: SqlType) -> None:
    assert SqlType.parse(text) == expected


@pytest.mark.parametrize("text", ["INT(11) UNSIGNED", "DECIMAL(10,2)", "ENUM('a','it''s')", "LONGTEXT", "TINYINT(1)"])
def test_str_is_the_way_back(text: str) -> None:
    assert str(SqlType.parse(text)) == text


@pytest.mark.parametrize(
    ("given", "labels"),
    [
        ("'a','b'", ("a", "b")),
        ("a, b", ("a", "b")),
        ("'it''s',\"q\"", ("it's", '"q"')),
        (r"'a\'b'", ("a'b",)),
        ("'x,y','(z)'", ("x,y", "(z)")),
    ],
)
def test_labels(given: str, labels: tuple[str, ...]) -> None:
    assert SqlType("ENUM", given).labels == labels


@pytest.mark.parametrize(
    "type",
    [
        SqlType("INT); DROP TABLE x"),
        SqlType("INT", "11); DROP TABLE x"),
        SqlType("VARCHAR", "a"),
        SqlType("ENUM", "'a'); DROP TABLE x; --'"),
    ],
)
def test_what_is_no_type_never_becomes_sql(type: SqlType) -> None:
    with pytest.raises(ValueError, match="Not a"):
        str(type)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("INTEGER", "INT"),
        ("NUMERIC(8)", "DECIMAL(8,0)"),
        ("DECIMAL", "DECIMAL(10,0)"),
        ("REAL", "DOUBLE"),
        ("BOOLEAN", "TINYINT(1)"),
        ("SERIAL", "BIGINT(20) UNSIGNED"),
        ("NVARCHAR(160)", "VARCHAR(160)"),
        ("CHAR", "CHAR(1)"),
        ("ENUM(a,b)", "ENUM('a','b')"),
        ("VARCHAR(10)", "VARCHAR(10)"),
    ],
)
def test_kept_is_what_mysql_makes_of_it(given: str, kept: str) -> None:
    assert str(SqlType.parse(given).kept) == kept


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("TINYINT(1)", (-128, 127)),
        ("MEDIUMINT UNSIGNED", (0, 16777215)),
        ("BIGINT(20) UNSIGNED", (0, 18446744073709551615)),
        ("VARCHAR(5)", None),
    ],
)
def test_limits(text: str, limits: tuple[int, int] | None) -> None:
    assert SqlType.parse(text).limits == limits
