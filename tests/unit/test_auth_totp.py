"""One-time codes (auth.md §14): RFC vectors, the window, replays and unusable secrets."""

from __future__ import annotations

import re
from base64 import b32encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directus8.auth import totp
from directus8.errors import InvalidRequest

RFC_SECRET = b32encode(b"12345678901234567890").decode()
SECRET = "JBSWY3DPEHPK3PXP"
NOW = 1_600_000_005.5
STEP = 53333333


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_rfc_6238(moment: int, expected: str) -> None:
    assert totp.code(RFC_SECRET, moment) == expected


def test_new_secrets_are_16_base32_characters_and_differ() -> None:
    made = {totp.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch("[A-Z2-7]{16}", secret) for secret in made)
    assert all(totp.checked_secret(secret) == secret for secret in made)


@pytest.mark.parametrize("offset", [-3, -2, -1, 0, 1, 2, 3])
def test_two_steps_either_side(offset: int) -> None:
    otp = totp.code(SECRET, NOW + 30 * offset)
    assert totp.verify(SECRET, otp, NOW) == (STEP + offset if abs(offset) <= 2 else None)


def test_secret_in_small_letters() -> None:
    assert totp.verify(SECRET.lower(), totp.code(SECRET, NOW), NOW) == STEP


def test_a_code_is_good_once() -> None:
    otp = totp.code(SECRET, NOW)
    step = totp.verify(SECRET, otp, NOW)
    assert step is not None
    assert totp.verify(SECRET, otp, NOW, last_step=step) is None
    assert totp.verify(SECRET, totp.code(SECRET, NOW - 30), NOW, last_step=step) is None
    assert totp.verify(SECRET, totp.code(SECRET, NOW + 30), NOW, last_step=step) == step + 1


def test_just_after_the_epoch() -> None:
    assert totp.verify(SECRET, totp.code(SECRET, 0), 0) == 0


@pytest.mark.parametrize("otp", [None, "", "1", "0000000", " 996554", "９９６５５４", "\ud800", True, 1.5, [], {}])
def test_what_is_no_code(otp: object) -> None:
    assert totp.verify(SECRET, otp, NOW) is None


def test_a_number_is_a_code() -> None:
    moment = next(now for now in range(int(NOW), 2 * int(NOW), 30) if totp.code(SECRET, now)[0] != "0")
    assert totp.verify(SECRET, int(totp.code(SECRET, moment)), moment) is not None


@pytest.mark.parametrize("secret", ["1111111111111111", "JBSWY3DPEHPK3PX=", "JBSWY3DPEHPK3PX ", "ÄBSWY3DPEHPK3PXP"])
def test_illegal_characters(secret: str) -> None:
    with pytest.raises(InvalidRequest, match="Invalid characters in the base32 string"):
        totp.verify(secret, "000000", NOW)


@pytest.mark.parametrize("secret", ["", "ABC", "A" * 8, "A" * 15, "A" * 17, "A" * 24, "A" * 512])
def test_incompatible_secrets(secret: str) -> None:
    with pytest.raises(InvalidRequest, match="not compatible with Google Authenticator"):
        totp.verify(secret, "000000", NOW)


@settings(deadline=None)
@given(st.text(), st.text())
def test_never_anything_but_a_client_error(secret: str, otp: str) -> None:
    try:
        totp.verify(secret, otp, NOW)
    except InvalidRequest as error:
        assert error.status == 422
