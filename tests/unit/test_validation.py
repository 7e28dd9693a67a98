"""The validator messages (users_roles_settings.md §9)."""

from __future__ import annotations

import re
import time as clock
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directus8 import validation as v
from directus8.errors import InvalidLogin, InvalidRequest

LOGIN: v.Rules = {"email": [v.required, v.string, v.email], "password": [v.required, v.string]}

BLANK = "This value should not be blank."
NOT_STRING = "This value should be of type string."
NOT_EMAIL = "This value is not a valid email address."


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({}, f"email: {BLANK} password: {BLANK}"),
        ([], f"email: {BLANK} password: {BLANK}"),
        (None, f"email: {BLANK} password: {BLANK}"),
        ("text", f"email: {BLANK} password: {BLANK}"),
        ({"email": "", "password": ""}, f"email: {BLANK} password: {BLANK}"),
        ({"email": 1, "password": "x"}, f"email: {NOT_STRING} {NOT_EMAIL}"),
        ({"email": ["admin@example.com"], "password": "x"}, f"email: {NOT_STRING}"),
        ({"email": "admin", "password": 1}, f"email: {NOT_EMAIL} password: {NOT_STRING}"),
        ({"password": "x"}, f"email: {BLANK}"),
    ],
)
def test_login_messages(payload: object, message: str) -> None:
    with pytest.raises(InvalidLogin) as caught:
        v.require(payload, LOGIN, InvalidLogin)
    assert caught.value.message == message


def test_a_good_payload() -> None:
    v.require({"email": "admin@example.com", "password": "x", "more": 1}, LOGIN)
    assert v.check({"email": "admin@example.com", "password": "x"}, LOGIN) == []


def test_default_error_is_422_code_4() -> None:
    with pytest.raises(InvalidRequest) as caught:
        v.require({}, {"string": [v.required]})
    assert (caught.value.status, caught.value.code) == (422, 4)


def test_check_lists_in_rule_order() -> None:
    assert v.check({"b": 1}, {"a": [v.not_null, v.required], "b": [v.string]}) == [
        ("a", "This value should not be null."),
        ("a", BLANK),
        ("b", NOT_STRING),
    ]


GOOD_AND_BAD: list[tuple[v.Rule, list[Any], list[Any], str]] = [
    (v.required, ["x", " ", 0, False, "0", [0], {"a": 1}, 0.0], [None, "", [], {}], BLANK),
    (v.not_null, ["", [], 0, False], [None], "This value should not be null."),
    (v.string, [None, "", "x"], [1, True, [], {}, 1.5], NOT_STRING),
    (v.array, [None, [], {}, [1], {"a": 1}], ["", "x", 1, True], "This value should be of type array."),
    (v.json, [None, [], {}, [1]], ["", "[]", 1, False], "This value should be of type json."),
    (v.boolean, [None, True, False], ["true", "", 1, 0, []], "This value should be of type bool."),
    (
        v.numeric,
        [None, 0, -1, 1.5, "1", "-1.5", "+1", ".5", "5.", "1e3", " 1"],
        ["", "x", "1x", "0x1", ".", "1,5", "--1", "१", True, []],
        "This value should be of type numeric.",
    ),
    (
        v.date,
        [None, "", "2020-02-29", "0001-01-01"],
        ["2021-02-29", "2020-1-1", "0000-00-00", "2020-01-01 00:00:00", "2020-01-01\n", "२०२०-01-01", 20200101, []],
        "This value is not a valid date.",
    ),
    (
        v.time,
        [None, "", "00:00:00", "23:59:59"],
        ["10:00", "24:00:00", "10:60:00", "10:00:60", "10:00:00Z", 1],
        "This value is not a valid time.",
    ),
    (
        v.datetime,
        [
            None,
            "",
            "2020-02-29 10:00:00",
            "2020-02-29T10:00:00Z",
            "2020-02-29T10:00:00+02:00",
            "2020-02-29T10:00:00-0230",
            "20200229T100000Z",
        ],
        [
            "2020-02-29",
            "2021-02-29 10:00:00",
            "2020-02-29 10:00",
            "2020-02-29 25:00:00",
            "2020-02-29T10:00:00",
            "2020-02-29T10:00:00.000Z",
            "2020-02-29 10:00:00Z",
            1582970400,
        ],
        "This value is not a valid datetime.",
    ),
    (
        v.email,
        [None, "", "a@b.c", "admin@example.com", "a b@c.d", "ä@ö.ü", '"x y"@z.example', "a@@b.c", "a@b@c.d", "a@b..c"],
        ["x", "@b.c", "a@b", "a@.c", "a@b.", "a@b c.d", "a@b.c\n", "a\r@b.c", " ", "a @ b.c", 1, True],
        NOT_EMAIL,
    ),
    (v.regex("/^a/"), [None, "", "ab"], ["b", 1, []], "This value is not valid."),
]


@pytest.mark.parametrize(
    ("rule", "good", "bad", "message"), GOOD_AND_BAD, ids=lambda value: getattr(value, "__name__", "")
)
def test_rules(rule: v.Rule, good: list[Any], bad: list[Any], message: str) -> None:
    assert {repr(value): rule(value) for value in good} == {repr(value): None for value in good}
    assert {repr(value): rule(value) for value in bad} == {repr(value): message for value in bad}


@settings(deadline=None)
@given(st.text(st.sampled_from("ab@. "), max_size=12))
def test_email_is_symfonys_loose_pattern(text: str) -> None:
    loose = text == "" or re.fullmatch(r".+@\S+\.\S+", text) is not None
    assert (v.email(text) is None) is loose


@pytest.mark.parametrize(
    ("delimited", "matching", "failing"),
    [
        ("/^[A-Z]{3}$/", ["ABC", "ABC\n"], ["ABCD", "abc", ["ABC"]]),
        ("/^[0-9]{2}$/", ["12", 12], ["1", 123, True]),
        ("/^1$/", [True], [False]),
        ("/^.{8,}$/i", ["12345678", "éééé"], ["1234567"]),
        ("/^.{8,}$/u", ["éééééééé"], ["éééé"]),
        ("/^é$/i", ["é"], ["É"]),
        ("/^é$/iu", ["é", "É"], []),
        (r"/^\w+$/", ["abc_1"], ["é"]),
        (r"/^\w+$/u", ["é"], ["-"]),
        ("/a.b/s", ["a\nb"], []),
        ("/a.b/", ["axb"], ["a\nb"]),
        ("/^b$/m", ["a\nb\nc"], ["abc"]),
        ("/ a  b # comment/x", ["ab"], ["a b"]),
        ("#^a/b$#", ["a/b"], ["a"]),
        ("~^a$~", ["a"], ["b"]),
        ("{^a{2}$}", ["aa"], ["a"]),
        ("(^(a|b)$)i", ["A"], ["c"]),
        ("[^[ab]$]", ["a"], ["c"]),
        ("<a>", ["a"], ["b"]),
        ("  /a/", ["a"], []),
        (r"/^a\/b$/", ["a/b"], ["ab"]),
        (r"/^a\z/", ["a"], ["a\n"]),
        (r"/^a\Z/", ["a", "a\n"], ["a\nb"]),
        (r"/^(?<year>\d+)-(?P=year)$/", ["12-12"], ["12-13"]),
        ("/(?<=a)b/", ["ab"], ["b"]),
        ("/^[[:alpha:]][[:digit:]_]+$/", ["a1_"], ["11"]),
        ("/^[]a]+$/", ["]a"], ["b"]),
        ("/^[^]a]+$/", ["b"], ["]"]),
        ("/^[[a]+$/", ["[a"], ["]"]),
        ("/^[a&&b||c~~d--]+$/", ["a&|~-d"], ["e"]),
        (r"/^[\]\h]+$/", ["] \t"], ["x"]),
        (r"/^\h\R$/", [" \r\n"], ["x"]),
        (r"/^\x{41}\x42[\x{43}]$/", ["ABC"], ["abc"]),
        (r"/^\x{e9}$/u", ["é"], ["e"]),
        ("/^a++b$/", ["aab"], ["b"]),
        ("/(?i)abc/", ["ABC"], []),
    ],
)
def test_delimited_patterns(delimited: str, matching: list[Any], failing: list[Any]) -> None:
    pattern = v.compile_pattern(delimited)
    assert [value for value in matching if not pattern.matches(value)] == []
    assert [value for value in failing if pattern.matches(value)] == []


@pytest.mark.parametrize(
    "delimited",
    [
        "",
        " ",
        "^[0-9]+$",
        "/[/",
        "/a",
        "/(/",
        "/a/k",
        "/a/b/",
        "abc",
        "1a1",
        "\\a\\",
        "/a\\",
        "(a",
        "(a(b)",
        "/*/",
        "/a{2,1}/",
        "/[[:nonsense:]]/",
        r"/\p{L}/",
        r"/\x{ffffff}/u",
        r"/(?R)/",
        "/" + "a" * 5000 + "/",
        "/" + "(" * 2000 + ")" * 2000 + "/",
        "/a{99999999999}/",
    ],
)
def test_invalid_patterns(delimited: str) -> None:
    with pytest.raises(ValueError):
        v.compile_pattern(delimited)
    with pytest.raises(ValueError):
        v.regex(delimited)


@settings(deadline=None)
@given(st.text(st.sampled_from("/a[]()\\{}^$*+?|.-:&é12<>#xzhQ,"), max_size=20), st.text(max_size=5))
def test_any_pattern_compiles_or_is_a_value_error(body: str, modifiers: str) -> None:
    try:
        v.compile_pattern(f"/{body}/{modifiers}")
    except ValueError:
        return


def test_long_texts_never_match_and_quadratic_patterns_stay_bearable() -> None:
    pattern = v.compile_pattern("/a+$/")
    assert pattern.matches("a" * v.MAX_SUBJECT)
    assert not pattern.matches("a" * (v.MAX_SUBJECT + 1))
    start = clock.process_time()
    assert not pattern.matches("a" * (v.MAX_SUBJECT - 1) + "b")
    assert clock.process_time() - start < 5
