"""A project with an administrator on a database of its own, served in this very thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from directus8.api.app import create_app
from directus8.cli import create_project
from directus8.config import Home
from tests import databases

EMAIL, PASSWORD = "admin@example.com", "secret"


@contextmanager
def served(vendor: str, home: Path, project: str, token: str, config: str = "") -> Iterator[Flask]:
    """The application with one project; ``config`` is added to its file. Closed and dropped afterwards."""
    with databases.temporary(vendor, home) as url:
        create_project(project, EMAIL, PASSWORD, database_url=url, token=token, home=home)
        with Home(home).project_file(project).open("a") as file:
            file.write(f"\n{config}\n")
        app = create_app(Home(home))
        try:
            yield app
        finally:
            app.extensions["directus8"].close()
