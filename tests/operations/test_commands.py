"""Commands of an operator: what they say to scripts, what they show on a terminal, what they change."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from directus8.cli import create_project, main
from directus8.config import Home
from directus8.registry import ProjectRegistry

LOGIN = ("--email", "other@example.com", "--password", "secret-word")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An installation without projects."""
    monkeypatch.setenv("DIRECTUS8_HOME", str(tmp_path))
    return Home(tmp_path)


@pytest.fixture
def demo(home: Home, database_url: str) -> Home:
    """An installation with a project on each database."""
    create_project("demo", "admin@example.com", "secret", database_url=database_url, token="token")
    return home


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def told(*words: str, code: int = 0) -> Any:
    """What a command tells scripts."""
    done = run(*words, "--json")
    assert done.exit_code == code, done.output
    return json.loads(done.output)


def change(home: Home, *statements: str) -> None:
    """Run statements in the database of the project."""
    registry = ProjectRegistry(home)
    with registry.use("demo") as project:
        assert project is not None
        with project.database.transaction() as connection:
            for statement in statements:
                connection.execute(statement)
    registry.close()


def rows(home: Home, sql: str) -> list[tuple[Any, ...]]:
    registry = ProjectRegistry(home)
    with registry.use("demo") as project:
        assert project is not None
        with project.database.read() as connection:
            found = [tuple(row) for row in connection.rows(sql)]
    registry.close()
    return found


OLDER = ("DROP TABLE directus_webhooks", "DELETE FROM directus_migrations WHERE version >= 20191202164201")


def test_an_upgrade_is_told_before_it_is_made(demo: Home) -> None:
    assert told("db", "upgrade", "demo", "--dry-run") == {"steps": [], "done": False}
    complete = rows(demo, "SELECT COUNT(*) FROM directus_migrations")
    change(demo, *OLDER)
    lacking = rows(demo, "SELECT COUNT(*) FROM directus_migrations")
    found = told("db", "upgrade", "demo", "--dry-run", code=2)
    assert "table directus_webhooks" in found["steps"] and found["done"] is False
    assert rows(demo, "SELECT COUNT(*) FROM directus_migrations") == lacking != complete
    assert told("db", "upgrade", "demo", "--dry-run", code=2) == found
    assert told("db", "upgrade", "demo") == {"steps": found["steps"], "done": True}
    assert rows(demo, "SELECT COUNT(*) FROM directus_migrations") == complete
    assert rows(demo, "SELECT COUNT(*) FROM directus_webhooks") == [(0,)]
    assert told("db", "upgrade", "demo", "--dry-run") == {"steps": [], "done": False}


def test_old_logs_and_logins_are_pruned(demo: Home) -> None:
    logs = demo.root / "logs"
    logs.mkdir()
    old, young, other = logs / "error.2020-01-01.log", logs / "directus8.log", logs / "notes.txt"
    for file in (old, young, other):
        file.write_text("x")
    for file in (old, other):
        os.utime(file, (time.time() - 40 * 86400,) * 2)
    entry = "INSERT INTO directus_activity (action, action_by, action_on, ip, user_agent, collection, item) VALUES "
    change(
        demo,
        *(
            f"{entry} ('{action}', 1, '{day} 10:00:00', '', '', 'directus_users', '1')"
            for action, day in (
                ("authenticate", "2020-01-01"),
                ("update", "2020-01-01"),
                ("authenticate", "2099-01-01"),
            )
        ),
    )
    assert told("log", "prune", "30", "--activity", "demo") == {"files": [str(old)], "logins": 1}
    assert sorted(file.name for file in logs.iterdir()) == ["directus8.log", "notes.txt"]
    assert rows(demo, "SELECT COUNT(*) FROM directus_activity WHERE action = 'authenticate'") == [(1,)]
    assert told("log", "prune") == {"files": [], "logins": 0}


def test_maintenance_is_switched(home: Home) -> None:
    create_project("demo", "admin@example.com", "secret")
    nothing: dict[str, Any] = {"everything": False, "projects": []}
    assert told("maintenance", "status") == nothing
    assert told("maintenance", "on", "demo") == {"everything": False, "projects": ["demo"]}
    assert run("maintenance", "status").output == "Closed: demo\n"
    assert told("maintenance", "on")["everything"] is True
    assert run("maintenance", "status").output == "Everything is closed.\n"
    assert told("maintenance", "off") == {"everything": False, "projects": ["demo"]}
    assert told("maintenance", "off", "demo") == nothing
    assert run("maintenance", "on", "no/key").exit_code == 1


def test_every_command_speaks_to_scripts(home: Home, tmp_path: Path) -> None:
    """One after the other, as a script would call them."""
    file, snapshot = str(tmp_path / "demo.zip"), str(tmp_path / "snapshot.yaml")
    made = told("project", "create", "demo", "--email", "admin@example.com", "--password", "secret")
    assert made == {"key": "demo", "path": "/demo/"}
    assert [each["key"] for each in told("project", "list")] == ["demo"]
    assert told("user", "create", "demo", *LOGIN) == {"email": "other@example.com", "role": 1}
    assert told("user", "password", "demo", *LOGIN) == {"email": "other@example.com"}
    assert len(told("user", "token", "demo", *LOGIN[:2])["token"]) > 20
    assert told("user", "token", "demo", *LOGIN[:2], "--remove")["token"] is None
    assert told("check") == {"faults": []}
    assert told("schema", "check", "demo") == {"problems": [], "repaired": False}
    assert run("schema", "snapshot", "demo", "--output", snapshot).exit_code == 0
    assert told("schema", "diff", "demo", snapshot) == {"changes": []}
    assert told("schema", "apply", "demo", snapshot, "--yes") == {"changes": [], "done": True}
    assert told("schema", "adopt-tables", "demo") == {"changes": [], "done": False}
    assert told("cache", "clear", "demo") == {"key": "demo"}
    assert told("webhooks", "log", "demo") == [] and told("webhooks", "retry", "demo") == {"due": 0}
    assert told("adopt", "demo")["to_add"] == []
    assert told("export", "demo", file)["rows"]["directus_users"] == 2
    assert told("import", "twin", file)["rows"]["directus_users"] == 2
    assert told("project", "clone", "demo", "third")["rows"]["directus_users"] == 2
    for key in ("demo", "twin", "third"):
        assert told("project", "delete", key, "--yes", "--purge") == {"key": key, "purged": True}
    assert told("project", "list") == []
    home.project_file("broken").write_text("[database]\nprot = 3\n")
    assert len(told("check", code=1)["faults"]) >= 1


def on_a_terminal(home: Home, *words: str) -> str:
    """What a command shows on standard error when that is a terminal."""
    command = [sys.executable, "-m", "directus8.cli", *words]
    ours, theirs = pty.openpty()
    shown: list[bytes] = []

    def read() -> None:
        try:
            while part := os.read(ours, 4096):
                shown.append(part)
        except OSError:  # the other side is closed
            return

    reader = threading.Thread(target=read)
    reader.start()
    environment = {**os.environ, "DIRECTUS8_HOME": str(home.root), "TERM": "xterm"}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    reader.join(10)
    os.close(ours)
    assert done.returncode == 0
    return b"".join(shown).decode()


def test_long_work_shows_how_far_it_is(home: Home, tmp_path: Path) -> None:
    create_project("demo", "admin@example.com", "secret")
    upload = home.projects / "demo" / "uploads" / "originals" / "a.bin"
    upload.parent.mkdir(parents=True, exist_ok=True)
    upload.write_bytes(b"x")
    file = str(tmp_path / "demo.zip")
    for words in (("export", "demo", file), ("import", "twin", file), ("project", "clone", "demo", "third")):
        shown = on_a_terminal(home, *words)
        assert shown.count("100%") >= 2 and "directus_fields" in shown and "a.bin" in shown, words
    change(home, *OLDER)
    assert "100%" in on_a_terminal(home, "adopt", "demo", "--apply")
    other = str(tmp_path / "other.zip")
    command = [sys.executable, "-m", "directus8.cli", "export", "demo", other, "--json"]
    quiet = subprocess.run(command, env={**os.environ, "DIRECTUS8_HOME": str(home.root)}, capture_output=True)
    assert quiet.returncode == 0 and quiet.stderr == b"" and json.loads(quiet.stdout)["files"] == 1
