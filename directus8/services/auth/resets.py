"""Forgotten passwords: a mail with a token, and the token for a new password. Source: auth.md §9."""

from __future__ import annotations

import secrets
import time
from typing import Any

from sqlalchemy import bindparam, column, table

from directus8 import names
from directus8.auth import tokens
from directus8.errors import (
    ExpiredResetToken,
    InvalidRequest,
    InvalidResetToken,
    Refusal,
    UserNotFound,
    UserWithEmailNotFound,
)
from directus8.services import inner
from directus8.services.auth.common import check_status, keys_of, ttl_of, user_row
from directus8.services.limits import guessing, spend
from directus8.services.links import allowed, base_url, with_parameter
from directus8.services.mail import Mailer
from directus8.services.session import Session
from directus8.state import same_text
from directus8.system import policy
from directus8.system.sessions import end_sessions
from directus8.validation import BLANK, NOT_VALID

_AT = table(names.USERS, column("id"), column("password"), column("password_reset_token"))
_CHANGED = frozenset({"access", "sessions", f"data:{names.USERS}"})


class ResetService:
    """Forgotten passwords of one project."""

    def __init__(self, session: Session, key: str) -> None:
        self.session = session
        self.key = key
        self.keys = keys_of(session.project, key)

    def request(self, email: str, reset_url: object, asked: str) -> None:
        """Mails a user a link with which he may choose a new password; ``asked`` is the address of the request.

        UserWithEmailNotFound, UserInactive, UserSuspended (a hardened project says nothing of the kind), MailFailed,
        RateLimited.
        """
        spend(self.session, "resets", email)
        page = self._page(reset_url, asked)
        try:
            user = self._user(email)
        except Refusal:
            if self.session.project.config.security.hardened:
                return
            raise
        token = tokens.issue_reset_password(user["id"], user["email"], ttl_of(self.session), self.keys, time.time())
        with self.session.transaction() as connection:
            inner.change(self.session, connection, names.USERS, user["id"], {"password_reset_token": token})
        self._send(user, self._link(page, token, asked), asked)

    def _page(self, reset_url: object, asked: str) -> str | None:
        return None if reset_url in (None, "") else allowed(self.session, reset_url, asked, "reset_url")

    def _user(self, email: str) -> dict[str, Any]:
        user = user_row(self.session, "email", email)
        if user is None:
            raise UserWithEmailNotFound(email=email)
        check_status(user["status"])
        return user

    def _link(self, page: str | None, token: str, asked: str) -> str:
        if page is not None:
            return with_parameter(page, "token", token)
        return f"{base_url(self.session, asked)}admin/#/reset-password?token={token}&project={self.key}"

    def _send(self, user: dict[str, Any], link: str, asked: str) -> None:
        mailer = Mailer(self.session, self.key, asked)
        subject = f"Password Reset Request: {mailer.project_name}"
        values = {"reset_url": link, "user_full_name": _full_name(user)}
        mailer.send_template("reset-password", [user["email"]], subject, values)

    def reset(self, token: object, password: object) -> None:
        """Gives a user a new password and ends all his sessions. Errors 101, 104, 105, 106; InvalidRequest (4)."""
        user = self._owner(token)
        self._write(user["id"], str(token), self._checked(password))

    def send_password(self, token: str, asked: str) -> None:
        """Gives a user a password nobody has chosen, and mails it to him. Errors as of ``reset``; MailFailed."""
        user, password = self._owner(token), f"{secrets.token_urlsafe(12)}-Aa1"
        self._write(user["id"], token, self._checked(password))
        mailer = Mailer(self.session, self.key, asked)
        values = {"password": password, "user_full_name": _full_name(user)}
        mailer.send_template("new-password", [user["email"]], f"New Password: {mailer.project_name}", values)

    def _owner(self, token: object) -> dict[str, Any]:
        """The user a token was mailed to, who has not used it yet."""
        text = token if isinstance(token, str) else ""
        with guessing(self.session, InvalidResetToken):
            claims = tokens.verify_with_own_errors(text, tokens.Kind.RESET_PASSWORD, self.keys, time.time())
        user = user_row(self.session, "id", claims.get("id"))
        if user is None:
            raise UserNotFound()
        if user["email"] != claims.get("email"):
            raise InvalidResetToken(token=text)
        stored = user["password_reset_token"]
        if not stored or not same_text(stored, text):
            raise ExpiredResetToken(token=text)
        check_status(user["status"])
        return user

    def _checked(self, password: object) -> str:
        if password in (None, ""):
            raise InvalidRequest(f"password: {BLANK}")
        if not isinstance(password, str):
            raise InvalidRequest(f"password: {NOT_VALID}")
        policy.enforce(password, self.session.settings.get("password_policy"))
        return password

    def _write(self, user: int, token: str, password: str) -> None:
        """Once per token, however many ask at the same time."""
        hashed = self.session.project.hash(password, "core")
        with self.session.transaction() as connection:
            mine = _AT.c.id == bindparam(None, user), _AT.c.password_reset_token == bindparam(None, token)
            if not connection.run(_AT.update().where(*mine).values(password=hashed, password_reset_token=None)):
                raise ExpiredResetToken(token=token)
            values = {"password": hashed, "password_reset_token": None}
            inner.changed(self.session, connection, names.USERS, user, values)
            end_sessions(connection, user)
            self.session.touch(_CHANGED)


def _full_name(user: dict[str, Any]) -> str:
    return " ".join(part for part in (user["first_name"], user["last_name"]) if part)
