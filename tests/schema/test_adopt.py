"""Chinook, made by its own SQL files as plain tables, taken over on each database."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from click.testing import CliRunner
from flask.testing import FlaskClient

from directus8.api.app import create_app
from directus8.cli import main
from directus8.cli.schema import problems_of
from directus8.config import Home
from directus8.project import Project
from tests.schema.helpers import session

FILES = Path(__file__).parents[1] / "data" / "chinook"
ADMIN = {"Authorization": "Bearer t"}
#: PostgreSQL's file spells names otherwise.
SNAKE = re.compile(r"(?<=[a-z])(?=[A-Z])")


def statements(vendor: str) -> Iterator[str]:
    """The statements of a vendor's file, without those that make and choose the database."""
    text = gzip.decompress((FILES / f"{vendor}.sql.gz").read_bytes()).decode()
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    for statement in re.split(r";\s*\n", text):
        if statement.strip() and not re.match(r"\s*(DROP|USE|CREATE DATABASE|\\c)", statement):
            yield statement


@pytest.fixture
def chinook(project: Project, database_vendor: str) -> Project:
    """A project whose database has the tables of Chinook beside the system's."""
    engine = sqlalchemy.create_engine(project.database.engine.url)
    connection = engine.raw_connection()
    for statement in statements(database_vendor):
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()
    connection.commit()
    connection.close()
    engine.dispose()
    project.stamps.forget()
    return project


def spelt(vendor: str, name: str) -> str:
    """The name of a table or column in a vendor's file."""
    return SNAKE.sub("_", name).lower() if vendor == "postgresql" else name


def run(home: Path, *arguments: str) -> str:
    result = CliRunner().invoke(main, ["schema", *arguments], env={"DIRECTUS8_HOME": str(home)})
    assert result.exit_code == 0, result.output
    return result.output


def get(client: FlaskClient, path: str, **query: Any) -> Any:
    answer = client.get(f"/demo{path}", query_string=query, headers=ADMIN)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()["data"]


def test_chinook_is_taken_over(chinook: Project, database_vendor: str, tmp_path: Path) -> None:
    def n(name: str) -> str:
        return spelt(database_vendor, name)

    told = run(tmp_path, "adopt-tables", "demo")
    assert "Nothing was changed" in told and f"+ collection {n('Album')}" in told
    assert not session(chinook).catalog[n("Album")].registered
    run(tmp_path, "adopt-tables", "demo", "--yes")
    catalog = session(chinook).catalog
    album, track = catalog[n("Album")], catalog[n("Track")]
    assert album.managed and album.fields[n("Title")].type == "string"
    assert album.fields[n("ArtistId")].type == "m2o" and album.fields[n("ArtistId")].interface == "many-to-one"
    assert track.fields[n("UnitPrice")].type == "decimal" and track.fields[n("Milliseconds")].type == "integer"
    assert catalog[n("Employee")].fields[n("BirthDate")].type == "datetime"
    many = catalog[n("Playlist")].relation(n("PlaylistTrack"))
    assert many is not None and many.junction_field == n("TrackId")
    assert problems_of(chinook) == []

    client = create_app(Home(tmp_path)).test_client()
    albums = get(
        client, f"/items/{n('Album')}", fields=f"*,{n('ArtistId')}.{n('Name')},{n('Track')}.{n('Name')}", limit=1
    )
    assert albums[0][n("ArtistId")] == {n("Name"): "AC/DC"} and len(albums[0][n("Track")]) == 10
    found = get(
        client, f"/items/{n('Track')}", **{f"filter[{n('AlbumId')}.{n('Title')}][contains]": "Rock", "limit": -1}
    )
    assert found and all(t[n("AlbumId")] for t in found)
    assert len(get(client, f"/items/{n('Artist')}", limit=-1)) == 275
    path = f"{n('PlaylistTrack')}.{n('TrackId')}.{n('Name')}"
    playlists = get(client, f"/items/{n('Playlist')}", fields=f"{n('Name')},{path}", limit=-1)
    assert sum(len(p[n("PlaylistTrack")]) for p in playlists) == 8715
    made = client.post(f"/demo/items/{n('Genre')}", json={n("Name"): "Chamber"}, headers=ADMIN).get_json()["data"]
    assert made[n("Name")] == "Chamber"
    told = run(tmp_path, "adopt-tables", "demo", "--yes")
    assert "+" not in told, "what is taken over is left alone"
