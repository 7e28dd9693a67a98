"""How many SQL statements requests take, on each database: the promise "flat cost" of the design, as a budget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from directus8.api.app import create_app
from directus8.db import trace
from directus8.demo.build import fill
from directus8.registry import ProjectRegistry
from tests.served import served

PUBLIC, ADMIN = {}, {"Authorization": "Bearer statements"}


@dataclass(frozen=True)
class Api:
    """The demo project, served in this very thread, so that its statements can be seen."""

    client: FlaskClient

    def cost(self, method: str, path: str, body: Any = None, headers: dict[str, str] = ADMIN) -> list[str]:
        """The statements of a request; it must succeed."""
        with trace.observe() as seen:
            answer = self.client.open(f"/demo{path}", method=method, json=body, headers=headers)
        assert answer.status_code in (200, 204), answer.get_data(as_text=True)
        return [statement.sql for statement in seen.statements]

    def data(self, path: str) -> Any:
        """The data of an answer."""
        return self.client.get(f"/demo{path}", headers=ADMIN).get_json()["data"]


@pytest.fixture(scope="module")
def api(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The demo on each database, warm: each kind of request was made before."""
    with served(module_vendor, tmp_path_factory.mktemp("home"), "demo", "statements") as app:
        registry: ProjectRegistry = app.extensions["directus8"]
        with registry.use("demo") as project:
            assert project is not None
            fill(project)
        yield Api(app.test_client())


READS = {
    "list": ("/items/tracks", 1),
    "list with filter, order and page": (
        "/items/tracks?filter[album.artist.name][contains]=davis&filter[milliseconds][gt]=1000&sort=-name&limit=10", 1,
    ),
    "list of 100 with two levels of targets": ("/items/tracks?fields=name,album.title,album.artist.name&limit=100", 1),
    "list with a to-many level": ("/items/albums?fields=title,tracks.name&limit=100", 2),
    "list with a to-many level twice": ("/items/artists?fields=name,albums.title,albums.tracks.name&limit=100", 3),
    "list with two to-many fields": ("/items/tracks?fields=name,album.tracks.id,playlists.playlist.name", 3),
    "list with one count": ("/items/tracks?limit=5&meta=total_count", 2),
    "list with the count of matches": ("/items/tracks?limit=5&meta=filter_count&filter[name][contains]=a", 2),
    "list with all counts": ("/items/tracks?limit=5&meta=*&filter[name][contains]=a", 2),
    "list without counts": ("/items/tracks?limit=5&meta=result_count,type,collection", 1),
    "list by status": ("/items/articles?status=draft,review", 1),
    "list with all counts by status": ("/items/articles?meta=*", 2),
    "list with all counts by status of matches": ("/items/articles?meta=*&filter[title][contains]=a&status=draft", 2),
    "one by key": ("/items/tracks/7", 1),
    "one with its target": ("/items/tracks/7?fields=*,album.title", 2),
    "some by key": ("/items/tracks/7,8,9", 1),
    "users": ("/users?fields=email,role.name", 1),
    "activity": ("/activity?limit=5&sort=-id", 1),
    "settings with the types of their values": ("/settings", 2),
    "the collections": ("/collections", 1),
    "the fields": ("/fields", 0),
    "the fields of a collection": ("/fields/tracks", 0),
    "project": ("/", 0),
}  # fmt: skip


@pytest.mark.parametrize(("path", "budget"), READS.values(), ids=READS)
def test_reads(api: Api, path: str, budget: int) -> None:
    api.cost("GET", path)
    seen = api.cost("GET", path)
    assert len(seen) == budget, seen


def test_reads_of_the_public(api: Api) -> None:
    path = "/items/articles?fields=title,tracks.track.name,translations.*"
    api.cost("GET", path, headers=PUBLIC)
    seen = api.cost("GET", path, headers=PUBLIC)
    assert len(seen) == 3, seen


def _write(api: Api, budget: int, method: str, path: str, body: Any = None) -> None:
    seen = api.cost(method, path, body)
    assert 2 <= len(seen) <= budget, seen


def test_create(api: Api) -> None:
    api.cost("POST", "/items/genres", {"name": "Fado"})
    _write(api, 5, "POST", "/items/genres", {"name": "Morna"})


def test_create_a_hundred(api: Api) -> None:
    api.cost("POST", "/items/genres", {"name": "Polka"})
    _write(api, 10, "POST", "/items/genres", [{"name": f"Polka {n}"} for n in range(100)])


def test_create_nested(api: Api) -> None:
    """The album, its artist and its tracks: three tables."""
    tracks = [{"name": f"Part {n}", "media_type": 1, "milliseconds": 1, "unit_price": 1} for n in range(20)]
    album = {"title": "Parts", "artist": {"name": "Nobody"}, "tracks": tracks}
    api.cost("POST", "/items/albums", album)
    _write(api, 9, "POST", "/items/albums", album)


def test_update(api: Api) -> None:
    api.cost("PATCH", "/items/genres/1", {"name": "Rock music"})
    _write(api, 5, "PATCH", "/items/genres/1", {"name": "Rock"})


def _links(api: Api, playlist: int, count: int) -> list[int]:
    """The ids of links from a playlist that are made now."""
    api.cost("PATCH", f"/items/playlists/{playlist}", {"tracks": [{"track": {"id": n + 1}} for n in range(count)]})
    return [link["id"] for link in api.data(f"/items/playlists/{playlist}?fields=tracks.id")["tracks"]]


def test_update_with_many_to_many(api: Api) -> None:
    """Twenty entries: links to be made and to be taken away."""
    entries: list[Any] = [{"id": id, "$delete": True} for id in _links(api, 9, 10)[:10]]
    entries += [{"track": {"id": n}} for n in range(21, 31)]
    _write(api, 8, "PATCH", "/items/playlists/9", {"tracks": entries})


def test_update_with_every_kind_of_many_to_many(api: Api) -> None:
    """Twenty entries: links to be made, to be changed and to be taken away."""
    links = _links(api, 10, 12)
    entries: list[Any] = [{"id": id, "$delete": True} for id in links[:6]]
    entries += [{"id": id, "track": {"id": 31}} for id in links[6:12]]
    entries += [{"track": {"id": n}} for n in range(21, 29)]
    _write(api, 8, "PATCH", "/items/playlists/10", {"tracks": entries})


def test_delete(api: Api) -> None:
    api.cost("POST", "/items/genres", {"name": "Soon gone"})
    gone = api.data("/items/genres?sort=-id&limit=1")[0]["id"]
    _write(api, 3, "DELETE", f"/items/genres/{gone}")


def test_a_change_costs_others_their_share_only(api: Api) -> None:
    """After a change of permissions the rules are loaded once more, the schema is not."""
    api.cost("GET", "/items/tracks/7")
    api.cost("PATCH", "/permissions/1", {"comment": "none"})
    after = api.cost("GET", "/items/tracks/7")
    assert 2 <= len(after) <= 4, after
    assert not [sql for sql in after if "directus_fields" in sql or "information_schema" in sql.lower()]
    assert len(api.cost("GET", "/items/tracks/7")) == 1


def test_nothing_is_loaded_twice(api: Api, tmp_path: Path) -> None:
    """The first request of a process loads the schema, the rules, the settings and the caller once each."""
    home = api.client.application.extensions["directus8"].home
    app = create_app(home)
    try:
        seen = Api(app.test_client()).cost("GET", "/items/tracks/7?fields=*,album.artist.name")
    finally:
        app.extensions["directus8"].close()
    assert len(seen) > 5
    assert len(seen) == len(set(seen)), [sql for sql in seen if seen.count(sql) > 1]
