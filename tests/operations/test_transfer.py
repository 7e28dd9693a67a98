"""Projects that move: exported, imported, cloned; row for row, from any database to any other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from directus8.api.app import create_app
from directus8.cli import create_project, main
from directus8.cli.common import opened
from directus8.config import Home
from directus8.demo.build import fill
from directus8.registry import ProjectRegistry
from directus8.system import transfer
from tests import databases

EMAIL, PASSWORD, TOKEN = "admin@example.com", "password", "admin-token"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("DIRECTUS8_HOME", str(tmp_path))
    return Home(tmp_path)


@pytest.fixture
def source(home: Home, database_url: str) -> Iterator[str]:
    """A project with values of every kind, on each vendor."""
    create_project("source", EMAIL, PASSWORD, database_url=database_url, token=TOKEN)
    fields = [
        ("id", "integer", "INT", {"primary_key": True, "auto_increment": True}),
        ("title", "string", "VARCHAR", {"length": 100}),
        ("price", "decimal", "DECIMAL", {"length": "10,2"}),
        ("day", "date", "DATE", {}),
        ("data", "json", "TEXT", {}),
    ]
    listed = [
        {"field": n, "type": t, "datatype": d, "interface": "text-input", "length": None, **more}
        for n, t, d, more in fields
    ]
    app = create_app(home)
    client = app.test_client()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    made = client.post("/source/collections", json={"collection": "things", "fields": listed}, headers=headers)
    assert made.status_code == 200, made.text
    rows: list[dict[str, Any]] = [
        {"title": "Ünï ⚡ 'quoted' \\ \n", "price": "12.50", "day": "2020-02-29", "data": {"a": [1, None, "x"]}},
        {"title": None, "price": None, "day": None, "data": None},
    ]
    assert client.post("/source/items/things", json=rows, headers=headers).status_code == 200
    upload = home.projects / "source" / "uploads" / "originals" / "a.bin"
    upload.parent.mkdir(parents=True, exist_ok=True)
    upload.write_bytes(bytes(range(256)))
    app.extensions["directus8"].close()
    yield "source"


def rows(home: Home, key: str) -> dict[str, list[tuple[Any, ...]]]:
    registry = ProjectRegistry(home)
    with registry.use(key) as project:
        assert project is not None
        with project.database.read() as connection:
            what = transfer.content(connection)
            found = {t.name: [r for page in transfer.pages(connection, t) for r in page] for t in what.tables}
    registry.close()
    return {name: sorted(map(told, each), key=repr) for name, each in found.items()}


def told(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A decimal is a text or a number, as the database has it."""
    return tuple(float(v) if isinstance(v, str) and re.fullmatch(r"\d+\.\d\d", v) else v for v in row)


def run(*arguments: str) -> Any:
    result = CliRunner().invoke(main, [*arguments, "--json"])
    assert result.exit_code == 0, (result.output, result.exception)
    return json.loads(result.output)


@pytest.mark.parametrize("vendor", databases.VENDORS)
def test_an_export_imported_elsewhere_is_the_same(
    home: Home, source: str, vendor: str, database_vendors: list[str], tmp_path: Path
) -> None:
    if vendor not in database_vendors:
        pytest.skip("no such database")
    with databases.temporary(vendor, tmp_path) as url:
        exported = run("export", source, str(tmp_path / "out.zip"))
        assert exported["rows"]["things"] == 2 and exported["files"] == 1
        assert run("import", "target", str(tmp_path / "out.zip"), "--database-url", url)["files"] == 1
        assert rows(home, "target") == rows(home, source)
        assert (home.projects / "target/uploads/originals/a.bin").read_bytes() == bytes(range(256))
        works_on(home, "target")


def works_on(home: Home, key: str) -> None:
    """A moved project goes on counting, and knows its users."""
    app = create_app(home)
    client = app.test_client()
    login = client.post(f"/{key}/auth/authenticate", json={"email": EMAIL, "password": PASSWORD})
    assert login.status_code == 200, login.text
    headers = {"Authorization": f"Bearer {TOKEN}"}
    made = client.post(f"/{key}/items/things", json={"title": "next"}, headers=headers)
    assert made.status_code == 200 and made.json["data"]["id"] == 3, made.text
    app.extensions["directus8"].close()


def uploads(home: Home, key: str) -> dict[str, bytes]:
    folder = home.projects / key / "uploads"
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_the_demo_goes_round(home: Home, database_vendors: list[str], tmp_path: Path) -> None:
    """From SQLite to MySQL to PostgreSQL and back: every item and every file, as they were."""
    create_project("start", EMAIL, PASSWORD, database_url=f"sqlite:///{tmp_path}/start.sqlite3", token=TOKEN)
    with opened("start") as project:
        fill(project)
    wanted, files = rows(home, "start"), uploads(home, "start")
    assert len(wanted["tracks"]) == 3503 and files
    key = "start"
    for vendor in [v for v in ("mysql", "postgresql", "sqlite") if v in database_vendors]:
        name = f"d8_round_{tmp_path.name[-16:].replace('-', '_')}"
        url = databases.create(vendor, name, tmp_path)
        try:
            run("export", key, str(tmp_path / f"{key}.zip"))
            run("import", vendor, str(tmp_path / f"{key}.zip"), "--database-url", url)
            assert rows(home, vendor) == wanted and uploads(home, vendor) == files, f"from {key} to {vendor}"
            if key != "start":
                home.project_file(key).unlink()
        finally:
            if key != "start":
                databases.drop(key, name, tmp_path)
        key = vendor
    databases.drop(key, name, tmp_path)


def test_a_clone_has_all_but_the_secrets(home: Home, source: str, tmp_path: Path) -> None:
    assert run("project", "clone", source, "twin", "--database-url", f"sqlite:///{tmp_path}/twin.sqlite3")["files"] == 1
    assert rows(home, "twin") == rows(home, source)
    secrets = [home.project_file(key).read_text().split("secret_key = ")[1].split("\n")[0] for key in (source, "twin")]
    assert secrets[0] != secrets[1]
    works_on(home, "twin")


def test_what_is_there_is_never_overwritten(home: Home, source: str, tmp_path: Path) -> None:
    file = str(tmp_path / "out.zip")
    run("export", source, file)
    again = CliRunner().invoke(main, ["import", source, file])
    assert again.exit_code == 1 and "already" in again.output
    full = json.loads(json.dumps(run("project", "list")))[0]["key"]
    assert full == source
    junk = tmp_path / "junk.zip"
    junk.write_bytes(b"no zip")
    refused = CliRunner().invoke(main, ["import", "other", str(junk)])
    assert refused.exit_code == 1 and "no exported project" in refused.output
    assert not home.project_file("other").exists() and not home.project_folder("other").exists()
