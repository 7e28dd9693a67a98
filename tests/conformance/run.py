"""Replays all recordings against directus8 on every database.

For each database a real server is started on a free port, with a home folder and a mailbox of its own; every scenario
gets a fresh project. Results go to build/conformance/<database>.json.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests import databases, servers

from . import baseline
from .baseline import Cell
from .kit.replay import Report, lines, replay_all, write_json
from .kit.scenario import Scenario, select
from .kit.session import Target
from .kit.suite import SUITES
from .workshop import SUPER_ADMIN_TOKEN, MailBox, Workshop, environ, environment, mail_server

BUILD = Path("build/conformance")
SHOWN = 25  # failures listed for each database, unless all are asked for


@dataclass(frozen=True)
class Run:
    """What one database gave."""

    database: str
    reports: list[Report]
    seconds: float = 0.0
    error: str = ""

    def failures(self) -> list[Report]:
        """The reports in which not everything passed."""
        return [report for report in self.reports if report.passed < len(report.scenario.steps)]


def suited(scenarios: Iterable[Scenario], database: str) -> list[Scenario]:
    """The scenarios that make sense on a database: the legacy dump is MySQL's."""
    return [s for s in scenarios if s.suite.name != "legacy" or database == "mysql"]


def cells(scenarios: Iterable[Scenario], database: str) -> set[Cell]:
    """The families of the scenarios, on one database."""
    return {Cell(s.suite.name, s.family, database) for s in suited(scenarios, database)}


def tally(runs: Iterable[Run]) -> Counter[Cell]:
    """Passed steps of each family on each database."""
    counts: Counter[Cell] = Counter()
    for run in runs:
        for report in run.reports:
            counts[Cell(report.scenario.suite.name, report.scenario.family, run.database)] += report.passed
    return counts


def total(runs: Iterable[Run]) -> Counter[Cell]:
    """All steps of each family on each database."""
    counts: Counter[Cell] = Counter()
    for run in runs:
        for report in run.reports:
            scenario = report.scenario
            counts[Cell(scenario.suite.name, scenario.family, run.database)] += len(scenario.steps)
    return counts


@contextmanager
def target(database: str, workers: int) -> Iterator[dict[str, Target]]:
    """A running server as the target of each suite: they differ in how their projects are made."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix=f"directus8-{database}-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        home, box = folder / "home", MailBox(folder / "mails")
        for part in ("config", "projects"):
            (home / part).mkdir(parents=True)
        mail_port, port = servers.free_port(), servers.free_port()
        stack.enter_context(mail_server(box, mail_port))
        stack.enter_context(environ(environment(home, mail_port)))
        log = BUILD / f"{database}.server.log"
        server = stack.enter_context(servers.running(servers.directus8(port, workers), port, log))
        shop = Workshop(database, home)
        more = (shop.drop, box.folder, SUPER_ADMIN_TOKEN, shop.new_database)
        makers: dict[str, Callable[[str, str, str], object]] = {
            "v10": partial(shop.create, name="Directus"),
            "legacy": shop.restore,
            "v1": shop.create_v1,
        }
        yield {suite: Target(server.base, makers.get(suite, shop.create), *more) for suite in SUITES}


def run(database: str, scenarios: Sequence[Scenario], jobs: int, workers: int, verbose: bool) -> Run:
    """Replay the scenarios on one database."""

    def show(report: Report) -> None:
        if verbose:
            print("\n".join(f"{database} {line}" for line in lines(report, verbose=True)), flush=True)

    started = time.monotonic()
    mine = suited(scenarios, database)
    reports: list[Report] = []
    error = ""
    try:
        with target(database, workers) as targets:
            for suite, where in targets.items():
                part = [s for s in mine if s.suite.name == suite]
                reports += replay_all(part, where, jobs=jobs, on_report=show)
    except servers.ServerFailed as failure:
        error = str(failure)
    write_json(reports, BUILD / f"{database}.json")
    return Run(database, reports, time.monotonic() - started, error)


def failure_lines(run: Run) -> Iterator[str]:
    """One line for each step that did not pass; of those skipped for one reason only the first."""
    for report in run.failures():
        reasons = set()
        for step, verdict in report.verdicts.items():
            where = f"{run.database} {report.scenario.suite.name} {report.scenario.id}: {step}"
            if verdict.differences:
                more = f" (+{len(verdict.differences) - 1} more)" if len(verdict.differences) > 1 else ""
                yield f"{verdict.result:7} {where}\n          {verdict.differences[0]}{more}"
            elif verdict.result == "skipped" and verdict.reason not in reasons:
                reasons.add(verdict.reason)
                yield f"skipped {where}: {verdict.reason}"


def table(runs: Sequence[Run]) -> Iterator[str]:
    """Passed and total steps: a line for each family, a column for each database."""
    passed, totals = tally(runs), total(runs)
    yield _row("suite", "family", (run.database for run in runs))
    for suite, family in dict.fromkeys((cell.suite, cell.family) for cell in totals):
        row = [Cell(suite, family, run.database) for run in runs]
        yield _row(suite, family, (_share(passed[cell], totals[cell]) for cell in row))
    sums = [
        (sum(report.passed for report in run.reports), sum(len(r.scenario.steps) for r in run.reports)) for run in runs
    ]
    yield _row("all", "", (_share(*pair) for pair in sums))
    yield _row("seconds", "", (f"{run.seconds:.0f}" for run in runs))


def _row(suite: str, family: str, columns: Iterable[str]) -> str:
    return f"{suite:8}{family:20}" + "".join(f"{column:>14}" for column in columns)


def _share(passed: int, total: int) -> str:
    return f"{passed} / {total}" if total else "-"


def report(runs: Sequence[Run], verbose: bool) -> None:
    """Print failures and totals."""
    for run in runs:
        if run.error:
            print(f"{run.database}: {run.error}")
        failures = list(failure_lines(run))
        shown = failures if verbose else failures[:SHOWN]
        for line in shown:
            print(line)
        if len(failures) > len(shown):
            print(f"... and {len(failures) - len(shown)} more: {BUILD / run.database}.json, or --verbose")
    print("\n".join(table(runs)))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m tests.conformance.run", description=__doc__)
    made.add_argument("--database", action="append", choices=databases.VENDORS, help="only this one (repeatable)")
    made.add_argument("--suite", action="append", choices=sorted(SUITES), help="only this suite (repeatable)")
    made.add_argument("--family", action="append", help="only this family (repeatable)")
    made.add_argument("--only", action="append", help="only the scenario NAME or FAMILY/NAME (repeatable)")
    made.add_argument("--jobs", type=int, default=2, help="scenarios run at a time")
    made.add_argument("--workers", type=int, default=2, help="worker processes of the server")
    made.add_argument("--verbose", action="store_true", help="show every difference")
    made.add_argument("--check-baseline", action="store_true", help="fail only if a count fell below the baseline")
    made.add_argument("--update-baseline", action="store_true", help="raise the baseline to this run's counts")
    return made


def _databases(wanted: Sequence[str] | None) -> list[str]:
    """The databases of this run; says which are left out. Unavailable when one that was named does not answer."""
    available = databases.available()
    for vendor in wanted or databases.VENDORS:
        if vendor not in available:
            if wanted:
                raise databases.Unavailable(str(databases.problem(vendor)))
            print(f"SKIPPED {databases.problem(vendor)}")
    return [vendor for vendor in available if not wanted or vendor in wanted]


def _judge(options: argparse.Namespace, runs: Sequence[Run], scenarios: Sequence[Scenario]) -> int:
    """Compare with the baseline as asked; the exit status."""
    counts, known = tally(runs), baseline.read()
    if options.update_baseline:
        baseline.write(baseline.raised(known, counts))
    if not options.check_baseline:
        return 1 if any(run.error or run.failures() for run in runs) else 0
    ran = {cell for run in runs for cell in cells(scenarios, run.database)}
    fallen = baseline.fallen(known, counts, ran)
    print("\n".join(fallen) or "nothing fell below the baseline")
    return 1 if fallen else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it all; 0 when all is well, 1 when something differs or fell, 2 when nothing could be run."""
    options = parser().parse_args(arguments)
    if options.only and (options.check_baseline or options.update_baseline):
        parser().error("the baseline counts whole families: leave --only out")
    scenarios = select([SUITES[name] for name in options.suite or SUITES], options.family, options.only)
    if not scenarios:
        print("no such scenario", file=sys.stderr)
        return 2
    try:
        vendors = _databases(options.database)
    except databases.Unavailable as error:
        print(error, file=sys.stderr)
        return 2
    runs = [run(vendor, scenarios, options.jobs, options.workers, options.verbose) for vendor in vendors]
    report(runs, options.verbose)
    return _judge(options, runs, scenarios)


if __name__ == "__main__":
    sys.exit(main())
