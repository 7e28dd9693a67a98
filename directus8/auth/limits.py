"""How much an address and an account may try: every such limit of a project, counted for all its workers.

An account may do so much in some seconds, an address ``crowd`` times as much, since many people may share it. Nothing
is counted where nothing can be (redis is away): a limit must not close the house.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter

from directus8.auth.counters import FileStorage
from directus8.config import ProjectConfig
from directus8.config.redis import TIMEOUT, options
from directus8.config.table import RateLimit
from directus8.errors import RateLimited

log = logging.getLogger("directus8.limits")

#: kind → seconds, crowd
KINDS: Mapping[str, tuple[int, int]] = {
    "guesses": (300, 1),
    "refreshes": (300, 10),
    "resets": (3600, 10),
    "invitations": (3600, 10),
    "mails": (3600, 10),
    "utils": (300, 10),
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a request comes from."""

    name: str


@dataclass(frozen=True, slots=True)
class Account:
    """Whose affair it is: the id of a user, or an e-mail, be it known or not."""

    name: str


Who: TypeAlias = Address | Account


class Limits:
    """The limits of one project. ``most``: kind → how often an account may; 0: as often as it likes."""

    def __init__(self, storage: Storage, project: str, most: Mapping[str, int]) -> None:
        self._storage = storage
        self._limiter = FixedWindowRateLimiter(storage)
        self._project = project
        self._most = most

    def check(self, kind: str, *whose: Who) -> None:
        """RateLimited for those who have used up what they may."""
        self._each(self._limiter.test, kind, whose, 1)

    def spend(self, kind: str, *whose: Who, times: int = 1) -> None:
        """Counts for each of them; RateLimited when it was more than he may."""
        self._each(self._limiter.hit, kind, whose, times)

    def close(self) -> None:
        """Gives back the file."""
        if isinstance(self._storage, FileStorage):
            self._storage.close()

    def _each(self, ask: Callable[..., bool], kind: str, whose: Iterable[Who], times: int) -> None:
        if not self._most[kind]:
            return
        for each in whose:
            if each.name and not self._allowed(ask, kind, each, times):
                raise RateLimited()

    def _allowed(self, ask: Callable[..., bool], kind: str, who: Who, times: int) -> bool:
        seconds, crowd = KINDS[kind]
        item = RateLimitItemPerSecond(self._most[kind] * (crowd if isinstance(who, Address) else 1), seconds)
        try:
            return ask(item, "directus8", self._project, kind, type(who).__name__, who.name, cost=times)
        except Exception as error:  # of any storage
            log.warning("%s of project %s are not counted: %s", kind, self._project, error)
            return True


def open_limits(config: ProjectConfig) -> Limits:
    """The limits of a project: counted in redis where it is configured, else in a file of this host."""
    most = {kind: getattr(config.limits, kind) for kind in KINDS}
    return Limits(_storage(config), config.key, most)


def _storage(config: ProjectConfig) -> Storage:
    rate = config.rate_limit
    if config.cache.stamps_url:
        return RedisStorage(config.cache.stamps_url, **options())
    if rate.enabled and rate.adapter == "redis":
        return redis_storage(rate)
    return FileStorage(config.folder / "counters")


def redis_storage(config: RateLimit) -> Storage:
    """Counters in the redis of the rate limits."""
    return RedisStorage(f"redis://{config.host}:{config.port}", **options(config.timeout or TIMEOUT))
