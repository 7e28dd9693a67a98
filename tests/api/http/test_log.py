"""Log lines: for machines and for people, and never at the price of an answer."""

from __future__ import annotations

import atexit
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from directus8.api.http import log
from directus8.api.http.lines import Lines
from directus8.config import Home, load_server
from directus8.config.table import Logger


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger("directus8")
    before, level, passes = list(root.handlers), root.level, root.propagate
    yield
    root.handlers, root.propagate = before, passes
    root.setLevel(level)
    log.current.set(None)
    log.about.set({})


def _lines(form: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    log.configure(load_server(Home(folder), {"DIRECTUS8_SERVER_LOG_FORMAT": form}))
    log.about.set({"project": "demo", "request": "1f"})
    log.answered({"method": "GET", "path": "/demo/items/ä", "status": 200})
    try:
        raise ValueError("oh")
    except ValueError:
        logging.getLogger("directus8.somewhere").exception("went %s", "wrong", extra={"field": "x"})
    return capsys.readouterr().out.splitlines()


def test_for_machines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answered, failed = map(json.loads, _lines("json", tmp_path, capsys))
    assert answered.pop("timestamp").endswith("Z") and failed.pop("timestamp").endswith("Z")
    same = {"project": "demo", "request": "1f"}
    told = {"method": "GET", "path": "/demo/items/ä", "status": 200}
    assert answered == {"event": "request", **same, "level": "info", "logger": "directus8.access", **told}
    assert "ValueError: oh" in failed.pop("exception")
    assert failed == {"event": "went wrong", **same, "level": "error", "logger": "directus8.somewhere", "field": "x"}


def test_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answered, failed, *where = _lines("text", tmp_path, capsys)
    assert "[info     ] request" in answered and "path=/demo/items/ä" in answered and "project=demo" in answered
    assert "went wrong" in failed and "field=x" in failed and "ValueError: oh" in where[-1]


def test_a_log_that_cannot_be_written_fails_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(load_server(Home(tmp_path), {}))
    (tmp_path / "file").write_text("")
    log.current.set(Logger(path=str(tmp_path / "file" / "below.log")))
    log.answered({"path": "/"})
    assert "FileExistsError" in capsys.readouterr().err
    log.current.set(None)
    log.answered({"path": "\ud800"})
    told = capsys.readouterr()
    assert told.out == "" and "surrogates" in told.err


def test_gathered_lines_are_written_together_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("directus8.api.http.lines.PAUSE", 1.0)
    one, other = str(tmp_path / "one.log"), str(tmp_path / "other")
    lines = Lines()
    lines.post(one, "at once")
    assert (tmp_path / "one.log").read_text() == "at once\n"
    lines.gather()
    for number in range(3):
        lines.post(one, str(number))
        lines.post(other, f"other {number}")
    assert not (tmp_path / "other").exists()
    end = time.monotonic() + 60
    while not (tmp_path / "other" / "directus8.log").is_file() and time.monotonic() < end:
        time.sleep(0.05)
    lines.flush()  # waits for a write that has begun
    assert (tmp_path / "other" / "directus8.log").read_text() == "other 0\nother 1\nother 2\n"
    lines.post(one, "waits")
    lines.write(one, "does not wait")
    assert (tmp_path / "one.log").read_text() == "at once\n0\n1\n2\nwaits\ndoes not wait\n"
    atexit.unregister(lines.flush)
