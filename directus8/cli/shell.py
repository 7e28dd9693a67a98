"""``directus8 shell``: a Python prompt with a project's services."""

from __future__ import annotations

import code
import sys
from typing import Any

import click

from directus8.cli.common import opened
from directus8.extensions import SERVICES, context_of


@click.command()
@click.argument("key")
@click.option("-c", "--command", "line", help="Run this and end.")
def shell(key: str, line: str | None) -> None:
    """Open a Python prompt on project KEY. It knows context, schema, and every service by its name."""
    with opened(key) as project:
        context = context_of(project, "shell")
        known: dict[str, Any] = {"context": context, "schema": context.get_schema(), "project": project, **SERVICES}
        if line is not None:
            exec(compile(line, "<command>", "exec"), known)
            return
        if sys.stdin.isatty():
            import readline  # noqa: F401  # lines can be edited
        banner = f'project {key}; try: ItemsService("…", schema=schema).read_by_query()'
        code.interact(banner=banner, local=known, exitmsg="")
