"""/{project}/settings. Source: users_roles_settings.md §3."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from directus8 import names
from directus8.api.v8 import items
from directus8.api.v8.answer import Answer
from directus8.api.v8.reading import read_keys, read_list, written
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.api.v8.system import digits_listed
from directus8.errors import InvalidRequest
from directus8.filters import Condition
from directus8.schema.catalog import Collection
from directus8.services.settings import SettingsService


def _collection(request: V8Request) -> Collection:
    return request.session.catalog.collection(names.SETTINGS)


@route("GET", "/settings")
def list_all(request: V8Request) -> Answer:
    answer, service = read_list(request, _collection(request)), SettingsService(request.session)
    for row in answer.data if isinstance(answer.data, list) else [answer.data]:
        if "key" in row and "value" in row:
            row["value"] = service.meant(row["key"], row["value"])
    return answer


@route("GET", "/settings/fields")
def fields(request: V8Request) -> Answer:
    definitions = request.session.catalog.collection(names.FIELDS)
    return read_list(request, definitions, Condition(("collection",), "eq", names.SETTINGS))


@route("GET", "/settings/<key>")
def read(request: V8Request, key: str) -> Answer:
    return read_keys(request, _collection(request), digits_listed(request, key))


@route("POST", "/settings")
def create(request: V8Request) -> Answer:
    if items.is_batch(request.payload()):
        return items.create(request, _collection(request))
    body = request.fields()
    key = SettingsService(request.session).create(body, request.params.options)
    return _told(request, key, body.get("value"))


@route("PATCH", "/settings")
def update_batch(request: V8Request) -> Answer:
    return items.update_batch(request, _collection(request))


@route("PATCH", "/settings/<key>")
def update(request: V8Request, key: str) -> Answer:
    body = {} if request.body is None else request.body
    if items.is_batch(body):
        return items.update_batch(request, _collection(request))
    if "," in digits_listed(request, key):
        raise InvalidRequest("batch update expect an array of items")
    given = body if isinstance(body, dict) else {str(i): v for i, v in enumerate(body)}
    SettingsService(request.session).update(key, given, request.params.options)
    return _told(request, key, given.get("value"))


def _told(request: V8Request, key: Any, value: Any) -> Answer:
    """A written setting with the value as it was sent; a file as what it is."""
    answer, service = written(request, _collection(request), [key], many=False), SettingsService(request.session)
    if not isinstance(answer.data, dict) or "value" not in answer.data:
        return answer
    is_file = value is not None and service.type_of(answer.data.get("key")) == "file"
    shown = service.file(value.get("id") if isinstance(value, dict) else value) if is_file else value
    return replace(answer, data={**answer.data, "value": shown})


@route("DELETE", "/settings/<key>")
def delete(request: V8Request, key: str) -> Answer:
    return items.delete(request, _collection(request), digits_listed(request, key))
