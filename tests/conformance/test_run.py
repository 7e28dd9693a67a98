"""The runner, on a tiny server of its own: replay, results, totals, baseline."""

from __future__ import annotations

import json
import smtplib
import sys
import types
from pathlib import Path

import pytest

from tests import servers
from tests.conformance import baseline, run, workshop
from tests.conformance.baseline import BaselineError, Cell
from tests.conformance.kit.replay import Report, as_data, lines, replay_all
from tests.conformance.kit.scenario import select
from tests.conformance.kit.session import SetupFailed, Target
from tests.conformance.kit.suite import Suite

STEPS = {
    "right": "passed",
    "wrong": "failed",
    "text": "message",
    "defect": "quirk",
    "later": "skipped",
}
SCENARIO = """\
name: one
about: One step for every result.
steps:
  - {name: right, request: {method: GET, path: "/{project}/items/right"}}
  - {name: wrong, request: {method: GET, path: "/{project}/items/wrong"}, save: {gone: data.none}}
  - {name: text, request: {method: GET, path: "/{project}/none"}}
  - {name: defect, request: {method: GET, path: "/{project}/none"}, quirk: 4xx}
  - {name: later, request: {method: GET, path: "/{project}/{gone}"}}
"""


def _recorded(status: int, body: object) -> dict[str, object]:
    head = {"status": status, "content_type": "application/json", "charset": "", "headers": {}}
    return {**head, "kind": "json", "body": body}


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """A suite with one scenario, recorded as the fake server nearly answers it."""
    made = Suite("mine", tmp_path / "suite")
    item = _recorded(200, {"data": {"id": 1, "project": "{project}"}})
    missing = _recorded(404, {"error": {"code": 1, "message": "another text"}})
    answers = {"right": item, "wrong": item, "text": missing, "defect": _recorded(500, {}), "later": item}
    for folder, name, text in (
        (made.scenarios, "one.yaml", SCENARIO),
        (made.expected, "one.json", json.dumps({"steps": [{"step": s, **a} for s, a in answers.items()]})),
    ):
        (folder / "family").mkdir(parents=True)
        (folder / "family" / name).write_text(text)
    return made


@pytest.fixture(scope="session")
def fake(tmp_path_factory: pytest.TempPathFactory) -> object:
    """The base URL of the fake server."""
    port = servers.free_port()
    command = servers.gunicorn("tests.conformance.fake:application", port, workers=1)
    with servers.running(command, port, tmp_path_factory.mktemp("fake") / "log") as server:
        yield server.base


def _results(report: Report) -> dict[str, str]:
    return {name: verdict.result for name, verdict in report.verdicts.items()}


def test_replay_judges_every_step(suite: Suite, fake: str) -> None:
    made: list[str] = []
    dropped: list[str] = []
    target = Target(fake, lambda project, *_: made.append(project), dropped.append)
    (report,) = replay_all(select([suite]), target)
    assert _results(report) == STEPS
    assert report.passed == 2
    assert made == dropped and made[0].startswith("cf_")
    assert as_data(report)["steps"][1]["differences"] == [{"path": "$.data.id", "expected": 1, "actual": 2}]
    assert "          $.data.id: expected 1, got 2" in list(lines(report))


def test_a_project_that_cannot_be_made_is_a_failure(suite: Suite, fake: str) -> None:
    def create(*_: str) -> None:
        raise SetupFailed("no such luck")

    (report,) = replay_all(select([suite]), Target(fake, create))
    assert list(_results(report).values()) == ["failed", *["skipped"] * 4]
    assert "no such luck" in str(report.verdicts["right"].differences[0])


def test_a_run_from_server_to_table(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The real recordings, asked of the fake server: some pass, most do not, and all are counted."""
    monkeypatch.setattr(
        servers,
        "directus8",
        lambda port, workers: servers.gunicorn("tests.conformance.fake:application", port, workers),
    )
    cli = types.SimpleNamespace(create_project=lambda *_, **__: None)
    monkeypatch.setitem(sys.modules, "directus8.cli", cli)
    monkeypatch.setattr("directus8.cli", cli, raising=False)
    monkeypatch.setattr(run, "BUILD", tmp_path)
    monkeypatch.setattr(baseline, "FILE", tmp_path / "BASELINE")

    assert run.main(["--database", "sqlite", "--family", "server", "--suite", "v8"]) == 1
    printed = capsys.readouterr().out
    assert "v8      server" in printed
    scenarios = json.loads((tmp_path / "sqlite.json").read_text())
    passed = [s["step"] for r in scenarios for s in r["steps"] if s["result"] == "passed"]
    assert "ping" in passed
    assert (tmp_path / "sqlite.server.log").exists()


def test_a_server_that_does_not_start_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(servers, "directus8", lambda port, workers: [sys.executable, "-c", "raise SystemExit(3)"])
    monkeypatch.setattr(run, "BUILD", tmp_path)
    result = run.run("sqlite", select(families=["scim"]), 1, 1, False)
    assert "ended with 3" in result.error
    assert result.reports == []


def test_the_baseline_only_rises(tmp_path: Path) -> None:
    items, auth = Cell("v8", "items", "sqlite"), Cell("v8", "auth", "sqlite")
    assert baseline.raised({items: 5, auth: 5}, {items: 7, auth: 2}) == {items: 7, auth: 5}
    assert baseline.fallen({items: 5, auth: 5}, {items: 7, auth: 2}, {items}) == []
    assert baseline.fallen({items: 5, auth: 5}, {items: 7}, {items, auth}) == [
        "v8 auth sqlite: 0 passed, the baseline is 5"
    ]
    file = tmp_path / "BASELINE"
    assert baseline.read(file) == {}
    baseline.write({items: 5, auth: 3}, file)
    assert baseline.read(file) == {items: 5, auth: 3}
    file.write_text("v8 items 3\n")
    with pytest.raises(BaselineError, match=":1:"):
        baseline.read(file)


def test_the_baseline_counts_whole_families() -> None:
    with pytest.raises(SystemExit):
        run.main(["--only", "crud", "--check-baseline"])


def test_legacy_is_for_mysql_only() -> None:
    scenarios = select(families=["legacy_reads", "scim"])
    assert {cell.family for cell in run.cells(scenarios, "sqlite")} == {"scim"}
    assert {cell.family for cell in run.cells(scenarios, "mysql")} == {"scim", "legacy_reads"}


def test_the_mailbox_keeps_each_mail(tmp_path: Path) -> None:
    box, port = workshop.MailBox(tmp_path / "mails"), servers.free_port()
    with workshop.mail_server(box, port), smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("a@example.com", ["b@example.com"], "To: b@example.com\r\nSubject: s\r\n\r\ntext\r\n")
        client.sendmail("a@example.com", ["b@example.com"], "To: b@example.com\r\nSubject: t\r\n\r\ntext\r\n")
    assert [p.name for p in sorted(box.folder.iterdir())] == ["00001.eml", "00002.eml"]
    assert "Subject: s\n" in (box.folder / "00001.eml").read_text()


def test_the_legacy_dump_is_restored(tmp_path: Path, database_vendors: list[str]) -> None:
    from sqlalchemy import create_engine, text

    from tests import databases

    if "mysql" not in database_vendors:
        pytest.skip(f"no database: {databases.problem('mysql')}")
    shop = workshop.Workshop("mysql", tmp_path)
    shop.restore("cf_legacy_test", "", "")
    engine = create_engine(databases.database_url("mysql", "d8_cf_legacy_test"))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM Track")).scalar() == 3509
        assert connection.execute(text("SELECT COUNT(*) FROM directus_webhooks")).scalar() == 2
    engine.dispose()
    assert "d8_cf_legacy_test" in (shop.config / "cf_legacy_test.toml").read_text()
    assert (tmp_path / "projects/cf_legacy_test/uploads/originals/banner.webp").exists()
    shop.drop("cf_legacy_test")
    assert list(shop.config.iterdir()) == []
