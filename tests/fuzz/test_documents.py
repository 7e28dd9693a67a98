"""What schemathesis makes of our OpenAPI documents, fitting and not: no 5xx, no leak, no other kind than was promised."""

from __future__ import annotations

from pathlib import Path

from tests.fuzz.documents import try_all
from tests.fuzz.judge import COUNT, SEED, court

SENT = COUNT // 4


def test_every_documented_operation_stands_anything(database_vendor: str, tmp_path: Path) -> None:
    """Hardened on one database, as the original on others; few to begin with, for what schemathesis makes takes time."""
    with court(database_vendor, tmp_path, hardened=database_vendor == "postgresql") as judge:
        try_all([judge], SENT, SEED)
        print(f"{database_vendor}: {judge.sent} requests, {dict(judge.statuses)}")
        assert not judge.wrong, "\n".join(judge.wrong[:20])
        assert judge.sent > SENT / 4
