"""What wrong guesses lead to: an account with too many is suspended, an address with too many must wait.

Source: auth.md §10. Other than in the original a user who never logged in is counted too (security.md,
login-limit-bypass), and wrong one-time codes count like wrong passwords (otp-brute-force).
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, bindparam, column, func, select, table

from directus8 import names
from directus8.db.engine import Connection
from directus8.errors import UserSuspended
from directus8.mutation.history import Entry
from directus8.services import inner
from directus8.services.auth.common import minutes
from directus8.services.session import Session
from directus8.system.sessions import end_sessions

FAILED, SUCCEEDED, CHANGED = "invalid-credentials", "authenticate", "status-update"

_AT = table(names.ACTIVITY, column("id"), column("action"), column("action_by"))


def succeeded(session: Session, user: int) -> None:
    """Logs a login; earlier failures count no more."""
    with session.transaction() as connection:
        inner.log(session, connection, [Entry(SUCCEEDED, names.USERS, str(user), by=user)])


def failed(session: Session, user: int) -> None:
    """Logs a wrong guess at an account. UserSuspended when it was one too many."""
    allowed = minutes(session.settings.get("login_attempts_allowed"), 0)
    with session.transaction() as connection:
        inner.log(session, connection, [Entry(FAILED, names.USERS, str(user), by=user)])
        too_many = allowed > 0 and _failures(connection, user) > allowed
        if too_many:
            inner.change(session, connection, names.USERS, user, {"status": "suspended"})
            end_sessions(connection, user)
            session.touch({"access", "sessions", f"data:{names.USERS}"})
    if too_many:
        raise UserSuspended()


def _failures(connection: Connection, user: int) -> int:
    """Wrong guesses since the last login or change of status."""
    latest = select(func.max(_AT.c.id)).where(_of(user), _AT.c.action.in_([SUCCEEDED, CHANGED]))
    since = connection.select(latest)[0][0] or 0
    count = select(func.count()).where(_of(user), _AT.c.action == FAILED, _AT.c.id > bindparam(None, since))
    return int(connection.select(count.select_from(_AT))[0][0])


def _of(user: int) -> ColumnElement[bool]:
    return _AT.c.action_by == bindparam(None, user)
