"""A grammar's requests to every route: no 5xx, no hang, and no canary for those who may not see it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.fuzz.grammar import Wide, rules_of
from tests.fuzz.judge import COUNT, SEED, Judge, court

#: Of those who may see no canary first: afterwards the administrator may have shown them some.
OUTSIDERS = 0.7
#: Requests to one project: an administrator may spoil it for all that follow.
ROUND = 1000


@pytest.mark.parametrize("hardened", [True, False], ids=["hard", "plain"])
def test_every_route_stands_anything(database_vendor: str, tmp_path: Path, hardened: bool) -> None:
    statuses: Counter[int] = Counter()
    last = SEED + COUNT // 2
    for number, first in enumerate(range(SEED, last, ROUND)):
        with court(database_vendor, tmp_path / str(number), hardened) as judge:
            play(judge, range(first, min(first + ROUND, last)))
        statuses += judge.statuses
        assert not judge.wrong, "\n".join(judge.wrong[:20])
    print(f"{database_vendor}: {statuses.total()} requests, {dict(statuses)}")
    assert statuses[200] > statuses.total() / 50, statuses


def play(judge: Judge, seeds: range) -> None:
    """Sends the requests of one round: of outsiders, then of the administrator."""
    rules = rules_of(judge.api.folks.client.application)
    for number, seed in enumerate(seeds):
        outside = number < OUTSIDERS * len(seeds)
        send(judge, rules, seed, ("editor", "editor", "nobody") if outside else ("admin",))


def send(judge: Judge, rules: list[tuple[str, str]], seed: int, callers: tuple[str, ...]) -> None:
    dice = Wide(seed)
    who = dice.one(callers)
    method, url, headers, body = dice.request(rules)
    judge.ask(f"seed {seed}", who, method, url, headers, **body)
