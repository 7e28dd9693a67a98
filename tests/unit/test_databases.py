"""The databases that tests are given."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests import databases


def test_every_database_is_new_and_empty(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE things (name VARCHAR(20))"))
        connection.execute(text("INSERT INTO things VALUES ('Größe 😀')"))
        assert connection.execute(text("SELECT name FROM things")).scalar() == "Größe 😀"
    engine.dispose()


def test_a_required_server_that_does_not_answer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIRECTUS8_TEST_MYSQL", "mysql+pymysql://root@127.0.0.1:1")
    monkeypatch.delenv("DIRECTUS8_REQUIRE_DATABASES", raising=False)
    databases.problem.cache_clear()
    try:
        assert "mysql" not in databases.available()
        monkeypatch.setenv("DIRECTUS8_REQUIRE_DATABASES", "sqlite, mysql")
        with pytest.raises(databases.Unavailable, match="mysql at"):
            databases.available()
    finally:
        databases.problem.cache_clear()


def test_names_are_checked(tmp_path: Path, database_vendor: str) -> None:
    if database_vendor == "sqlite":
        databases.drop("sqlite", "never_made", tmp_path)
        return
    with pytest.raises(ValueError, match="not a name"):
        databases.create(database_vendor, "x`; DROP")
