"""``directus8 project``: make, list and remove projects."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
from sqlalchemy import make_url

from directus8.cli.common import json_option, opened, say, told
from directus8.config import ENV_KEY, ConfigError, Home, ProjectFile, load_project, project_keys, single_project
from directus8.provisioning import create, delete, install_project


def create_project(
    key: str,
    email: str,
    password: str,
    database_url: str | None = None,
    name: str | None = None,
    private: bool = False,
    token: str | None = None,
    home: str | os.PathLike[str] | None = None,
    existing: bool = False,
    force: bool = False,
) -> None:
    """Make a project with one administrator; on failure nothing is left behind.

    ``existing`` adopts a database that is a Directus project already, as it is; ``force`` replaces its system tables.
    """
    create(
        Home(Path(home).absolute()) if home is not None else Home.find(),
        key,
        email=email,
        password=password,
        values={"database": {"url": database_url}} if database_url else {},
        private=private,
        name=name,
        token=token,
        existing=existing,
        force=force,
    )


@click.group()
def project() -> None:
    """Make, list and remove projects."""


@project.command("create")
@click.argument("key")
@click.option("--email", help="E-mail address of the first administrator.")
@click.option("--password", help="Asked for if not given.")
@click.option("--database-url", help="sqlite:///…, mysql://… or postgresql://… (a file under projects/KEY).")
@click.option("--name", help="Name of the project (KEY).")
@click.option("--private", is_flag=True, help="Do not list the project.")
@click.option("--token", help="Static token of the administrator.")
@click.option("--existing", is_flag=True, help="Adopt a database of Directus 8 as it is, with its users.")
@click.option("--force", is_flag=True, help="Replace the project and the system tables that are there.")
@json_option
def create_command(
    key: str, email: str | None, password: str | None, existing: bool, as_json: bool, **how: Any
) -> None:
    """Make a project: configuration, system tables, administrator."""
    if not existing:
        email = email or click.prompt("Email")
        password = password or click.prompt("Password", hide_input=True, confirmation_prompt=True)
    with told():
        create_project(key, email or "", password or "", existing=existing, **how)
    say(as_json, {"key": key, "path": f"/{key}/"}, f"The project {key} is ready: /{key}/")


@project.command("install")
@click.argument("key")
@click.option("--email", prompt=True, help="E-mail address of the first administrator.")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for if not given.")
@click.option("--name", help="Name of the project (KEY).")
@click.option("--token", help="Static token of the administrator.")
@json_option
def install_command(key: str, as_json: bool, **how: Any) -> None:
    """Install the system tables of a configured project."""
    with opened(key) as found:
        install_project(found, **how)
    say(as_json, {"key": key, "path": f"/{key}/"}, f"The project {key} is ready: /{key}/")


@project.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List the configured projects, private ones too."""
    home = Home.find()
    files = [ProjectFile(ENV_KEY, Path("environment"))] if single_project(os.environ) else project_keys(home)
    rows = [_row(home, each) for each in files]
    lines = (
        f"{r['key']}{' (private)' if r['private'] else ''}  {r['database'] or 'faulty configuration'}" for r in rows
    )
    if rows or as_json:
        say(as_json, rows, "\n".join(lines))


def _row(home: Home, file: ProjectFile) -> dict[str, Any]:
    return {"key": file.key, "private": file.private, "file": str(file.path), "database": _database(home, file.key)}


def _database(home: Home, key: str) -> str | None:
    """Where the database is, without its password."""
    try:
        return make_url(load_project(home, key).database.url).render_as_string()
    except ConfigError:
        return None


@project.command("delete")
@click.argument("key")
@click.option("--purge", is_flag=True, help="Also drop all other tables and remove the files.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def delete_command(key: str, purge: bool, yes: bool, as_json: bool) -> None:
    """Remove a project: system tables and configuration. Its own tables and files stay."""
    what = "everything in it" if purge else "its system tables and configuration"
    if not yes:
        click.confirm(f"Remove the project {key} and {what}?", abort=True)
    with told():
        delete(Home.find(), key, purge)
    say(as_json, {"key": key, "purged": purge}, f"The project {key} is removed.")


@project.command("refresh")
@click.argument("key")
def refresh_command(key: str) -> None:
    """Make all workers read everything anew. For changes of the database by other means."""
    with opened(key) as found:
        found.stamps.forget()
