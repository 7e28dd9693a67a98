"""Who acts, and when: passed explicitly to everything that reads or writes on somebody's behalf."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

ADMIN_ROLE = 1
PUBLIC_ROLE = 2


def utc_now() -> datetime:
    """The current time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Accountability:
    """The caller of a request. ``user`` is 0 for the public."""

    user: int = 0
    role: int = PUBLIC_ROLE
    ip: str = ""
    user_agent: str = ""
    clock: Callable[[], datetime] = field(default=utc_now, compare=False)
    zone: str = field(default="UTC", compare=False)  # where he looks at the clock

    @property
    def is_admin(self) -> bool:
        """True for members of the administrator role."""
        return self.role == ADMIN_ROLE

    @property
    def is_public(self) -> bool:
        """True when nobody is logged in."""
        return self.user == 0


SYSTEM_ACCOUNTABILITY = Accountability(user=0, role=ADMIN_ROLE)


def sql_time(moment: datetime) -> str:
    """``Y-m-d H:i:s`` in UTC, the form in which times are stored."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
