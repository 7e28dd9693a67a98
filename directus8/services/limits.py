"""The limits a caller is under: those of his address, and of the account it is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from directus8.auth.limits import Account, Address
from directus8.errors import Error
from directus8.services.session import Session


def spend(session: Session, kind: str, account: object = None, times: int = 1) -> None:
    """Counts what is done for an account (the caller's own when none is named). RateLimited."""
    name = str(account or session.who.user or "").casefold()
    session.project.limits.spend(kind, Account(name), Address(session.who.ip), times=times)


@contextmanager
def guessing(session: Session, *wrong: type[Error]) -> Iterator[None]:
    """Around the check of something secret: errors ``wrong`` count as guesses. RateLimited after too many."""
    limits, address = session.project.limits, Address(session.who.ip)
    limits.check("guesses", address)
    try:
        yield
    except wrong:
        limits.spend("guesses", address)
        raise
