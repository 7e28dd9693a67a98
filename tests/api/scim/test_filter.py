"""The filter language: what parses, what it means, and that nothing else than BadFilter comes of any text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scim2_models import ScimFilter, User

from directus8.api.scim.filter import (
    All,
    Any_,
    BadFilter,
    Compare,
    Name,
    No,
    Node,
    Present,
    Within,
    matches,
    parse,
    text_of,
)

URN = "urn:ietf:params:scim:schemas:core:2.0:User"
A, B, C = (Compare(Name(n), "eq", 1) for n in "abc")

GOOD: dict[str, Node] = {
    'userName eq "x"': Compare(Name("userName"), "eq", "x"),
    'userName Eq "a \\"b\\" \\u00e9"': Compare(Name("userName"), "eq", 'a "b" é'),
    "title pr": Present(Name("title")),
    "active eq true": Compare(Name("active"), "eq", True),
    "title eq null": Compare(Name("title"), "eq", None),
    "a gt 1.5": Compare(Name("a"), "gt", 1.5),
    f'{URN}:name.familyName co "o"': Compare(Name("name", "familyName", URN), "co", "o"),
    "a eq 1 or b eq 1 and c eq 1": Any_((A, All((B, C)))),
    "(a eq 1 or b eq 1) and c eq 1": All((Any_((A, B)), C)),
    "not (a eq 1) and b eq 1": All((No(A), B)),
    "not(a eq 1)": No(A),
    "not eq 1": Compare(Name("not"), "eq", 1),
    'emails[type eq "work" and value co "@x"]': Within(
        Name("emails"), All((Compare(Name("type"), "eq", "work"), Compare(Name("value"), "co", "@x")))
    ),
    'emails[type eq "work"].value eq "x"': Within(
        Name("emails"), All((Compare(Name("type"), "eq", "work"), Compare(Name("value"), "eq", "x")))
    ),
    'a eq " (] and "': Compare(Name("a"), "eq", " (] and "),
}


@pytest.mark.parametrize("text", GOOD)
def test_good(text: str) -> None:
    assert parse(text) == GOOD[text]
    assert parse(text_of(GOOD[text])) == GOOD[text]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a",
        "a eq",
        "a xx 1",
        "a eq x",
        "a eq 'x'",
        'a eq "x',
        "a pr b pr",
        "(a pr",
        "a pr)",
        "a[b pr",
        "a[] pr",
        "not a pr",
        "a pr and",
        "and",
        "1 eq 1",
        "a..b eq 1",
        "a.b.c eq 1",
        "a eq 01",
        "a[b pr].c",
        "a eq 1 xor b eq 1",
        "(" * 60 + "a pr" + ")" * 60,
        "a pr and " * 5000 + "a pr",
    ],
)
def test_bad(text: str) -> None:
    with pytest.raises(BadFilter):
        parse(text)


_WORD = st.from_regex(r"[a-z][A-Za-z0-9]{0,6}", fullmatch=True).filter(lambda w: w.lower() not in ("not", "and", "or"))
_NAMES = st.builds(Name, _WORD, st.none() | _WORD, st.none() | st.just(URN))
_VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_LEAVES = st.builds(Compare, _NAMES, st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]), _VALUES)


def _trees(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return (
        st.builds(All, several)
        | st.builds(Any_, several)
        | st.builds(No, inner)
        | st.builds(Within, st.builds(Name, _WORD), inner)
    )


@given(st.recursive(_LEAVES | st.builds(Present, _NAMES), _trees, max_leaves=12))
def test_a_tree_survives_its_text(tree: Node) -> None:
    assert parse(text_of(tree)) == tree


@given(st.text(max_size=60) | st.text('ab."\\[]() eqprandornot1', max_size=60))
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        tree = parse(text)
    except BadFilter:
        return
    assert parse(text_of(tree)) == tree


_TEXTS = st.sampled_from(["work", "Work", "home", "a@x.com", "b@X.com", "x", ""])
_CONDITIONS = st.builds(
    Compare, st.sampled_from([Name("value"), Name("type")]), st.sampled_from(["eq", "co", "sw", "ew"]), _TEXTS
)


@given(
    st.recursive(
        _CONDITIONS,
        lambda i: st.builds(All, st.tuples(i, i)) | st.builds(Any_, st.tuples(i, i)) | st.builds(No, i),
        max_leaves=5,
    ),
    st.lists(st.tuples(_TEXTS.filter(bool), st.sampled_from(["work", "home"])), min_size=1, max_size=3),
)
def test_means_what_scim2_models_says(tree: Node, mails: list[tuple[str, str]]) -> None:
    """Another implementation of the same language agrees on values that are there."""
    values = [{"value": value, "type": type} for value, type in mails]
    whole = Within(Name("ims"), tree)
    other = ScimFilter[User](text_of(whole))
    user = User.model_validate({"userName": "u", "ims": values}, strict=False)
    assert matches(whole, {"ims": values}) == other.match(user)
