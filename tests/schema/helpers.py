"""What tests of the schema share."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from directus8.context import ADMIN_ROLE, Accountability
from directus8.project import Project
from directus8.services.schema import select_rows
from directus8.services.session import Session

ADMIN = Accountability(user=1, role=ADMIN_ROLE, ip="127.0.0.1")
KEY = {
    "field": "id", "type": "integer", "datatype": "INT", "length": 11, "primary_key": True, "auto_increment": True,
    "interface": "primary-key",
}  # fmt: skip
TITLE = {"field": "title", "type": "string", "datatype": "VARCHAR", "length": 50, "interface": "text-input"}

INTEGER = {"field": "pages", "type": "integer", "datatype": "INT", "length": 10, "note": "How many"}

MakeProject = Callable[[str, str], Project]


def session(project: Project) -> Session:
    """What one request of the administrator gets."""
    return Session(project, ADMIN)


def columns(project: Project, name: str) -> dict[str, str]:
    """The columns of a table as they really are: name → type."""
    with project.database.read() as connection:
        return {c.name: str(c.type) for c in connection.dialect.reflect(connection)[name].columns}


def rows(project: Project, name: str, *wanted: str) -> list[tuple[Any, ...]]:
    """The rows of a table."""
    with project.database.read() as connection:
        return [tuple(row.values()) for row in select_rows(connection, name, wanted)]


def killed(home: Path, what: str) -> None:
    """Runs a change that is killed half-way."""
    command = [sys.executable, "-m", "tests.schema.dying", str(home), what]
    assert subprocess.run(command, cwd=Path(__file__).parents[2], timeout=60).returncode == 9
