"""Requests that were once answered with a 5xx."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.api.people import people
from tests.property.world import fill

FOUND: tuple[tuple[str, str, Any], ...] = (
    ("PUT", "/api/1.1/tables/books/rows", {"id": {}}),
    ("PUT", "/api/1.1/tables/books/rows", {"rows": [{"id": {"a": 1}, "title": "x"}]}),
    ("PUT", "/api/1.1/tables/books/rows", {"rows": [{"id": [1], "title": "x"}]}),
)


def test_what_was_found_stays_fixed(tmp_path: Path) -> None:
    with people("sqlite", tmp_path) as folks:
        fill(folks.project)
        answers = [(folks.ask(method, path, body, folks.admin), path, body) for method, path, body in FOUND]
        assert [(a.status_code, path, body) for a, path, body in answers if a.status_code >= 500] == []
