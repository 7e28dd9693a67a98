"""Messages. Source: legacy_v1.md §4.6."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from directus8 import names
from directus8.api.php import listed
from directus8.api.v1 import answer
from directus8.api.v1.request import V1Request
from directus8.api.v1.router import route
from directus8.api.v8.params import number
from directus8.errors import Forbidden, InvalidPayload, ItemNotFound
from directus8.query.ast import Entry, Node, Query
from directus8.services.messages import Counts, Draft, Message, MessagesService
from directus8.types.moment import iso

TABLE = f"{names.PREFIX}messages"
USERS, GROUPS = names.USERS, f"{names.PREFIX}groups"
MENTION = re.compile(r"@\[(\d{1,9}) [^\]]*\]")
RECIPIENT = re.compile(r"([01])_(\d{1,9})")


# --- what is told ----------------------------------------------------------------------------------------------


def _of(message: Message, zone: str) -> dict[str, Any]:
    """A message; responses have none of their own and no date of the last one."""
    responses = [_of(each, zone) for each in message.responses]
    document: dict[str, Any] = {
        "id": message.id,
        "from": message.sender,
        "subject": message.subject,
        "message": message.text,
        "attachment": {"data": listed(message.attachment)},
        "datetime": iso(message.sent, zone),
        "response_to": message.response_to,
        "comment_metadata": message.metadata,
        "read": int(message.read),
        "archived": int(message.archived),
        "responses": {"rows": responses, "data": responses},
        "recipients": _csv(message.readers),
        "reads": _csv(message.read_by),
    }
    if message.response_to is None:
        document["date_updated"] = iso(message.updated, zone)
    return document


def _told(request: V1Request, message: Message) -> dict[str, Any]:
    return _of(message, request.session.who.zone)


def _csv(ids: tuple[int, ...]) -> str:
    return ",".join(map(str, ids))


def _counters(user: int, counts: Counts) -> dict[str, int]:
    told = {"read": counts.read, "unread": counts.unread, "total": counts.total, "max_id": counts.newest}
    return {"recipient": user, **told} if counts.total else told


def _list(request: V1Request, user: int) -> Any:
    """The inbox of a user; with ``max_id`` what came after that message, else how many there are."""
    service = MessagesService(request.session)
    states = tuple(int(state) for state in request.list("states") if state in ("0", "1")) or (0,)
    counters = _counters(user, service.counts(user))
    after = request.text("max_id")
    found = [_told(request, m) for m in service.inbox(user, states, max(number(after), 0))]
    if wanted := request.list("columns"):
        found = [{n: v for n, v in m.items() if n in (*wanted, "id")} for m in found]
    if after is None:
        return {"meta": {**counters, "type": "collection", "table": TABLE}, "data": found}
    return {**counters, "data": found} if found else counters


# --- routes ----------------------------------------------------------------------------------------------------


@route("GET", "/messages/rows")
def list_messages(request: V1Request) -> Any:
    return _list(request, request.session.who.user)


@route("GET", "/messages/self")
def list_own(request: V1Request) -> Any:
    return _list(request, request.session.who.user)


@route("GET", "/messages/user/<user>")
def list_of_user(request: V1Request, user: str) -> Any:
    """The inbox of another one is for administrators."""
    if user != str(request.session.who.user) and not request.session.who.is_admin:
        raise Forbidden()
    return _list(request, _id(user))


@route("GET", "/messages/recipients")
def recipients(request: V1Request) -> Any:
    """Groups and users of whose names a word begins with the text."""
    MessagesService(request.session)
    text, session = (request.text("q") or "").strip().lower(), request.session
    groups = (
        session.read(Query(Node(names.ROLES, (Entry("id"), Entry("name"))))) if _reads(request, names.ROLES) else []
    )
    users = []
    if _reads(request, names.USERS):
        columns = tuple(map(Entry, ("id", "first_name", "last_name")))
        users = session.read(Query(Node(names.USERS, columns, ("active",))))
    people = [(u, " ".join(part for part in (u.get("first_name"), u.get("last_name")) if part)) for u in users]
    named = [(GROUPS, g["id"], g["name"]) for g in groups] + [(USERS, u["id"], name) for u, name in people]
    return [
        {"id": str(id), "type": kind, "name": name}
        for kind, id, name in named
        if any(word.startswith(text) for word in str(name).lower().split())
    ]


def _reads(request: V1Request, collection: str) -> bool:
    return request.session.rules.reads(collection)


@route("GET", "/messages/rows/<id>")
@route("GET", "/messages/<id>")
def read_message(request: V1Request, id: str) -> Any:
    """One message, with the counters of its reader beside it."""
    service = MessagesService(request.session)
    user = request.session.who.user
    found = _told(request, service.one(_id(id)))
    return {"meta": {**_counters(user, service.counts(user)), "type": "item", "table": TABLE}, "data": found}


@route("POST", "/messages/rows")
def send(request: V1Request) -> Any:
    given = request.fields()
    response_to = given.get("response_to")
    draft = _draft(given, None if response_to in (None, "", 0, "0") else _id(str(response_to)))
    return answer.item(TABLE, _told(request, MessagesService(request.session).send(draft)))


@route("PUT POST", "/messages/rows/<id>")
def reply(request: V1Request, id: str) -> Any:
    """Answers a message; to all who have it when no recipients are named."""
    service, given = MessagesService(request.session), request.fields()
    answered = service.one(_id(id))
    draft = _draft({"subject": f"Re: {answered.subject}"[:255], **given}, answered.id)
    if not draft.users and not draft.groups:
        others = dict.fromkeys((answered.sender, *answered.readers))
        draft = Draft(draft.subject, draft.text, tuple(others), response_to=answered.id)
    return answer.item(TABLE, _told(request, service.send(draft)))


@route("PATCH", "/messages/rows/<id>")
def mark_read(request: V1Request, id: str) -> Any:
    return answer.item(TABLE, _told(request, MessagesService(request.session).mark_read(_id(id))))


@route("DELETE", "/messages/rows/bulk")
def archive(request: V1Request) -> Any:
    rows = request.fields().get("rows")
    rows = list(rows.values()) if isinstance(rows, dict) else rows
    ids = [_id(str(row.get("id"))) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    if not ids:
        raise InvalidPayload("rows: the ids of messages are needed")
    MessagesService(request.session).archive(ids)
    return {"success": True}


@route("POST", "/comments")
def comment(request: V1Request) -> Any:
    """A message to everybody whom its text mentions, as ``@[2 Ben Haynes]``."""
    given = request.fields()
    mentioned = tuple(int(id) for id in MENTION.findall(str(given.get("message") or "")))
    draft = _draft({**given, "recipients": ",".join(f"0_{id}" for id in mentioned)}, None)
    return answer.item(TABLE, _told(request, MessagesService(request.session).send(draft, to_nobody=True)))


# --- what is sent ----------------------------------------------------------------------------------------------


def _id(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise ItemNotFound("Message not found")
    return int(text)


def _draft(given: Mapping[str, Any], response_to: int | None) -> Draft:
    """A message as it was written; its recipients in one text, or in the two lists of the PHP client."""
    named = [RECIPIENT.fullmatch(each) for each in listed(given.get("recipients"))]
    if None in named:
        raise InvalidPayload("recipients: 0_<user> or 1_<group> is expected, separated by commas")
    users = [int(n[2]) for n in named if n and n[1] == "0"] + _ids(given.get("to"), "to")
    groups = [int(n[2]) for n in named if n and n[1] == "1"] + _ids(given.get("toGroup"), "toGroup")
    metadata = given.get("comment_metadata")
    return Draft(
        subject=_text(given, "subject"),
        text=_text(given, "message"),
        users=tuple(users),
        groups=tuple(groups),
        response_to=response_to,
        attachment=",".join(map(str, _ids(given.get("attachment", given.get("attachments")), "attachment"))) or None,
        metadata=None if metadata in (None, "") else str(metadata)[:255],
    )


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if isinstance(value, (dict, list)):
        raise InvalidPayload(f"{name}: a text is expected")
    return "" if value is None else str(value)


def _ids(given: Any, name: str) -> list[int]:
    found = listed(given)
    if not all(each.isdecimal() and len(each) < 10 for each in found):
        raise InvalidPayload(f"{name}: ids are expected")
    return [int(each) for each in found]
