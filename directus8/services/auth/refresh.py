"""Refresh tokens: random texts, each good once, kept as hashes beside the sessions. Source: sdk_v10.md D.2."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, bindparam, column, select, table

from directus8 import names
from directus8.auth import tokens
from directus8.context import sql_time
from directus8.db.engine import Connection
from directus8.errors import InvalidCredentials, Refusal
from directus8.services import inner
from directus8.services.auth import attempts
from directus8.services.auth.common import keys_of
from directus8.services.auth.identify import active_user
from directus8.services.limits import guessing, spend
from directus8.services.session import Session

KIND = "refresh"
LIFETIME = timedelta(days=7)
ACCESS_MINUTES = 15

_AT = table(
    names.SESSIONS,
    *(column(c) for c in ("id", "user", "token_type", "token", "token_expired_at")),
)


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token, and what renews it."""

    access: str
    refresh: str

    @property
    def expires(self) -> int:
        """Milliseconds the access token is good for."""
        return ACCESS_MINUTES * 60_000


class RefreshService:
    """Pairs of tokens of one project."""

    def __init__(self, session: Session, key: str) -> None:
        self.session = session
        self.keys = keys_of(session.project, key)

    def begin(self, user: int) -> Pair:
        """A first pair for a user who has just shown who he is."""
        with self.session.transaction() as connection:
            attempts.succeeded(self.session, user)
            connection.run(_AT.delete().where(_AT.c.token_expired_at < bindparam(None, self._now())))
            return self._issue(connection, user)

    def renew(self, text: str) -> Pair:
        """A new pair for a refresh token, which is then used up. InvalidCredentials, RateLimited."""
        with guessing(self.session, InvalidCredentials), self.session.transaction() as connection:
            user = self._spend(connection, text)
            spend(self.session, "refreshes", user)
            try:
                active_user(self.session.project, "id", user)
            except Refusal:
                raise InvalidCredentials() from None
            return self._issue(connection, user)

    def end(self, text: str) -> None:
        """Takes a refresh token out of use, if it was in use."""
        with self.session.transaction() as connection:
            connection.run(_AT.delete().where(*self._is(text)))

    def _spend(self, connection: Connection, text: str) -> int:
        """The user of a token that nobody has used before; of two who try only one gets him."""
        rows = connection.select(select(_AT.c.id, _AT.c.user, _AT.c.token_expired_at).where(*self._is(text)))
        if not rows or str(rows[0][2]) <= self._now():
            raise InvalidCredentials()
        id, user, _ = rows[0]
        if not connection.run(_AT.delete().where(_AT.c.id == bindparam(None, id))):
            raise InvalidCredentials()
        return int(user)

    def _issue(self, connection: Connection, user: int) -> Pair:
        refresh, now, who = secrets.token_urlsafe(48), self.session.who.clock(), self.session.who
        row = {
            "user": user,
            "token_type": KIND,
            "token": _hashed(refresh),
            "ip_address": who.ip[:255],
            "user_agent": who.user_agent[:2000],
            "created_on": sql_time(now),
            "token_expired_at": sql_time(now + LIFETIME),
        }
        inner.insert(self.session, connection, names.SESSIONS, [row], None)
        return Pair(tokens.issue_auth(user, ACCESS_MINUTES, self.keys, time.time()), refresh)

    def _now(self) -> str:
        return sql_time(self.session.who.clock())

    @staticmethod
    def _is(text: str) -> tuple[ColumnElement[bool], ...]:
        return _AT.c.token == bindparam(None, _hashed(text)), _AT.c.token_type == bindparam(None, KIND)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
