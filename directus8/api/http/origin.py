"""Cookies that another site's page sends along without being asked (security.md: csrf-form-post)."""

from __future__ import annotations

from urllib.parse import urlsplit

from directus8.api.http.cors import Policy

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def is_foreign(method: str, origin: str | None, host: str, public_url: str, policy: Policy) -> bool:
    """Does a page of another site, which is not trusted with cookies, try to change something?"""
    if method in SAFE or origin is None or policy.trusts(origin):
        return False
    own = {host, urlsplit(public_url).netloc} if public_url else {host}
    return urlsplit(origin).netloc not in own
