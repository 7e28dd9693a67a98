"""Tokens, passwords, and what the caller may do. Source: legacy_v1.md §1.2."""

from __future__ import annotations

from typing import Any

from directus8 import names
from directus8.api.v1 import privileges
from directus8.api.v1.answer import failure
from directus8.api.v1.request import V1Request
from directus8.api.v1.router import route
from directus8.errors import Error, RateLimited
from directus8.filters import Condition
from directus8.query.ast import ANY_STATUS, Entry, Node, Query
from directus8.services.auth import LoginService, ResetService


@route("POST", "/auth/request-token", anonymous=True)
def request_token(request: V1Request) -> Any:
    """The user's own token; one who has none gets a token that expires."""
    body = request.fields()
    email, password = body.get("email"), body.get("password")
    if not isinstance(email, str) or not isinstance(password, str):
        return failure("Incorrect email or password")
    service = LoginService(request.session, request.key)
    try:
        login = service.login(email, password, body.get("otp"))
    except Error as error:
        if error.status >= 500 or isinstance(error, RateLimited):
            raise
        return failure("Incorrect email or password")
    if login.needs_2fa:
        return failure("A second factor must be set up first")
    token = _own_token(request, login.user) or service.begin(login, cookie=False)
    return {"success": True, "data": {"token": token}}


def _own_token(request: V1Request, user: int) -> str | None:
    node = Node(names.USERS, (Entry("token"),), ANY_STATUS)
    found = request.session.read(Query(node, Condition(("id",), "eq", user)), system=True)
    return found[0]["token"] or None


@route("POST", "/auth/forgot-password", anonymous=True)
def forgot_password(request: V1Request) -> Any:
    """Mails a link with which the user may choose another password."""
    email = request.fields().get("email")
    if not isinstance(email, str) or not email:
        return failure("Email is required")
    try:
        ResetService(request.session, request.key).request(email, None, request.root)
    except Error as error:
        if error.status >= 500 or isinstance(error, RateLimited):
            raise
        return failure("An account with that email address doesn't exist")
    return {"success": True}


@route("GET", "/auth/permissions")
def permissions(request: V1Request) -> Any:
    """What the caller's group may do, by table."""
    session = request.session
    found = [p for p in privileges.of_group(session, session.who.role) if "allow_view" in p]
    return {"data": {p["table_name"]: p for p in found}}
