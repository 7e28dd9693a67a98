"""directus_folders: a change of name is taken as it is, even an empty one. Source: users_roles_settings.md §4."""

from __future__ import annotations

from directus8.system.behaviour import Behaviour

BEHAVIOUR = Behaviour("directus_folders", lenient=True)
