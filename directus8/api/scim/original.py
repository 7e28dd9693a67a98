"""SCIM as the original answers it. Source: scim.md part A.

Ids and external ids are swapped, PUT and PATCH both merge a partial resource, a filter is one ``eq``; errors are
numbers in plain JSON, and what is no route is told in the form of the v8 API.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import md5
from typing import Any

from directus8 import names
from directus8.api.scim.message import ERROR, LIST, Answer, Json, Request
from directus8.errors import Error, InvalidPayload, ItemNotFound, MethodNotAllowed, NotFound, UnprocessableEntity
from directus8.filters import Condition, Filter
from directus8.mutation.payload import new_uuid
from directus8.query.ast import Entry, Many, Node, Query, Sort
from directus8.services.identities import count as count_of
from directus8.services.items import ItemsService

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
FALLBACK_LIMIT = 200

Item = Mapping[str, Any]


# --- the two resources -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of resource: where it lies, how it is told and written, what can be filtered."""

    endpoint: str
    collection: str
    fields: tuple[str, ...]
    tell: Callable[[Item, str], Json]
    created: Callable[[Json], Json]
    changed: Callable[[Json], Json]
    filters: Mapping[str, str]
    deletable: bool


def _meta(kind: str, item: Item, base: str, version: str) -> Json:
    location = f"{base}/{kind}s/{item.get('external_id') or ''}"
    return {"resourceType": kind, "location": location, "version": f'W/"{md5(version.encode()).hexdigest()}"'}


def _user(item: Item, base: str) -> Json:
    version = "".join(str(item.get(n) or "") for n in ("last_name", "first_name", "email"))
    return {
        "schemas": [USER],
        "id": item.get("external_id"),
        "externalId": item["id"],
        "meta": _meta("User", item, base, version),
        "name": {"familyName": item.get("last_name"), "givenName": item.get("first_name")},
        "userName": item.get("email"),
        "emails": [{"value": item.get("email"), "type": "work", "primary": True}],
        "locale": item.get("locale"),
        "timezone": item.get("timezone"),
        "active": item.get("status") == "active",
    }


def _group(item: Item, base: str) -> Json:
    return {
        "schemas": [GROUP],
        "id": item.get("external_id"),
        "externalId": item["id"],
        "meta": _meta("Group", item, base, f"Array{item.get('name') or ''}"),
        "displayName": item.get("name"),
        "members": [_nobody(base) for _ in item.get("users") or ()],
    }


def _nobody(base: str) -> Json:
    """A member as the original tells it: that there is one, never who."""
    return {"value": None, "$ref": f"{base}/Users/", "display": " "}


def _changed_user(body: Json) -> Json:
    made = {column: body[name] for name, column in _PLAIN.items() if name in body}
    mails = [m for m in php_list(body.get("emails")) if isinstance(m, dict)]
    if mails:
        made["email"] = next((m for m in mails if m.get("primary") is True), mails[-1]).get("value")
    if "name" in body:
        name = body["name"] if isinstance(body["name"], dict) else {}
        made |= {"first_name": name.get("givenName"), "last_name": name.get("familyName")}
    if "active" in body:
        made["status"] = "active" if body["active"] is True else "draft"
    return made


_PLAIN = {"userName": "email", "locale": "locale", "timezone": "timezone"}


def _created_user(body: Json) -> Json:
    made = {"status": "draft", **_changed_user(body)}
    return {**made, "external_id": str(body["externalId"]) if body.get("externalId") else new_uuid()}


def _changed_group(body: Json) -> Json:
    return {"name": body["displayName"]} if "displayName" in body else {}


def _created_group(body: Json) -> Json:
    return {**_changed_group(body), "external_id": str(body["id"]) if body.get("id") else new_uuid()}


def php_list(value: Any) -> list[Any]:
    """A list, or the values of an object; nothing for anything else."""
    return value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []


USERS = Resource(
    "Users",
    names.USERS,
    ("id", "external_id", "first_name", "last_name", "email", "locale", "timezone", "status"),
    _user,
    _created_user,
    _changed_user,
    {"userName": "email", "externalId": "external_id", "id": "id", "emails.value": "email"},
    deletable=False,
)
GROUPS = Resource(
    "Groups",
    names.ROLES,
    ("id", "external_id", "name"),
    _group,
    _created_group,
    _changed_group,
    {"displayName": "name"},
    deletable=True,
)
RESOURCES = {r.endpoint: r for r in (USERS, GROUPS)}


# --- requests --------------------------------------------------------------------------------------------------


def handle(request: Request) -> Answer:
    """The answer to a request. NotFound and MethodNotAllowed for what the original has no route for."""
    resource = RESOURCES.get(request.path[0]) if request.path else None
    if resource is None or len(request.path) > 2:
        raise NotFound()
    handlers = _ALL if len(request.path) == 1 else _ONE
    handler = handlers.get(request.method)
    if handler is None or (handler is _delete and not resource.deletable):
        raise MethodNotAllowed()
    return handler(request, resource)


def error(failed: Error) -> Answer:
    """The answer to a failed request: routes and empty bodies are told as the v8 API does."""
    if isinstance(failed, (NotFound, MethodNotAllowed, InvalidPayload)):
        return Answer(
            {"error": {"code": failed.code, "message": failed.message}}, failed.status, media="application/json"
        )
    detail = failed.message if failed.status != 500 else "Internal Server Error"
    body = {"schemas": [ERROR], "status": failed.status, "detail": detail}
    return Answer(body, failed.status, media="application/json")


def _list(request: Request, resource: Resource) -> Answer:
    collection = request.session.catalog.collection(resource.collection)
    request.session.rules.read_filter(collection)
    where = _filter(request.query.get("filter"), resource)
    count = _integer(request.query.get("count"))
    start = _integer(request.query.get("startIndex"))
    limit = max(count, 0) if count is not None else _default_limit(request)
    offset = max((start or 1) - 1, 0)
    items = _read(request, resource, where, limit, offset) if limit else []
    total = count_of(request.session, collection, None, True) if count is not None else len(items)
    body: Json = {"schemas": [LIST]}
    if start is not None:
        body["startIndex"] = start
    if count is not None:
        body["itemsPerPage"] = len(items)
    told = [resource.tell(item, request.base) for item in items]
    return Answer({**body, "totalResults": total, "Resources": told})


def _get(request: Request, resource: Resource) -> Answer:
    request.session.rules.read_filter(request.session.catalog.collection(resource.collection))
    return Answer(resource.tell(_found(request, resource), request.base))


def _create(request: Request, resource: Resource) -> Answer:
    service = ItemsService(request.session, resource.collection)
    (key,) = service.create([resource.created(_body(request))])
    return _written(request, resource, key, 201)


def _update(request: Request, resource: Resource) -> Answer:
    request.session.rules.read_filter(request.session.catalog.collection(resource.collection))
    payload = resource.changed(_body(request))
    service = ItemsService(request.session, resource.collection)
    if not payload:  # nothing is known of the body (a PatchOp, say): the original then checks all that is required
        service.check_new(payload)
    key = _found(request, resource)["id"]
    service.update([(key, payload)])
    return _written(request, resource, key)


def _delete(request: Request, resource: Resource) -> Answer:
    request.session.rules.read_filter(request.session.catalog.collection(resource.collection))
    ItemsService(request.session, resource.collection).delete([_found(request, resource)["id"]])
    return Answer(status=204)


_ALL: Mapping[str, Callable[[Request, Resource], Answer]] = {"GET": _list, "HEAD": _list, "POST": _create}
_ONE: Mapping[str, Callable[[Request, Resource], Answer]] = {
    "GET": _get, "HEAD": _get, "PUT": _update, "PATCH": _update, "DELETE": _delete,
}  # fmt: skip


# --- parts -----------------------------------------------------------------------------------------------------


def _body(request: Request) -> Json:
    if request.body is None:
        raise InvalidPayload()
    return request.body if isinstance(request.body, dict) else {}


def _written(request: Request, resource: Resource, key: Any, status: int = 200) -> Answer:
    """The resource as it is told after a write: without members."""
    items = _read(request, resource, Condition(("id",), "key", (key,)), 1, 0, with_members=False)
    if not items:
        return Answer(status=204)
    return Answer(resource.tell(items[0], request.base), status)


def _found(request: Request, resource: Resource) -> Item:
    items = _read(request, resource, Condition(("external_id",), "eq", request.path[1]), 1, 0)
    if not items:
        raise ItemNotFound()
    return items[0]


def _read(
    request: Request, resource: Resource, where: Filter | None, limit: int, offset: int, with_members: bool = True
) -> list[dict[str, Any]]:
    rules = request.session.rules
    hidden = rules.hidden_fields(resource.collection)
    entries = [Entry(name) for name in resource.fields if name not in hidden or name == "id"]
    if resource is GROUPS and with_members and rules.reads(names.USERS):
        entries.append(Entry("users", Many(Node(names.USERS, (Entry("id"),)))))
    query = Query(Node(resource.collection, tuple(entries)), where, (Sort("id"),), limit, offset)
    return request.session.read(query)


def _filter(text: Any, resource: Resource) -> Filter | None:
    """``attribute eq value``, three parts between blanks."""
    if text is None or text == "":
        return None
    if not isinstance(text, str):
        raise UnprocessableEntity("Filter must be a string")
    parts = text.split(" ")
    if len(parts) != 3:
        raise UnprocessableEntity("Filter must be: <attribute> <operator> <value>")
    attribute, operator, value = parts
    if operator != "eq":
        raise UnprocessableEntity(f'Unsupported operator "{operator}"')
    if attribute not in resource.filters:
        raise UnprocessableEntity(f'Unknown attribute "{attribute}"')
    return Condition((resource.filters[attribute],), "eq", value.strip("\"'"))


def _integer(value: Any) -> int | None:
    """A number of the query as PHP reads it; None when it is not given."""
    if value is None:
        return None
    digits = str(value).strip()
    return max(-(2**31), min(int(digits), 2**31 - 1)) if re.fullmatch("[+-]?[0-9]{1,4000}", digits) else 0


def _default_limit(request: Request) -> int:
    return _integer(request.session.settings.get("default_limit")) or FALLBACK_LIMIT


__all__ = ["error", "handle"]
