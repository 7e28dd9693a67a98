"""The session cookie of a project as a header. Source: auth.md §7."""

from __future__ import annotations

from datetime import datetime

from directus8.auth import cookie
from directus8.project import Project


def cookie_header(project: Project, key: str, value: str, until: datetime) -> str:
    """Set-Cookie for a sealed value; ``until`` now takes it away."""
    told = project.config.cookie
    return cookie.header(key, value, until, same_site=told.same_site, secure=told.secure, partitioned=told.partitioned)


def session_cookie(project: Project, key: str, text: str, until: datetime) -> tuple[str, str]:
    """The header that begins a cookie session with this text."""
    sealed = cookie.seal(text, project.config.auth.secret_key, key)
    return "Set-Cookie", cookie_header(project, key, sealed, until)
