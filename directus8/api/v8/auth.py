"""/{project}/auth: log in and out, renew tokens, forgotten passwords. Source: auth.md §3, §5, §6, §9."""

from __future__ import annotations

from typing import Any

from directus8 import validation
from directus8.api.v8.answer import Answer
from directus8.api.v8.cookies import session_cookie
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.errors import Forbidden, InvalidLogin, InvalidRequest, TfaEnforced, Unauthorized
from directus8.services.auth import Login, LoginService, ResetService, SessionService, identify


@route("POST", "/auth/authenticate", anonymous=True)
def authenticate(request: V8Request) -> Answer:
    body = request.fields()
    rules = {
        "email": [validation.required, validation.string, validation.email],
        "password": [validation.required, validation.string],
    }
    validation.require(body, rules, InvalidLogin)
    service = LoginService(request.session, request.key)
    login = service.login(body["email"], body["password"], body.get("otp"))
    if wants_cookie(request, body):
        return _with_cookie(request, login, service.begin(login, cookie=True))
    return _told(login, {"token": service.begin(login, cookie=False), "user": login.shown})


def wants_cookie(request: V8Request, body: dict[str, Any]) -> bool:
    """``mode=cookie``, in the body or in the query."""
    return body.get("mode", request.query.get("mode")) == "cookie"


def _with_cookie(request: V8Request, login: Login, text: str) -> Answer:
    """The answer in cookie mode; a session whose cookie this one replaces is over."""
    sessions = SessionService(request.session, request.key)
    if request.presented is not None and request.presented.kind.value == "cookie":
        sessions.end(request.presented)
    until = request.session.who.clock() + sessions.lifetime
    return _told(login, {"user": login.shown}, session_cookie(request.project, request.key, text, until))


def _told(login: Login, data: dict[str, Any], *headers: tuple[str, str]) -> Answer:
    error = {"code": TfaEnforced.code, "message": TfaEnforced.text} if login.needs_2fa else None
    return Answer(data, error=error, headers=headers)


@route("POST", "/auth/refresh", anonymous=True)
def refresh(request: V8Request) -> Answer:
    body = request.body if isinstance(request.body, dict) else {}
    validation.require(body, {"token": [validation.required]})
    return Answer({"token": LoginService(request.session, request.key).refresh(str(body["token"]))})


# --- sessions ------------------------------------------------------------------------------------------------


@route("GET", "/auth/check", anonymous=True)
def check(request: V8Request) -> Answer:
    found = SessionService(request.session, request.key).found(request.presented)
    return Answer({"authenticated": found is not None})


@route("GET", "/auth/sessions", anonymous=True)
def sessions(request: V8Request) -> Answer:
    found = SessionService(request.session, request.key).listed(request.presented)
    return Answer() if found is None else Answer(found)


@route("POST", "/auth/logout", anonymous=True)
def logout(request: V8Request) -> Answer:
    SessionService(request.session, request.key).end(request.presented)
    return Answer()


@route("POST", "/auth/logout/<int:user>", anonymous=True)
def logout_user(request: V8Request, user: int) -> Answer:
    _check_own(request, user)
    SessionService(request.session, request.key).end_of_user(user)
    return Answer()


@route("POST", "/auth/logout/<int:user>/<int:id>", anonymous=True)
def logout_one(request: V8Request, user: int, id: int) -> Answer:
    _check_own(request, user)
    SessionService(request.session, request.key).end_of_user(user, id)
    return Answer()


def _check_own(request: V8Request, user: int) -> None:
    """Sessions are ended by their user or an administrator (security.md, logout-of-others)."""
    who = identify(request.project, request.key, request.presented, request.session.who).who
    if who.is_public:
        raise Unauthorized()
    if who.user != user and not who.is_admin:
        raise Forbidden("Ending the sessions of another user was denied")


# --- forgotten passwords -------------------------------------------------------------------------------------


@route("POST", "/auth/password/request", anonymous=True)
def request_reset(request: V8Request) -> Answer:
    body = request.fields()
    validation.require(body, {"email": [validation.required, validation.email]})
    if not isinstance(body["email"], str):
        raise InvalidRequest(f"email: {validation.NOT_EMAIL}")
    ResetService(request.session, request.key).request(body["email"], body.get("reset_url"), request.root)
    return Answer()


@route("POST", "/auth/password/reset", anonymous=True)
def reset(request: V8Request) -> Answer:
    body = request.body if isinstance(request.body, dict) else {}
    ResetService(request.session, request.key).reset(body.get("token"), body.get("password"))
    return Answer()
