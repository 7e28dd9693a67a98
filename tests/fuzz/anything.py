"""Values that fit nowhere, or nearly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.fuzz.judge import COUNT, SEED

ANYTHING: tuple[Any, ...] = (
    None, "", "x", 0, -1, 2**63, 1e308, True, [], {}, [None], {"a": 1}, [{"a": [1]}], "9" * 5000, "/(/", "[", "²", "\u0000",
    {"status_mapping": []}, {"status_mapping": {"x": 1}}, {"status_mapping": {"draft": {"soft_delete": []}}},
    {"choices": 1}, {"format": {"a": 1}}, {"template": "{{x}}"}, {"url": 5}, {"fields": "x"}, "{\"status_mapping\":1}",
)  # fmt: skip
#: One value in so many is tried unless more is asked for (DIRECTUS8_FUZZ=1000).
STEP = 1 if COUNT >= 1000 else 3


def tried(values: Sequence[Any]) -> Sequence[Any]:
    """Those of this run; another seed (DIRECTUS8_FUZZ_SEED) tries others."""
    return values[SEED % STEP :: STEP]
