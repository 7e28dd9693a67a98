"""Values that scenarios compute: {totp(NAME)}, {totp(NAME,-1)}, {basic(NAME,NAME)}, {base64(FIXTURE)}."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
from pathlib import Path


def totp(secret: str, offset: str = "0") -> str:
    """The 6-digit code (RFC 6238, SHA-1, 30 s) for a base32 secret, now or some steps away."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    counter = struct.pack(">Q", int(time.time()) // 30 + int(offset))
    digest = hmac.new(key, counter, hashlib.sha1).digest()
    at = digest[-1] & 15
    number: int = struct.unpack(">I", digest[at : at + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06d}"


def basic(user: str, password: str = "") -> str:
    """The value of an Authorization header after the word Basic."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def base64_of(path: Path) -> str:
    """A file in base64."""
    return base64.b64encode(path.read_bytes()).decode()
