"""/{project}/auth. Source: auth.md §3, §5."""

from __future__ import annotations

from directus8 import validation
from directus8.api.v8.answer import Answer
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.errors import InvalidLogin
from directus8.services.auth import AuthService


@route("POST", "/auth/authenticate", anonymous=True)
def authenticate(request: V8Request) -> Answer:
    body = request.fields()
    rules = {
        "email": [validation.required, validation.string, validation.email],
        "password": [validation.required, validation.string],
    }
    validation.require(body, rules, InvalidLogin)
    token, user = AuthService(request.session, request.key).login(body["email"], body["password"])
    return Answer({"token": token, "user": user})


@route("POST", "/auth/refresh", anonymous=True)
def refresh(request: V8Request) -> Answer:
    body = request.body if isinstance(request.body, dict) else {}
    validation.require(body, {"token": [validation.required]})
    return Answer({"token": AuthService(request.session, request.key).refresh(str(body["token"]))})
