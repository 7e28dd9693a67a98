"""The type of a column that nobody described: every SQL type of the reference's table."""

from __future__ import annotations

import pytest

from directus8.db.model import Column
from directus8.schema.load import derived_type
from directus8.types.sqltype import SqlType

DERIVED = {
    "integer": "TINYINT SMALLINT MEDIUMINT INT BIGINT YEAR",
    "decimal": "DECIMAL NUMERIC REAL FLOAT DOUBLE",
    "binary": "BLOB LONGBLOB BIT BINARY VARBINARY",
    "datetime": "DATETIME TIMESTAMP",
    "date": "DATE",
    "time": "TIME",
    "string": "CHAR VARCHAR ENUM SET TINYTEXT TEXT MEDIUMTEXT LONGTEXT",
    "json": "JSON",
    None: "TINYBLOB MEDIUMBLOB GEOMETRY POINT",
}


@pytest.mark.parametrize(("name", "type"), [(n, t) for t, names in DERIVED.items() for n in names.split()])
def test_types_of_undescribed_columns(name: str, type: str | None) -> None:
    assert derived_type(Column("x", SqlType(name))) == type
