"""Ending the sessions of users, wherever a change to a user demands it."""

from __future__ import annotations

from sqlalchemy import bindparam, column, table

from directus8 import names
from directus8.db.engine import Connection

_AT = table(names.SESSIONS, column("user"))


def end_sessions(connection: Connection, user: int) -> None:
    """Ends all sessions of a user in the open transaction, which must be one that touches ``sessions``."""
    connection.run(_AT.delete().where(_AT.c.user == bindparam(None, user)))
