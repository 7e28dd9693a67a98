"""/{project}/collection_presets. Source: users_roles_settings.md §5."""

from __future__ import annotations

from directus8 import names
from directus8.api.v8.system import mount_create, mount_delete, mount_reading, mount_update

mount_reading("/collection_presets", names.PRESETS)
mount_create("/collection_presets", names.PRESETS)
mount_update("/collection_presets", names.PRESETS)
mount_delete("/collection_presets", names.PRESETS)
