"""Runs the cases against a server: first the statements they need, then the CPU they take."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from tests.servers import Server

from . import cpu
from .cases import Case, Setup
from .load import BadAnswer, Load

STATEMENTS = "X-Directus8-Statements"
WARM_UP = 12  # requests of each kind, so that every worker has every plan


@dataclass(frozen=True)
class Result:
    """One case on one database; multiples and milliseconds of each round."""

    case: Case
    statements: str = "?"
    problem: str = ""
    multiples: tuple[float, ...] = ()
    milliseconds: tuple[float, ...] = ()

    @property
    def multiple(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.multiples)

    def state(self, database: str) -> str:
        """ok | over (the target) | ALARM | n/a"""
        if not self.multiples:
            return "n/a"
        limit = self.case.limit_on(database)
        return "ok" if self.multiple <= limit.target else "over" if self.multiple <= limit.alarm else "ALARM"


def count_statements(setup: Setup, case: Case) -> Result:
    """Ask a tracing server for one case until its workers are warm: the least number of statements it needed."""
    if case.unavailable:
        return Result(case, problem=case.unavailable)
    counts = set()
    for _ in range(WARM_UP):
        response = setup.client.request(
            case.method, case.url(setup.project), json=case.body, headers=dict(case.headers)
        )
        if case.refused(response.status_code):
            return Result(case, problem=f"answers {response.status_code}")
        counts.add(response.headers.get(STATEMENTS, "?"))
    numbers = [int(count) for count in counts if count.isdigit()]
    return Result(case, statements=str(min(numbers)) if numbers else "?")


def cost(load: Load, server: Server, request: bytes, count: int) -> tuple[float, set[int]]:
    """Nanoseconds of CPU that one request costs the server, and the statuses it answered."""
    pids = cpu.family(server.process.pid)
    before = cpu.nanoseconds(pids)
    statuses = load(server.base, request, count)
    after = cpu.nanoseconds(pids)
    return (after - before) / statuses.total(), set(statuses)


@dataclass(frozen=True)
class Bench:
    """Two servers side by side: the one that says hello and the one that is measured."""

    load: Load
    hello: Server
    server: Server
    setup: Setup

    def unit(self, count: int = 800) -> float:
        """What a hello costs at this moment."""
        host = urlsplit(self.hello.base).netloc
        return cost(self.load, self.hello, f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode(), count)[0]

    def one(self, case: Case, count: int) -> float:
        """What one request of a case costs; BadAnswer when the server refuses any."""
        request = case.wire(self.setup.project, urlsplit(self.server.base).netloc, self.setup.token)
        nanoseconds, statuses = cost(self.load, self.server, request, count)
        if bad := [status for status in statuses if case.refused(status)]:
            raise BadAnswer(f"answers {bad[0]} under load")
        return nanoseconds

    def rounds(self, results: Sequence[Result], number: int) -> list[Result]:
        """Measure every case a number of times, each round beside the hello of the same moment."""
        self.unit(100)
        measured = [self._warm(result) for result in results]
        for _ in range(number):
            unit = self.unit()
            costs: dict[str, float] = {}
            measured = [self._round(result, unit, costs) for result in measured]
        return measured

    def _warm(self, result: Result) -> Result:
        return result if result.problem else self._tried(result, WARM_UP)[1]

    def _round(self, result: Result, unit: float, costs: dict[str, float]) -> Result:
        """The result with one more measurement; costs are those of this round."""
        if result.problem:
            return result
        nanoseconds, result = self._tried(result, result.case.count)
        if result.problem:
            return result
        costs[result.case.name] = nanoseconds
        multiple = nanoseconds / costs.get(result.case.unit, unit)
        return replace(
            result,
            multiples=(*result.multiples, multiple),
            milliseconds=(*result.milliseconds, nanoseconds / 1e6),
        )

    def _tried(self, result: Result, count: int) -> tuple[float, Result]:
        """The cost; a case that fails is not tried again."""
        try:
            return self.one(result.case, count), result
        except (BadAnswer, OSError) as error:
            return 0.0, Result(result.case, result.statements, str(error))
