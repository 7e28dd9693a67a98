"""The session cookie (auth.md §7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directus8.auth import cookie
from directus8.errors import InvalidToken

TEXT = "AbCdEfGhIjKlMnOpQrStUvWx-17"
# printf "$TEXT" | openssl enc -aes-128-ctr -K $(printf geheim | sha256sum | cut -c1-32) -iv 000102…0f -a -A
ORIGINAL = "D3JOpTF590EqWD9MolDiLolVDtYl+MfLDVQG::000102030405060708090a0b0c0d0e0f"


@pytest.mark.parametrize("value", [ORIGINAL, quote(ORIGINAL, safe="")])
def test_values_of_the_original_are_read(value: str) -> None:
    assert cookie.unseal(value, "geheim", "demo") == TEXT


@settings(deadline=None)
@given(st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1), st.text(), st.text())
def test_round_trip(text: str, secret: str, project: str) -> None:
    secret, project = secret.encode("utf-8", "replace").decode(), project.encode("utf-8", "replace").decode()
    value = cookie.seal(text, secret, project)
    assert cookie.unseal(value, secret, project) == text
    assert cookie.unseal(quote(value, safe=""), secret, project) == text


def test_the_original_could_read_ours() -> None:
    body, iv, _ = cookie.seal(TEXT, "geheim", "demo").split("::")
    assert cookie.unseal(f"{body}::{iv}", "geheim", "demo") == TEXT


def test_same_text_never_gives_the_same_value() -> None:
    assert len({cookie.seal(TEXT, "geheim", "demo") for _ in range(20)}) == 20


@pytest.mark.parametrize(("secret", "project"), [("other", "demo"), ("geheim", "other"), ("geheim", "")])
def test_other_secret_or_project(secret: str, project: str) -> None:
    with pytest.raises(InvalidToken):
        cookie.unseal(cookie.seal(TEXT, "geheim", "demo"), secret, project)


@settings(deadline=None)
@given(st.integers(0, 10**6), st.characters())
def test_no_character_may_change(position: int, character: str) -> None:
    value = cookie.seal(TEXT, "geheim", "demo")
    position %= len(value)
    if value[position] != character:
        with pytest.raises(InvalidToken):
            cookie.unseal(value[:position] + character + value[position + 1 :], "geheim", "demo")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "::",
        "x",
        "::000102030405060708090a0b0c0d0e0f",
        ORIGINAL.replace("::", ":"),
        ORIGINAL[:-2],
        "A" + ORIGINAL,
        ORIGINAL + "::",
        "A" * 5000 + ORIGINAL,
        "%",
        "%ff%fe",
        "\ud800",
    ],
)
def test_garbage(value: str) -> None:
    with pytest.raises(InvalidToken):
        cookie.unseal(value, "geheim", "demo")


def test_unsigned_value_under_another_secret_is_no_text() -> None:
    with pytest.raises(InvalidToken):
        cookie.unseal(ORIGINAL, "another secret", "demo")


@settings(deadline=None)
@given(st.text())
def test_arbitrary_text_is_invalid_and_nothing_else(value: str) -> None:
    with pytest.raises(InvalidToken):
        cookie.unseal(value, "geheim", "demo")


EXPIRES = datetime(2026, 11, 29, 18, 33, 48, tzinfo=UTC)


def test_header() -> None:
    assert cookie.header("demo", "a+b/c=::0f", EXPIRES) == (
        "directus-demo-session=a%2Bb%2Fc%3D%3A%3A0f; path=/; expires=Sun, 29-Nov-2026 18:33:48 UTC; "
        "HttpOnly; SameSite=Lax"
    )


def test_header_of_a_configured_cookie() -> None:
    header = cookie.header("demo", "x", EXPIRES, same_site="Strict", secure=True)
    assert header.endswith("; HttpOnly; SameSite=Strict; Secure")
    assert "SameSite" not in cookie.header("demo", "x", EXPIRES, same_site=None)


def test_header_is_in_utc() -> None:
    local = EXPIRES.astimezone(timezone(timedelta(hours=9)))
    assert cookie.header("demo", "x", local) == cookie.header("demo", "x", EXPIRES)


def test_a_value_cannot_break_out_of_its_header() -> None:
    assert "\r\n" not in cookie.header("demo", "x\r\nSet-Cookie: y=1; z", EXPIRES)
    assert cookie.header("demo", "x; domain=evil", EXPIRES).count(";") == 4
