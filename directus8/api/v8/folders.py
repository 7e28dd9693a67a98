"""/{project}/folders: one at a time, by number. Source: users_roles_settings.md §4."""

from __future__ import annotations

from directus8 import names
from directus8.api.v8 import items
from directus8.api.v8.answer import Answer
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.api.v8.system import digits_only, mount_reading, update_existing
from directus8.errors import Unauthorized

mount_reading("/folders", names.FOLDERS, digits_only)


@route("POST", "/folders")
def create(request: V8Request) -> Answer:
    return items.create_one(request, request.session.catalog.collection(names.FOLDERS))


@route("PATCH", "/folders/<key>")
def update(request: V8Request, key: str) -> Answer:
    return update_existing(request, names.FOLDERS, digits_only(request, key))


@route("DELETE", "/folders/<key>")
def delete(request: V8Request, key: str) -> Answer:
    digits_only(request, key)
    if request.session.who.is_public and not request.session.rules.reads(names.FOLDERS):
        raise Unauthorized()
    return items.delete(request, request.session.catalog.collection(names.FOLDERS), key)
