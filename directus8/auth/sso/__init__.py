"""Logins by other servers: who they are, what is asked of them, what they answer. No users, no requests of ours.

providers  a configuration → a provider
attempt    what one login remembers between its two halves
client     the two halves: where to send people, whose address they come back with
"""

from __future__ import annotations

from directus8.auth.sso.attempt import Attempt
from directus8.auth.sso.client import Identity, Refused, begin, identity
from directus8.auth.sso.providers import Provider, provider_of

__all__ = ["Attempt", "Identity", "Provider", "Refused", "begin", "identity", "provider_of"]
