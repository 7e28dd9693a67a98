"""Who is calling: tokens to accountability; logging in; renewing tokens. Source: auth.md §2–§5."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import bindparam, column, select, table

from directus8 import names
from directus8.auth import passwords, tokens
from directus8.auth.extract import Presented, Source
from directus8.context import PUBLIC_ROLE, Accountability
from directus8.errors import (
    Error,
    ExpiredToken,
    InvalidCredentials,
    InvalidToken,
    UnauthorizedLocation,
    UserInactive,
    UserSuspended,
)
from directus8.mutation.history import Entry, record
from directus8.project import Project
from directus8.services.session import Session
from directus8.state import User

DEFAULT_TTL = 20

#: What the login answer tells of a user, in this order.
LOGIN_FIELDS = (
    "id", "status", "role", "first_name", "last_name", "email", "timezone", "locale", "locale_options", "avatar",
    "company", "title", "external_id", "theme",
)  # fmt: skip
_LOGIN_COLUMNS = (*LOGIN_FIELDS, "password", "2fa_secret")


def keys_of(project: Project, key: str) -> tokens.Keys:
    """What signs the tokens of a project that was addressed as ``key``."""
    return tokens.Keys(project.config.auth.secret_key, project.config.auth.public_key, key)


def identify(project: Project, key: str, presented: Presented | None, caller: Accountability) -> Accountability:
    """The accountability behind a presented token; whatever is wrong with it, the caller is the public.

    UnauthorizedLocation (19) when the role may not be used from this address.
    """
    user = None
    if presented is not None:
        try:
            user = _authenticated(project, key, presented)
        except Error:
            user = None
    role = user.role or 0 if user else PUBLIC_ROLE
    known = project.state.access.roles.get(role)
    if user is not None and known is not None and known.enforce_2fa and not user.has_2fa:
        user, role = None, PUBLIC_ROLE
        known = project.state.access.roles.get(role)
    if known is not None and known.ip_whitelist and caller.ip not in known.ip_whitelist:
        raise UnauthorizedLocation()
    return Accountability(user.id if user else 0, role, caller.ip, caller.user_agent, caller.clock)


def _authenticated(project: Project, key: str, presented: Presented) -> User:
    access = project.state.access
    if presented.kind is Source.COOKIE:
        raise InvalidToken()
    if tokens.looks_like_jwt(presented.value):
        claims = tokens.verify(presented.value, tokens.Kind.AUTH, keys_of(project, key), time.time())
        by, value = "id", claims.get("id")
    else:
        by, value = "token", presented.value
    with project.database.read() as connection:
        user = access.user(connection, by, value)
    if user is None:
        raise InvalidToken()
    check_status(user.status)
    return user


def check_status(status: str) -> None:
    """UserSuspended or UserInactive (103) unless active."""
    if status == "suspended":
        raise UserSuspended()
    if status != "active":
        raise UserInactive()


class AuthService:
    """Logging in to one project."""

    def __init__(self, session: Session, key: str) -> None:
        self.session = session
        self.keys = keys_of(session.project, key)

    def login(self, email: str, password: str) -> tuple[str, dict[str, Any]]:
        """A token and the user behind e-mail and password. InvalidCredentials, UserInactive, UserSuspended."""
        row = self._row("email", email)
        if row is None:
            passwords.verify_nothing(password)
            raise InvalidCredentials()
        check_status(row["status"])
        if not passwords.verify_password(password, row["password"]):
            self._log("invalid-credentials", row["id"])
            raise InvalidCredentials()
        self._log("authenticate", row["id"])
        token = tokens.issue_auth(row["id"], self.ttl, self.keys, time.time())
        return token, _told(row)

    def refresh(self, token: str) -> str:
        """A new token with the claims of a valid one. InvalidToken, ExpiredToken."""
        claims = tokens.verify(token, tokens.Kind.AUTH, self.keys, time.time())
        with self.session.connection() as connection:
            user = self.session.project.state.access.user(connection, "id", claims.get("id"))
        if user is None:
            raise InvalidToken()
        check_status(user.status)
        role = self.session.project.state.access.roles.get(user.role or 0)
        needs = bool(role and role.enforce_2fa and not user.has_2fa)
        return tokens.refresh(claims, needs, self.ttl, self.keys, time.time())

    @property
    def ttl(self) -> int:
        """Minutes a token is valid."""
        text = str(self.session.settings.get("auth_token_ttl") or DEFAULT_TTL)
        return int(text) if text.isdigit() else DEFAULT_TTL

    def _row(self, by: str, value: Any) -> dict[str, Any] | None:
        at = table(names.USERS, *(column(c) for c in _LOGIN_COLUMNS))
        dialect = self.session.project.database.dialect
        found = dialect.text_equal(at.c[by], bindparam(None, value), True)
        with self.session.connection() as connection:
            rows = connection.select(select(*(at.c[c] for c in _LOGIN_COLUMNS)).where(found))
        return dict(zip(_LOGIN_COLUMNS, rows[0], strict=True)) if rows else None

    def _log(self, action: str, user: int) -> None:
        with self.session.transaction() as connection:
            record(connection, self.session.who, [Entry(action, names.USERS, str(user), by=user)])


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """The user as the login answer has him: numbers as text, as the original's driver gave them."""
    return {n: str(row[n]) if isinstance(row[n], int) else row[n] for n in LOGIN_FIELDS}


__all__ = ["AuthService", "ExpiredToken", "identify"]
