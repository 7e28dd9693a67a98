"""/users: people, invitations, second factors. Source: sdk_v10.md D.6."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from directus8 import names
from directus8.api.v10 import items, reading
from directus8.api.v10.answer import EMPTY, Answer
from directus8.api.v10.auth import check_url, code_taker
from directus8.api.v10.items import mount
from directus8.api.v10.params import Params
from directus8.api.v10.request import V10Request
from directus8.api.v10.router import route
from directus8.auth import passwords, totp
from directus8.errors import (
    Forbidden,
    InvalidCredentials,
    InvalidOtp,
    InvalidPayload,
    InvalidRequest,
    UserNotFound,
)
from directus8.schema.catalog import Collection
from directus8.services.auth import attempts
from directus8.services.auth.common import user_row
from directus8.services.limits import guessing
from directus8.services.users import UsersService


def _users(request: V10Request) -> Collection:
    return request.session.catalog.collection(names.USERS)


def _me(request: V10Request) -> int:
    """The caller. InvalidCredentials for the public."""
    if request.session.who.is_public:
        raise InvalidCredentials()
    return request.session.who.user


@route("GET", "/users/me")
def read_me(request: V10Request) -> Answer:
    key = _me(request)
    if not request.session.rules.reads(names.USERS):
        return Answer({"id": key})
    return items.read_one(request, _users(request), key)


@route("PATCH", "/users/me")
def update_me(request: V10Request) -> Answer:
    return items.update_one(request, _users(request), _me(request))


@route("PATCH", "/users/me/track/page")
def track(request: V10Request) -> Answer:
    key, page = _me(request), request.fields().get("last_page")
    if page in (None, ""):
        raise InvalidPayload('"last_page" is required')
    UsersService(request.session, request.key).track(str(key), page)
    return EMPTY


# --- invitations -----------------------------------------------------------------------------------------------


@route("POST", "/users/invite")
def invite(request: V10Request) -> Answer:
    service, body = UsersService(request.session, request.key), request.fields()
    service.check_may_invite()
    given = body.get("email")
    emails = [str(each) for each in (given if isinstance(given, list) else [given]) if each]
    for name, value in (("email", emails), ("role", body.get("role"))):
        if not value:
            raise InvalidPayload(f'"{name}" is required')
    if len(emails) > service.MOST_INVITED:
        raise InvalidPayload(f"At most {service.MOST_INVITED} users can be invited at once")
    url = body.get("invite_url")
    check_url(request, url, "invite users")
    roles = request.session.catalog.collection(names.ROLES)
    if not reading.items_by_key(request.session, roles, [body["role"]], Params(fields=("id",))):
        raise InvalidPayload(f'Role "{body["role"]}" doesn\'t exist')
    service.invite(emails, request.root, body["role"], url)
    return EMPTY


@route("POST", "/users/invite/accept", anonymous=True)
def accept(request: V10Request) -> Answer:
    token, password = request.text("token"), request.text("password")
    try:
        UsersService(request.session, request.key).accept(token, password)
    except UserNotFound as error:
        raise InvalidPayload(f"Email address {error.values.get('email')} hasn't been invited") from None
    return EMPTY


# --- second factors ----------------------------------------------------------------------------------------------


@route("POST", "/users/me/tfa/generate", sets_up_2fa=True)
def generate(request: V10Request) -> Answer:
    user = _row(request)
    password = request.text("password")
    if user["2fa_secret"]:
        raise InvalidPayload("TFA Secret is already set for this user")
    with guessing(request.session, InvalidCredentials):
        if not passwords.verify_password(password, user["password"]):
            attempts.failed(request.session, user["id"])
            raise InvalidCredentials()
    secret = totp.new_secret()
    issuer = str(request.session.settings.get("project_name") or "Directus")
    label = quote(f"{issuer}:{user['email']}")
    url = f"otpauth://totp/{label}?secret={secret}&period=30&digits=6&algorithm=SHA1&issuer={quote(issuer)}"
    return Answer({"secret": secret, "otpauth_url": url})


@route("POST", "/users/me/tfa/enable", sets_up_2fa=True)
def enable(request: V10Request) -> Answer:
    user = _row(request)
    secret, otp = request.text("secret"), _otp(request)
    if user["2fa_secret"]:
        raise InvalidPayload("TFA Secret is already set for this user")
    try:
        UsersService(request.session, request.key).activate_2fa(str(user["id"]), secret, otp)
    except (InvalidOtp, InvalidRequest):
        raise InvalidPayload('"otp" is invalid') from None
    return EMPTY


@route("POST", "/users/me/tfa/disable")
def disable(request: V10Request) -> Answer:
    user, otp = _row(request), _otp(request)
    if not user["2fa_secret"]:
        raise InvalidPayload('"otp" is invalid')
    try:
        with guessing(request.session, InvalidOtp):
            code_taker(request)(request.session, user["id"], user["2fa_secret"], otp)
    except InvalidOtp:
        attempts.failed(request.session, user["id"])
        raise InvalidPayload('"otp" is invalid') from None
    UsersService(request.session, request.key).items.update([(user["id"], {"2fa_secret": None})])
    return EMPTY


def _otp(request: V10Request) -> str:
    otp = request.fields().get("otp")
    if otp in (None, ""):
        raise InvalidPayload('"otp" is required')
    return str(otp)


def _row(request: V10Request) -> dict[str, Any]:
    found = user_row(request.session, "id", _me(request))
    if found is None:
        raise Forbidden()
    return found


mount("/users", names.USERS)
