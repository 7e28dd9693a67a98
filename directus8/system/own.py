"""Our tables beyond the original's. Each is made when first needed, so that adopting a database changes nothing."""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

from directus8.db import ddl
from directus8.db.engine import Database
from directus8.db.model import Column, SqlType, Table
from directus8.errors import Error

OTP_STEPS = Table(
    "directus8_otp_steps",
    (
        Column("user", SqlType("INT", "11", True), nullable=False, primary_key=True),
        Column("step", SqlType("BIGINT", "20"), nullable=False),
    ),
)

_known: WeakKeyDictionary[Database, set[str]] = WeakKeyDictionary()
_lock = threading.Lock()


def ensure(database: Database, table: Table) -> None:
    """Makes the table unless it is there. Not inside a transaction: some databases would commit it."""
    with _lock:
        known = _known.setdefault(database, set())
        if table.name in known:
            return
        if not _there(database, table):
            _make(database, table)
        known.add(table.name)


def _there(database: Database, table: Table) -> bool:
    try:
        with database.read() as connection:
            connection.rows(f"SELECT 1 FROM {connection.dialect.quote(table.name)} WHERE 1 = 0")
    except Error:
        return False
    return True


def _make(database: Database, table: Table) -> None:
    try:
        with database.transaction(ddl=True) as connection:
            ddl.create_table(connection, table)
    except Error:
        if not _there(database, table):  # else another process was faster
            raise
