"""Tokens, passwords, and what the caller may do. Source: legacy_v1.md §1.2."""

from __future__ import annotations

from typing import Any

import orjson

from directus8 import names
from directus8.api.http.response import Response
from directus8.api.v1 import privileges
from directus8.api.v1.answer import failure, respond
from directus8.api.v1.request import V1Request
from directus8.api.v1.router import route
from directus8.api.v8.cookies import session_cookie
from directus8.auth.extract import Source
from directus8.errors import ExpiredResetToken, Refusal, UserInactive, UserSuspended
from directus8.filters import Condition
from directus8.query.ast import ANY_STATUS, Entry, Node, Query
from directus8.services.auth import Login, LoginService, ResetService, SessionService
from directus8.services.links import base_url


@route("POST", "/auth/request-token", anonymous=True)
def request_token(request: V1Request) -> Any:
    """The user's own token; one who has none gets a token that expires."""
    login = _login(request, "Incorrect email or password")
    if isinstance(login, str):
        return failure(login)
    service = LoginService(request.session, request.key)
    token = _own_token(request, login.user) or service.begin(login, cookie=False)
    return {"success": True, "data": {"token": token}}


def _login(request: V1Request, inactive: str) -> Login | str:
    """Who logs in with the e-mail address and password of the body; else why not, with the words for one not active."""
    body = request.fields()
    email, password = body.get("email"), body.get("password")
    if not isinstance(email, str) or not isinstance(password, str):
        return "Incorrect email or password"
    try:
        login = LoginService(request.session, request.key).login(email, password, body.get("otp"))
    except (UserInactive, UserSuspended):
        return inactive
    except Refusal:
        return "Incorrect email or password"
    return "A second factor must be set up first" if login.needs_2fa else login


def _own_token(request: V1Request, user: int) -> str | None:
    node = Node(names.USERS, (Entry("token"),), ANY_STATUS)
    found = request.session.read(Query(node, Condition(("id",), "eq", user)), system=True)
    return found[0]["token"] or None


# --- sessions --------------------------------------------------------------------------------------------------


@route("POST", "/auth/login", anonymous=True)
def log_in(request: V1Request) -> Any:
    """Begins the session of a browser, in the place of the one it had."""
    login = _login(request, "Your account is not active")
    if isinstance(login, str):
        return failure(login)
    session, key = request.session, request.key
    sessions = SessionService(session, key)
    if request.presented is not None and request.presented.kind is Source.COOKIE:
        sessions.end(request.presented)
    text = LoginService(session, key).begin(login, cookie=True)
    response = respond({"success": True, "last_page": _last_page(request, login.user)}, public=False)
    response.headers.add(*session_cookie(session.project, key, text, session.who.clock() + sessions.lifetime))
    return response


def _last_page(request: V1Request, user: int) -> dict[str, Any]:
    """Where the user was, as the app of Directus 6 kept it, or as a path."""
    node = Node(names.USERS, (Entry("last_page"),), ANY_STATUS)
    page = request.session.read(Query(node, Condition(("id",), "eq", user)), system=True)[0]["last_page"]
    try:
        told = orjson.loads(page or "{}")
    except orjson.JSONDecodeError:
        told = None
    return told if isinstance(told, dict) else {"path": page}


@route("GET", "/auth/logout", anonymous=True)
@route("GET", "/auth/logout/inactive", anonymous=True)
def log_out(request: V1Request) -> Any:
    """Ends the session of a browser, and leads it to the login of the app."""
    SessionService(request.session, request.key).end(request.presented)
    page = f"{base_url(request.session, request.root)}admin/#/login?project={request.key}"
    return Response(status=302, headers={"Location": page})


# --- forgotten passwords ---------------------------------------------------------------------------------------


@route("POST", "/auth/forgot-password", anonymous=True)
def forgot_password(request: V1Request) -> Any:
    """Mails a link with which the user may choose another password."""
    email = request.fields().get("email")
    if not isinstance(email, str) or not email:
        return failure("Email is required")
    try:
        ResetService(request.session, request.key).request(email, None, request.root)
    except Refusal:
        return failure("An account with that email address doesn't exist")
    return {"success": True}


@route("GET", "/auth/reset-password/<token>", anonymous=True)
def reset_password(request: V1Request, token: str) -> Any:
    """Mails another password to whom a link for it was mailed."""
    try:
        ResetService(request.session, request.key).send_password(token, request.root)
        said = "A new password was sent to your e-mail address."
    except ExpiredResetToken:
        said = "This link has expired or was used already."
    except Refusal:
        said = "This link is not valid."
    return Response(said, mimetype="text/plain")


@route("GET", "/auth/permissions")
def permissions(request: V1Request) -> Any:
    """What the caller's group may do, by table."""
    session = request.session
    found = [p for p in privileges.of_group(session, session.who.role) if "allow_view" in p]
    return {"data": {p["table_name"]: p for p in found}}
