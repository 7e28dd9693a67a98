"""/{project}/webhooks. Source: users_roles_settings.md §7. The list is no more open than any other (security.md)."""

from __future__ import annotations

from directus8 import names
from directus8.api.v8 import items
from directus8.api.v8.answer import Answer
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.api.v8.system import mount_create, mount_delete, mount_reading, mount_revisions
from directus8.errors import UpdateDenied

mount_reading("/webhooks", names.WEBHOOKS)
mount_create("/webhooks", names.WEBHOOKS)
mount_delete("/webhooks", names.WEBHOOKS)
mount_revisions("/webhooks", names.WEBHOOKS)


@route("PATCH", "/webhooks/<key>")
def update(request: V8Request, key: str) -> Answer:
    if not request.session.rules.allows("update", names.WEBHOOKS):
        raise UpdateDenied(collection=names.WEBHOOKS)
    return items.update(request, request.session.catalog.collection(names.WEBHOOKS), key)
