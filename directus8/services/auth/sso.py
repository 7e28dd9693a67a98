"""Logging in by another server. Source: auth.md §15; state, nonce and PKCE are checked, which the original did not."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from directus8 import names
from directus8.auth import sso
from directus8.auth.sso.attempt import SECONDS, unseal
from directus8.config.table import SocialProvider
from directus8.context import ADMIN_ROLE, Accountability
from directus8.errors import Forbidden, InvalidRequest, NotFound, SsoNotAllowed, UserWithEmailNotFound
from directus8.services.auth import attempts
from directus8.services.auth.common import check_status, user_row
from directus8.services.auth.sessions import SessionService
from directus8.services.items import ItemsService
from directus8.services.links import allowed, base_url
from directus8.services.session import Session
from directus8.state import same_text

log = logging.getLogger("directus8.sso")


@dataclass(frozen=True, slots=True)
class Begun:
    """A login that was begun: where to go, and the cookie that remembers it."""

    url: str
    state: str
    cookie: str


class SsoService:
    """Logins by other servers into one project, which was asked at ``asked``."""

    def __init__(self, session: Session, key: str, asked: str) -> None:
        self.session = session
        self.key = key
        self.asked = asked
        self.config = session.project.config.auth
        self.sessions = SessionService(session, key)

    def names(self) -> list[str]:
        """The providers people may choose."""
        return [name for name, told in self.config.social_providers.items() if self._of(name, told)]

    def _of(self, name: str, told: SocialProvider) -> sso.Provider | None:
        return sso.provider_of(name, told, self.session.project.extended.providers)

    # --- first half ------------------------------------------------------------------------------------------

    def begin(self, service: str, mode: str, redirect_url: object, referer: str | None) -> Begun:
        """Sends somebody to a provider. NotFound for an unknown one; InvalidRequest for a foreign redirect_url."""
        provider, _ = self._provider(service)
        target = self._target(redirect_url, referer)
        attempt = sso.Attempt(service, mode, target, int(time.time()) + SECONDS)
        try:
            url, attempt = sso.begin(provider, attempt, self._callback(service))
        except sso.Refused as error:
            raise self._denied(error) from error
        return Begun(url, attempt.state, attempt.seal(self.config.secret_key, self.key))

    def _provider(self, service: str) -> tuple[sso.Provider, SocialProvider]:
        told = self.config.social_providers.get(service)
        provider = self._of(service, told) if told is not None else None
        if provider is None or told is None:
            raise NotFound(f'auth provider "{service}" does not exist.')
        return provider, told

    def _target(self, redirect_url: object, referer: str | None) -> str:
        if redirect_url not in (None, ""):
            return allowed(self.session, redirect_url, self.asked, "redirect_url")
        try:
            return allowed(self.session, referer, self.asked, "redirect_url")
        except InvalidRequest:
            return ""

    def _callback(self, service: str) -> str:
        own = self.config.social_providers[service].callback_url
        return own or f"{base_url(self.session, self.asked)}{self.key}/auth/sso/{service}/callback"

    # --- second half -----------------------------------------------------------------------------------------

    def attempt(self, service: str, value: str | None) -> sso.Attempt:
        """What a browser began with. InvalidToken when it began nothing with this provider, or long ago."""
        self._provider(service)
        found = unseal(value or "", self.config.secret_key, self.key, time.time())
        if found.service != service:
            raise Forbidden("The login was begun with another provider")
        return found

    def check_state(self, attempt: sso.Attempt, given: Mapping[str, str]) -> None:
        """Forbidden unless this is the answer to that question (the original never looked)."""
        told = given.get("state") or given.get("oauth_token") or ""
        if not same_text(told, attempt.state):
            raise Forbidden("The state does not belong to this login")

    def user(self, attempt: sso.Attempt, given: Mapping[str, str]) -> int:
        """The user who comes back. UserWithEmailNotFound, UserInactive, UserSuspended, SsoNotAllowed, Forbidden."""
        provider, told = self._provider(attempt.service)
        try:
            who = sso.identity(provider, attempt, self._callback(attempt.service), given)
        except sso.Refused as error:
            raise self._denied(error) from error
        user = self._known(who, told)
        check_status(user["status"])
        role = self.session.project.state.access.roles.get(user["role"] or 0)
        if user["2fa_secret"] or (role is not None and role.enforce_2fa):
            raise SsoNotAllowed()
        return int(user["id"])

    def _known(self, who: sso.Identity, told: SocialProvider) -> dict[str, Any]:
        if who.email is None:
            raise UserWithEmailNotFound(email="")
        user = user_row(self.session, "email", who.email)
        if user is None and told.create_users:
            self._create(who, told.default_role)
            user = user_row(self.session, "email", who.email)
        if user is None:
            raise UserWithEmailNotFound(email=who.email)
        return user

    def _create(self, who: sso.Identity, role: int | None) -> None:
        caller = self.session.who
        acting = Accountability(0, ADMIN_ROLE, caller.ip, caller.user_agent, caller.clock)
        made = {"email": who.email, "status": "active", "first_name": who.first_name, "last_name": who.last_name}
        ItemsService(Session(self.session.project, acting), names.USERS).create([{**made, "role": role}])

    def begin_session(self, user: int, kind: str) -> str:
        """Logs the login and begins a session: text of a cookie, a request token, or an access token (``jwt``)."""
        with self.session.transaction():
            attempts.succeeded(self.session, user)
            if kind == "cookie":
                return self.sessions.begin_cookie(user)
            if kind == "request":
                return self.sessions.begin_request(user, base_url(self.session, self.asked))
            return self.sessions.begin_jwt(user)

    @staticmethod
    def _denied(error: sso.Refused) -> Forbidden:
        log.warning("a login by another server failed: %s", error)
        return Forbidden("The provider refused the login")
