"""A fresh project equals one of the original, and comes and goes as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from directus8.db import ddl
from directus8.db.engine import Database
from directus8.db.model import Table
from directus8.errors import InvalidRequest, ProjectAlreadyExists
from directus8.system import install as installer
from directus8.system.install import first_rows, install, state, uninstall
from directus8.system.tables import NAMES, TABLES
from tests import databases
from tests.contract.conftest import ID

REFERENCE = Path(__file__).with_name("system_tables.sql")
NEXT_KEYS = {
    "directus_activity": 1,
    "directus_collection_presets": 5,
    "directus_fields": 171,
    "directus_relations": 12,
    "directus_roles": 3,
    "directus_settings": 24,
    "directus_users": 2,
}


@pytest.fixture(scope="module")
def project(database: Database) -> Database:
    with database.transaction(ddl=True) as connection:
        ddl.create_table(connection, Table("albums", (ID,)))
    assert state(database) == "empty"
    install(
        database,
        email="admin@example.com",
        password_hash="$2y$10$hash",
        project_name="Démo",
        app_url="http://127.0.0.1/admin",
        token="secret",
    )
    return database


def rows(database: Database, sql: str) -> list[tuple[Any, ...]]:
    with database.read() as connection:
        return connection.rows(sql)


def test_state_and_tables(project: Database) -> None:
    assert state(project) == "installed"
    with project.read() as connection:
        tables = connection.dialect.reflect(connection)
    assert [tables[name] for name in NAMES] == list(TABLES)


def test_first_rows(project: Database) -> None:
    expected = first_rows()
    for name, given in expected.items():
        columns = [column for column in given[0] if column not in ("start_time", "end_time")]
        with project.read() as connection:
            quote = connection.dialect.quote
            found = connection.rows(
                f"SELECT {', '.join(map(quote, columns))} FROM {quote(name)} ORDER BY {quote(columns[0])}"
            )
        if name == "directus_settings":
            assert dict(row[1:] for row in found)["project_name"] == "Démo"
            assert dict(row[1:] for row in found)["app_url"] == "http://127.0.0.1/admin"
            found = [row for row in found if row[1] not in ("project_name", "app_url")]
            given = [row for row in given if row["key"] not in ("project_name", "app_url")]
        assert found == sorted(tuple(row[column] for column in columns) for row in given)


def test_administrator(project: Database) -> None:
    (row,) = rows(
        project,
        "SELECT id, status, role, first_name, last_name, email, password, token, timezone, locale, theme, external_id, "
        "email_notifications, last_page FROM directus_users",
    )
    assert row == (
        1, "active", 1, "Admin", "User", "admin@example.com", "$2y$10$hash", "secret", "UTC", "en-US", "auto", None, 1,
        None,
    )  # fmt: skip


def test_migrations_have_the_time_of_installation(project: Database) -> None:
    for start, end in rows(project, "SELECT start_time, end_time FROM directus_migrations"):
        assert start == end
        assert len(start) == 19


def test_counters_go_on_as_in_the_original(project: Database) -> None:
    given: dict[str, dict[str, Any]] = {
        "directus_activity": {"action": "x", "action_on": "2020-01-01 00:00:00", "ip": "", "user_agent": "",
                              "collection": "", "item": ""},
        "directus_collection_presets": {"collection": "albums"},
        "directus_fields": {"collection": "albums", "field": "x", "type": "string"},
        "directus_relations": {"collection_many": "a", "field_many": "b"},
        "directus_roles": {"name": "x"},
        "directus_settings": {"key": "x"},
        "directus_users": {"email": "x"},
    }  # fmt: skip
    with pytest.raises(ZeroDivisionError), project.transaction() as connection:
        for name, row in given.items():
            assert connection.insert(name, [row], "id") == [NEXT_KEYS[name]]
        raise ZeroDivisionError


def test_refuses_to_install_twice(project: Database) -> None:
    with pytest.raises(ProjectAlreadyExists):
        install(project, email="a@b.c", password_hash="", project_name="")
    assert state(project) == "installed"


def test_equals_the_original_on_mysql(project: Database) -> None:
    if project.dialect.name != "mysql":
        pytest.skip("the original's tables are MySQL's")
    with databases.temporary("mysql") as url, closing(Database(url)) as reference:
        with reference.transaction(ddl=True) as connection:
            for statement in REFERENCE.read_text().split(";\n"):
                if statement.strip():
                    connection.execute(statement.replace("%", "%%"))
        assert described(project, "directus\\_%%") == described(reference, "directus\\_%%")


def described(database: Database, pattern: str) -> list[list[tuple[Any, ...]]]:
    """All the catalogue tells of the columns, the keys and the tables; columns of users stand as in recorded answers."""
    here = f"table_schema = DATABASE() AND table_name LIKE '{pattern}'"
    return [
        rows(database, f"SELECT {columns} FROM information_schema.{table} WHERE {here} ORDER BY 1, 2, 3, 4")
        for table, columns in (
            (
                "columns",
                "table_name, column_name, column_type, column_default, is_nullable, column_key, "
                "extra, character_set_name, collation_name, column_comment, character_maximum_length, "
                "numeric_precision, numeric_scale, datetime_precision",
            ),
            ("statistics", "table_name, index_name, seq_in_index, column_name, non_unique, sub_part, index_type"),
            ("tables", "table_name, engine, table_collation, row_format, table_comment"),
        )
    ]


@pytest.fixture
def fresh(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Iterator[Database]:
    with databases.temporary(database.dialect.name, tmp_path) as url, closing(Database(url)) as made:
        yield made


def test_half_an_installation_is_told_and_refused(fresh: Database) -> None:
    install(fresh, email="a@b.c", password_hash="", project_name="")
    with fresh.transaction(ddl=True) as connection:
        ddl.drop_table(connection, "directus_webhooks")
        ddl.drop_table(connection, "directus_roles")
    assert state(fresh) == "partial"
    with pytest.raises(InvalidRequest, match="Missing: directus_roles, directus_webhooks"):
        install(fresh, email="a@b.c", password_hash="", project_name="")


def test_uninstall_leaves_what_is_not_ours(fresh: Database) -> None:
    install(fresh, email="a@b.c", password_hash="", project_name="")
    with fresh.transaction(ddl=True) as connection:
        for name in ("albums", "directus8_state", "directus_custom"):
            ddl.create_table(connection, Table(name, (ID,)))
    uninstall(fresh)
    assert state(fresh) == "empty"
    with fresh.read() as connection:
        assert set(connection.dialect.reflect(connection)) == {"albums", "directus_custom"}
    install(fresh, email="a@b.c", password_hash="", project_name="")
    assert state(fresh) == "installed"


def test_an_installation_that_fails_leaves_nothing(fresh: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(installer, "_administrator", lambda *_: {"id": 1, "unknown": 1})
    with pytest.raises(Exception, match="Failed generating"):
        install(fresh, email="a@b.c", password_hash="", project_name="")
    assert state(fresh) == "empty"
