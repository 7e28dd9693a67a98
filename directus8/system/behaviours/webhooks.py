"""directus_webhooks: a change counts from the very next write."""

from __future__ import annotations

from directus8.system.behaviour import Behaviour

BEHAVIOUR = Behaviour("directus_webhooks", stamps=frozenset({"webhooks"}))
