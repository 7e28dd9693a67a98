"""The password policy of a project: setting ``password_policy``, a delimited PCRE.

Source: reference/auth.md §13. Enforced wherever a password is set, resets and nested writes included (security.md,
policy-not-at-reset).
"""

from __future__ import annotations

from directus8.errors import InvalidRequest
from directus8.validation import NOT_VALID, compile_pattern


def satisfies(password: object, policy: str | None) -> bool:
    """Whether the password passes; no policy and no password (null, '') pass. A broken policy lets nothing pass."""
    if not policy or password is None or password == "":
        return True
    try:
        return compile_pattern(policy).matches(password)
    except ValueError:
        return False


def enforce(password: object, policy: str | None, field: str = "password") -> None:
    """422/4 ``password: This value is not valid.`` unless the password satisfies the policy."""
    if not satisfies(password, policy):
        raise InvalidRequest(f"{field}: {NOT_VALID}")
