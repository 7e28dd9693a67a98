"""What a database vendor must tell us: the only place where vendors may differ.

Values cross this border in one form on every vendor: integers as ``int``, text as ``str``, DECIMAL as ``str``
(exact) or a number, FLOAT/DOUBLE as ``float``, DATE/DATETIME/TIMESTAMP/TIME as ``str`` (``2020-01-31``,
``2020-01-31 10:00:00``, ``10:00:00``; fractions cut off), BLOBs as ``bytes``, NULL as ``None``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import ColumnElement, Engine
from sqlalchemy.types import TypeEngine

from directus8.db.model import SqlType, Table
from directus8.errors import Error

if TYPE_CHECKING:
    from directus8.db.engine import Connection


class Dialect(Protocol):
    """One vendor. Implementations are stateless; they live in sqlite.py, mysql.py, postgresql.py."""

    name: str
    returning: bool  # INSERT … RETURNING exists
    transactional_ddl: bool

    # --- connections -------------------------------------------------------------------------------------
    def engine(self, url: str, options: Mapping[str, Any]) -> Engine:
        """An engine in autocommit mode whose connections follow the value forms above and use positional parameters."""
        ...

    def begin(self) -> str:
        """The statement that opens a write transaction (SQLite: BEGIN IMMEDIATE)."""
        ...

    def translate(self, error: Exception, table: str | None, values: Mapping[str, Any]) -> Error:
        """Our error for a driver error: unique, not null, too long, out of range, foreign key, lock, lost connection."""
        ...

    # --- schema ------------------------------------------------------------------------------------------
    def reflect(self, connection: Connection) -> dict[str, Table]:
        """All tables and views of the database, in name order, by one catalogue query."""
        ...

    def column_type(self, type: SqlType) -> TypeEngine[Any]:
        """The SQLAlchemy type used in DDL for a neutral type."""
        ...

    # --- expressions: text compares without case and accents, as MySQL's default collation does --------------
    def fold(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        """A form of a text expression that is equal for equal texts and sorts like MySQL's utf8mb4_general_ci."""
        ...

    def fold_value(self, value: str) -> str:
        """The same folding for a bound value."""
        ...

    def text_equal(self, text: ColumnElement[Any], value: ColumnElement[Any], indexed: bool) -> ColumnElement[bool]:
        """text = value (value already folded); ``indexed``: a unique key stands on it, prefer its index."""
        ...

    def like(self, text: ColumnElement[Any], pattern: ColumnElement[Any]) -> ColumnElement[bool]:
        """LIKE with backslash as escape; the pattern is already folded."""
        ...

    def as_text(self, value: ColumnElement[Any], type: SqlType) -> ColumnElement[Any]:
        """A number or date as MySQL would print it, for LIKE."""
        ...

    def ordering(
        self, value: ColumnElement[Any], descending: bool, nulls_last: bool | None
    ) -> list[ColumnElement[Any]]:
        """ORDER BY terms; nulls_last None = as MySQL (NULL first ascending, last descending)."""
        ...

    def random(self) -> ColumnElement[Any]:
        """A random number per row."""
        ...
