"""Folding of text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directus8.db.folding import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Crème Brûlée", "CREME BRULEE"),
        ("Straße", "STRASE"),
        ("İstanbul", "ISTANBUL"),
        ("ΌΣΟΣ", "ΟΣΟΣ"),
        ("όσος", "ΟΣΟΣ"),
        ("Мой ёж", "МОЙ ЕЖ"),
        ("Й", "Й"),
        ("и", "И"),
        ("e\u0301", "E"),
        ("한국어", "한국어"),
        ("日本語", "日本語"),
        ("a_b%\\", "A_B%\\"),
        ("🍕", "🍕"),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_is_once_for_all(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters(max_codepoint=0x24F)))
def test_case_does_not_matter(text: str) -> None:
    assert fold(text.lower().upper()) == fold(text.upper())
