"""What a login by another server remembers between its two halves: in a sealed cookie, so nothing is stored."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field
from urllib.parse import unquote

import orjson

from directus8.auth import cookie
from directus8.errors import InvalidToken

SECONDS = 600


def _random() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One login, begun in this browser."""

    service: str
    mode: str
    target: str
    expires: int
    state: str = field(default_factory=_random)
    nonce: str = field(default_factory=_random)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    extra: str = ""  # OAuth 1: the secret of the temporary credentials

    def seal(self, secret: str, project: str) -> str:
        """The text of its cookie."""
        return cookie.seal(orjson.dumps(asdict(self)).decode(), secret, f"{project}/sso")


def unseal(value: str, secret: str, project: str, now: float) -> Attempt:
    """The attempt in a cookie. InvalidToken unless it is ours, whole and young."""
    if unquote(value).count("::") != 2:  # what the original wrote has no MAC
        raise InvalidToken()
    try:
        found = Attempt(**orjson.loads(cookie.unseal(value, secret, f"{project}/sso")))
    except (orjson.JSONDecodeError, TypeError):
        raise InvalidToken() from None
    if found.expires <= now:
        raise InvalidToken()
    return found
