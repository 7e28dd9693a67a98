"""The tokens of auth.md §4 and §5: byte layout, and everything that must be refused."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directus8 import errors
from directus8.auth import tokens
from directus8.auth.tokens import Flaw, Keys, Kind

NOW = 1_600_000_000
KEYS = Keys("short", "0fca02a1-public", "demo")

ISSUED: dict[Kind, tuple[str, str]] = {
    Kind.AUTH: (
        tokens.issue_auth(1, 20, KEYS, NOW),
        '{"id":1,"exp":1600001200,"ttl":20,"type":"auth","key":"0fca02a1-public","project":"demo"}',
    ),
    Kind.REQUEST_TOKEN: (
        tokens.issue_request_token(1, "https://example.com/", 20, KEYS, NOW),
        '{"type":"request_token","id":1,"exp":1600001200,"ttl":20,"url":"https:\\/\\/example.com\\/",'
        '"project":"demo","key":"0fca02a1-public"}',
    ),
    Kind.RESET_PASSWORD: (
        tokens.issue_reset_password(1, "zoë@example.com", 20, KEYS, NOW),
        '{"id":1,"email":"zo\\u00eb@example.com","exp":1600001200,"ttl":20,"type":"reset_password",'
        '"key":"0fca02a1-public","project":"demo"}',
    ),
    Kind.INVITATION: (
        tokens.issue_invitation("a@example.com", 1, KEYS, NOW),
        '{"date":"2020-09-13 12:26:40","exp":1602592000,"email":"a@example.com","sender":1,"type":"invitation",'
        '"key":"0fca02a1-public","project":"demo"}',
    ),
}


def part(token: str, index: int) -> str:
    text = token.split(".")[index]
    return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def headed(header: str, rest: str = f".{encoded('{}')}.x") -> str:
    return encoded(header) + rest


def signed(claims: dict[str, object], keys: Keys = KEYS) -> str:
    return tokens.encode(claims, keys.secret)


GOOD: dict[str, object] = {
    "id": 1,
    "exp": NOW + 60,
    "ttl": 1,
    "type": "auth",
    "key": KEYS.public_key,
    "project": KEYS.project,
}


@pytest.mark.parametrize("kind", list(Kind))
def test_byte_layout(kind: Kind) -> None:
    token, payload = ISSUED[kind]
    assert token.startswith("eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.")
    assert part(token, 0) == '{"typ":"JWT","alg":"HS256"}'
    assert part(token, 1) == payload
    assert "=" not in token


@pytest.mark.parametrize("kind", list(Kind))
def test_other_implementations_read_our_tokens(kind: Kind) -> None:
    keys = Keys("s" * 32, "public", "demo")
    token = signed({**json.loads(ISSUED[kind][1]), "key": "public"}, keys)
    assert jwt.decode(token, keys.secret, algorithms=["HS256"], options={"verify_exp": False})["type"] == kind.value


def test_we_read_tokens_of_other_implementations() -> None:
    keys = Keys("s" * 32, KEYS.public_key, KEYS.project)
    assert tokens.verify(jwt.encode(GOOD, keys.secret), Kind.AUTH, keys, NOW) == GOOD


@pytest.mark.parametrize("kind", list(Kind))
def test_verify_gives_the_claims(kind: Kind) -> None:
    token, payload = ISSUED[kind]
    claims = tokens.verify(token, kind, KEYS, NOW)
    assert claims == json.loads(payload)
    assert list(claims) == list(json.loads(payload))


@pytest.mark.parametrize("kind", list(Kind))
def test_a_token_of_one_purpose_is_good_for_no_other(kind: Kind) -> None:
    for other in set(Kind) - {kind}:
        with pytest.raises(errors.InvalidToken) as caught:
            tokens.verify(ISSUED[kind][0], other, KEYS, NOW)
        assert caught.value.values["flaw"] is Flaw.TYPE


def test_exp_equal_to_now_is_expired() -> None:
    token = ISSUED[Kind.AUTH][0]
    tokens.verify(token, Kind.AUTH, KEYS, NOW + 1199.9)
    for now in (NOW + 1200, NOW + 1201):
        with pytest.raises(errors.ExpiredToken):
            tokens.verify(token, Kind.AUTH, KEYS, now)


FORMS: list[tuple[str, str]] = [
    ("", "empty"),
    (".", "two parts"),
    ("..", "three empty parts"),
    ("a.b.c", "no JSON"),
    ("a.b.c.d", "four parts"),
    ("é.é.é", "not ASCII"),
    ("\ud800.\ud800.\ud800", "surrogates"),
    (headed("[]"), "header is a list"),
    (headed("[" * 5000), "deep header"),
    (headed('{"typ":"JWT","alg":"none"}').removesuffix("x"), "alg none"),
    (headed('{"typ":"JWT","alg":"HS512"}'), "alg HS512"),
    (headed('{"alg":"HS256"}'), "no typ"),
    (signed({**GOOD, "pad": "x" * tokens.MAX_LENGTH}), "too long"),
    (signed({name: value for name, value in GOOD.items() if name != "exp"}), "no exp"),
    (signed({**GOOD, "exp": str(NOW + 60)}), "exp is a string"),
    (signed({**GOOD, "exp": True}), "exp is a boolean"),
]


@pytest.mark.parametrize(("token", "why"), FORMS, ids=[why.replace(" ", "-") for _, why in FORMS])
def test_malformed(token: str, why: str) -> None:
    with pytest.raises(errors.InvalidToken) as caught:
        tokens.verify(token, Kind.AUTH, KEYS, NOW)
    assert caught.value.values["flaw"] is Flaw.FORM


def test_signed_payload_that_is_no_object() -> None:
    text = f"{encoded(tokens.HEADER)}.{encoded('[1]')}"
    with pytest.raises(errors.InvalidToken) as caught:
        tokens.decode(f"{text}.{tokens._signature(text, KEYS.secret)}", KEYS.secret)
    assert caught.value.values["flaw"] is Flaw.FORM


def test_signature_is_checked_before_expiry() -> None:
    token = ISSUED[Kind.AUTH][0]
    with pytest.raises(errors.InvalidToken) as caught:
        tokens.verify(token, Kind.AUTH, Keys("other", KEYS.public_key, "demo"), NOW + 10**6)
    assert caught.value.values["flaw"] is Flaw.SIGNATURE


@settings(deadline=None)
@given(st.integers(0), st.characters())
def test_no_character_of_a_token_may_change(position: int, character: str) -> None:
    """Not even the spare bits of the last one: a token has one spelling."""
    token = ISSUED[Kind.AUTH][0]
    position %= len(token)
    if token[position] != character:
        with pytest.raises(errors.InvalidToken):
            tokens.verify(token[:position] + character + token[position + 1 :], Kind.AUTH, KEYS, NOW)


@pytest.mark.parametrize("tail", ["=", "==", " ", "\n", ".", "A"])
def test_nothing_may_follow(tail: str) -> None:
    with pytest.raises(errors.InvalidToken):
        tokens.verify(ISSUED[Kind.AUTH][0] + tail, Kind.AUTH, KEYS, NOW)


@settings(deadline=None)
@given(st.text())
def test_arbitrary_text_is_invalid_and_nothing_else(text: str) -> None:
    with pytest.raises(errors.InvalidToken):
        tokens.verify(text, Kind.AUTH, KEYS, NOW)


@pytest.mark.parametrize(
    ("keys", "project", "public_key"),
    [
        (KEYS, "other", KEYS.public_key),
        (KEYS, "demo", "other"),
        (KEYS, None, KEYS.public_key),
        (KEYS, "demo", None),
        (Keys("short", "1", "1"), 1, "1"),
        (Keys("short", "1", "1"), "1", 1),
        (Keys("short", "1", "1"), "1", True),
    ],
)
def test_key_and_project_are_strictly_equal(keys: Keys, project: object, public_key: object) -> None:
    token = signed({**GOOD, "project": project, "key": public_key}, keys)
    with pytest.raises(errors.InvalidToken) as caught:
        tokens.verify(token, Kind.AUTH, keys, NOW)
    assert caught.value.values["flaw"] is Flaw.AUDIENCE


@pytest.mark.parametrize(
    ("kind", "invalid", "expired"),
    [
        (Kind.AUTH, errors.InvalidToken, errors.ExpiredToken),
        (Kind.INVITATION, errors.InvalidToken, errors.ExpiredToken),
        (Kind.RESET_PASSWORD, errors.InvalidResetToken, errors.ExpiredResetToken),
        (Kind.REQUEST_TOKEN, errors.InvalidRequestToken, errors.ExpiredRequestToken),
    ],
)
def test_the_codes_of_the_endpoints(kind: Kind, invalid: type[errors.Error], expired: type[errors.Error]) -> None:
    token = ISSUED[kind][0]
    check = tokens.verify_with_own_errors
    assert check(token, kind, KEYS, NOW)["type"] == kind.value
    for bad in ("", "a.b.c", token + "x", signed({**GOOD, "type": "x"})):
        with pytest.raises(invalid) as caught:
            check(bad, kind, KEYS, NOW)
        assert type(caught.value) is invalid
    with pytest.raises(expired):
        check(token, kind, KEYS, NOW + 10**8)
    with pytest.raises(errors.InvalidToken):
        check(token, kind, Keys(KEYS.secret, KEYS.public_key, "other"), NOW)


def test_reset_errors_echo_the_token() -> None:
    with pytest.raises(errors.InvalidResetToken, match=r"^Invalid Reset Password token: \{x\}$"):
        tokens.verify_with_own_errors("{x}", Kind.RESET_PASSWORD, KEYS, NOW)


def test_refresh_repeats_all_claims_and_appends_needs2fa() -> None:
    claims = tokens.verify(ISSUED[Kind.AUTH][0], Kind.AUTH, KEYS, NOW)
    renewed = tokens.refresh(claims, False, 60, KEYS, NOW + 100)
    assert part(renewed, 1) == (
        '{"id":1,"exp":1600003700,"ttl":20,"type":"auth","key":"0fca02a1-public","project":"demo","needs2FA":false}'
    )
    again = tokens.refresh(tokens.verify(renewed, Kind.AUTH, KEYS, NOW + 100), True, 20, KEYS, NOW)
    assert part(again, 1).endswith('"project":"demo","needs2FA":true}')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ISSUED[Kind.AUTH][0], True),
        (headed('{"typ":"JWT"}', ".."), True),
        (headed('{"typ":"JWT"}', ".x"), False),
        (headed('{"typ":"JWT"}', ".x.y.z"), False),
        (headed('{"typ":"jwt"}', ".x.y"), False),
        (headed('{"alg":"HS256"}', ".x.y"), False),
        (headed('"JWT"', ".x.y"), False),
        ("static-token", False),
        ("my.static.token", False),
        ("", False),
    ],
)
def test_looks_like_jwt(text: str, expected: bool) -> None:
    assert tokens.looks_like_jwt(text) is expected


def test_keys_refuse_an_empty_secret_and_never_show_theirs() -> None:
    with pytest.raises(ValueError, match="secret_key"):
        Keys("", "public", "demo")
    assert "short" not in repr(KEYS)
