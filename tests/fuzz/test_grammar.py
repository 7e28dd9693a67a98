"""A grammar's requests to every route: no 5xx, no hang, and no canary for those who may not see it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.grammar import Wide, rules_of
from tests.fuzz.judge import COUNT, SEED, Judge, court

#: Of those who may see no canary first: afterwards the administrator may have shown them some.
OUTSIDERS = 0.7


@pytest.mark.parametrize("hardened", [True, False], ids=["hard", "plain"])
def test_every_route_stands_anything(database_vendor: str, tmp_path: Path, hardened: bool) -> None:
    with court(database_vendor, tmp_path, hardened) as judge:
        rules = rules_of(judge.api.folks.client.application)
        for seed in range(SEED, SEED + COUNT // 2):
            outside = seed - SEED < OUTSIDERS * COUNT / 2
            send(judge, rules, seed, ("editor", "editor", "nobody") if outside else ("admin",))
        print(f"{database_vendor}: {judge.sent} requests, {dict(judge.statuses)}")
        assert not judge.wrong, "\n".join(judge.wrong[:20])
        assert judge.statuses[200] > judge.sent / 50, judge.statuses


def send(judge: Judge, rules: list[tuple[str, str]], seed: int, callers: tuple[str, ...]) -> None:
    dice = Wide(seed)
    who = dice.one(callers)
    method, url, headers, body = dice.request(rules)
    judge.ask(f"seed {seed}", who, method, url, headers, **body)
