"""``directus8 maintenance``, ``db``, ``log`` and ``cache``: what an operator does now and then."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from directus8.cli.common import json_option, opened, progress, say
from directus8.config import Home
from directus8.config import maintenance as flag
from directus8.config.projects import valid_key
from directus8.system.adoption import NotDirectus, adopt, examine


@click.group()
def maintenance() -> None:
    """Close the API for a while, or one project of it."""


def _check(key: str | None) -> None:
    if key is not None and not valid_key(key):
        raise click.ClickException(f"{key} cannot be the key of a project")


@maintenance.command("on")
@click.argument("key", required=False)
@json_option
def on(key: str | None, as_json: bool) -> None:
    """Close all projects, or KEY."""
    _check(key)
    flag.switch(Home.find(), True, key)
    say(as_json, _closed(), f"{key or 'Everything'} is closed for maintenance.")


@maintenance.command("off")
@click.argument("key", required=False)
@json_option
def off(key: str | None, as_json: bool) -> None:
    """Open them again."""
    _check(key)
    flag.switch(Home.find(), False, key)
    say(as_json, _closed(), f"{key or 'Everything'} is open.")


@maintenance.command("status")
@json_option
def status(as_json: bool) -> None:
    """Tell what is closed."""
    closed = _closed()
    projects = ", ".join(closed["projects"]) or "nothing"
    say(as_json, closed, "Everything is closed." if closed["everything"] else f"Closed: {projects}")


def _closed() -> dict[str, Any]:
    home = Home.find()
    projects = sorted(file.parent.name for file in home.projects.glob("*/maintenance"))
    return {"everything": flag.flag(home).exists(), "projects": projects}


@click.group()
def db() -> None:
    """Look after a project's database."""


@db.command("upgrade")
@click.argument("key")
@click.option("--dry-run", "--check", "dry_run", is_flag=True, help="Only tell what is to do; exit code 2 if anything.")
@json_option
def upgrade(key: str, dry_run: bool, as_json: bool) -> None:
    """Bring the system tables up to date. Make a backup first."""
    with opened(key) as project:
        try:
            report = examine(project.database)
        except NotDirectus as error:
            raise click.ClickException(str(error)) from error
        steps = [step.what for step in report.steps]
        if steps and not dry_run:
            with project.stamps.change(["schema", "access", "settings"]), progress(len(steps)) as shown:
                adopt(project.database, report, lambda what: shown(1, what))
            project.stamps.forget()
    text = "\n".join([*steps, f"{len(steps)} steps {'to do' if dry_run else 'done'}."])
    say(as_json, {"steps": steps, "done": bool(steps) and not dry_run}, text)
    if steps and dry_run:
        raise SystemExit(2)


@click.group()
def log() -> None:
    """Look after the log files."""


@log.command("prune")
@click.argument("days", type=click.IntRange(0), default=30)
@click.option("--activity", "key", help="Also forget logins in the activity of this project that are older.")
@json_option
def prune(days: int, key: str | None, as_json: bool) -> None:
    """Remove log files that nobody has written to for DAYS days (30)."""
    oldest = time.time() - days * 86400
    old = [file for file in _log_files(Home.find()) if file.stat().st_mtime < oldest]
    for file in old:
        file.unlink()
    forgotten = _forget_logins(key, days) if key else 0
    text = f"{len(old)} log files removed" + (f", {forgotten} logins forgotten." if key else ".")
    say(as_json, {"files": [str(file) for file in old], "logins": forgotten}, text)


def _log_files(home: Home) -> list[Path]:
    folders = [home.root / "logs", *home.projects.glob("*/logs")]
    return sorted(file for folder in folders for file in folder.glob("*.log*") if file.is_file())


def _forget_logins(key: str, days: int) -> int:
    from sqlalchemy import bindparam, column, delete, table

    from directus8 import names
    from directus8.context import sql_time

    activity = table(names.ACTIVITY, column("action"), column("action_on"))
    before = sql_time(datetime.now(UTC) - timedelta(days=days))
    old = (activity.c.action == bindparam(None, "authenticate")) & (activity.c.action_on < bindparam(None, before))
    stamps = [f"data:{names.ACTIVITY}"]
    with opened(key) as project, project.stamps.change(stamps), project.database.transaction() as connection:
        return connection.run(delete(activity).where(old))


@click.group()
def cache() -> None:
    """Look after what workers remember."""


@cache.command("clear")
@click.argument("key")
@json_option
def clear(key: str, as_json: bool) -> None:
    """Make all workers forget what they know of KEY."""
    with opened(key) as project:
        project.stamps.forget()
    say(as_json, {"key": key}, f"Everything of {key} is read anew.")
