"""Sessions: the rows of directus_user_sessions behind cookies and tokens. Source: auth.md §6–7.

A token of ours carries a claim ``session``, "<row id>-<random text>", and is good as long as that row is there; so are
the tokens it is renewed to. Rows are remembered per process until one is ended anywhere (stamp ``sessions``), so a
request asks no database about them. Tokens of the original have no such claim and stay good until they expire.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, column, select, table

from directus8 import names
from directus8.auth import cookie, tokens
from directus8.auth.extract import Presented, Source
from directus8.context import sql_time, utc_now
from directus8.db.engine import Connection
from directus8.errors import InvalidRequestToken, InvalidToken, Refusal
from directus8.mutation.history import MASK
from directus8.project import Project
from directus8.services import inner
from directus8.services.auth.common import keys_of, minutes, ttl_of
from directus8.services.limits import guessing
from directus8.services.session import Session
from directus8.state import SESSION_COLUMNS, SessionRow, same_text, session_row
from directus8.validation import natural_number

WEEK = 7 * 24 * 60
FOREVER = timedelta(days=3650)
#: A session is written anew when that part of its time has gone by, not on every request.
GRAIN = 100

_AT = table(
    names.SESSIONS,
    *(column(c) for c in (*SESSION_COLUMNS, "ip_address", "user_agent", "created_on")),
)
_SHOWN = ("id", "user", "token_type", "token", "ip_address", "user_agent", "created_on", "token_expired_at")


def session_of(project: Project, key: str, presented: Presented) -> SessionRow | None:
    """The living session a presented token belongs to; None for static tokens and those of the original.

    InvalidToken or ExpiredToken for a token that is not good, or whose session is over.
    """
    if presented.kind is Source.COOKIE:
        return _of_cookie(project, key, presented.value)
    if not tokens.looks_like_jwt(presented.value):
        return None
    claims = tokens.verify(presented.value, tokens.Kind.AUTH, keys_of(project, key), time.time())
    return of_claims(project, key, claims)


def living(project: Project, key: str, presented: Presented) -> SessionRow | None:
    """The same; None also for a token that is not good."""
    try:
        return session_of(project, key, presented)
    except Refusal:
        return None


def of_claims(project: Project, key: str, claims: tokens.Claims) -> SessionRow | None:
    """The living session of verified claims; None if they name none. InvalidToken when it is over."""
    named = claims.get("session")
    if named is None:
        return None
    row = _row(project, str(named).partition("-")[0])
    if row is None or row.user != claims.get("id") or not same_text(_named_by(row, project), str(named)):
        raise InvalidToken()
    return row


def _of_cookie(project: Project, key: str, value: str) -> SessionRow:
    text = cookie.unseal(value, project.config.auth.secret_key, key)
    row = _row(project, text.rpartition("-")[2])
    if row is None or row.kind != "cookie" or not same_text(row.token, text):
        raise InvalidToken()
    return row


def _row(project: Project, id: str) -> SessionRow | None:
    key = natural_number(id)
    return None if key is None else project.state.sessions.get(project.database, key, utc_now())


def _named_by(row: SessionRow, project: Project) -> str:
    """The claim of the token a session began with: row ids may be given anew, these texts never are."""
    try:
        return str(tokens.decode(row.token, project.config.auth.secret_key).get("session"))
    except InvalidToken:
        return ""


class SessionService:
    """The sessions of one project, for one caller."""

    def __init__(self, session: Session, key: str) -> None:
        self.session = session
        self.project = session.project
        self.key = key
        self.keys = keys_of(session.project, key)

    @property
    def lifetime(self) -> timedelta:
        """How long a session lasts unused: setting auto_sign_out in minutes, nothing or zero for ever."""
        told = minutes(self.session.settings.get("auto_sign_out", WEEK), 0)
        return timedelta(minutes=told) if 0 < told < 10 * 366 * 24 * 60 else FOREVER

    # --- beginning -------------------------------------------------------------------------------------------

    def begin_jwt(self, user: int) -> str:
        """A session and its access token."""
        ttl = ttl_of(self.session)
        return self._begin(user, "jwt", lambda name: tokens.issue_auth(user, ttl, self.keys, time.time(), name))

    def begin_request(self, user: int, url: str) -> str:
        """A session of which as yet only a request token is told."""
        ttl, url = ttl_of(self.session), url[:80]  # nobody reads it, and the column has its length
        return self._begin(
            user, "jwt", lambda name: tokens.issue_request_token(user, url, ttl, self.keys, time.time(), name)
        )

    def begin_cookie(self, user: int) -> str:
        """A session and the text its cookie holds."""
        secret = secrets.token_urlsafe(30)
        return self._begin(user, "cookie", lambda name: f"{secret}-{name.partition('-')[0]}")

    def _begin(self, user: int, kind: str, make: Callable[[str], str]) -> str:
        who, now = self.session.who, self.session.who.clock()
        with self.session.transaction() as connection:
            self._sweep(connection, now)
            row = {
                "user": user,
                "token_type": kind,
                "token": "",
                "ip_address": who.ip[:255],
                "user_agent": who.user_agent[:2000],
                "created_on": sql_time(now),
                "token_expired_at": sql_time(now + self.lifetime),
            }
            id = inner.insert(self.session, connection, names.SESSIONS, [row])[0]
            token: str = make(f"{id}-{secrets.token_hex(8)}")
            connection.run(_AT.update().where(_AT.c.id == bindparam(None, id)).values(token=token))
        return token

    @staticmethod
    def _sweep(connection: Connection, now: datetime) -> None:
        """Removes the sessions that have run out; nobody takes them for good, so no one need be told."""
        connection.run(_AT.delete().where(_AT.c.token_expired_at < bindparam(None, sql_time(now))))

    def exchange(self, request_token: str) -> str:
        """The access token for a request token, once. InvalidRequestToken, ExpiredRequestToken, RateLimited."""
        with guessing(self.session, InvalidRequestToken):
            return self._exchanged(request_token)

    def _exchanged(self, request_token: str) -> str:
        claims = tokens.verify_with_own_errors(request_token, tokens.Kind.REQUEST_TOKEN, self.keys, time.time())
        row = self._waiting(claims)
        if row is None or not same_text(row.token, request_token):
            raise tokens.invalid(tokens.Kind.REQUEST_TOKEN, request_token)
        made = tokens.issue_auth(row.user, ttl_of(self.session), self.keys, time.time(), claims["session"])
        with self.session.transaction() as connection:
            at = _AT.update()
            taken = at.where(_AT.c.id == bindparam(None, row.id), _AT.c.token == bindparam(None, request_token))
            if not connection.run(taken.values(token=made)):
                raise tokens.invalid(tokens.Kind.REQUEST_TOKEN, request_token)
            self.session.touch({"sessions"})
        return made

    def _waiting(self, claims: tokens.Claims) -> SessionRow | None:
        try:
            return of_claims(self.project, self.key, claims)
        except InvalidToken:
            return None

    # --- using -----------------------------------------------------------------------------------------------

    def slide(self, row: SessionRow) -> datetime:
        """Prolongs a session because it was used; when it will end."""
        now, lifetime = self.session.who.clock(), self.lifetime
        until = now + lifetime
        if abs(until - row.expires) <= lifetime / GRAIN:
            return until
        known = self.project.state.sessions  # before writing: what is ended from now on is not put into this one
        with self.session.transaction() as connection:
            prolonged = _AT.update().where(_AT.c.id == bindparam(None, row.id))
            there = connection.run(prolonged.values(token_expired_at=sql_time(until)))
            inner.changed(self.session, connection, names.SESSIONS, row.id, {"token_expired_at": sql_time(until)})
            if until < row.expires:
                self.session.touch({"sessions"})
        if there:
            known.put(replace(row, expires=until))
        return until

    # --- looking ---------------------------------------------------------------------------------------------

    def found(self, presented: Presented | None) -> SessionRow | None:
        """The session that began with exactly this token, good or not."""
        text = self._text(presented)
        if not text:
            return None
        statement = select(*(_AT.c[c] for c in SESSION_COLUMNS)).where(_AT.c.token == bindparam(None, text))
        with self.session.connection() as connection:
            rows = [session_row(row) for row in connection.select(statement)]
        return next((row for row in rows if same_text(row.token, text)), None)

    def _text(self, presented: Presented | None) -> str:
        if presented is None:
            return ""
        if presented.kind is not Source.COOKIE:
            return presented.value
        try:
            return cookie.unseal(presented.value, self.project.config.auth.secret_key, self.key)
        except InvalidToken:
            return ""

    def listed(self, presented: Presented | None) -> list[dict[str, Any]] | None:
        """The sessions of the user behind a token that has one; tokens are told only to those who sent them."""
        own = self.found(presented)
        if own is None:
            return None
        statement = select(*(_AT.c[c] for c in _SHOWN)).where(_AT.c.user == bindparam(None, own.user))
        with self.session.connection() as connection:
            rows = [dict(zip(_SHOWN, row, strict=True)) for row in connection.select(statement.order_by(_AT.c.id))]
        return [_told(row, own) for row in rows]

    # --- ending ----------------------------------------------------------------------------------------------

    def end(self, presented: Presented | None) -> None:
        """Ends the session of a token, whether it began with that token or the token was renewed meanwhile."""
        if presented is None:
            return
        rows = [self.found(presented), living(self.project, self.key, presented)]
        ids = {row.id for row in rows if row is not None}
        if ids:
            self._delete(_AT.c.id.in_(sorted(ids)))

    def end_of_user(self, user: int, id: int | None = None) -> None:
        """Ends all sessions of a user, or the one with that id."""
        conditions = [_AT.c.user == bindparam(None, user)]
        if id is not None:
            conditions.append(_AT.c.id == bindparam(None, id))
        self._delete(*conditions)

    def _delete(self, *conditions: ColumnElement[bool]) -> None:
        with self.session.transaction() as connection:
            connection.run(_AT.delete().where(*conditions))
            self.session.touch({"sessions"})


def _told(row: dict[str, Any], own: SessionRow) -> dict[str, Any]:
    token = row["token"] if row["id"] == own.id else MASK
    return {**row, "token": token, **{n: str(row[n]) for n in ("created_on", "token_expired_at") if row[n] is not None}}
