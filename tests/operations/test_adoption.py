"""A whole installation of the original, taken over in place: nothing changes but what is written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from directus8.api.app import create_app
from directus8.cli import main
from directus8.config import Home
from tests import databases
from tests.conformance.workshop import LEGACY, load_dump

Rows = dict[str, list[tuple[Any, ...]]]
ADMIN = {"Authorization": "Bearer admin-static-token-0001"}


@pytest.fixture
def url(database_vendors: list[str]) -> Iterator[str]:
    """The dump, loaded into a new database."""
    if "mysql" not in database_vendors:
        pytest.skip("the dump is MySQL's")
    with databases.temporary("mysql") as made:
        load_dump(made, LEGACY / "chinook.sql")
        yield made


@pytest.fixture
def home(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("DIRECTUS8_HOME", str(tmp_path))
    config = str(LEGACY / "config" / "chinook.php")
    result = CliRunner().invoke(main, ["import-config", config, "--database-url", url])
    assert result.exit_code == 0, result.output
    return Home(tmp_path)


@pytest.fixture
def client(home: Home) -> Iterator[FlaskClient]:
    app = create_app(home)
    yield app.test_client()
    app.extensions["directus8"].close()


def content(url: str) -> tuple[dict[str, str], Rows]:
    """Every table: how it is made, and its rows."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        names = connection.execute(text("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")).scalars().all()
        made = {n: connection.execute(text(f"SHOW CREATE TABLE `{n}`")).one()[1] for n in names}
        rows = {n: sorted(map(tuple, connection.execute(text(f"SELECT * FROM `{n}`"))), key=repr) for n in names}
    return {n: made[n].split(" AUTO_INCREMENT=")[0] for n in made}, rows


def adopt(*options: str) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["adopt", "chinook", "--json", *options])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.output[result.output.index("{") :])
    return found


def test_imports_configuration_and_token(home: Home) -> None:
    text = home.project_file("chinook").read_text()
    assert 'secret_key = "oracle-secret-key-0123456789"' in text
    assert 'root_url = "/uploads/chinook/originals"' in text
    assert 'etags = "content"' in text  # others may write into this database
    assert json.loads(home.token_file.read_text()) == {"super_admin_token": "super_admin_token"}


def test_a_complete_database_lacks_nothing(home: Home) -> None:
    report = adopt()
    assert report["missing_upgrades"] == [] and report["to_add"] == []
    assert report["rows"]["Track"] == 3509
    assert "16 permissions of roles that do not exist: 6" in report["inconsistencies"]
    assert not any("relation" in each for each in report["inconsistencies"])


def test_neither_adopting_nor_reading_changes_anything(home: Home, url: str, client: FlaskClient) -> None:
    before = content(url)
    adopt("--apply")
    for path in (
        "/", "/items/Album?fields=*.*&limit=5", "/items/Track/1", "/collections", "/fields/Album", "/relations",
        "/permissions", "/activity", "/revisions?limit=5", "/users", "/items/PlaylistTrack?limit=3", "/items/nothing",
    ):  # fmt: skip
        assert client.get(f"/chinook{path}", headers=ADMIN).status_code < 500
    assert content(url) == before


def test_a_write_changes_its_row_and_the_history(home: Home, url: str, client: FlaskClient) -> None:
    made, before = content(url)
    answer = client.patch("/chinook/items/Artist/1", json={"Name": "AC⚡DC"}, headers=ADMIN)
    assert answer.status_code == 200, answer.text
    made_after, after = content(url)
    assert made_after == made
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"Artist", "directus_activity", "directus_revisions"}
    assert len(set(after["Artist"]) - set(before["Artist"])) == 1
    for name in ("directus_activity", "directus_revisions"):
        assert set(before[name]) < set(after[name]) and len(after[name]) == len(before[name]) + 1


def test_an_older_database_gets_what_it_lacks(home: Home, url: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    lost = [
        "DROP TABLE directus_webhooks",
        "CREATE TABLE directus_user_roles (id INT AUTO_INCREMENT PRIMARY KEY, user INT, role INT)",
        "INSERT INTO directus_user_roles (user, role) SELECT id, role FROM directus_users",
        "ALTER TABLE directus_users DROP COLUMN role, DROP COLUMN theme",
        "DELETE FROM directus_fields WHERE collection = 'directus_webhooks'",
        "DELETE FROM directus_settings WHERE `key` = 'asset_url_naming'",
        "DELETE FROM directus_migrations WHERE version >= 20191202164201",
    ]
    with engine.begin() as connection:
        roles = connection.execute(text("SELECT id, role FROM directus_users ORDER BY id")).all()
        for statement in lost:
            connection.execute(text(statement))
    before = content(url)
    report = adopt()
    assert "AddWebhooks" in report["missing_upgrades"]
    assert {"table directus_webhooks", "column directus_users.theme"} <= set(report["to_add"])
    assert content(url) == before  # nothing without --apply
    adopt("--apply")
    assert adopt()["to_add"] == []
    with engine.connect() as connection:
        assert connection.execute(text("SELECT id, role FROM directus_users ORDER BY id")).all() == roles
        wanted = text("SELECT COUNT(*) FROM directus_settings WHERE `key` = 'asset_url_naming'")
        assert connection.execute(wanted).scalar() == 1
        assert connection.execute(text("SELECT COUNT(*) FROM directus_migrations")).scalar() == 79


def test_what_is_no_directus_is_refused(home: Home, url: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE directus_fields"))
    result = CliRunner().invoke(main, ["adopt", "chinook"])
    assert result.exit_code == 1 and "directus_fields" in result.output
