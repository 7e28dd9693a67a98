"""What all commands share: where the installation is, and how faults are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from directus8.config import ConfigError, Home
from directus8.errors import Error
from directus8.extensions import extend
from directus8.project import Outside, Project, ProjectRegistry


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
