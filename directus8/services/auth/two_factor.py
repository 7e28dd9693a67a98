"""One-time codes, each good once (security.md, otp-replay). The last step used is kept in a table of our own."""

from __future__ import annotations

import time

from sqlalchemy import bindparam, column, or_, select, table

from directus8.auth import totp
from directus8.db.engine import Connection
from directus8.errors import DuplicateKey, InvalidOtp, InvalidRequest
from directus8.services.session import Session
from directus8.system import own

_AT = table(own.OTP_STEPS.name, column("user"), column("step"))


def spend(session: Session, user: int, secret: str, otp: object) -> None:
    """Takes a code, and every earlier one, out of use. InvalidOtp when it is wrong or was used before."""
    own.ensure(session.project.database, own.OTP_STEPS)
    try:
        step = totp.verify(secret, otp, time.time())
    except InvalidRequest:  # a stored secret no authenticator app can have
        step = None
    if step is None:
        raise InvalidOtp()
    try:
        with session.transaction() as connection:
            if not _advance(connection, user, step):
                raise InvalidOtp()
    except DuplicateKey:  # the same code at the same moment
        raise InvalidOtp() from None


def match(session: Session, user: int, secret: str, otp: object) -> None:
    """As ``spend``, but the code stays good for its time. InvalidOtp."""
    try:
        step = totp.verify(secret, otp, time.time())
    except InvalidRequest:
        step = None
    if step is None:
        raise InvalidOtp()


def check(session: Session, secret: str, otp: object) -> int:
    """The time step of a code for a secret nobody has yet. InvalidOtp; InvalidRequest for an unusable secret."""
    own.ensure(session.project.database, own.OTP_STEPS)
    step = totp.verify(secret, otp, time.time())
    if step is None:
        raise InvalidOtp()
    return step


def begin(connection: Connection, user: int, step: int) -> None:
    """Notes the step with which a user showed that he has his new secret."""
    connection.run(_AT.delete().where(_AT.c.user == bindparam(None, user)))
    connection.insert(_AT.name, [{"user": user, "step": step}])


def _advance(connection: Connection, user: int, step: int) -> bool:
    """Whether the step is later than the last one used; from now on it is the last. A race has one winner.

    A last one that no code can have yet was used before the clock was put back: it counts no more.
    """
    mine = _AT.c.user == bindparam(None, user)
    latest = totp.latest_step(time.time())
    unused = or_(_AT.c.step < bindparam(None, step), _AT.c.step > bindparam(None, latest))
    if connection.run(_AT.update().where(mine, unused).values(step=step)):
        return True
    if connection.select(select(_AT.c.user).where(mine)):
        return False
    connection.insert(_AT.name, [{"user": user, "step": step}])
    return True
