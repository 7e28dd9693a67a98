"""What a database vendor must tell us: the only place where vendors may differ.

Values cross this border in one form on every vendor: integers as ``int``, text as ``str``, DECIMAL as ``str``
(exact) or a number, FLOAT/DOUBLE as ``float``, DATE/DATETIME/TIMESTAMP/TIME as ``str`` (``2020-01-31``,
``2020-01-31 10:00:00``, ``10:00:00``; fractions cut off), BLOBs as ``bytes``, NULL as ``None``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy
from sqlalchemy import URL, ColumnElement, Engine, make_url
from sqlalchemy.types import TypeEngine

from directus8.db.model import Column, SqlType, Table
from directus8.errors import Error

if TYPE_CHECKING:
    from directus8.db.engine import Connection


class Dialect(Protocol):
    """One vendor. Implementations are stateless; they live in sqlite.py, mysql.py, postgresql.py."""

    name: str
    transactional_ddl: bool  # a transaction also undoes CREATE, ALTER and DROP
    placeholder: str  # of a positional parameter in SQL text
    max_parameters: int  # in one statement
    default_row: str  # what follows INSERT INTO t for a row of defaults
    single_writer: bool  # a second writer must wait until the first is done
    before_ddl: Sequence[str]  # statements around a transaction that alters tables
    after_ddl: Sequence[str]
    ddl_idle: str  # a query: does nobody alter tables now? Empty where a transaction undoes DDL

    @property
    def core(self) -> sqlalchemy.Dialect:
        """The SQLAlchemy dialect that compiles statements, without a database."""
        ...

    # --- connections -------------------------------------------------------------------------------------
    def fetch(self, cursor: Any) -> list[tuple[Any, ...]]:
        """All rows that a cursor has left."""
        ...

    def engine(self, url: URL, options: Mapping[str, Any]) -> Engine:
        """An engine in autocommit mode whose connections follow the value forms above and use positional parameters."""
        ...

    def begin(self) -> str:
        """The statement that opens a write transaction (SQLite: BEGIN IMMEDIATE)."""
        ...

    def quote(self, name: str) -> str:
        """A table or column name in SQL text, whatever characters it has."""
        ...

    def translate(self, error: Exception, table: str | None, values: Mapping[str, Any]) -> Error:
        """Our error for a driver error: unique, not null, too long, out of range, foreign key, lock, outage."""
        ...

    def advance(self, connection: Connection, table: str, key: str, highest: int) -> None:
        """Make the counter of an auto-increment key go on after a key that was given, as MySQL does by itself."""
        ...

    def key_step(self, connection: Connection) -> int:
        """The distance of neighbouring generated keys; asked only where INSERT … RETURNING does not exist."""
        ...

    # --- schema ------------------------------------------------------------------------------------------
    def setup(self, connection: Connection) -> None:
        """Make what our tables and expressions need in the database (functions, collations); nothing if it is there."""
        ...

    def reflect(self, connection: Connection) -> dict[str, Table]:
        """All tables and views of the database, in name order, by one catalogue query."""
        ...

    def column_type(self, type: SqlType) -> TypeEngine[Any]:
        """The SQLAlchemy type used in DDL for a neutral type."""
        ...

    def column(self, column: Column) -> sqlalchemy.Column[Any]:
        """The SQLAlchemy column used in DDL for a neutral column (``unique`` aside)."""
        ...

    def table_options(self, table: Table) -> dict[str, Any]:
        """Keyword arguments of the SQLAlchemy table used in DDL."""
        ...

    def index_term(self, column: sqlalchemy.Column[Any]) -> ColumnElement[Any]:
        """A column in a unique key, so that equal texts (without case) are duplicates."""
        ...

    def add_column(self, connection: Connection, table: Table, column: Column) -> None:
        """Add a column, and its unique key if it has one."""
        ...

    def alter_column(self, connection: Connection, table: Table, old: Column, new: Column) -> None:
        """Change type, length, nullability, default, comment and unique key of a column in place."""
        ...

    def drop_column(self, connection: Connection, table: Table, name: str) -> None:
        """Drop a column and the unique keys it is in."""
        ...

    # --- expressions: text compares without case and accents, as MySQL's default collation does --------------
    def fold(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        """A form of a text expression that is equal for equal texts and sorts like MySQL's utf8mb4_general_ci."""
        ...

    def fold_value(self, value: str) -> str:
        """The same folding for a bound value."""
        ...

    def text_equal(self, text: ColumnElement[Any], value: ColumnElement[Any], indexed: bool) -> ColumnElement[bool]:
        """text = value. ``indexed``: a key stands on it and is used, by its own idea of equality: value not folded."""
        ...

    def like(self, text: ColumnElement[Any], pattern: ColumnElement[Any]) -> ColumnElement[bool]:
        """LIKE with backslash as escape; the pattern is already folded."""
        ...

    def as_text(self, value: ColumnElement[Any], type: SqlType) -> ColumnElement[Any]:
        """A number or date as MySQL would print it, for LIKE."""
        ...

    def date_part(self, value: ColumnElement[Any], part: str) -> ColumnElement[Any]:
        """A part of a date or time as a whole number: year month week day weekday hour minute second.

        Weeks begin on Monday, days before the first one are week 0; weekday 0 is Sunday.
        """
        ...

    def typed(self, value: ColumnElement[Any], type: SqlType) -> ColumnElement[Any]:
        """An expression over parameters as a value of a column's type; unchanged where types do not matter."""
        ...

    def ordering(
        self, value: ColumnElement[Any], descending: bool, nulls_last: bool | None
    ) -> list[ColumnElement[Any]]:
        """ORDER BY terms; nulls_last None = as MySQL (NULL first ascending, last descending)."""
        ...

    def random(self) -> ColumnElement[Any]:
        """A random number per row."""
        ...


VENDORS = {
    "sqlite": "directus8.db.sqlite:SQLite",
    "mysql": "directus8.db.mysql:MySQL",
    "mariadb": "directus8.db.mysql:MySQL",
    "postgresql": "directus8.db.postgresql:PostgreSQL",
    "postgres": "directus8.db.postgresql:PostgreSQL",
}


def local_file(url: str) -> Path | None:
    """The file of a database that is one; None for a server's, and for one in memory."""
    made = make_url(url)
    if made.get_backend_name() == "sqlite" and made.database and not made.database.startswith((":memory:", "file:")):
        return Path(made.database)
    return None


def dialect_for(url: URL) -> Dialect:
    """The dialect of a database address; ValueError for a vendor we do not know."""
    vendor = url.drivername.partition("+")[0]
    if vendor not in VENDORS:
        raise ValueError(f"Unknown kind of database: {vendor}")
    return _dialect(VENDORS[vendor])


@cache
def _dialect(path: str) -> Dialect:
    """One instance serves all projects; a vendor's driver is imported when its first project is opened."""
    module, _, name = path.partition(":")
    dialect: Dialect = getattr(import_module(module), name)()
    return dialect
