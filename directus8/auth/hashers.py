"""The named hashers of hash fields and of ``/utils/hash``.

Source: reference/users_roles_settings.md §8. Extensions add theirs with ``Hashers.extended``: a registry is a value of
one project, never shared state.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias

from directus8.auth import passwords
from directus8.errors import HasherNotFound

Options: TypeAlias = Mapping[str, Any]

NO_OPTIONS: Options = MappingProxyType({})


class Hasher(Protocol):
    """One way to hash a string."""

    def hash(self, string: str, options: Options) -> str:
        """The hash of the string; a 4xx error when it cannot be hashed."""
        ...

    def match(self, string: str, hashed: str, options: Options) -> bool:
        """Whether the hash is of this string; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Digest:
    """A plain digest in lower-case hexadecimals, which is also how it must be given to match."""

    algorithm: str

    def hash(self, string: str, options: Options) -> str:
        """The digest of the string's UTF-8 bytes."""
        data = string.encode("utf-8", "surrogatepass")
        return hashlib.new(self.algorithm, data, usedforsecurity=False).hexdigest()

    def match(self, string: str, hashed: str, options: Options) -> bool:
        """Strict equality, in constant time."""
        return hmac.compare_digest(self.hash(string, options).encode(), hashed.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True)
class Password:
    """PHP's ``password_hash``: bcrypt, ``options.cost`` kept within what passwords.clamp_cost allows."""

    cost: int = passwords.DEFAULT_COST

    def hash(self, string: str, options: Options) -> str:
        """A ``$2y$`` hash."""
        return passwords.hash_password(string, _cost(options, self.cost), field="string")

    def match(self, string: str, hashed: str, options: Options) -> bool:
        """Any hash ``password_verify`` takes, unless it demands more work than a stranger may ask for."""
        return passwords.verify_password(string, hashed, passwords.UNTRUSTED)


@dataclass(frozen=True, slots=True)
class Hashers:
    """The hashers of a project by name."""

    by_name: Mapping[str, Hasher]

    def extended(self, more: Mapping[str, Hasher]) -> Hashers:
        """These and more; a name given again is replaced."""
        return Hashers(MappingProxyType({**self.by_name, **more}))

    def hash(self, name: object, string: str, options: object = NO_OPTIONS) -> str:
        """The hash by the named hasher; unknown name → HasherNotFound (422/1000)."""
        return self._named(name).hash(string, _mapping(options))

    def match(self, name: object, string: str, hashed: str, options: object = NO_OPTIONS) -> bool:
        """Whether the hash matches; unknown name → HasherNotFound (422/1000)."""
        return self._named(name).match(string, hashed, _mapping(options))

    def _named(self, name: object) -> Hasher:
        hasher = self.by_name.get(name) if isinstance(name, str) else None
        if hasher is None:
            raise HasherNotFound(hasher=name)
        return hasher


DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")


def core(cost: int = passwords.DEFAULT_COST) -> Hashers:
    """The original's hashers; ``cost`` is that of passwords, unless options name another."""
    password, digests = Password(cost), {name: Digest(name) for name in DIGESTS}
    return Hashers(MappingProxyType({"core": password, "bcrypt": password, **digests}))


def _mapping(options: object) -> Options:
    # PHP clients send {} as []; null and scalars say nothing either.
    return options if isinstance(options, Mapping) else NO_OPTIONS


def _cost(options: Options, usual: int) -> int:
    cost = options.get("cost")
    if isinstance(cost, str) and cost.isdecimal() and len(cost) <= 4:
        return int(cost)
    return cost if type(cost) is int else usual
