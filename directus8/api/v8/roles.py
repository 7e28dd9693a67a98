"""/{project}/roles. Source: users_roles_settings.md §2."""

from __future__ import annotations

from directus8 import names
from directus8.api.v8 import items
from directus8.api.v8.answer import Answer
from directus8.api.v8.items import whole_rows
from directus8.api.v8.reading import items_by_key
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.api.v8.system import mount_reading, mount_revisions
from directus8.services.items import ItemsService

mount_reading("/roles", names.ROLES)
mount_revisions("/roles", names.ROLES)


@route("POST", "/roles")
def create(request: V8Request) -> Answer:
    return items.create_one(whole_rows(request), request.session.catalog.collection(names.ROLES))


@route("PATCH", "/roles/<key>")
def update(request: V8Request, key: str) -> Answer:
    return items.update(whole_rows(request), request.session.catalog.collection(names.ROLES), key)


@route("DELETE", "/roles/<key>")
def delete(request: V8Request, key: str) -> Answer:
    """A role that the caller can't see is not there for him."""
    roles = request.session.catalog.collection(names.ROLES)
    if not items_by_key(request.session, roles, [key], request.params)[0]:
        raise ItemsService(request.session, roles.name).missing(key)
    return items.delete(request, roles, key)
