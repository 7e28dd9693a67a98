"""/auth: log in and out, renew tokens, forgotten passwords. Source: sdk_v10.md D.2."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from werkzeug.http import dump_cookie

from directus8.api.http import origin
from directus8.api.http.response import Response
from directus8.api.v10.answer import EMPTY, Answer, dumps
from directus8.api.v10.request import V10Request
from directus8.api.v10.router import route
from directus8.errors import (
    ExpiredResetToken,
    Forbidden,
    InvalidCredentials,
    InvalidOtp,
    InvalidPayload,
    InvalidRequest,
    InvalidResetToken,
    MissingOtp,
    Refusal,
)
from directus8.names import REFRESH_COOKIE, SESSION_COOKIE
from directus8.services.auth import LoginService, ResetService, two_factor
from directus8.services.auth.refresh import ACCESS_MINUTES, LIFETIME, Pair, RefreshService
from directus8.services.links import allowed

MODES = ("cookie", "json", "session")
NO_TOKEN = "The refresh token is required in either the payload or cookie"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@route("POST", "/auth/login", anonymous=True)
def login(request: V10Request) -> Answer:
    email = request.text("email")
    if not _EMAIL.fullmatch(email):
        raise InvalidPayload('"email" must be a valid email')
    password, mode = request.text("password"), _mode(request) or "json"
    service = LoginService(request.session, request.key, code_taker(request))
    try:
        found = service.login(email, password, request.fields().get("otp"))
    except (MissingOtp, InvalidOtp):
        raise
    except Refusal as error:
        raise InvalidCredentials() from error
    return _told(request, RefreshService(request.session, request.key).begin(found.user), mode)


@route("POST", "/auth/refresh", anonymous=True)
def refresh(request: V10Request) -> Answer:
    text, mode = _given(request)
    return _told(request, RefreshService(request.session, request.key).renew(text), mode)


@route("POST", "/auth/logout", anonymous=True)
def logout(request: V10Request) -> Answer:
    text, mode = _given(request)
    RefreshService(request.session, request.key).end(text)
    if mode == "json":
        return EMPTY
    return Answer(headers=tuple(_cookie(request, name, "", timedelta(0)) for name in _cookies_of(mode)))


def _cookies_of(mode: str) -> tuple[str, ...]:
    return (REFRESH_COOKIE, SESSION_COOKIE) if mode == "session" else (REFRESH_COOKIE,)


@route("GET", "/auth", anonymous=True)
def providers(request: V10Request) -> Response:
    return Response(dumps({"data": [], "disableDefault": False}), mimetype="application/json")


def code_taker(request: V10Request) -> Callable[..., None]:
    """v10 takes a one-time code as often as it comes while it is good (recorded); a hardened project takes it once."""
    return two_factor.spend if request.project.config.security.hardened else two_factor.match


def _mode(request: V10Request) -> str | None:
    mode = request.fields().get("mode")
    if mode is not None and mode not in MODES:
        raise InvalidPayload(f'"mode" must be one of [{", ".join(MODES)}]')
    return mode


def _given(request: V10Request) -> tuple[str, str]:
    """The refresh token of a request and the mode to answer in. InvalidPayload."""
    mode, body = _mode(request), request.fields().get("refresh_token")
    if isinstance(body, str) and body and mode in (None, "json"):
        return body, "json"
    held = _held(request)
    if not held:
        raise InvalidPayload(NO_TOKEN)
    return held, mode or ("session" if request.http.cookies.get(SESSION_COOKIE) else "cookie")


def _held(request: V10Request) -> str | None:
    """The refresh token in the cookie, unless a page of another site sent it along."""
    http, visit = request.http, request.http.visit
    url = request.project.config.public_url
    if origin.is_foreign(http.method, http.page_origin, http.host, url, visit.policy):
        return None
    return http.cookies.get(REFRESH_COOKIE)


def _told(request: V10Request, pair: Pair, mode: str) -> Answer:
    data: dict[str, Any] = {"expires": pair.expires}
    if mode == "json":
        return Answer({**data, "refresh_token": pair.refresh, "access_token": pair.access})
    headers = [_cookie(request, REFRESH_COOKIE, pair.refresh, LIFETIME)]
    if mode == "cookie":
        return Answer({**data, "access_token": pair.access}, headers=tuple(headers))
    headers.append(_cookie(request, SESSION_COOKIE, pair.access, timedelta(minutes=ACCESS_MINUTES)))
    return Answer(data, headers=tuple(headers))


def _cookie(request: V10Request, name: str, value: str, lasts: timedelta) -> tuple[str, str]:
    """A cookie for this project only; one that lasts no time is taken away."""
    told = request.project.config.cookie
    text = dump_cookie(
        name,
        value,
        max_age=lasts,
        expires=datetime.now(UTC) + lasts,
        path=f"{request.http.root_path.rstrip('/')}/{request.key}/v10",
        secure=told.secure,
        httponly=True,
        samesite=told.same_site or None,
        partitioned=told.partitioned,
    )
    return "Set-Cookie", text


# --- forgotten passwords -------------------------------------------------------------------------------------


@route("POST", "/auth/password/request", anonymous=True)
def request_reset(request: V10Request) -> Answer:
    email = request.text("email", '"{}" field is required')
    url = request.fields().get("reset_url")
    check_url(request, url, "reset passwords")
    with suppress(Refusal):  # strangers are not told whether there is such a user
        ResetService(request.session, request.key).request(email, url, request.root)
    return EMPTY


@route("POST", "/auth/password/reset", anonymous=True)
def reset(request: V10Request) -> Answer:
    token = request.text("token", '"{}" field is required')
    password = request.text("password", '"{}" field is required')
    try:
        ResetService(request.session, request.key).reset(token, password)
    except (ExpiredResetToken, InvalidResetToken):
        raise Forbidden() from None
    return EMPTY


def check_url(request: V10Request, url: object, purpose: str) -> None:
    """InvalidPayload for an address people may not be sent to."""
    if url is None:
        return
    try:
        allowed(request.session, url, request.root, "url")
    except InvalidRequest:
        raise InvalidPayload(f'URL "{url}" can\'t be used to {purpose}') from None
