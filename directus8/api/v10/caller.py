"""Who calls: tokens in the header, the query or a session cookie. Source: sdk_v10.md D.2."""

from __future__ import annotations

import re

from directus8.api.http import origin
from directus8.api.http.visit import Request
from directus8.api.v10.router import Route
from directus8.auth.extract import Presented, Source
from directus8.context import PUBLIC_ROLE, Accountability
from directus8.errors import (
    ExpiredToken,
    InvalidCredentials,
    InvalidPayload,
    Refusal,
    TfaEnforced,
    UnauthorizedLocation,
)
from directus8.names import SESSION_COOKIE
from directus8.project import Project
from directus8.services.auth.identify import authenticated, lacks_2fa, tell_failed, tell_succeeded

_BEARER = re.compile(r"bearer\s+(\S+)\s*", re.IGNORECASE)


def at_route(route: Route, http: Request, project: Project, key: str) -> Accountability:
    """The caller behind a request to a route; nobody's where tokens are not looked at."""
    if route.anonymous:
        return Accountability(ip=http.remote_addr or "", user_agent=http.agent)
    return caller_of(http, project, key, route.sets_up_2fa)


def caller_of(http: Request, project: Project, key: str, sets_up_2fa: bool) -> Accountability:
    """The caller behind a request. InvalidCredentials for a wrong token, ExpiredToken, UnauthorizedLocation."""
    who = Accountability(ip=http.remote_addr or "", user_agent=http.agent)
    token = token_of(http, project)
    user, role = 0, PUBLIC_ROLE
    roles = project.state.access.roles
    if token is not None:
        try:
            found, _ = authenticated(project, key, Presented(token, Source.JWT))
        except ExpiredToken:
            raise
        except Refusal as error:
            raise InvalidCredentials() from error
        if sets_up_2fa or not lacks_2fa(found, roles.get(found.role or 0)):
            user, role = found.id, found.role or 0
        else:
            tell_failed(project, TfaEnforced())
    known = roles.get(role)
    if known is not None and known.ip_whitelist and who.ip not in known.ip_whitelist:
        raise tell_failed(project, UnauthorizedLocation())
    if user:
        tell_succeeded(project, found)
    return Accountability(user, role, who.ip, who.user_agent, who.clock)


def token_of(http: Request, project: Project) -> str | None:
    """The token a request presents. InvalidPayload when there is more than one."""
    header = _BEARER.fullmatch(http.headers.get("Authorization", ""))
    query = http.parameters.get("access_token")
    given = [text for text in (header[1] if header else None, query) if isinstance(text, str) and text]
    if len(given) > 1:
        raise InvalidPayload("The request uses more than one method for including an access token")
    return given[0] if given else _of_cookie(http, project)


def _of_cookie(http: Request, project: Project) -> str | None:
    """The token of a session in a cookie, unless a page of another site sent it along to change something."""
    held = http.cookies.get(SESSION_COOKIE) if "Cookie" in http.headers else None
    url = project.config.public_url
    if held and origin.is_foreign(http.method, http.page_origin, http.host, url, http.visit.policy):
        return None
    return held or None
