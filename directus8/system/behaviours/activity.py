"""directus_activity: the log itself is not logged."""

from __future__ import annotations

from directus8.system.behaviour import Behaviour

BEHAVIOUR = Behaviour("directus_activity", logged=False)
