"""The outbox: what webhooks have to be told, kept from the commit of the item until it is delivered, then as a log.

A delivery is taken by lease: one conditional UPDATE, so that no two workers have the same one. Whoever dies holding one
loses it when the lease ends.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, column, delete, func, select, table, update

from directus8.db.engine import Connection, Database
from directus8.system.own import OUTBOX

WAITING, DELIVERED, FAILED = "waiting", "delivered", "failed"
AT = table(OUTBOX.name, *(column(c.name) for c in OUTBOX.columns))
TAKEN = ("id", "webhook", "event", "collection", "method", "url", "message", "body", "attempts", "made")
LOGGED = ("id", "webhook", "event", "collection", "url", "status", "attempts", "answered", "error", "made", "due")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message for one webhook."""

    id: int
    webhook: int
    event: str
    collection: str
    method: str
    url: str
    message: str
    body: str | None
    attempts: int
    made: int


def put(connection: Connection, rows: Sequence[dict[str, Any]], now: int) -> None:
    """Writes messages, inside the transaction of what they tell."""
    known = {"status": WAITING, "attempts": 0, "due": now, "lease": 0, "made": now}
    connection.insert(OUTBOX.name, [{**row, "message": f"msg_{secrets.token_hex(12)}", **known} for row in rows])


def take(database: Database, now: int, seconds: int, most: int) -> tuple[str, list[Delivery]]:
    """Messages that are due and that nobody else has, oldest first, ours for some seconds; and our name for them."""
    holder = secrets.token_hex(12)
    free = (
        AT.c.status == bindparam(None, WAITING),
        AT.c.due <= bindparam(None, now),
        AT.c.lease < bindparam(None, now),
    )
    with database.read() as connection:
        ids = [row[0] for row in connection.select(select(AT.c.id).where(*free).order_by(AT.c.id).limit(most))]
    if not ids:
        return holder, []
    among = AT.c.id.in_([bindparam(None, id) for id in ids])
    with database.transaction() as connection:
        values: dict[Any, Any] = {AT.c.lease: bindparam(None, now + seconds), AT.c.holder: bindparam(None, holder)}
        connection.run(update(AT).where(among, *free).values(values))
    with database.read() as connection:
        mine = select(*(AT.c[c] for c in TAKEN)).where(AT.c.holder == bindparam(None, holder), among)
        return holder, [Delivery(*row) for row in connection.select(mine.order_by(AT.c.id))]


def keep(database: Database, id: int, holder: str, until: int) -> bool:
    """Is a message still ours? Then for longer."""
    return _change(database, id, holder, lease=until) == 1


def finish(
    database: Database, id: int, holder: str, status: str, attempts: int, answered: int | None, why: str
) -> None:
    """It was delivered, or given up. What it said is kept no longer."""
    error = why[:255] or None
    _change(database, id, holder, status=status, attempts=attempts, answered=answered, error=error, body=None, lease=0)


def postpone(database: Database, id: int, holder: str, due: int, attempts: int, answered: int | None, why: str) -> None:
    """It is tried again later."""
    _change(database, id, holder, due=due, attempts=attempts, answered=answered, error=why[:255], lease=0, holder=None)


def release(database: Database, ids: Sequence[int], holder: str, due: int) -> None:
    """Gives back what was not tried."""
    for id in ids:
        _change(database, id, holder, due=due, lease=0, holder=None)


def hurry(database: Database, webhook: int, now: int) -> None:
    """A receiver answers again: what waits because he did not is due now."""
    late = (AT.c.webhook == bindparam(None, webhook), AT.c.status == bindparam(None, WAITING), AT.c.answered.is_(None))
    with database.transaction() as connection:
        connection.run(update(AT).where(*late, AT.c.due > bindparam(None, now)).values({AT.c.due: now}))


def next_due(database: Database) -> int | None:
    """When something is to be done next: a message is due, or a lease ends."""
    held = select(func.min(AT.c.lease)).where(AT.c.status == bindparam(None, WAITING), AT.c.lease > 0)
    free = select(func.min(AT.c.due)).where(AT.c.status == bindparam(None, WAITING), AT.c.lease == 0)
    with database.read() as connection:
        moments = [connection.select(each)[0][0] for each in (held, free)]
    known = [int(each) for each in moments if each is not None]
    return min(known) if known else None


def forget(database: Database, before: int) -> int:
    """Removes what was delivered or given up long ago; how many."""
    old = (AT.c.status != bindparam(None, WAITING), AT.c.made < bindparam(None, before))
    with database.transaction() as connection:
        return connection.run(delete(AT).where(*old))


def retry(database: Database, now: int) -> int:
    """Messages that wait are due now; how many."""
    with database.transaction() as connection:
        return connection.run(update(AT).where(AT.c.status == bindparam(None, WAITING)).values({AT.c.due: now}))


def log(database: Database, most: int) -> list[dict[str, Any]]:
    """The latest messages."""
    with database.read() as connection:
        found = connection.select(select(*(AT.c[c] for c in LOGGED)).order_by(AT.c.id.desc()).limit(most))
    return [dict(zip(LOGGED, row, strict=True)) for row in found]


def _change(database: Database, id: int, mine: str, **values: Any) -> int:
    held = (
        AT.c.id == bindparam(None, id),
        AT.c.holder == bindparam(None, mine),
        AT.c.status == bindparam(None, WAITING),
    )
    with database.transaction() as connection:
        return connection.run(update(AT).where(*held).values({AT.c[n]: bindparam(None, v) for n, v in values.items()}))
