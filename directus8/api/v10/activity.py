"""/activity and comments. Source: sdk_v10.md D.6."""

from __future__ import annotations

from typing import Any

from directus8 import names
from directus8.api.v10 import reading
from directus8.api.v10.answer import EMPTY, Answer, FailedValidation, Failure
from directus8.api.v10.items import mount
from directus8.api.v10.params import Params
from directus8.api.v10.request import V10Request
from directus8.api.v10.router import route
from directus8.errors import Forbidden, InvalidPayload, ItemNotFound
from directus8.services.comments import CommentsService

mount("/activity", names.ACTIVITY, writer=None)


@route("POST", "/activity/comment")
def create_comment(request: V10Request) -> Answer:
    body = request.fields()
    given: dict[str, Any] = {n: body[n] for n in ("collection", "item", "comment") if n in body}
    _check_complete(given)
    return _told(request, CommentsService(request.session).create({**given, "item": str(given["item"])}))


def _check_complete(given: dict[str, Any]) -> None:
    failures = [Failure(n, "required") for n in ("collection", "item", "comment") if given.get(n) in (None, "")]
    if failures:
        raise FailedValidation(failures)


@route("PATCH", "/activity/comment/<key>")
def update_comment(request: V10Request, key: str) -> Answer:
    text = request.fields().get("comment")
    if not isinstance(text, str) or not text:
        raise InvalidPayload('"comment" is required')
    _check_there(request, key)
    return _told(request, CommentsService(request.session).update(key, {"comment": text}))


@route("DELETE", "/activity/comment/<key>")
def delete_comment(request: V10Request, key: str) -> Answer:
    _check_there(request, key)
    CommentsService(request.session).delete(key)
    return EMPTY


def _check_there(request: V10Request, key: str) -> None:
    """Forbidden for a comment that was deleted."""
    session = request.session
    log = session.catalog.collection(names.ACTIVITY)
    found = reading.items_by_key(session, log, [key], Params(fields=("action",)))
    if not found or found[0].get("action") != "comment":
        raise Forbidden()


def _told(request: V10Request, key: int) -> Answer:
    log = request.session.catalog.collection(names.ACTIVITY)
    try:
        return Answer(reading.item_of(request.session, log, key, request.params))
    except (Forbidden, ItemNotFound):
        return EMPTY
