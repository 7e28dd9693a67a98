"""How many examples are tried."""

from __future__ import annotations

import os


def examples(usual: int) -> int:
    """The number of DIRECTUS8_EXAMPLES, else as many as are worth their time in every run."""
    return int(os.environ.get("DIRECTUS8_EXAMPLES", usual))
