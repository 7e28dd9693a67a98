"""Rows become items whatever their fields are called."""

from __future__ import annotations

import pytest

from directus8.query.fetch import item_maker

NAMES = (
    ("id",),
    ("id", "title"),
    ("class", "lambda", "v0", "v1"),
    ("it's", 'a "b"', "c\\", "d\n", "{e}", "%s", ""),
    ("ä", "字", "😀", "\ud800", "__import__('os')"),
    tuple(f"field {at}" for at in range(2000)),
)


@pytest.mark.parametrize("names", NAMES, ids=len)
def test_items_are_rows_with_names(names: tuple[str, ...]) -> None:
    rows = [tuple(range(at, at + len(names))) for at in range(3)]
    assert item_maker(names)(iter(rows)) == [dict(zip(names, row, strict=True)) for row in rows]


def test_no_names_and_no_rows() -> None:
    assert item_maker(())([(), ()]) == [{}, {}]
    assert item_maker(("id",))([]) == []
