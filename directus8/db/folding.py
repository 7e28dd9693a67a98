"""Folding of text so that equal means what MySQL's utf8mb4_general_ci means by it: no case, no accents."""

from __future__ import annotations

import unicodedata

# Dropped after decomposition: combining marks. German sharp s is one S in that collation, not two.
_TABLE: dict[int, str | None] = {**dict.fromkeys(range(0x300, 0x370)), 0xDF: "S", 0x1E9E: "S"}


def fold(text: str) -> str:
    """``Crème Brûlée`` → ``CREME BRULEE``."""
    if text.isascii():
        return text.upper()
    return unicodedata.normalize("NFD", text).translate(_TABLE).upper()
