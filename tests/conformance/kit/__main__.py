"""Command line, for any server: python -m tests.conformance.kit {check,replay} ..."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .replay import lines, replay_all, write_json
from .scenario import Scenario, ScenarioError, select
from .session import SetupFailed, Target
from .suite import SUITES


def shell(template: str, **values: str) -> str:
    """Run a command template such as "make-project {project} {email} {password}"; answer what it printed."""
    command = template
    for name, value in values.items():
        command = command.replace("{" + name + "}", value)
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise SetupFailed(f"`{command}` exited {done.returncode}: {(done.stderr or done.stdout).strip()[-400:]}")
    return done.stdout


def _new_database(command: str) -> Callable[[str], dict[str, Any]]:
    def make(project: str) -> dict[str, Any]:
        made: dict[str, Any] = json.loads(shell(command, project=project))
        return made

    return make


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kit", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--suite", action="append", choices=sorted(SUITES), help="only this suite (repeatable)")
    common.add_argument("--family", action="append", help="only this family (repeatable)")
    common.add_argument("--only", action="append", help="only the scenario NAME or FAMILY/NAME (repeatable)")
    commands.add_parser("check", parents=[common], help="load the scenarios and count their steps")
    replay = commands.add_parser("replay", parents=[common], help="compare a server with the recordings")
    replay.add_argument("--base", required=True, help="base URL of the server")
    replay.add_argument("--fresh", required=True, help="command that makes {project} with admin {email} / {password}")
    replay.add_argument("--drop", help="command that removes {project} again")
    replay.add_argument("--project", metavar="KEY", help="use this project, put back by --fresh before each scenario")
    replay.add_argument("--jobs", type=int, default=1, help="scenarios run at a time")
    replay.add_argument("--json", metavar="FILE", type=Path, help="write all results there")
    replay.add_argument("--verbose", action="store_true", help="show every difference")
    replay.add_argument("--lenient-messages", action="store_true", help="error texts may differ")
    replay.add_argument("--strict-headers", action="store_true", help="soft headers count as failures")
    replay.add_argument("--mails", metavar="DIR", type=Path, help="folder with a file for each mail the server sends")
    replay.add_argument("--super-admin-token", metavar="TOKEN", help="for /server/info and project creation")
    replay.add_argument("--new-database", metavar="COMMAND", help="makes an empty database for {project}, prints a "
                        "JSON object with type, host, port, name, user, password")  # fmt: skip
    return parser


def _check(scenarios: list[Scenario]) -> int:
    counts: Counter[str] = Counter()
    for scenario in scenarios:
        counts[f"{scenario.suite.name} {scenario.family}"] += len(scenario.steps)
        note = "" if scenario.expected_file.exists() else " (not recorded)"
        print(f"{scenario.suite.name} {scenario.id}: {len(scenario.steps)} steps{note}")
    print(", ".join(f"{name} {count}" for name, count in counts.items()), f"- {sum(counts.values())} steps")
    return 0


def _replay(scenarios: list[Scenario], options: argparse.Namespace) -> int:
    drop: str | None = options.drop
    target = Target(
        options.base,
        lambda project, email, password: shell(options.fresh, project=project, email=email, password=password),
        (lambda project: shell(drop, project=project)) if drop else None,
        options.mails,
        options.super_admin_token,
        _new_database(options.new_database) if options.new_database else None,
    )
    reports = replay_all(
        scenarios,
        target,
        jobs=options.jobs,
        project=options.project,
        on_report=lambda report: print("\n".join(lines(report, options.verbose, options.strict_headers)), flush=True),
    )
    if options.json:
        write_json(reports, options.json)
    totals = Counter(verdict.result for report in reports for verdict in report.verdicts.values())
    soft = sum(bool(verdict.header_differences) for report in reports for verdict in report.verdicts.values())
    forgiven = totals["message"] if options.lenient_messages else 0
    failed = totals["failed"] + totals["message"] - forgiven + (soft if options.strict_headers else 0)
    print(f"quirks met: {totals['quirk']}; message-only: {totals['message']}; soft header differences: {soft}")
    print(f"{totals['passed'] + totals['quirk'] + forgiven} passed, {failed} failed, {totals['skipped']} skipped")
    return 1 if failed or totals["skipped"] else 0


def main() -> int:
    """Run one command; 0 when all is well, 1 when something differs, 2 when nothing could be run."""
    options = _parser().parse_args()
    try:
        scenarios = select([SUITES[name] for name in options.suite or SUITES], options.family, options.only)
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return 2
    if not scenarios:
        print("no such scenario", file=sys.stderr)
        return 2
    return _check(scenarios) if options.command == "check" else _replay(scenarios, options)


if __name__ == "__main__":
    sys.exit(main())
