"""``directus8 check``: the configuration, the extensions and the database of every project."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from directus8.cli.common import json_option, say
from directus8.config import ENV_KEY, ConfigError, Home, every_fault, load_project, project_keys, single_project
from directus8.db.dialect import local_file
from directus8.extensions import extend
from directus8.project import Project
from directus8.system import install


@click.command()
@json_option
def check(as_json: bool) -> None:
    """Check configuration and database of every project. Exit code 1 with all faults."""
    home = Home.find()
    faults = [*map(str, every_fault(home)), *_database_faults(home)]
    for fault in () if as_json else faults:
        click.echo(fault, err=True)
    if as_json or not faults:
        say(as_json, {"faults": faults}, "All is well.")
    if faults:
        raise SystemExit(1)


def _database_faults(home: Home) -> Iterator[str]:
    keys = [ENV_KEY] if single_project(os.environ) else [each.key for each in project_keys(home)]
    for key in keys:
        try:
            project = Project(load_project(home, key))
        except ConfigError:
            continue  # told already
        yield from (f"{key}: extension {broken}" for broken in extend(project).broken)
        if fault := _database_fault(project):
            yield f"{key}: {fault}"


def _database_fault(project: Project) -> str | None:
    file = local_file(project.config.database.url)
    if file and not file.exists():
        return f"there is no database {file}"  # asking it would make an empty one
    try:
        state = install.state(project.database)
    except Exception as error:
        return f"the database cannot be used: {error.__cause__ or error}"
    finally:
        project.close()
    return {"empty": "the database has no system tables", "partial": "system tables are missing"}.get(state)
