"""Where a token may be given, and which counts (auth.md §1)."""

from __future__ import annotations

from typing import Any

import pytest

from directus8.auth.extract import Basic, Presented, Source, presented

NOTHING: dict[str, Any] = {"body": None, "query": {}, "basic": None, "authorization": None, "cookie": None}


def jwt(value: str) -> Presented:
    return Presented(value, Source.JWT)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, None),
        # 1: the parameter, body before query
        ({"query": {"access_token": "q"}}, jwt("q")),
        ({"body": {"access_token": "b"}, "query": {"access_token": "q"}}, jwt("b")),
        ({"body": {"access_token": None}, "query": {"access_token": "q"}}, jwt("q")),
        ({"body": {"other": 1}, "query": {"access_token": "q"}}, jwt("q")),
        ({"body": ["access_token"], "query": {"access_token": "q"}}, jwt("q")),
        ({"body": "access_token", "query": {"access_token": "q"}}, jwt("q")),
        ({"body": {"access_token": 12}}, jwt("12")),
        ({"query": {"access_token": "bad"}, "authorization": "Bearer good", "cookie": "c"}, jwt("bad")),
        # empty falls through; an empty one in the body hides the query
        ({"query": {"access_token": ""}, "authorization": "Bearer good"}, jwt("good")),
        ({"query": {"access_token": "0"}, "authorization": "Bearer good"}, jwt("good")),
        ({"body": {"access_token": ""}, "query": {"access_token": "q"}, "cookie": "c"}, Presented("c", Source.COOKIE)),
        # what can be no token still counts as given
        ({"query": {"access_token": ["a"]}, "authorization": "Bearer good"}, None),
        ({"body": {"access_token": {"a": 1}}, "cookie": "c"}, None),
        ({"body": {"access_token": True}, "cookie": "c"}, None),
        # 2: Basic
        ({"basic": ("token", "")}, jwt("token")),
        ({"basic": ("token", None)}, jwt("token")),
        ({"basic": Basic("token", "token")}, jwt("token")),
        ({"basic": ("token", "other"), "authorization": "Bearer good", "cookie": "c"}, None),
        ({"basic": ("", ""), "cookie": "c"}, None),
        ({"basic": ("token", ""), "authorization": "Basic dG9rZW46"}, jwt("token")),
        # 3: Bearer
        ({"authorization": "Bearer t"}, jwt("t")),
        ({"authorization": "bearer \t t"}, jwt("t")),
        ({"authorization": "xBEARER t "}, jwt("t")),
        ({"authorization": "Bearer bad", "cookie": "c"}, jwt("bad")),
        ({"authorization": "Bearer", "cookie": "c"}, Presented("c", Source.COOKIE)),
        ({"authorization": "Bearer ", "cookie": "c"}, Presented("c", Source.COOKIE)),
        ({"authorization": "Token t", "cookie": "c"}, Presented("c", Source.COOKIE)),
        ({"authorization": "", "cookie": "c"}, Presented("c", Source.COOKIE)),
        # 4: the cookie
        ({"cookie": "c"}, Presented("c", Source.COOKIE)),
        ({"cookie": ""}, None),
    ],
)
def test_precedence(given: dict[str, Any], expected: Presented | None) -> None:
    assert presented(**{**NOTHING, **given}) == expected
