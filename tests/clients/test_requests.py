"""A script of the kind that people write: `requests` against a running server, from log-in to log-out."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from tests import servers
from tests.conformance.kit.session import EMAIL, PASSWORD
from tests.conformance.workshop import Workshop, environ


class Client:
    """A project behind an address; what a script keeps between its requests."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.session = requests.Session()

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """The JSON of a good answer, None for an empty one."""
        answer = self.session.request(method, self.address + path, timeout=30, **more)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def status(self, path: str) -> int:
        """The status of an answer."""
        return self.session.get(self.address + path, timeout=30).status_code

    def login(self) -> str:
        """Logs in by token, which every further request carries."""
        body = {"email": EMAIL, "password": PASSWORD}
        token: str = self.ask("POST", "/auth/authenticate", json=body)["data"]["token"]
        self.session.headers["Authorization"] = f"Bearer {token}"
        return token


@pytest.fixture
def client(database_vendor: str, tmp_path: Path) -> Iterator[Client]:
    """A served project on each database."""
    home, port, name = tmp_path / "home", servers.free_port(), f"music{secrets.token_hex(4)}"
    for part in ("config", "projects"):
        (home / part).mkdir(parents=True)
    with ExitStack() as stack:
        stack.enter_context(environ({"DIRECTUS8_HOME": str(home)}))
        server = stack.enter_context(servers.running(servers.directus8(port, 1), port, tmp_path / "server.log"))
        shop = Workshop(database_vendor, home)
        shop.create(name, EMAIL, PASSWORD)
        stack.callback(shop.drop, name)
        client = Client(f"{server.base}/{name}")
        stack.callback(client.session.close)  # a server that ends waits for open connections
        yield client


def test_a_script(client: Client) -> None:
    token = client.login()
    make(client)
    album = {
        "title": "Kind of Blue",
        "artist": {"name": "Miles Davis"},
        "tracks": [{"name": "So What", "seconds": 565}],
    }
    made = client.ask("POST", "/items/albums", params={"fields": "*.*"}, json=album)["data"]
    assert (made["artist"]["name"], made["tracks"][0]["name"]) == ("Miles Davis", "So What")
    read(client, made["id"])
    history(client, made["id"])
    files(client)
    refreshed = client.ask("POST", "/auth/refresh", json={"token": token})["data"]["token"]
    client.session.headers["Authorization"] = f"Bearer {refreshed}"
    assert client.ask("GET", "/users/me")["data"]["email"] == EMAIL
    client.ask("DELETE", f"/items/albums/{made['id']}")
    assert client.status(f"/items/albums/{made['id']}") == 404


def test_cookies(client: Client) -> None:
    client.ask("POST", "/auth/authenticate", json={"email": EMAIL, "password": PASSWORD, "mode": "cookie"})
    assert f"directus-{client.address.rpartition('/')[2]}-session" in client.session.cookies
    assert client.ask("GET", "/users/me")["data"]["email"] == EMAIL
    client.ask("POST", "/auth/logout")
    assert client.status("/users/me") in (401, 403, 404)


def make(client: Client) -> None:
    """Artists, albums and tracks."""
    key = {
        "field": "id",
        "type": "integer",
        "datatype": "INT",
        "primary_key": True,
        "auto_increment": True,
        "interface": "primary-key",
    }
    text = {"type": "string", "datatype": "VARCHAR", "length": 100, "interface": "text-input"}
    number = {"type": "integer", "datatype": "INT", "length": 10, "interface": "numeric"}
    to_one = {"type": "m2o", "datatype": "INT", "length": 10, "interface": "many-to-one"}
    for name, fields in {
        "artists": [{**text, "field": "name"}],
        "albums": [{**text, "field": "title"}, {**to_one, "field": "artist"}],
        "tracks": [{**text, "field": "name"}, {**number, "field": "seconds"}, {**to_one, "field": "album"}],
    }.items():
        client.ask("POST", "/collections", json={"collection": name, "fields": [key, *fields]})
    client.ask("POST", "/fields/albums", json={"field": "tracks", "type": "o2m", "interface": "one-to-many"})
    for relation in (
        {"collection_many": "albums", "field_many": "artist", "collection_one": "artists"},
        {"collection_many": "tracks", "field_many": "album", "collection_one": "albums", "field_one": "tracks"},
    ):
        client.ask("POST", "/relations", json=relation)


def read(client: Client, album: int) -> None:
    """Rows by filter, with order, columns and counts."""
    rows = [{"name": f"Take {number}", "seconds": number, "album": album} for number in range(1, 5)]
    assert len(client.ask("POST", "/items/tracks", json=rows)["data"]) == 4
    query = {
        "filter[album.artist.name][contains]": "davis",
        "filter[seconds][lt]": 5,
        "sort": "-seconds",
        "limit": 2,
        "fields": "name,album.artist.name",
        "meta": "total_count,filter_count",
    }
    found = client.ask("GET", "/items/tracks", params=query)
    artist = {"artist": {"name": "Miles Davis"}}
    assert found["data"] == [{"name": "Take 4", "album": artist}, {"name": "Take 3", "album": artist}]
    assert found["meta"] == {"total_count": 5, "filter_count": 4}


def history(client: Client, album: int) -> None:
    """A change, and back."""
    path = f"/items/albums/{album}"
    assert client.ask("PATCH", path, json={"title": "Blue"})["data"]["title"] == "Blue"
    first, second = client.ask("GET", f"{path}/revisions")["data"]
    assert (first["data"]["title"], second["delta"]) == ("Kind of Blue", {"title": "Blue"})
    client.ask("PATCH", f"{path}/revert/{first['id']}")
    assert client.ask("GET", path)["data"]["title"] == "Kind of Blue"


def files(client: Client) -> None:
    """A picture up, the same picture down, and a small one."""
    content = io.BytesIO()
    Image.new("RGB", (400, 300), "blue").save(content, "PNG")
    sent = {"file": ("blue.png", content.getvalue(), "image/png")}
    file = client.ask("POST", "/files", files=sent, data={"title": "Cover"})["data"]
    assert (file["title"], file["width"], file["height"]) == ("Cover", 400, 300)
    assert client.session.get(file["data"]["full_url"], timeout=30).content == content.getvalue()
    address = f"{client.address}/assets/{file['private_hash']}"
    small = client.session.get(address, params={"key": "directus-small-crop"}, timeout=30)
    assert Image.open(io.BytesIO(small.content)).size == (64, 64)
