"""Password hashes as PHP's ``password_hash`` makes and ``password_verify`` reads them.

Source: reference/auth.md §12.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import bcrypt
from cryptography.exceptions import InvalidKey, UnsupportedAlgorithm
from cryptography.hazmat.primitives.kdf.argon2 import Argon2i, Argon2id

from directus8.errors import InvalidRequest

DEFAULT_COST = 10
MIN_COST = 4
MAX_COST = 12
# What no password matches: verified for unknown users, so that they cost what known ones do.
DUMMY_HASH = "$2y${cost:02}$3exDdJhunIa2cXU9mMgCY.pOhoMGHTs5OXRgwO9Af.M3/5J0lqsBm"

_BCRYPT = re.compile(r"\$2[abxy]\$(\d\d)\$[./A-Za-z0-9]{53}")
_ARGON2 = re.compile(r"\$argon2(id?)\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+")
_BCRYPT_BYTES = 72


@dataclass(frozen=True, slots=True)
class Work:
    """The most work a given hash may demand of ``verify_password``; a costlier hash does not match."""

    bcrypt_cost: int
    argon2_memory_kib: int
    argon2_iterations: int
    argon2_lanes: int


STORED = Work(bcrypt_cost=16, argon2_memory_kib=1 << 20, argon2_iterations=16, argon2_lanes=16)
"""For hashes out of our own tables."""

UNTRUSTED = Work(bcrypt_cost=MAX_COST, argon2_memory_kib=1 << 16, argon2_iterations=4, argon2_lanes=2)
"""For hashes out of a request: PHP's default parameters fit, bombs do not."""


def hash_password(password: str, cost: int = DEFAULT_COST, *, field: str = "password") -> str:
    """A ``$2y$`` bcrypt hash of the first 72 bytes; the cost is kept within 4..12. NUL → 422 naming ``field``."""
    if "\0" in password:
        raise InvalidRequest(f"{field}: This value is not valid.")
    digest = bcrypt.hashpw(_secret(password), bcrypt.gensalt(clamp_cost(cost)))
    return "$2y$" + digest.decode("ascii")[4:]


def verify_password(password: str, hashed: str | None, work: Work = STORED) -> bool:
    """Whether the hash ($2a$ $2b$ $2x$ $2y$, argon2i, argon2id) is of this password; never raises."""
    if hashed is None:
        return False
    if match := _BCRYPT.fullmatch(hashed):
        return int(match[1]) <= work.bcrypt_cost and _verify_bcrypt(password, hashed)
    if match := _ARGON2.fullmatch(hashed):
        demanded = Work(0, int(match[2]), int(match[3]), int(match[4]))
        return _affordable(demanded, work) and _verify_argon2(password, hashed, match[1])
    return False


def verify_nothing(password: str, cost: int = DEFAULT_COST) -> bool:
    """False after the work of one verification: for users that do not exist or have no password."""
    verify_password(password, DUMMY_HASH.format(cost=clamp_cost(cost)))
    return False


def clamp_cost(cost: int) -> int:
    """The nearest cost that is neither refused by bcrypt nor a way to keep the processor busy."""
    return max(MIN_COST, min(MAX_COST, cost))


def _secret(password: str) -> bytes:
    # bcrypt ≥ 5 refuses what PHP silently cuts; surrogates come from undecodable form bodies.
    return password.encode("utf-8", "surrogatepass")[:_BCRYPT_BYTES]


def _verify_bcrypt(password: str, hashed: str) -> bool:
    # The work is done for a password with NUL too, so that the answer takes as long as any other.
    try:
        return bcrypt.checkpw(_secret(password.replace("\0", " ")), hashed.encode("ascii")) and "\0" not in password
    except ValueError:
        return False


def _affordable(demanded: Work, work: Work) -> bool:
    return (
        demanded.argon2_memory_kib <= work.argon2_memory_kib
        and demanded.argon2_iterations <= work.argon2_iterations
        and demanded.argon2_lanes <= work.argon2_lanes
    )


def _verify_argon2(password: str, hashed: str, variant: str) -> bool:
    kind = Argon2id if variant == "id" else Argon2i
    try:
        kind.verify_phc_encoded(password.encode("utf-8", "surrogatepass"), hashed)
    except (InvalidKey, UnsupportedAlgorithm, ValueError):
        return False
    return True
