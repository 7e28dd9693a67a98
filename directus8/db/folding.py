"""Folding of text so that equal means what MySQL's utf8mb4_general_ci means by it: no case, no accents."""

from __future__ import annotations

import re
import unicodedata

# Combining marks are dropped, but Cyrillic short i is a letter of its own in that collation.
MARKS = "(?<![\u0438\u0418])\u0306|[\u0300-\u0305\u0307-\u036f]"
_MARKS = re.compile(MARKS)


def fold(text: str) -> str:
    """``Crème Brûlée`` → ``CREME BRULEE``; the sharp s is one S. Sorted by code point as MySQL sorts."""
    if text.isascii():
        return text.upper()
    bare = _MARKS.sub("", unicodedata.normalize("NFD", text.replace("ß", "s")))
    return unicodedata.normalize("NFC", bare).upper()
