"""Fixtures of the API's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.people import People, people


@pytest.fixture
def folks(database_vendor: str, tmp_path: Path) -> Iterator[People]:
    """A project with an administrator and an editor, on each database."""
    with people(database_vendor, tmp_path) as made:
        yield made


@pytest.fixture
def home_folks(tmp_path: Path) -> Iterator[People]:
    """The same on SQLite only: for what no database has a part in."""
    with people("sqlite", tmp_path) as made:
        yield made


@pytest.fixture
def hardened(tmp_path: Path) -> Iterator[People]:
    """The same on SQLite, hardened."""
    values = {"security": {"hardened": True}, "public_url": "https://api.example.com"}
    with people("sqlite", tmp_path, values) as made:
        yield made
