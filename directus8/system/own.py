"""Our tables beyond the original's. Each is made when first needed, so that adopting a database changes nothing."""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

from directus8 import names
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

ID = Column("id", SqlType("INT", "11", True), nullable=False, primary_key=True, auto_increment=True)
MESSAGES = Table(
    names.MESSAGES,
    (
        ID,
        Column("from", SqlType("INT", "11", True), nullable=False),
        Column("subject", SqlType("VARCHAR", "255"), nullable=False),
        Column("message", SqlType("TEXT"), nullable=False),
        Column("datetime", SqlType("DATETIME"), nullable=False),
        Column("attachment", SqlType("VARCHAR", "512")),
        Column("response_to", SqlType("INT", "11", True)),
        Column("comment_metadata", SqlType("VARCHAR", "255")),
    ),
)
RECIPIENTS = Table(
    names.RECIPIENTS,
    (
        ID,
        Column("message_id", SqlType("INT", "11", True), nullable=False),
        Column("recipient", SqlType("INT", "11", True), nullable=False),
        Column("read", SqlType("INT", "11"), nullable=False, default="0"),
        Column("group", SqlType("INT", "11", True)),
        Column("archived", SqlType("INT", "11"), nullable=False, default="0"),
    ),
    unique_keys=(("idx_recipient_message", ("recipient", "message_id")),),
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
