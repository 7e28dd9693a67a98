"""What all of authentication shares: a project's keys and limits, the rows of users."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, bindparam, column, select, table

from directus8 import names
from directus8.auth import tokens
from directus8.errors import UserInactive, UserSuspended
from directus8.project import Project
from directus8.services.session import Session

DEFAULT_TTL = 20
USER_COLUMNS = (
    "id", "status", "role", "first_name", "last_name", "email", "timezone", "locale", "locale_options", "avatar",
    "company", "title", "external_id", "theme", "password", "2fa_secret", "password_reset_token",
)  # fmt: skip


def keys_of(project: Project, key: str) -> tokens.Keys:
    """What signs the tokens of a project that was addressed as ``key``."""
    return tokens.Keys(project.config.auth.secret_key, project.config.auth.public_key, key)


def ttl_of(session: Session) -> int:
    """Minutes a token is valid: setting auth_token_ttl."""
    return minutes(session.settings.get("auth_token_ttl"), DEFAULT_TTL)


def minutes(text: Any, default: int) -> int:
    """A setting as a whole number."""
    try:
        return max(-(10**9), min(int(str(text)), 10**9))
    except ValueError:
        return default


def check_status(status: str) -> None:
    """UserSuspended or UserInactive (103) unless active."""
    if status == "suspended":
        raise UserSuspended()
    if status != "active":
        raise UserInactive()


def user_row(session: Session, by: str, value: Any) -> dict[str, Any] | None:
    """A user by ``id``, or by ``email`` in any case; None for columns that were dropped."""
    known = session.catalog[names.USERS].fields
    present = [c for c in USER_COLUMNS if c in known]
    at = table(names.USERS, *(column(c) for c in present))
    wanted: BindParameter[Any] = bindparam(None, value)
    dialect = session.project.database.dialect
    found = at.c[by] == wanted if by == "id" else dialect.text_equal(at.c[by], wanted, True)
    with session.connection() as connection:
        rows = connection.select(select(*(at.c[c] for c in present)).where(found))
    return {**dict.fromkeys(USER_COLUMNS), **dict(zip(present, rows[0], strict=True))} if rows else None
