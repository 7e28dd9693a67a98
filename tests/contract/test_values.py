"""Values cross the border to the database in one form on every vendor."""

from __future__ import annotations

from typing import Any

import pytest

from directus8.db.engine import Database
from tests.contract.conftest import MakeTable

FORMS: list[tuple[str, Any, Any]] = [  # type, written, read
    ("TINYINT(1)", True, 1),
    ("TINYINT(1)", 0, 0),
    ("SMALLINT(6)", "-5", -5),
    ("MEDIUMINT(8) UNSIGNED", 16777215, 16777215),
    ("INT(11)", -(2**31), -(2**31)),
    ("INT(10) UNSIGNED", 2**32 - 1, 2**32 - 1),
    ("BIGINT(20)", -(2**63), -(2**63)),
    ("BIGINT(20) UNSIGNED", 2**63 - 1, 2**63 - 1),
    ("YEAR(4)", 1999, 1999),
    ("FLOAT", 1.5, 1.5),
    ("DOUBLE", 0.1, 0.1),
    ("CHAR(5)", "ab", "ab"),
    ("VARCHAR(10)", "Größe 🍕", "Größe 🍕"),
    ("VARCHAR(10)", "12", "12"),
    ("VARCHAR(30)", "a'b\"c\\d%e?:f\n", "a'b\"c\\d%e?:f\n"),
    ("TINYTEXT", "", ""),
    ("TEXT", "0042", "0042"),
    ("LONGTEXT", "x" * 100_000, "x" * 100_000),
    ("JSON", '{"a": 1}', '{"a": 1}'),
    ("ENUM('a','b c')", "b c", "b c"),
    ("JSON", "12", "12"),  # no column of text may take it for a number
    ("ENUM('1','int')", "1", "1"),
    ("SET('a','b')", "a,b", "a,b"),
    ("DATE", "2020-01-31", "2020-01-31"),
    ("TIME", "10:00:59", "10:00:59"),
    ("DATETIME", "2020-01-31 10:00:59", "2020-01-31 10:00:59"),
    ("TIMESTAMP", "2020-01-31 10:00:59", "2020-01-31 10:00:59"),
    ("BLOB", b"\x00\xff'\\", b"\x00\xff'\\"),
    ("VARBINARY(9)", b"12", b"12"),
    ("LONGBLOB", b"", b""),
]


@pytest.mark.parametrize(("type", "written", "read"), FORMS, ids=[f"{f[0]}-{i}" for i, f in enumerate(FORMS)])
def test_round_trip(database: Database, make_table: MakeTable, type: str, written: Any, read: Any) -> None:
    table = make_table(value=type)
    with database.transaction() as connection:
        connection.insert(table.name, [{"value": written}, {"value": None}], "id")
    with database.read() as connection:
        rows = connection.rows(f"SELECT value FROM {table.name} ORDER BY id")
    assert [row[0] for row in rows] == [read, None]
    assert rows[0].__class__ is tuple
    assert rows[0][0].__class__ is read.__class__


@pytest.mark.parametrize(
    ("type", "written"), [("DECIMAL(10,2)", "12.50"), ("DECIMAL(10,2)", -3), ("DECIMAL(5,0)", "7")]
)
def test_decimals_are_exact_text_or_numbers(database: Database, make_table: MakeTable, type: str, written: Any) -> None:
    table = make_table(value=type)
    with database.transaction() as connection:
        connection.insert(table.name, [{"value": written}])
        ((value,),) = connection.rows(f"SELECT value FROM {table.name}")
    assert isinstance(value, (str, int, float))
    assert float(value) == float(written)


def test_no_time_is_moved_into_another_zone(database: Database, make_table: MakeTable) -> None:
    """The hour that daylight saving skips in many zones, and one it repeats."""
    table = make_table(a="DATETIME", b="TIMESTAMP")
    moments = ["2021-03-28 02:30:00", "2021-10-31 02:30:00"]
    with database.transaction() as connection:
        connection.insert(table.name, [{"a": moment, "b": moment} for moment in moments])
        assert connection.rows(f"SELECT a, b FROM {table.name} ORDER BY id") == [(m, m) for m in moments]
