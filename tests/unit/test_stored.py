"""What one statement reads of several tables together."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from directus8.services import stored

NARROW, WIDE = SimpleNamespace(columns=[None] * 3), SimpleNamespace(columns=[None] * 700)


@pytest.mark.parametrize(
    ("named", "sizes"),
    [
        ([], []),
        ([(NARROW, [1, 2])], [1]),
        ([(NARROW, [1, 2]), (WIDE, [1])], [2]),
        ([(WIDE, [1]), (NARROW, [1]), (WIDE, [1]), (WIDE, [1])], [2, 1, 1]),
        ([(NARROW, range(5000)), (NARROW, [1]), (NARROW, [1])], [1, 2]),
        ([(NARROW, [1])] * 40, [16, 16, 8]),
    ],
)
def test_no_statement_reads_too_much(named: Any, sizes: list[int]) -> None:
    groups = list(stored._together(named))
    assert [len(group) for group in groups] == sizes
    assert [one for group in groups for one in group] == named
