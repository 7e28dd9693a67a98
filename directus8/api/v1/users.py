"""Users. Source: legacy_v1.md §4.7, §5."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, func, select

from directus8 import names
from directus8.api.v1 import lens, rows
from directus8.api.v1.answer import Denied, failure
from directus8.api.v1.lens import Attribute, Lens, Place, Row, Told, Writer, constant, moment, number, same, text
from directus8.api.v1.reading import Reader
from directus8.api.v1.request import V1Request
from directus8.api.v1.router import route
from directus8.context import Accountability
from directus8.db.rows import at
from directus8.errors import InvalidPayload, Unauthorized
from directus8.filters import Condition
from directus8.query.ast import ANY_STATUS, Computed, Entry, Node, Query
from directus8.schema import extras
from directus8.schema.catalog import Collection
from directus8.services.auth.common import user_row
from directus8.services.items import ItemsService
from directus8.services.kept import keep, ready_extras
from directus8.services.session import Session
from directus8.services.users import UsersService
from directus8.system.behaviours import behaviour_of
from directus8.types.moment import iso
from directus8.validation import email as check_email

TABLE = names.USERS
#: What Directus 6 knew of a person and Directus 8 has no column for: kept beside, unless a project has made one.
KEPT = ("location", "phone", "address", "city", "state", "country", "zip")
#: v1.1 name → column, of what is written as it is said
COLUMNS = {
    "first_name": "first_name", "last_name": "last_name", "email": "email", "password": "password", "token": "token",
    "position": "title", "avatar_file_id": "avatar", "group": "role", "timezone": "timezone", "last_page": "last_page",
}  # fmt: skip
STATUSES = {"0": ("deleted",), "1": ("active",), "2": ("draft", "invited", "suspended")}
LANGUAGES = {
    "en": "en-US", "es": "es-ES", "de": "de-DE", "fr": "fr-FR", "it": "it-IT", "nl": "nl-NL", "zh-hans": "zh-CN",
}  # fmt: skip
TIMEZONE = "America/New_York"


# --- how they are told -------------------------------------------------------------------------------------------


def _status(who: Accountability, row: Row) -> int:
    return next(int(number) for number, known in STATUSES.items() if row["status"] in known or number == "2")


def _language(who: Accountability, row: Row) -> str:
    locale = str(row["locale"] or "en")
    return next((short for short, full in LANGUAGES.items() if full == locale), locale)


def _gravatar(email: str) -> str:
    digest = hashlib.md5(email.strip().lower().encode(), usedforsecurity=False).hexdigest()
    return f"//www.gravatar.com/avatar/{digest}?s=200&d=identicon&r=g"


def _pending(name: str, value: Any = None) -> Attribute:
    """What ``_beside`` fills in, for the user of that id."""
    return Attribute(lambda who, row: value, ("id",))


def _beside(session: Session, told: Sequence[tuple[Row, Told]]) -> None:
    """What is told of users elsewhere: pictures, logins, what is kept beside. One statement each, if asked for."""
    by_id = defaultdict(list)
    for row, made in told:
        if "id" in row:
            by_id[row["id"]].append((row, made))
    asked = {name for _, made in told for name in made}
    if asked & {"last_login", "ip"}:
        _tell_log(session, by_id)
    if "avatar" in asked:
        _tell_pictures(session, told)
    if asked & set(KEPT):
        _tell_kept(session, by_id)


def _tell_log(session: Session, by_id: Mapping[int, list[tuple[Row, Told]]]) -> None:
    """The last login of each, and where he was last seen."""
    log = at(names.ACTIVITY, "id", "action", "action_by", "action_on", "ip")
    login: ColumnElement[Any] = func.max(case((log.c.action == "authenticate", log.c.action_on)))
    whose = log.c.action_by.in_([bindparam(None, id) for id in by_id])
    newest = select(log.c.action_by, func.max(log.c.id).label("id"), login.label("login"))
    newest_of = newest.where(whose).group_by(log.c.action_by).subquery()
    statement = select(newest_of.c.action_by, newest_of.c.login, log.c.ip).join(log, log.c.id == newest_of.c.id)
    with session.connection() as connection:
        found = {row[0]: row[1:] for row in connection.select(statement)}
    for id, listed in by_id.items():
        when, ip = found.get(id, (None, ""))
        for _, made in listed:
            made.update({n: v for n, v in (("last_login", iso(when, session.who.zone)), ("ip", ip or "")) if n in made})


def _tell_pictures(session: Session, told: Sequence[tuple[Row, Told]]) -> None:
    wanted = tuple({row["avatar"] for row, _ in told if row.get("avatar")})
    urls: dict[int, str] = {}
    if wanted and session.rules.reads(names.FILES):
        data = Computed(behaviour_of(names.FILES).computed["data"])
        node = Node(names.FILES, (Entry("id"), Entry("data", data)), ANY_STATUS)
        found = session.read(Query(node, Condition(("id",), "key", wanted)))
        urls = {row["id"]: row["data"]["url"] for row in found}
    for row, made in told:
        if "avatar" in made:
            made["avatar"] = urls.get(row["avatar"]) or _gravatar(str(row["email"] or ""))


def _tell_kept(session: Session, by_id: Mapping[int, list[tuple[Row, Told]]]) -> None:
    own = _own(session.catalog[TABLE])
    with session.connection() as connection:
        known = extras.of_items(connection, TABLE, by_id) if session.catalog.extras is not None else {}
        columns: Mapping[int, Row] = {}
        if own:
            node = Node(TABLE, (Entry("id"), *map(Entry, own)), ANY_STATUS)
            rows_of = session.read(Query(node, Condition(("id",), "key", tuple(by_id))), system=True)
            columns = {row["id"]: row for row in rows_of}
    for id, listed in by_id.items():
        kept = {**known.get(str(id), {}), **columns.get(id, {})}
        for _, made in listed:
            made.update({n: kept.get(n) for n in KEPT if n in made})


def _own(collection: Collection) -> list[str]:
    """Those of KEPT that the project has columns of its own for."""
    return [n for n in KEPT if n in collection.fields and collection.fields[n].column is not None]


ATTRIBUTES: Mapping[str, Attribute] = {
    "id": same("id"),
    "status": Attribute(_status, ("status",), "status", lambda said: STATUSES.get(said, (said,))),
    "active": Attribute(_status, ("status",), "status", lambda said: STATUSES.get(said, (said,))),
    "first_name": text("first_name"),
    "last_name": text("last_name"),
    "email": same("email"),
    "token": Attribute(lambda who, row: row["token"], ("token",)),
    "access_token": constant(""),
    "reset_token": constant(""),
    "reset_expiration": constant(None),
    "position": text("title"),
    "email_messages": number("email_notifications"),
    "last_login": _pending("last_login"),
    "last_access": moment("last_access_on"),
    "last_page": text("last_page"),
    "ip": _pending("ip", ""),
    "group": same("role"),
    "avatar": Attribute(lambda who, row: None, ("avatar", "email", "id")),
    "avatar_file_id": same("avatar"),
    **{name: _pending(name) for name in KEPT},
    "language": Attribute(_language, ("locale",), "locale", lambda said: (LANGUAGES.get(said, said),)),
    "timezone": same("timezone"),
    "invite_token": constant(None),
    "invite_date": constant(None),
    "invite_sender": constant(None),
    "invite_accepted": Attribute(lambda who, row: 0 if row["status"] == "invited" else None, ("status",)),
}


# --- how they are written ----------------------------------------------------------------------------------------


def payload_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """A user as the house takes it; what Directus 6 computed is passed over."""
    made = {column: given[name] for name, column in COLUMNS.items() if name in given}
    status = given.get("status", given.get("active"))
    if status not in (None, ""):
        made["status"] = STATUSES.get(str(int(status)) if isinstance(status, bool) else str(status), (status,))[0]
    if "email_messages" in given:
        made["email_notifications"] = given["email_messages"] not in (None, "", 0, "0", False)
    if given.get("language"):
        made["locale"] = LANGUAGES.get(str(given["language"]), given["language"])
    if isinstance(made.get("role"), dict):
        made["role"] = _key_of(made["role"])
    if not given.get("token"):
        made.pop("token", None)  # it is told to few, and a client that was told none takes none away
    if made.get("password") in (None, ""):
        made.pop("password", None)
    return {n: None if v == "" and n in ("avatar", "role") else v for n, v in made.items()}


def _key_of(envelope: Mapping[str, Any]) -> Any:
    """The key in a related row that is sent back as it was told."""
    data = envelope.get("data", envelope)
    return data.get("id") if isinstance(data, dict) else None


def _kept(request: V1Request, given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What of each is kept beside; there is a table for it before the transaction begins."""
    own = _own(request.session.catalog[TABLE])
    kept = [{n: row[n] for n in KEPT if n in row and n not in own} for row in given]
    if any(kept):
        ready_extras(request.session)
    return kept


def _with_own(request: V1Request, row: Mapping[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    return {**made, **{n: row[n] for n in _own(request.session.catalog[TABLE]) if n in row}}


def _create(request: V1Request, place: Place, given: Sequence[Told]) -> list[Any]:
    """New users. One whose e-mail address is known is made active again, and changed."""
    kept, session, keys = _kept(request, given), request.session, []
    service = ItemsService(session, TABLE)
    with session.transaction():
        for row, beside in zip(given, kept, strict=True):
            made = _with_own(request, row, payload_of(row))
            email = made.get("email")
            if not isinstance(email, str) or check_email(email):
                raise InvalidPayload("email: a valid e-mail address is needed")
            known = user_row(session, "email", email)
            if known is not None:
                key = service.update([(known["id"], {"status": "active", **made})], request.options)[0]
            else:
                key = service.create([{"status": "active", "timezone": TIMEZONE, **made}], request.options)[0]
            keep(session, TABLE, key, beside)
            keys.append(key)
    return keys


def _update(request: V1Request, place: Place, changes: Sequence[tuple[Any, Told]]) -> list[Any]:
    kept, session = _kept(request, [row for _, row in changes]), request.session
    made = [(key, _with_own(request, row, payload_of(row))) for key, row in changes]
    with session.transaction():
        keys = ItemsService(session, TABLE).update(made, request.options)
        for key, beside in zip(keys, kept, strict=True):
            keep(session, TABLE, key, beside)
    return keys


def _delete(request: V1Request, place: Place, keys: Sequence[Any]) -> None:
    ItemsService(request.session, TABLE).delete(keys, request.options)


LENS = lens.register(
    Lens(TABLE, names.USERS, ATTRIBUTES, {"group": "role"}, beside=_beside, writer=Writer(_create, _update, _delete))
)

# --- routes --------------------------------------------------------------------------------------------------


def key_of(request: V1Request, key: str) -> Any:
    """The id of a user, ``me`` for the caller. Unauthorized for the public."""
    if key != "me":
        return key
    if request.session.who.is_public:
        raise Unauthorized()
    return request.session.who.user


@route("GET", "/users")
def list_users(request: V1Request) -> Any:
    return rows.list_rows(request, TABLE)


@route("POST", "/users")
def create_user(request: V1Request) -> Any:
    return rows.create(request, TABLE)


@route("POST", "/users/invite")
def invite(request: V1Request) -> Any:
    """Makes users of addresses, and mails each a link."""
    given = request.fields().get("email")
    emails = given if isinstance(given, list) else str(given or "").split(",")
    listed = [str(each).strip() for each in emails if str(each).strip()]
    if not listed or any(check_email(each) for each in listed):
        return failure("Invalid email address")
    UsersService(request.session, request.key).invite(listed, request.root)
    return {"success": True}


@route("POST", "/users/tracking/page")
def track(request: V1Request) -> Any:
    key = key_of(request, "me")
    UsersService(request.session, request.key).track(str(key), request.fields().get("last_page"))
    return {"success": True}


@route("GET", "/users/<key>")
def read_user(request: V1Request, key: str) -> Any:
    return Reader(request, lens.place(request.session, TABLE)).one(key_of(request, key))


@route("PUT PATCH POST", "/users/<key>")
def update_user(request: V1Request, key: str) -> Any:
    return rows.update_one(request, TABLE, key_of(request, key), request.fields())


@route("DELETE", "/users/<key>")
def delete_user(request: V1Request, key: str) -> Any:
    """Marks a user as deleted; nobody deletes himself."""
    if str(key_of(request, key)) == str(request.session.who.user):
        raise Denied("You can't delete yourself")
    return rows.update_one(request, TABLE, key, {"status": 0})
