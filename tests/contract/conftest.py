"""One database per vendor and test module, with what our tables need in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from directus8.db import ddl
from directus8.db.engine import Database
from directus8.db.model import Column, Table
from directus8.types.sqltype import SqlType
from tests import databases

ID = Column("id", SqlType("INT", "11", True), nullable=False, primary_key=True, auto_increment=True)


@pytest.fixture(scope="module")
def database(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database of each vendor that answers."""
    with databases.temporary(module_vendor, tmp_path_factory.mktemp("databases")) as url:
        database = Database(url)
        with database.transaction(ddl=True) as connection:
            connection.dialect.setup(connection)
        yield database
        database.close()


MakeTable = Callable[..., Table]


@pytest.fixture(scope="module")
def make_table(database: Database) -> MakeTable:
    """Makes a table: columns are ``name="VARCHAR(10)"`` or whole columns; ``id`` counts."""
    numbers = count(1)

    def make(*columns: Column, name: str = "", **types: str) -> Table:
        made = Table(
            name or f"t{next(numbers)}",
            (ID, *columns, *(Column(column, SqlType.parse(type)) for column, type in types.items())),
        )
        with database.transaction(ddl=True) as connection:
            ddl.create_table(connection, made)
        return made

    return make
