"""The password policy (auth.md §13)."""

from __future__ import annotations

import pytest

from directus8.errors import InvalidRequest
from directus8.system.policy import enforce, satisfies

WEAK = "/^.{8,}$/"
STRONG = r"""/(?=^.{8,}$)(?=.*\d)(?=.*[!@#$%^&*()_+}{';'?>.<,])(?!.*\s)(?=.*[A-Z])(?=.*[a-z]).*$/"""


@pytest.mark.parametrize(
    ("password", "policy", "passes"),
    [
        ("x", None, True),
        ("x", "", True),
        (None, WEAK, True),
        ("", STRONG, True),
        ("1234567", WEAK, False),
        ("12345678", WEAK, True),
        ("éééé", WEAK, True),  # eight bytes, as PCRE counts without /u
        ("éééé", WEAK + "u", False),
        (12345678, WEAK, True),
        (1234567, WEAK, False),
        (["12345678"], WEAK, False),
        ("Secret-1!", STRONG, True),
        ("secret-1!", STRONG, False),
        ("SECRET-1!", STRONG, False),
        ("Secret--!", STRONG, False),
        ("Secret--1", STRONG, False),
        ("Secret 1!", STRONG, False),
        ("Sec-1!", STRONG, False),
        ("abcd", "/^(?:ab|cd)+$/", True),  # the original broke at the colon
        ("anything", "not delimited", False),
        ("anything", "/(/", False),
    ],
)
def test_policy(password: object, policy: str | None, passes: bool) -> None:
    assert satisfies(password, policy) is passes


def test_enforce() -> None:
    enforce("12345678", WEAK)
    with pytest.raises(InvalidRequest, match=r"^password: This value is not valid\.$"):
        enforce("1234567", WEAK)
