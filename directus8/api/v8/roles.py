"""/{project}/roles. Source: users_roles_settings.md §2."""

from __future__ import annotations

from directus8 import names
from directus8.api.v8.system import mount_create, mount_delete, mount_reading, mount_revisions, mount_update

mount_reading("/roles", names.ROLES)
mount_create("/roles", names.ROLES)
mount_update("/roles", names.ROLES)
mount_delete("/roles", names.ROLES)
mount_revisions("/roles", names.ROLES)
