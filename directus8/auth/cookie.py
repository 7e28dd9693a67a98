"""The session cookie: its value, sealed with the project's secret, and the Set-Cookie header.

Source: reference/auth.md §7. The original writes ``base64(AES-128-CTR(text)) :: hex(IV)``, which anybody can alter bit
by bit; ours adds ``:: hex(HMAC-SHA256)`` over project, ciphertext and IV. Values of the original are still read, so
that an adopted installation keeps its sessions. That is safe because the text is itself the secret that is looked up:
altering a ciphertext helps only someone who knows the resulting text already.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from directus8.errors import InvalidToken

MAX_LENGTH = 4096

_SEALED = re.compile(r"(?P<text>[A-Za-z0-9+/]*={0,2})::(?P<iv>[0-9a-f]{32})(?:::(?P<mac>[0-9a-f]{64}))?")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def name(project: str) -> str:
    """The cookie's name."""
    return f"directus-{project}-session"


def seal(text: str, secret: str, project: str) -> str:
    """The cookie value (not yet URL-encoded) that holds the text."""
    iv = secrets.token_bytes(16)
    body = f"{b64encode(_aes(text.encode(), iv, secret)).decode('ascii')}::{iv.hex()}"
    return f"{body}::{_mac(body, secret, project)}"


def unseal(value: str, secret: str, project: str) -> str:
    """The text in a cookie value, URL-encoded or not; InvalidToken (101) unless sealed with this secret.

    A value without MAC is one of the original's and is taken only if it decrypts to printable ASCII.
    """
    match = _SEALED.fullmatch(unquote(value)) if len(value) <= MAX_LENGTH else None
    if match is None:
        raise InvalidToken
    if match["mac"] is not None and not _authentic(match, secret, project):
        raise InvalidToken
    try:
        plain = _aes(b64decode(match["text"], validate=True), bytes.fromhex(match["iv"]), secret)
        text = plain.decode("utf-8" if match["mac"] else "ascii")
    except ValueError:
        raise InvalidToken from None
    if not text or not text.isprintable():
        raise InvalidToken
    return text


def sso_name(project: str) -> str:
    """The name of the cookie that holds what a login by another server began with."""
    return f"directus-{project}-sso"


def header(
    project: str,
    value: str,
    expires: datetime,
    *,
    same_site: str | None = "Lax",
    secure: bool = False,
    partitioned: bool = False,
    named: str | None = None,
) -> str:
    """The Set-Cookie header value; an ``expires`` of now deletes the cookie. ``expires`` is aware."""
    parts = [
        f"{named or name(project)}={quote(value, safe='')}",
        "path=/",
        f"expires={_date(expires)}",
        "HttpOnly",
    ]
    if same_site:
        parts.append(f"SameSite={same_site}")
    if secure:
        parts.append("Secure")
    if partitioned:
        parts.append("Partitioned")
    return "; ".join(parts)


def _authentic(match: re.Match[str], secret: str, project: str) -> bool:
    expected = _mac(f"{match['text']}::{match['iv']}", secret, project)
    return hmac.compare_digest(expected, match["mac"])


def _mac(body: str, secret: str, project: str) -> str:
    key = hmac.digest(secret.encode(), b"directus8 session cookie", hashlib.sha256)
    return hmac.digest(key, f"{project}\0{body}".encode(), hashlib.sha256).hex()


def _aes(data: bytes, iv: bytes, secret: str) -> bytes:
    key = hashlib.sha256(secret.encode()).digest()[:16]
    cipher = Cipher(algorithms.AES128(key), modes.CTR(iv)).encryptor()
    return cipher.update(data) + cipher.finalize()


def _date(moment: datetime) -> str:
    # Not strftime: its names follow the process locale.
    utc = moment.astimezone(UTC)
    day = f"{_DAYS[utc.weekday()]}, {utc.day:02}-{_MONTHS[utc.month - 1]}-{utc.year:04}"
    return f"{day} {utc:%H:%M:%S} UTC"
