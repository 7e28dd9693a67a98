"""/{project}/users. Source: users_roles_settings.md §1, auth.md §14."""

from __future__ import annotations

from typing import Any

from directus8 import names, validation
from directus8.api.v8.answer import Answer
from directus8.api.v8.params import Params
from directus8.api.v8.reading import read_keys, read_list, written
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.api.v8.system import mount_create, mount_delete, mount_reading, mount_revisions, update_existing
from directus8.errors import InvalidRequest, ItemNotFound, ReadDenied, Unauthorized
from directus8.filters import Condition
from directus8.services.users import UsersService


def me(request: V8Request, key: str) -> str:
    """``me`` is the caller."""
    if key != "me":
        return key
    if request.session.who.is_public:
        raise Unauthorized()
    return str(request.session.who.user)


mount_reading("/users", names.USERS, me)
mount_create("/users", names.USERS)
mount_delete("/users", names.USERS)
mount_revisions("/users", names.USERS)


@route("PATCH", "/users/<key>")
def update(request: V8Request, key: str) -> Answer:
    return update_existing(request, names.USERS, me(request, key))


def _service(request: V8Request) -> UsersService:
    return UsersService(request.session, request.key)


# --- invitations ---------------------------------------------------------------------------------------------


@route("POST", "/users/invite")
def invite(request: V8Request) -> Answer:
    service, body = _service(request), request.fields()
    service.check_may_invite()
    emails = _emails(body)
    service.invite(emails, request.root)
    found = Condition(("email",), "in", tuple(emails))
    request.params = Params()  # whom it is about is told whole, whatever else is asked for
    return read_list(request, request.session.catalog.collection(names.USERS), found)


def _emails(body: dict[str, Any]) -> list[str]:
    """The addresses of a body, each valid."""
    given = body.get("email")
    listed = given if isinstance(given, list) and given else [given]
    for each in listed:
        validation.require({"email": each}, {"email": [validation.required, validation.string, validation.email]})
    if len(listed) > UsersService.MOST_INVITED:
        raise InvalidRequest(f"email: at most {UsersService.MOST_INVITED} addresses")
    return [str(each) for each in listed]


@route("GET", "/users/invite/<token>")
def accept_by_link(request: V8Request, token: str) -> Answer:
    return accept(request, token)


@route("POST", "/users/invite/<token>")
def accept(request: V8Request, token: str) -> Answer:
    return Answer(_service(request).accept(token))


# --- one's own affairs ---------------------------------------------------------------------------------------


@route("PATCH", "/users/<key>/tracking/page")
def track(request: V8Request, key: str) -> Answer:
    if request.session.who.is_public:
        raise ReadDenied(collection=names.USERS)
    body, key = request.fields(), me(request, key)
    _service(request).track(key, body.get("last_page"))
    answer = read_keys(request, request.session.catalog.collection(names.USERS), key)
    if isinstance(answer.data, dict) and answer.data.get("last_access_on") is not None:
        answer.data["last_access_on"] = str(answer.data["last_access_on"])
    return answer


@route("POST", "/users/<key>/activate_2fa", sets_up_2fa=True)
def activate_2fa(request: V8Request, key: str) -> Answer:
    body = request.fields()
    text = [validation.required, validation.string]
    validation.require(body, {"2fa_secret": text, "otp": text})
    if request.session.who.is_public:
        raise ItemNotFound()
    user = _service(request).activate_2fa(me(request, key), body["2fa_secret"], body["otp"])
    return written(request, request.session.catalog.collection(names.USERS), [user], many=False)
