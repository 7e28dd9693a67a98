"""The JSON web tokens of Directus 8: HS256, byte for byte as the original wrote them.

Source: reference/auth.md §4 and §5. Written on hmac instead of a JWT library because the signature is compared as
text: a token then has exactly one spelling, so that whoever revokes or caches tokens by their text cannot be passed by.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import Any, TypeAlias

from directus8.errors import (
    Error,
    ExpiredRequestToken,
    ExpiredResetToken,
    ExpiredToken,
    InvalidRequestToken,
    InvalidResetToken,
    InvalidToken,
)

Claims: TypeAlias = dict[str, Any]

HEADER = '{"typ":"JWT","alg":"HS256"}'
INVITATION_LIFETIME = 30 * 24 * 3600
MAX_LENGTH = 8192


class Kind(Enum):
    """What a token is for: its ``type`` claim."""

    AUTH = "auth"
    REQUEST_TOKEN = "request_token"
    RESET_PASSWORD = "reset_password"
    INVITATION = "invitation"


class Flaw(Enum):
    """Why a token is invalid: ``error.values["flaw"]`` of the InvalidToken that ``verify`` raises."""

    FORM = "form"
    SIGNATURE = "signature"
    TYPE = "type"
    AUDIENCE = "audience"


@dataclass(frozen=True, slots=True)
class Keys:
    """What signs and addresses the tokens of one project: config auth.secret_key, auth.public_key, and its key."""

    secret: str
    public_key: str
    project: str

    def __post_init__(self) -> None:
        if not self.secret:
            raise ValueError("auth.secret_key must not be empty")

    def __repr__(self) -> str:
        return f"Keys(project={self.project!r})"


def issue_auth(user: int, ttl: int, keys: Keys, now: float, session: str = "") -> str:
    """An access token for ``ttl`` minutes; with ``session``, a claim the original has not, it ends with that."""
    return encode(
        {
            "id": user,
            "exp": _expiry(now, ttl),
            "ttl": ttl,
            "type": Kind.AUTH.value,
            "key": keys.public_key,
            "project": keys.project,
            **_of_session(session),
        },
        keys.secret,
    )


def issue_request_token(user: int, url: str, ttl: int, keys: Keys, now: float, session: str = "") -> str:
    """The SSO token to be exchanged for an access token; ``url`` is the base URL with its trailing slash."""
    return encode(
        {
            "type": Kind.REQUEST_TOKEN.value,
            "id": user,
            "exp": _expiry(now, ttl),
            "ttl": ttl,
            "url": url,
            "project": keys.project,
            "key": keys.public_key,
            **_of_session(session),
        },
        keys.secret,
    )


def issue_reset_password(user: int, email: str, ttl: int, keys: Keys, now: float) -> str:
    """The token of a password reset mail."""
    return encode(
        {
            "id": user,
            "email": email,
            "exp": _expiry(now, ttl),
            "ttl": ttl,
            "type": Kind.RESET_PASSWORD.value,
            "key": keys.public_key,
            "project": keys.project,
        },
        keys.secret,
    )


def issue_invitation(email: str, sender: int, keys: Keys, now: float) -> str:
    """The token of an invitation mail, for 30 days."""
    return encode(
        {
            "date": datetime.fromtimestamp(int(now), UTC).strftime("%Y-%m-%d %H:%M:%S"),
            "exp": int(now) + INVITATION_LIFETIME,
            "email": email,
            "sender": sender,
            "type": Kind.INVITATION.value,
            "key": keys.public_key,
            "project": keys.project,
        },
        keys.secret,
    )


def refresh(claims: Mapping[str, Any], needs_2fa: bool, ttl: int, keys: Keys, now: float) -> str:
    """All verified claims again, ``exp`` renewed, ``needs2FA`` appended; the ttl *claim* stays as it was (§5)."""
    return encode({**claims, "exp": _expiry(now, ttl), "needs2FA": needs_2fa}, keys.secret)


def verify(token: str, kind: Kind, keys: Keys, now: float) -> Claims:
    """The claims of a token of this kind and project: signature, then expiry, type, key and project.

    Raises InvalidToken (with its ``flaw``) or ExpiredToken. ``exp`` equal to now is expired.
    """
    claims = decode(token, keys.secret)
    if claims["exp"] <= now:
        raise ExpiredToken
    if not _same(claims.get("type"), kind.value):
        raise InvalidToken(flaw=Flaw.TYPE)
    if not (_same(claims.get("key"), keys.public_key) and _same(claims.get("project"), keys.project)):
        raise InvalidToken(flaw=Flaw.AUDIENCE)
    return claims


def verify_with_own_errors(token: str, kind: Kind, keys: Keys, now: float) -> Claims:
    """``verify`` raising the codes of the endpoint that takes this kind: 104/105 resets, 109/110 SSO (§9, §15).

    A foreign key or project stays InvalidToken (101) for every kind.
    """
    try:
        return verify(token, kind, keys, now)
    except ExpiredToken as error:
        raise _own(_EXPIRED, kind, token, error) from None
    except InvalidToken as error:
        raise error if error.values["flaw"] is Flaw.AUDIENCE else _own(_INVALID, kind, token, error) from None


def invalid(kind: Kind, token: str) -> Error:
    """What the endpoint that takes this kind says of a token it does not take."""
    return _own(_INVALID, kind, token, InvalidToken())


def looks_like_jwt(text: str) -> bool:
    """Three dot-separated parts of which the first is a header with ``typ`` exactly ``JWT``; else a static token."""
    header = _header(text)
    return header is not None and header.get("typ") == "JWT"


def encode(claims: Mapping[str, Any], secret: str) -> str:
    """The signed token of these claims in their order, written as PHP's ``json_encode`` does."""
    signed = f"{_base64(HEADER.encode())}.{_base64(_php_json(claims).encode())}"
    return f"{signed}.{_signature(signed, secret)}"


def decode(token: str, secret: str) -> Claims:
    """The claims of an HS256 token with a good signature and an integer ``exp``, expired or not; InvalidToken."""
    return dict(_decoded(token, secret))


@lru_cache(4096)
def _decoded(token: str, secret: str) -> Claims:
    """As ``decode``: what was found good once is good for ever, and only that is remembered."""
    header = _header(token)
    if header is None or header.get("typ") != "JWT" or header.get("alg") != "HS256":
        raise InvalidToken(flaw=Flaw.FORM)
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_signature(signed, secret).encode(), signature.encode("utf-8", "replace")):
        raise InvalidToken(flaw=Flaw.SIGNATURE)
    claims = _json_part(signed.partition(".")[2])
    if claims is None or type(claims.get("exp")) is not int:
        raise InvalidToken(flaw=Flaw.FORM)
    return claims


_USUAL: Claims = {"typ": "JWT", "alg": "HS256"}
_USUAL_PART = urlsafe_b64encode(HEADER.encode()).rstrip(b"=").decode()

_INVALID: dict[Kind, Callable[[str], Error]] = {
    Kind.RESET_PASSWORD: lambda token: InvalidResetToken(token=token),
    Kind.REQUEST_TOKEN: lambda _: InvalidRequestToken(),
}
_EXPIRED: dict[Kind, Callable[[str], Error]] = {
    Kind.RESET_PASSWORD: lambda token: ExpiredResetToken(token=token),
    Kind.REQUEST_TOKEN: lambda _: ExpiredRequestToken(),
}


def _own(errors: Mapping[Kind, Callable[[str], Error]], kind: Kind, token: str, error: Error) -> Error:
    return errors[kind](token) if kind in errors else error


def _of_session(session: str) -> Claims:
    return {"session": session} if session else {}


def _expiry(now: float, ttl: int) -> int:
    return int(now) + ttl * 60


def _same(claim: object, expected: str) -> bool:
    return isinstance(claim, str) and claim == expected


def _php_json(claims: Mapping[str, Any]) -> str:
    # The slash occurs only inside JSON strings, where \/ is another spelling of it.
    return json.dumps(claims, separators=(",", ":"), allow_nan=False).replace("/", "\\/")


def _signature(signed: str, secret: str) -> str:
    return _base64(hmac.digest(secret.encode(), signed.encode("utf-8", "replace"), hashlib.sha256))


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _header(text: str) -> dict[str, Any] | None:
    parts = text.split(".", 3)
    if len(parts) != 3 or len(text) > MAX_LENGTH:
        return None
    return _USUAL if parts[0] == _USUAL_PART else _json_part(parts[0])


def _json_part(part: str) -> dict[str, Any] | None:
    try:
        value = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
