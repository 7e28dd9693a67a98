"""/{project}/auth/sso. Source: auth.md §15."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from directus8.api.v8.answer import Answer
from directus8.api.v8.cookies import session_cookie
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.auth import cookie
from directus8.auth.sso import Attempt
from directus8.auth.sso.attempt import SECONDS
from directus8.errors import Error, InvalidRequestToken, UserWithEmailNotFound
from directus8.services.auth.sessions import SessionService
from directus8.services.auth.sso import SsoService
from directus8.services.links import with_parameter

Header = tuple[str, str]


def _service(request: V8Request) -> SsoService:
    return SsoService(request.session, request.key, request.root)


@route("GET", "/auth/sso", anonymous=True)
def providers(request: V8Request) -> Answer:
    return Answer([{"name": name, "icon": None} for name in _service(request).names()])


@route("GET", "/auth/sso/<service>", anonymous=True)
def begin(request: V8Request, service: str) -> Answer:
    query, referer = request.query, request.http.headers.get("Referer")
    mode = "cookie" if query.get("mode") == "cookie" else "jwt"
    begun = _service(request).begin(service, mode, query.get("redirect_url"), referer)
    data = {"authorization_url": begun.url, "state": begun.state}
    remembered = _remember(request, begun.cookie, SECONDS)
    if _may_redirect(request, referer):
        return Answer(data, status=302, headers=(("Location", begun.url), remembered))
    return Answer(data, headers=(remembered,))


def _may_redirect(request: V8Request, referer: str | None) -> bool:
    origins = request.project.config.cors.origin
    parts = urlsplit(referer or "")
    return "*" in origins or f"{parts.scheme}://{parts.netloc}" in origins


def _remember(request: V8Request, text: str, seconds: int) -> Header:
    """The cookie between the two halves. The way back comes from another site, so it must be Lax."""
    until = datetime.fromtimestamp(time.time() + seconds, UTC)
    named, secure = cookie.sso_name(request.key), request.project.config.cookie.secure
    return "Set-Cookie", cookie.header(request.key, text, until, secure=secure, named=named)


def _attempt(request: V8Request, service: SsoService, name: str) -> Attempt:
    return service.attempt(name, request.http.cookies.get(cookie.sso_name(request.key)))


@route("POST", "/auth/sso/<service>", anonymous=True)
def exchange(request: V8Request, service: str) -> Answer:
    sso = _service(request)
    body = _texts(request.body)
    attempt = _attempt(request, sso, service)
    if "state" in body or "oauth_token" in body:
        sso.check_state(attempt, body)
    token = sso.begin_session(sso.user(attempt, body), "jwt")
    return Answer({"token": token}, headers=(_remember(request, "", 0),))


@route("GET", "/auth/sso/<service>/callback", anonymous=True)
def callback(request: V8Request, service: str) -> Answer:
    sso = _service(request)
    attempt = _attempt(request, sso, service)
    forget = _remember(request, "", 0)
    try:
        given = _texts(request.query)
        sso.check_state(attempt, given)
        user = sso.user(attempt, given)
    except Error as error:
        if not attempt.target:
            raise
        return _redirect(attempt.target, _failure(error), forget)
    if attempt.mode == "cookie":
        text = sso.begin_session(user, "cookie")
        until = request.session.who.clock() + sso.sessions.lifetime
        return _redirect(attempt.target, {}, forget, session_cookie(request.project, request.key, text, until))
    return _redirect(attempt.target, {"request_token": sso.begin_session(user, "request")}, forget)


def _failure(error: Error) -> dict[str, str]:
    told = {"error": "1", "code": str(-1 if error.code is None else error.code)}
    if isinstance(error, UserWithEmailNotFound):
        told["attributes[email]"] = str(error.values.get("email", ""))
    return told


def _redirect(target: str, parameters: Mapping[str, str], *headers: Header) -> Answer:
    for name, value in parameters.items():
        target = with_parameter(target, quote(name, safe="[]"), quote(value, safe=""))
    return Answer(dict(parameters), status=302, headers=(("Location", target), *headers))


def _texts(given: Any) -> dict[str, str]:
    return {k: v for k, v in given.items() if isinstance(v, str)} if isinstance(given, Mapping) else {}


@route("POST", "/auth/sso/access_token", anonymous=True)
def access_token(request: V8Request) -> Answer:
    token = _texts(request.body).get("request_token")
    if not token:
        raise InvalidRequestToken()
    return Answer({"token": SessionService(request.session, request.key).exchange(token)})
