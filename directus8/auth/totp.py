"""Time-based one-time codes: 30 s steps, six digits, two steps of tolerance either side.

Source: reference/auth.md §3 (6) and §14; the step is returned so that the caller can refuse a replay (security.md).
RFC 4226 and 6238 on hmac rather than pyotp, which since 2.12 refuses the original's secrets of 80 bits.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import b32decode

from directus8.errors import InvalidRequest

SECRET_LENGTH = 16
STEP_SECONDS = 30
WINDOW = 2
MAX_SECRET_LENGTH = 256

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_BASE32 = re.compile(r"[A-Z2-7]*")


def new_secret() -> str:
    """A fresh secret of 16 characters A-Z2-7."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(SECRET_LENGTH))


def checked_secret(secret: str) -> str:
    """The secret in capitals; 422 naming ``2fa_secret`` unless authenticator apps (and the original) can use it."""
    canonical = secret.upper()
    if not _BASE32.fullmatch(canonical):
        raise InvalidRequest("2fa_secret: Invalid characters in the base32 string.")
    length = len(canonical)
    if not SECRET_LENGTH <= length <= MAX_SECRET_LENGTH or length & (length - 1):
        raise InvalidRequest("2fa_secret: This secret key is not compatible with Google Authenticator.")
    return canonical


def latest_step(now: float) -> int:
    """The last time step whose code is taken now."""
    return int(now) // STEP_SECONDS + WINDOW


def verify(secret: str, otp: object, now: float, last_step: int | None = None) -> int | None:
    """The time step whose code this is, later than ``last_step``, or None; InvalidRequest for an unusable secret.

    Store the step returned and pass it next time: a code is then good once.
    """
    key = b32decode(checked_secret(secret))
    given = _text(otp).encode("utf-8", "replace")
    latest = latest_step(now)
    steps = range(max(0, latest - 2 * WINDOW), latest + 1)
    # Every step is compared, whatever the others gave: no timing tells how near a guess was.
    matching = [step for step in steps if hmac.compare_digest(_code(key, step), given)]
    return max((step for step in matching if last_step is None or step > last_step), default=None)


def code(secret: str, now: float) -> str:
    """The code an authenticator app shows at this moment."""
    return _code(b32decode(checked_secret(secret)), int(now) // STEP_SECONDS).decode("ascii")


def _code(key: bytes, step: int) -> bytes:
    mac = hmac.digest(key, step.to_bytes(8, "big"), hashlib.sha1)
    offset = mac[-1] & 15
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return b"%06d" % (number % 1_000_000)


def _text(otp: object) -> str:
    # JSON clients send the code as a number too; leading zeros are then lost, as in the original.
    return str(otp) if isinstance(otp, str) or type(otp) is int else ""
