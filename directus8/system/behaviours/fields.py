"""directus_fields: its rows are part of the schema."""

from __future__ import annotations

from directus8.system.behaviour import Behaviour

BEHAVIOUR = Behaviour("directus_fields", stamps=frozenset({"schema"}))
