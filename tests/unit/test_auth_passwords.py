"""Password hashes: PHP's own vectors, and what must never happen (auth.md §12)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directus8.auth import passwords
from directus8.auth.passwords import STORED, UNTRUSTED, hash_password, verify_nothing, verify_password
from directus8.errors import InvalidRequest

MATCHING = [
    # the PHP manual's example
    ("rasmuslerdorf", "$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq"),
    # crypt_blowfish's own vectors
    ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ("U*U", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ("U*U", "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ("U*U", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ("", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
    # the reference implementation of argon2
    ("password", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8"),
    ("password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
]

NEVER_MATCHING = [
    None,
    "",
    "garbage",
    "password",
    "$2y$",
    "$2y$10$short",
    "$2y$05$" + "!" * 53,
    "$2y$03$" + "C" * 53,
    "$2y$05$" + "C" * 54,
    "$2z$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n",
    "$argon2id$v=19$m=256,t=0,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "$argon2d$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "5f4dcc3b5aa765d61d8327deb882cf99",
    "é" * 60,
]


@pytest.mark.parametrize(("password", "hashed"), MATCHING)
def test_foreign_hashes_are_verified(password: str, hashed: str) -> None:
    assert verify_password(password, hashed)
    assert not verify_password(password + "x", hashed)


@pytest.mark.parametrize("hashed", NEVER_MATCHING)
def test_unusable_hashes_match_nothing_and_raise_nothing(hashed: str | None) -> None:
    assert not verify_password("password", hashed)


def test_new_hashes_are_what_php_makes() -> None:
    assert re.fullmatch(r"\$2y\$10\$[./A-Za-z0-9]{53}", hash_password("secret"))


@pytest.mark.parametrize(("asked", "made"), [(-1, "04"), (0, "04"), (4, "04"), (5, "05")])
def test_cost_is_kept_in_range_below(asked: int, made: str) -> None:
    assert hash_password("x", asked).startswith(f"$2y${made}$")


def test_cost_is_kept_in_range_above() -> None:
    assert passwords.clamp_cost(31) == passwords.MAX_COST == 12


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=()), max_size=100))
def test_every_password_matches_its_own_hash(password: str) -> None:
    assert verify_password(password, hash_password(password, 4))


def test_only_the_first_72_bytes_count() -> None:
    hashed = hash_password("a" * 72 + "one", 4)
    assert verify_password("a" * 72 + "two", hashed)
    assert not verify_password("a" * 71, hashed)
    assert verify_password("é" * 36 + "tail", hash_password("é" * 36, 4))


def test_nul_cannot_be_hashed_and_never_matches() -> None:
    with pytest.raises(InvalidRequest, match=r"^password: This value is not valid\.$"):
        hash_password("a\0b")
    with pytest.raises(InvalidRequest, match=r"^pin:"):
        hash_password("a\0b", field="pin")
    for password in ("a", "a b", ""):
        assert not verify_password("a\0b", hash_password(password, 4))
    assert not verify_password("a" * 80 + "\0", hash_password("a" * 80, 4))


def test_an_unknown_user_costs_one_verification(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []

    def checkpw(_: bytes, hashed: bytes) -> bool:
        seen.append(hashed)
        return True

    monkeypatch.setattr("bcrypt.checkpw", checkpw)
    assert verify_nothing("x") is False and verify_nothing("x", 5) is False
    assert [hashed[:7] for hashed in seen] == [b"$2y$10$", b"$2y$05$"]


@pytest.mark.parametrize(
    "bomb",
    [
        "$2y$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=999999,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=999$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    ],
)
def test_hashes_that_would_keep_the_server_busy_do_not_match(bomb: str) -> None:
    assert not verify_password("password", bomb, STORED)
    assert not verify_password("password", bomb, UNTRUSTED)
