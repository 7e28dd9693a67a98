"""Our tables beyond the original's. Each is made when first needed, so that adopting a database changes nothing."""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

from directus8 import names
from directus8.db import ddl
from directus8.db.engine import Database
from directus8.db.model import Column, SqlType, Table
from directus8.errors import Error, SchemaChanged

OTP_STEPS = Table(
    "directus8_otp_steps",
    (
        Column("user", SqlType("INT", "11", True), nullable=False, primary_key=True),
        Column("step", SqlType("BIGINT", "20"), nullable=False),
    ),
)


OUTBOX = Table(
    "directus8_outbox",
    (
        Column("id", SqlType("BIGINT", "20", True), nullable=False, primary_key=True, auto_increment=True),
        Column("webhook", SqlType("INT", "11", True), nullable=False),
        Column("event", SqlType("VARCHAR", "255"), nullable=False),
        Column("collection", SqlType("VARCHAR", "255"), nullable=False),
        Column("method", SqlType("VARCHAR", "8"), nullable=False),
        Column("url", SqlType("VARCHAR", "510"), nullable=False),
        Column("message", SqlType("VARCHAR", "64"), nullable=False),
        Column("body", SqlType("LONGTEXT")),
        Column("status", SqlType("VARCHAR", "16"), nullable=False),
        Column("attempts", SqlType("INT", "11"), nullable=False),
        Column("due", SqlType("BIGINT", "20"), nullable=False),
        Column("lease", SqlType("BIGINT", "20"), nullable=False),
        Column("holder", SqlType("VARCHAR", "64")),
        Column("made", SqlType("BIGINT", "20"), nullable=False),
        Column("answered", SqlType("INT", "11")),
        Column("error", SqlType("VARCHAR", "255")),
    ),
    indexes=(("directus8_outbox_due", ("status", "due")), ("directus8_outbox_made", ("made",))),
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


def is_there(database: Database, table: Table) -> bool:
    """Has the table been made?"""
    with _lock:
        if table.name in _known.get(database, ()):
            return True
    return _there(database, table)


def _there(database: Database, table: Table) -> bool:
    try:
        with database.read() as connection:
            connection.rows(f"SELECT 1 FROM {connection.dialect.quote(table.name)} WHERE 1 = 0")
    except SchemaChanged:
        return False
    return True


def _make(database: Database, table: Table) -> None:
    try:
        with database.transaction(ddl=True) as connection:
            ddl.create_table(connection, table)
    except Error:
        if not _there(database, table):  # else another process was faster
            raise
