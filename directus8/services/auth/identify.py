"""A presented token → the caller. Source: auth.md §2."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from directus8.auth import tokens
from directus8.auth.extract import Presented, Source
from directus8.context import PUBLIC_ROLE, Accountability
from directus8.errors import Error, InvalidToken, Refusal, TfaEnforced, UnauthorizedLocation
from directus8.project import Project
from directus8.services.auth.common import check_status, keys_of
from directus8.services.auth.sessions import of_claims, session_of
from directus8.state import Role, SessionRow, User


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and the session he uses."""

    who: Accountability
    session: SessionRow | None = None


def identify(
    project: Project, key: str, presented: Presented | None, caller: Accountability, setting_up: str | None = None
) -> Caller:
    """Who is behind a presented token; whatever is wrong with it, the caller is the public.

    A user whose role demands a second factor he has not set up is the public too, except where ``setting_up`` names
    him ("me" or his id). UnauthorizedLocation (19) when the role may not be used from this address.
    """
    user, session = _behind(project, key, presented)
    roles = project.state.access.roles
    role = _role_of(user)
    if user is not None and lacks_2fa(user, roles.get(role)) and setting_up not in ("me", str(user.id)):
        tell_failed(project, TfaEnforced())
        user, session, role = None, None, PUBLIC_ROLE
    known = roles.get(role)
    if known is not None and known.ip_whitelist and caller.ip not in known.ip_whitelist:
        raise tell_failed(project, UnauthorizedLocation())
    if user is not None:
        tell_succeeded(project, user)
    id, zone = (user.id, user.timezone) if user else (0, "UTC")
    who = Accountability(id, role, caller.ip, caller.user_agent, caller.clock, zone)
    return Caller(who, session)


def tell_succeeded(project: Project, user: User) -> None:
    """Tells of a user who was recognised by his token."""
    if not project.bus.deaf:
        project.bus.emit("auth.success", _told(user))


def tell_failed(project: Project, error: Error) -> Error:
    """Tells why a token counts for nothing; the error."""
    project.bus.emit("auth.fail", error)
    return error


def _told(user: User) -> dict[str, Any]:
    """What listeners get of a user: nothing secret."""
    return {"id": user.id, "role": user.role, "status": user.status, "email": user.email, "name": user.name}


def lacks_2fa(user: User, role: Role | None) -> bool:
    """Must this user set up a second factor before he may do anything else?"""
    return role is not None and role.enforce_2fa and not user.has_2fa


def _role_of(user: User | None) -> int:
    return PUBLIC_ROLE if user is None else user.role or 0


def _behind(project: Project, key: str, presented: Presented | None) -> tuple[User | None, SessionRow | None]:
    if presented is None:
        return None, None
    try:
        return authenticated(project, key, presented)
    except Refusal:
        return None, None


def authenticated(project: Project, key: str, presented: Presented) -> tuple[User, SessionRow | None]:
    """The active user behind a token, and his session. InvalidToken, ExpiredToken, UserInactive, UserSuspended."""
    if presented.kind is Source.COOKIE:
        session = session_of(project, key, presented)
        return active_user(project, "id", session.user if session else 0), session
    if not tokens.looks_like_jwt(presented.value):
        return active_user(project, "token", presented.value), None
    claims = tokens.verify(presented.value, tokens.Kind.AUTH, keys_of(project, key), time.time())
    return active_user(project, "id", claims.get("id")), of_claims(project, key, claims)


def active_user(project: Project, by: str, value: object) -> User:
    """The user with that id or static token. InvalidToken, UserInactive, UserSuspended."""
    user = project.state.access.user(project.database, by, value)
    if user is None:
        raise InvalidToken()
    check_status(user.status)
    return user
