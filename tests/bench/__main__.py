"""Measures directus8 on each database and prints every request beside its target.

    python -m tests.bench [--database sqlite] [--rounds 5] [--strict]

The columns: CPU of the server as a multiple of a bare Flask hello (of one create, for the batch), the state against
target and alarm, the SQL statements of one request, and the CPU in milliseconds. Results: build/bench/<database>.json.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests import databases, servers
from tests.conformance.kit.session import EMAIL, PASSWORD
from tests.conformance.kit.session import SetupFailed as ProjectFailed
from tests.conformance.workshop import Workshop, environ
from tests.servers import Server

from .cases import HOOK, HOOKED, Setup, SetupFailed
from .load import Load, load
from .measure import Bench, Result, count_statements

BUILD = Path("build/bench")
PROJECT = "bench"
WORKERS = 2


@contextmanager
def home(database: str) -> Iterator[Workshop]:
    """A home folder of its own with two empty projects, removed afterwards with all that is in it."""
    folder = Path(tempfile.mkdtemp(prefix="directus8-bench-"))
    shop = Workshop(database, folder)
    for part in ("config", "projects"):
        (folder / part).mkdir()
    try:
        with environ({"DIRECTUS8_HOME": str(folder), "DIRECTUS8_WEBHOOKS_DELIVERY": "worker"}):
            for project in (PROJECT, HOOKED):
                shop.create(project, EMAIL, PASSWORD)
            hooks = folder / "projects" / HOOKED / "extensions" / "hooks"
            hooks.mkdir(parents=True, exist_ok=True)
            (hooks / "stamp.py").write_text(HOOK)
            yield shop
    finally:
        for project in (PROJECT, HOOKED):
            shop.drop(project)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server(database: str, trace: bool = False) -> Iterator[Server]:
    """directus8, alike in everything but the counting of statements."""
    port = servers.free_port()
    environment = {"DIRECTUS8_TRACE": "1"} if trace else {}
    log = BUILD / f"{database}{'.trace' if trace else ''}.log"
    with servers.running(servers.directus8(port, WORKERS), port, log, environment) as running:
        yield running


@contextmanager
def greeter() -> Iterator[Server]:
    """The bare Flask application, served in the same way."""
    port = servers.free_port()
    command = servers.gunicorn("tests.bench.hello:application", port, WORKERS)
    with servers.running(command, port, BUILD / "hello.log", ping="/") as running:
        yield running


def measure(database: str, drive: Load, number: int) -> list[Result]:
    """All cases on one database."""
    with home(database):
        with server(database, trace=True) as tracing:
            setup = Setup(tracing.base, PROJECT, EMAIL, PASSWORD)
            setup.fill()
            results = [count_statements(setup, case) for case in setup.cases()]
        with ExitStack() as stack:
            hello, running = stack.enter_context(greeter()), stack.enter_context(server(database))
            setup = Setup(running.base, PROJECT, EMAIL, PASSWORD)
            return Bench(drive, hello, running, setup).rounds(results, number)


def lines(database: str, results: Sequence[Result]) -> Iterator[str]:
    """The table of one database."""
    yield ""
    yield f"{database:20} {'x':>7} {'target':>7} {'alarm':>7}  {'state':6}{'SQL':>5} {'(promised)':>10} {'ms':>8}"
    for result in results:
        limit = result.case.limit_on(database)
        unit = f" x {result.case.unit}" if result.case.unit else ""
        multiple = f"{result.multiple:.2f}" if result.multiples else "n/a"
        time = f"{statistics.median(result.milliseconds):.3f}" if result.milliseconds else ""
        yield (
            f"{result.case.name:20} {multiple:>7} {limit.target:>7} {limit.alarm:>7}  {result.state(database):6}"
            f"{result.statements:>5} {result.case.statements:>10} {time:>8}{unit}{'  ' if result.problem else ''}"
            f"{result.problem}"
        )


def write(database: str, results: Sequence[Result]) -> None:
    """Keep the numbers of this run."""
    data = {
        result.case.name: {
            "multiple": result.multiple if result.multiples else None,
            "state": result.state(database),
            "statements": result.statements,
            "milliseconds": statistics.median(result.milliseconds) if result.milliseconds else None,
            "problem": result.problem,
        }
        for result in results
    }
    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / f"{database}.json").write_text(json.dumps(data, indent=1) + "\n")


def alarms(measured: Mapping[str, Sequence[Result]]) -> list[str]:
    """What is beyond its alarm."""
    return [f"{db}: {r.case.name}" for db, results in measured.items() for r in results if r.state(db) == "ALARM"]


def main() -> int:
    """Measure and print; 1 when nothing could be measured, or with --strict when there is an alarm."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--database", action="append", choices=databases.VENDORS, help="only this one (repeatable)")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each request; the median counts")
    parser.add_argument("--strict", action="store_true", help="fail when there is an alarm")
    options = parser.parse_args()
    measured: dict[str, list[Result]] = {}
    failed = False
    with load() as drive:
        for database in options.database or databases.VENDORS:
            if problem := databases.problem(database):
                print(f"SKIPPED {problem}")
                continue
            try:
                measured[database] = measure(database, drive, options.rounds)
            except (servers.ServerFailed, SetupFailed, ProjectFailed) as error:
                failed = True
                print(f"{database}: nothing measured: {error}")
                continue
            write(database, measured[database])
            print("\n".join(lines(database, measured[database])), flush=True)
    found = alarms(measured)
    print(f"\nalarms: {', '.join(found) or 'none'}")
    return 1 if failed or (options.strict and found) else 0


if __name__ == "__main__":
    sys.exit(main())
