"""A project of its own on each database, and what tests of the schema do with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from directus8.cli import create_project
from directus8.config import Home, load_project
from directus8.project import Project
from tests import databases
from tests.schema.helpers import MakeProject


@pytest.fixture
def make_project(tmp_path: Path, database_vendors: list[str]) -> Iterator[MakeProject]:
    """Makes projects: (key, vendor) → the project, removed with its database afterwards."""
    with ExitStack() as stack:

        def make(key: str, vendor: str) -> Project:
            if vendor not in database_vendors:
                pytest.skip(f"no database: {databases.problem(vendor)}")
            url = stack.enter_context(databases.temporary(vendor, tmp_path))
            create_project(key, "admin@example.com", "secret", database_url=url, token="t", home=tmp_path)
            project = Project(load_project(Home(tmp_path), key))
            stack.callback(project.close)
            return project

        yield make


@pytest.fixture
def project(make_project: MakeProject, database_vendor: str) -> Project:
    """A new project on each database."""
    return make_project("demo", database_vendor)
