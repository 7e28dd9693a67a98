"""The command line, mostly as processes of their own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from directus8.auth.passwords import verify_password
from directus8.cli import create_project, main
from directus8.cli.serve import Server, settings
from directus8.config import Home, ServerConfig, load_project, project_keys
from directus8.project import Project

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("DIRECTUS8_HOME", str(tmp_path))
    return Home(tmp_path)


def run(*words: str, input: str | None = None) -> Result:
    return CliRunner().invoke(main, words, input=input)


def make(key: str = "demo", *more: str) -> Result:
    return run("project", "create", key, "--email", "admin@example.com", "--password", "secret", *more)


def rows(home: Home, sql: str, key: str = "demo") -> list[tuple[object, ...]]:
    project = Project(load_project(home, key))
    with project.database.read() as connection:
        found = connection.rows(sql)
    project.close()
    return found


# --- project ---------------------------------------------------------------------------------------------------


def test_a_project_is_made_listed_and_removed(home: Home) -> None:
    made = make("demo", "--name", "Demo", "--token", "t")
    assert (made.exit_code, made.output) == (0, "The project demo is ready: /demo/\n")
    assert make("hidden", "--private").exit_code == 0
    assert rows(home, "SELECT email, token FROM directus_users") == [("admin@example.com", "t")]
    assert run("project", "list").output == (
        f"demo  sqlite:///{home.root}/projects/demo/data.sqlite3\n"
        f"hidden (private)  sqlite:///{home.root}/projects/hidden/data.sqlite3\n"
    )
    listed = json.loads(run("project", "list", "--json").output)
    assert [(row["key"], row["private"]) for row in listed] == [("demo", False), ("hidden", True)]
    assert run("project", "delete", "demo", "--yes").output == "The project demo is removed.\n"
    assert [each.key for each in project_keys(home)] == ["hidden"]
    assert (home.projects / "demo" / "data.sqlite3").exists()
    assert run("project", "delete", "hidden", "--purge", "--yes").exit_code == 0
    assert not (home.projects / "hidden").exists()


def test_what_goes_wrong_is_said_in_words(home: Home) -> None:
    make()
    for words, said in [
        (("demo",), 'Error: A project named "demo" already exists.\n'),
        (("server",), 'Error: "server" cannot be the key of a project.\n'),
        (("x", "--database-url", "oracle://x"), "found oracle://"),
    ]:
        result = make(*words)
        assert result.exit_code == 1
        assert said in result.output
    assert run("project", "delete", "nothing", "--yes").output == "Error: Unknown Project: nothing\n"
    assert run("project", "refresh", "nothing").output == 'Error: there is no project "nothing"\n'


def test_passwords_are_asked_for(home: Home) -> None:
    result = run("project", "create", "demo", input="a@example.com\nhush\nhush\n")
    assert result.exit_code == 0
    assert "hush" not in result.output
    [(hashed,)] = rows(home, "SELECT password FROM directus_users WHERE email = 'a@example.com'")
    assert verify_password("hush", str(hashed))


def test_removing_is_asked_for(home: Home) -> None:
    make()
    assert run("project", "delete", "demo", input="n\n").exit_code == 1
    assert project_keys(home)


def test_a_database_of_directus_is_adopted_as_it_is(home: Home) -> None:
    make()
    url = load_project(home, "demo").database.url
    (home.config / "demo.toml").unlink()
    assert make("again", "--database-url", url).exit_code == 1
    assert run("project", "create", "again", "--database-url", url, "--existing").exit_code == 0
    assert rows(home, "SELECT email FROM directus_users", "again") == [("admin@example.com",)]
    result = run("project", "create", "new", "--existing")
    assert result.output == "Error: An empty database needs an administrator: email and password.\n"
    assert not (home.projects / "new").exists()


def test_make_a_project_from_python(home: Home, tmp_path: Path) -> None:
    create_project("one", "a@example.com", "secret")
    create_project("two", "a@example.com", "secret", f"sqlite:///{tmp_path}/two.db", "Two", home=tmp_path / "other")
    assert [each.key for each in project_keys(home)] == ["one"]
    assert [each.key for each in project_keys(Home(tmp_path / "other"))] == ["two"]
    assert (tmp_path / "two.db").exists()


# --- user ------------------------------------------------------------------------------------------------------


def test_users_are_made_and_get_passwords(home: Home) -> None:
    make()
    project = Project(load_project(home, "demo"))
    before = project.stamps.read(["access", "data:directus_users"])
    made = run("user", "create", "demo", "--email", "b@example.com", "--password", "one", "--role", "1")
    assert (made.exit_code, made.output) == (0, "The user b@example.com is ready.\n")
    between = project.stamps.read(["access", "data:directus_users"])
    assert run("user", "password", "demo", "--email", "b@example.com", "--password", "two").exit_code == 0
    stamps = [before, between, project.stamps.read(["access", "data:directus_users"])]
    assert all(len({stamp[place] for stamp in stamps}) == 3 for place in (0, 1))
    [row] = rows(home, "SELECT status, role, password FROM directus_users WHERE email = 'b@example.com'")
    assert row[:2] == ("active", 1)
    assert verify_password("two", str(row[2]))
    project.close()


def test_faults_with_users(home: Home) -> None:
    make()
    again = run("user", "create", "demo", "--email", "admin@example.com", "--password", "x")
    assert again.exit_code == 1
    assert "admin@example.com" in again.output or "Duplicate" in again.output
    nobody = run("user", "password", "demo", "--email", "nobody@example.com", "--password", "x")
    assert (nobody.exit_code, nobody.output) == (1, "Error: there is no user nobody@example.com\n")
    assert run("user", "create", "demo", "--email", "c@example.com", "--password", "x", "--role", "99").output == (
        "Error: there is no role 99\n"
    )


# --- check, options --------------------------------------------------------------------------------------------


def test_check_tells_every_fault(home: Home) -> None:
    assert (run("check").exit_code, run("check").output) == (0, "All is well.\n")
    make("good")
    assert run("check").exit_code == 0
    (home.config / "empty.toml").write_text('[auth]\nsecret_key = "x"')
    (home.config / "gone.toml").write_text('[auth]\nsecret_key = "x"\n[database]\nurl = "sqlite:////proc/no/x.db"')
    (home.config / "typo.toml").write_text('[auth]\nsecret_kye = "x"')
    (home.config / "types.toml").write_text("")
    result = run("check")
    lines = result.output.splitlines()
    assert result.exit_code == 1
    assert {line.split(":")[0] for line in lines} == {"auth.secret_kye", "auth.secret_key", "types", "empty", "gone"}
    assert f"empty: there is no database {home.projects}/empty/data.sqlite3" in lines
    assert not (home.projects / "empty").exists()  # looking makes nothing


def test_a_project_configured_by_hand_is_installed(home: Home) -> None:
    home.config.mkdir()
    (home.config / "demo.toml").write_text('[auth]\nsecret_key = "x"')
    words = ("project", "install", "demo", "--email", "a@example.com", "--password", "secret")
    assert (run(*words).exit_code, run("check").output) == (0, "All is well.\n")
    assert "already contains Directus system tables" in run(*words).output
    assert rows(home, "SELECT email FROM directus_users") == [("a@example.com",)]


def test_the_one_project_of_the_environment_is_installed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIRECTUS_USE_ENV", "1")
    monkeypatch.setenv("DIRECTUS_AUTH_SECRETKEY", "x")
    assert "there is no database" in run("check").output
    assert run("project", "install", "_", "--email", "a@example.com", "--password", "secret").exit_code == 0
    assert run("check").output == "All is well.\n"
    assert run("project", "list").output == f"_  sqlite:///{home.root}/projects/_/data.sqlite3\n"
    assert "Project creation is disabled" in make("demo").output


def test_options_lists_every_setting(home: Home) -> None:
    assert "| `database.url` |" in run("options").output


def groups(command: click.Command, path: str = "directus8") -> Iterator[tuple[str, click.Group]]:
    if isinstance(command, click.Group):
        yield path, command
        for name, inner in command.commands.items():
            yield from groups(inner, f"{path} {name}")


@pytest.mark.parametrize(("path", "group"), [*groups(main)], ids=[path for path, _ in groups(main)])
def test_lists_of_commands_cut_no_sentence_short(path: str, group: click.Group) -> None:
    commands = CliRunner().invoke(group, ["--help"], prog_name=path).output.partition("Commands:")[2]
    assert commands and "..." not in commands


def test_help_is_quick_and_complete() -> None:
    command = [sys.executable, "-c", "from directus8.cli import main; main()", "--help"]
    said = subprocess.check_output(command, cwd=ROOT, text=True)
    assert all(f"  {word} " in said for word in ("serve", "project", "user", "check", "options"))


# --- serve -----------------------------------------------------------------------------------------------------

SERVE = """
import os, sys, types
application = types.ModuleType("directus8.api.app")
def create_app():
    def answer(environ, start):
        start("200 OK", [("Content-Type", "text/plain")])
        return [f"{os.getpid()} {os.environ['DIRECTUS8_HOME']} {environ['wsgi.url_scheme']}".encode()]
    return answer
application.create_app = create_app
sys.modules["directus8.api.app"] = application
from directus8.cli import main
main()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(home: Home, *more: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server with a small application of its own, started from another folder."""
    port = free_port()
    command = [sys.executable, "-c", SERVE, "serve", "--port", str(port), *more]
    environ = {**os.environ, "DIRECTUS8_HOME": str(home.root), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environ, cwd="/", stderr=subprocess.DEVNULL) as process:
        try:
            yield f"http://127.0.0.1:{port}/", process
        finally:
            process.kill()


def get(url: str, patience: float = 20) -> str:
    end = time.monotonic() + patience
    while True:
        try:
            request = urllib.request.Request(url, headers={"X-Forwarded-Proto": "https"})
            with urllib.request.urlopen(request, timeout=5) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def test_serve_answers_from_several_processes_and_ends_when_told(home: Home) -> None:
    """Also with no project at all; forwarded headers are left to the application."""
    with serving(home, "--workers", "2", "--threads", "2") as (url, process):
        workers, end = set(), time.monotonic() + 20
        while len(workers) < 2 and time.monotonic() < end:  # a worker that starts sooner may answer for long
            worker, folder, scheme = get(url).split()
            assert (folder, scheme) == (str(home.root), "http")
            workers.add(worker)
        assert len(workers) == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_serve_does_not_start_with_a_faulty_configuration(home: Home) -> None:
    home.config.mkdir()
    (home.config / "server.toml").write_text("[server]\nprot = 1")
    (home.config / "demo.toml").write_text("")
    result = run("serve")
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "Error: the configuration is faulty",
        f"server.prot: unknown key, did you mean server.port? ({home.server_file})",
        f"auth.secret_key: expected a text, found nothing ({home.config}/demo.toml)",
    ]


def test_gunicorn_settings() -> None:
    server = ServerConfig(Home(Path("/x")), threads=3, timeout=9)
    made = settings(server, {"host": "::1", "port": 1})
    assert (made["bind"], made["threads"], made["timeout"]) == ("[::1]:1", 3, 9)
    assert made["workers"] >= 1
    assert settings(server, {"workers": 2})["workers"] == 2
    assert Server(made).cfg.settings["forwarded_allow_ips"].get() == []
