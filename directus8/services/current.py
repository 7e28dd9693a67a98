"""Who is at work right now in this thread: what listeners and extensions join."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from directus8.project import Project
    from directus8.services.session import Session

_current: ContextVar[Session | None] = ContextVar("directus8_session", default=None)


@contextmanager
def working(session: Session) -> Iterator[None]:
    """Extensions called in the block work in this session."""
    token = _current.set(session)
    try:
        yield
    finally:
        _current.reset(token)


def session_of(project: Project) -> Session | None:
    """The session at work on a project in this thread."""
    found = _current.get()
    return found if found is not None and found.project is project else None
