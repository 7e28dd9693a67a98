"""How many requests an address and a user may send. Source: server_projects.md §8.

Fixed windows that begin with the first request. Beyond the original: the address is the connection's (or what a
trusted proxy says), never a header anybody may write; callers who are not logged in share no bucket with each other;
and when redis is away requests are let through.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from functools import lru_cache

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from directus8.auth.limits import redis_storage
from directus8.config.table import RateLimit

log = logging.getLogger("directus8.limits")
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one request."""

    allowed: bool
    limit: int
    remaining: int
    reset: int

    @property
    def headers(self) -> Headers:
        """The headers that tell."""
        told = [
            ("X-RateLimit-Limit", str(self.limit)),
            ("X-RateLimit-Remaining", str(self.remaining)),
            ("X-RateLimit-Reset", str(self.reset)),
        ]
        return told if self.allowed else [*told, ("Retry-After", str(max(1, self.reset - int(time.time()))))]


def hit(config: RateLimit, project: str, kind: str, identity: str) -> Verdict | None:
    """Count a request of an ``ip`` or a ``user``; None where nothing is limited (or nothing can be counted)."""
    if not config.enabled:
        return None
    limiter, item = _limiter(config), _item(config)
    names = ("directus8", project, kind, identity)
    try:
        if limiter.get_window_stats(item, *names).reset_time > time.time() + config.interval + 1:
            limiter.clear(item, *names)  # it began before the clock was put back
        allowed = limiter.hit(item, *names)
        window = limiter.get_window_stats(item, *names)
    except Exception as error:  # of any storage: a limit that cannot be kept must not close the house
        log.warning("requests of project %s are not counted: %s", project, error)
        return None
    return Verdict(allowed, config.limit, max(window.remaining, 0) if allowed else 0, math.ceil(window.reset_time))


@lru_cache(1024)
def _item(config: RateLimit) -> RateLimitItem:
    return RateLimitItemPerSecond(config.limit, config.interval)


@lru_cache(64)
def _limiter(config: RateLimit) -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(MemoryStorage() if config.adapter == "memory" else redis_storage(config))
