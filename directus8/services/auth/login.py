"""E-mail, password and one-time code → a user; the tokens he gets. Source: auth.md §3, §5."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from directus8.auth import passwords, tokens
from directus8.errors import InvalidCredentials, InvalidOtp, InvalidToken, MissingOtp, Refusal
from directus8.services import telling
from directus8.services.auth import attempts, two_factor
from directus8.services.auth.common import check_status, keys_of, ttl_of, user_row
from directus8.services.auth.identify import active_user, lacks_2fa
from directus8.services.auth.sessions import SessionService, of_claims
from directus8.services.limits import guessing, spend
from directus8.services.session import Session

#: What the login answer tells of a user, in this order.
SHOWN = (
    "id", "status", "role", "first_name", "last_name", "email", "timezone", "locale", "locale_options", "avatar",
    "company", "title", "external_id", "theme",
)  # fmt: skip
#: Keys the original has beside them; their values are nobody's business.
SECRET = ("2fa_secret", "password_reset_token")


@dataclass(frozen=True, slots=True)
class Login:
    """Who logged in, and whether he must set up a second factor before he may do anything else."""

    user: int
    shown: dict[str, Any]
    needs_2fa: bool


class LoginService:
    """Logging in to one project."""

    def __init__(self, session: Session, key: str, take: Callable[..., None] = two_factor.spend) -> None:
        """``take`` is what becomes of a one-time code: (session, user, secret, code), InvalidOtp."""
        self.session = session
        self.key = key
        self.take = take
        self.project = session.project
        self.hardened = session.project.config.security.hardened

    def login(self, email: str, password: str, otp: object = None) -> Login:
        """The user behind e-mail, password and code.

        InvalidCredentials, UserInactive, UserSuspended, MissingOtp, InvalidOtp, RateLimited.
        """
        with guessing(self.session, InvalidCredentials, InvalidOtp):
            row = self._checked(email, password)
            self._check_otp(row, otp)
        telling.emit(self.session, "auth.request:credentials", _told(row))
        telling.emit(self.session, "auth.success", _told(row), "app")
        return Login(row["id"], _told(row), self._needs_2fa(row["id"]))

    def begin(self, login: Login, *, cookie: bool) -> str:
        """Logs the login and begins a session: the text of its cookie, else its access token."""
        sessions = SessionService(self.session, self.key)
        with self.session.transaction():
            attempts.succeeded(self.session, login.user)
            return sessions.begin_cookie(login.user) if cookie else sessions.begin_jwt(login.user)

    def _checked(self, email: str, password: str) -> dict[str, Any]:
        row = user_row(self.session, "email", email)
        if row is None:
            passwords.verify_nothing(password, self.project.config.auth.bcrypt_cost)
            raise InvalidCredentials()
        if not self.hardened:
            check_status(row["status"])
        if not self._matches(password, row["password"]):
            telling.emit(self.session, "auth.fail", _told(row), "app")
            self._fail(row)
            raise InvalidCredentials()
        if self.hardened:
            check_status(row["status"])
        return row

    def _matches(self, password: str, hashed: str | None) -> bool:
        if hashed:
            return passwords.verify_password(password, hashed)
        return passwords.verify_nothing(password, self.project.config.auth.bcrypt_cost)

    def _fail(self, row: dict[str, Any]) -> None:
        """Counts a wrong guess; a hardened project does not tell strangers what became of the account."""
        if row["status"] != "active":
            return
        try:
            attempts.failed(self.session, row["id"])
        except Refusal:
            if not self.hardened:
                raise

    def _check_otp(self, row: dict[str, Any], otp: object) -> None:
        secret = row["2fa_secret"]
        if not secret:
            return
        if otp is None or otp == "":
            raise MissingOtp()
        try:
            self.take(self.session, row["id"], secret, otp)
        except InvalidOtp:
            attempts.failed(self.session, row["id"])
            raise

    def _needs_2fa(self, user: int) -> bool:
        known = active_user(self.project, "id", user)
        return lacks_2fa(known, self.project.state.access.roles.get(known.role or 0))

    def refresh(self, token: str) -> str:
        """A new token with the claims of a valid one.

        InvalidToken, ExpiredToken, UserInactive, UserSuspended, RateLimited.
        """
        keys = keys_of(self.project, self.key)
        with guessing(self.session, InvalidToken):
            claims = tokens.verify(token, tokens.Kind.AUTH, keys, time.time())
            user = claims.get("id")
            if type(user) is not int:
                raise InvalidToken()
            active_user(self.project, "id", user)
            of_claims(self.project, self.key, claims)
        spend(self.session, "refreshes", user)
        return tokens.refresh(claims, self._needs_2fa(user), ttl_of(self.session), keys, time.time())


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """The user as the login answer has him: numbers as text, as the original's driver gave them. Secrets stay null."""
    told = {n: str(row[n]) if isinstance(row[n], int) else row[n] for n in SHOWN}
    return {**told, **dict.fromkeys(SECRET)}
