"""What all commands share: where the installation is, and how faults are told."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from directus8.config import ConfigError, Home
from directus8.errors import Error
from directus8.extensions import extend
from directus8.project import Outside, Project
from directus8.registry import ProjectRegistry


@contextmanager
def told() -> Iterator[None]:
    """Tell configuration faults and our own errors as text, with exit code 1."""
    try:
        yield
    except ConfigError as error:
        raise click.ClickException(f"the configuration is faulty\n{error}") from error
    except Error as error:
        cause = f": {error.__cause__}" if error.__cause__ else ""
        raise click.ClickException(f"{error.message}{cause}") from error


@contextmanager
def opened(key: str) -> Iterator[Project]:
    """The project of a key for the length of a command."""
    registry = ProjectRegistry(Home.find(), outside=Outside(extend))
    try:
        with told(), registry.use(key) as project:
            if project is None:
                raise click.ClickException(f'there is no project "{key}"')
            yield project
    finally:
        registry.close()


json_option = click.option("--json", "as_json", is_flag=True, help="As JSON.")


def say(as_json: bool, values: Any, text: str) -> None:
    """The result of a command: for scripts, or for people."""
    click.echo(json.dumps(values, indent=2) if as_json else text)


@contextmanager
def progress(length: int) -> Iterator[Callable[[int, str], None]]:
    """A bar on standard error, if that is a terminal: to be told how much more is done, and of what."""
    with click.progressbar(
        length=length, file=sys.stderr, hidden=not sys.stderr.isatty(), item_show_func=lambda what: what or ""
    ) as bar:
        yield bar.update
