"""System collections that are read and written like any other: roles, folders, presets, revisions."""

from __future__ import annotations

from directus8 import names
from directus8.api.v10.items import mount

mount("/roles", names.ROLES)
mount("/folders", names.FOLDERS)
mount("/presets", names.PRESETS)
mount("/revisions", names.REVISIONS, writer=None)
