"""directus_settings: a change is seen by the very next request."""

from __future__ import annotations

from directus8.system.behaviour import Behaviour

BEHAVIOUR = Behaviour("directus_settings", stamps=frozenset({"settings"}))
