"""Which other sites' pages may use a project. Source: server_projects.md §6.

Beyond the original: credentials are offered only to origins that the configuration names one by one, and an error is
as private as any other answer (security.md: cors-credentials-any-origin, cors-on-errors).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from directus8.config.table import Cors

Headers = list[tuple[str, str]]
ALWAYS = ("X-Directus-Project", "Content-Type", "Authorization")
DEFAULT_MAX_AGE = 500


@dataclass(frozen=True, slots=True)
class Policy:
    """The answer to every question about origins."""

    enabled: bool
    anyone: bool
    origins: frozenset[str]
    methods: str
    allowed_headers: tuple[str, ...]
    exposed: str
    max_age: int | None
    credentials: bool

    def answer_headers(self, origin: str | None) -> Headers:
        """The headers of an ordinary answer."""
        if not self.enabled:
            return []
        named = origin is not None and origin in self.origins
        headers: Headers = []
        if named or self.anyone:
            headers.append(("Access-Control-Allow-Origin", origin or "*"))
        if self.exposed:
            headers.append(("Access-Control-Expose-Headers", self.exposed))
        if named and self.credentials:
            headers.append(("Access-Control-Allow-Credentials", "true"))
        headers.append(("Vary", "Origin"))
        return headers

    def preflight_headers(self, origin: str | None) -> Headers:
        """The headers of the answer to OPTIONS."""
        headers = self.answer_headers(origin)
        headers.append(("Access-Control-Allow-Methods", self.methods))
        headers.extend(("Access-Control-Allow-Headers", name) for name in self.allowed_headers)
        if self.max_age is not None:
            headers.append(("Access-Control-Max-Age", str(self.max_age)))
        return headers

    def trusts(self, origin: str) -> bool:
        """May pages of this origin act with the cookies of its visitors?"""
        return self.enabled and self.credentials and origin in self.origins


@lru_cache(4096)
def policy_of(cors: Cors) -> Policy:
    """The policy a configuration describes."""
    more = (name for name in cors.headers if name.lower() not in {each.lower() for each in ALWAYS})
    return Policy(
        enabled=cors.enabled,
        anyone="*" in cors.origin,
        origins=frozenset(cors.origin) - {"*"},
        methods=",".join(cors.methods),
        allowed_headers=(*ALWAYS, *more),
        exposed=",".join(cors.exposed_headers),
        max_age=cors.max_age,
        credentials=cors.credentials,
    )


#: Where no project is named everybody may ask.
OPEN = policy_of(Cors(max_age=DEFAULT_MAX_AGE))
CLOSED = policy_of(Cors(enabled=False))
