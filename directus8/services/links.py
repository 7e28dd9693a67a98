"""Addresses told to people: made from the configuration, and only to places it allows. Source: security.md."""

from __future__ import annotations

from urllib.parse import urlsplit

from directus8.errors import Forbidden, InvalidRequest
from directus8.services.session import Session


def base_url(session: Session, asked: str) -> str:
    """Where the API is seen from outside, with a trailing slash. ``asked`` is what the request was sent to.

    The configured public_url, else the setting project_url; a project without either believes the request unless it is
    hardened (security.md, forwarded-host-reset-mail).
    """
    told = session.project.config.public_url or session.settings.get("project_url")
    if not told and session.project.config.security.hardened:
        raise Forbidden("public_url is not configured")
    return f"{str(told or asked).rstrip('/')}/"


def allowed(session: Session, url: object, asked: str, field: str) -> str:
    """A URL that people may be sent to: at one of our own places, or at an origin allowed by name.

    InvalidRequest (4) naming ``field`` (security.md, reset-url-phishing).
    """
    origin = _origin(url) if isinstance(url, str) else None
    if origin is None or origin not in _origins(session, asked):
        raise InvalidRequest(f"{field}: This value is not valid.")
    return str(url)


def with_parameter(url: str, name: str, value: str) -> str:
    """The URL with a parameter at its very end, behind a fragment too: pages of the original look for it there."""
    return f"{url}{'&' if '?' in url else '?'}{name}={value}"


def _origins(session: Session, asked: str) -> set[tuple[str, str]]:
    config, settings = session.project.config, session.settings
    named = [config.public_url, settings.get("project_url"), settings.get("app_url"), *config.cors.origin]
    known = {origin for each in [base_url(session, asked), *named] if each and (origin := _origin(str(each)))}
    return known


def _origin(url: str) -> tuple[str, str] | None:
    """Scheme and host with port; None for what a browser might read in another way."""
    if any(c in url for c in "\\\r\n\t@") or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    return parts.scheme, f"{parts.hostname}:{port}"
