"""How any redis is spoken to: one that is away is known to be so at once, one that came back is used without hands."""

from __future__ import annotations

from typing import Any

TIMEOUT = 5.0  # seconds


def options(timeout: float = TIMEOUT) -> dict[str, Any]:
    """Arguments of ``Redis.from_url``; a connection that died while it was idle is replaced once, without waiting."""
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return {"socket_connect_timeout": timeout, "socket_timeout": timeout, "retry": Retry(NoBackoff(), 1)}
