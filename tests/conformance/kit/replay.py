"""Replays the recorded scenarios against a server and reports the differences."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from .compare import Difference, Verdict, compare
from .placeholders import specialise
from .scenario import DAYS, Scenario
from .session import EMAIL, PASSWORD, Outcome, Session, SetupFailed, Target


@dataclass
class Report:
    """The verdicts of one scenario, in the order of its steps."""

    scenario: Scenario
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    def count(self, *results: str) -> int:
        """How many steps had one of these results."""
        return sum(verdict.result in results for verdict in self.verdicts.values())

    @property
    def passed(self) -> int:
        """Steps that are as they should be, quirks included."""
        return self.count("passed", "quirk")


def replay(scenario: Scenario, target: Target, project: str) -> Report:
    """Make a project, run one scenario on it, judge every answer, drop the project."""
    report = Report(scenario)
    if not scenario.expected_file.exists():
        report.verdicts = {step.name: Verdict("skipped", reason="not recorded") for step in scenario.steps}
        return report
    session = Session(target, project, scenario)
    expected = _recorded(scenario, session)
    try:
        target.create(project, EMAIL, PASSWORD)
        for outcome in session.run():
            report.verdicts[outcome.step.name] = _judge(outcome, expected.get(outcome.step.name), scenario)
    except (SetupFailed, httpx.HTTPError) as error:
        report.verdicts = dict(_broken(scenario, str(error)))
    finally:
        session.client.close()
        if target.drop:
            target.drop(project)
    return report


def _recorded(scenario: Scenario, session: Session) -> dict[str, dict[str, Any]]:
    """The recorded answers with the values of this run in them, by step."""
    steps = json.loads(scenario.expected_file.read_text())["steps"]
    literal = {name: str(session.variables[name]) for name in ("project", "base", *DAYS)}
    return {step["step"]: specialise(step, literal) for step in steps}


def _judge(outcome: Outcome, expected: dict[str, Any] | None, scenario: Scenario) -> Verdict:
    if outcome.answer is None:
        if outcome.reason.startswith("no answer"):
            return Verdict("failed", (Difference("request", "an answer", outcome.reason),))
        return Verdict("skipped", reason=outcome.reason)
    if expected is None:
        return Verdict("skipped", reason="not recorded")
    return compare(outcome.step, expected, outcome.answer, scenario.suite.dialect)


def _broken(scenario: Scenario, error: str) -> Iterator[tuple[str, Verdict]]:
    """The first step failed, the others were never reached."""
    for number, step in enumerate(scenario.steps):
        if number == 0:
            yield step.name, Verdict("failed", (Difference("setup", "a working setup", error),))
        else:
            yield step.name, Verdict("skipped", reason="setup failed")


def replay_all(
    scenarios: Sequence[Scenario],
    target: Target,
    *,
    jobs: int = 1,
    project: str | None = None,
    on_report: Callable[[Report], object] = lambda report: None,
) -> list[Report]:
    """Replay all scenarios, some at a time; each has a project of its own unless one is named."""
    stamp = secrets.token_hex(2)

    def one(numbered: tuple[int, Scenario]) -> Report:
        number, scenario = numbered
        return replay(scenario, target, project or f"cf_{stamp}_{number:03}")

    reports = []
    with ThreadPoolExecutor(1 if project else jobs) as pool:
        for report in pool.map(one, enumerate(scenarios, 1)):
            on_report(report)
            reports.append(report)
    return reports


def lines(report: Report, verbose: bool = False, headers: bool = False) -> Iterator[str]:
    """A report as text: one line for the scenario, then its failures (verbose: with every difference)."""
    quirks, messages = report.count("quirk"), report.count("message")
    extra = "".join(f", {n} {word}" for n, word in ((quirks, "quirks"), (messages, "message-only")) if n)
    total = len(report.scenario.steps)
    yield f"{report.scenario.suite.name} {report.scenario.id}: {report.passed} / {total}{extra}"
    for name, verdict in report.verdicts.items():
        if verdict.result in ("failed", "message"):
            yield f"  {'message' if verdict.result == 'message' else 'FAILED':7} {name}"
            shown = verdict.differences if verbose else verdict.differences[:1]
            yield from (f"          {difference}" for difference in shown)
            if len(verdict.differences) > len(shown):
                yield f"          (+{len(verdict.differences) - len(shown)} more)"
        elif verdict.result == "skipped":
            yield f"  skipped {name}: {verdict.reason}"
        if headers:
            yield from (f"  header  {name}: {difference}" for difference in verdict.header_differences)


def _plain(value: Any) -> Any:
    try:
        json.dumps(value)
    except TypeError:
        return repr(value)
    return value


def as_data(report: Report) -> dict[str, Any]:
    """A report as JSON data."""
    return {
        "suite": report.scenario.suite.name,
        "scenario": report.scenario.id,
        "steps": [
            {
                "step": name,
                "result": verdict.result,
                "reason": verdict.reason,
                "differences": [
                    {"path": d.path, "expected": _plain(d.expected), "actual": _plain(d.actual)}
                    for d in verdict.differences
                ],
                "header_differences": [str(d) for d in verdict.header_differences],
            }
            for name, verdict in report.verdicts.items()
        ],
    }


def write_json(reports: Sequence[Report], path: Path) -> None:
    """Write all reports into one file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([as_data(report) for report in reports], indent=1, ensure_ascii=False) + "\n")
