"""A process that changes tables and dies before the metadata is written: ``python -m tests.schema.dying HOME WHAT``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

from directus8.config import Home, load_project
from directus8.project import Project
from directus8.services.collections import CollectionsService
from directus8.services.fields import FieldsService
from tests.schema.helpers import INTEGER, KEY, TITLE, session

METADATA = (
    "collections.write_fields", "collections.forget_collection", "fields.write_fields", "inner.remove",
)  # fmt: skip


def die(*_: Any, **__: Any) -> None:
    """As if by SIGKILL: nothing is cleared up."""
    os._exit(9)


def main(home: str, what: str) -> None:
    """One edit."""
    project = Project(load_project(Home(Path(home)), "demo"))
    for name in METADATA:
        patch(f"directus8.services.{name}", die).start()
    collections, fields = CollectionsService(session(project)), FieldsService(session(project))
    edits = {
        "create": lambda: collections.create({"collection": "lost", "fields": [KEY, TITLE]}),
        "add": lambda: fields.create("books", INTEGER),
        "alter": lambda: fields.update("books", "title", {**TITLE, "length": 90}),
        "drop": lambda: collections.delete("books"),
        "remove": lambda: fields.delete("books", "title"),
    }
    edits[what]()


if __name__ == "__main__":
    main(*sys.argv[1:])
