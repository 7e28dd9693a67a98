"""Files from other servers: imports by address, films of YouTube and Vimeo."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import pytest

from directus8.files import embeds, incoming
from directus8.net import OutgoingError
from tests.api.v8.test_files import ADMIN, Api, make, picture

__all__ = ["make"]


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kinds = {
                "/My%20Pic.png": "image/png",
                "/noname": "image/jpeg",
                "/a.pdf": "application/pdf",
                "/a.html": "text/html",
            }
            self.send_response(200 if self.path in kinds else 404)
            self.send_header("Content-Type", kinds.get(self.path, "text/plain"))
            self.end_headers()
            self.wfile.write(picture())

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def send(api: Api, data: str, **more: Any) -> Any:
    return api.client.post("/demo/files", json={"data": data, **more}, headers=ADMIN)


def test_private_addresses_are_refused_by_default(make: Callable[..., Api], site: str) -> None:
    api = make()
    answer = send(api, f"{site}/My%20Pic.png")
    assert answer.status_code == 422
    assert api.kept() == []


def test_imports(make: Callable[..., Api], site: str) -> None:
    api = make(security={"allow_private_addresses": True})
    row = send(api, f"{site}/My%20Pic.png", title="Given", filename_download="mine.txt").get_json()["data"]
    told = ("title", "filename_download", "type", "width", "charset", "filesize")
    assert [row[n] for n in told] == ["Given", "My Pic.png", "image/png", 60, "binary", len(picture())]
    assert send(api, f"{site}/noname").get_json()["data"]["filename_download"] == "noname.jpg"
    assert send(api, f"{site}/a.pdf").get_json()["data"]["type"] == "application/pdf"
    before = api.kept()
    for bad in ("/a.html", "/none.png"):
        assert send(api, site + bad).status_code == 422
    assert api.kept() == before
    answer = api.client.patch(f"/demo/files/{row['id']}", json={"data": f"{site}/a.pdf"}, headers=ADMIN)
    assert answer.get_json()["data"][0]["filename_download"] == "a.pdf"
    assert len(api.kept()) == len(before)


FILMS = {
    "https://img.youtube.com/vi/dQw4w9WgXcQ/0.jpg": picture(480, 360, "JPEG"),
    "https://vimeo.com/api/v2/video/76979871.json": orjson.dumps(
        [
            {
                "title": "Film",
                "description": "A<br>b",
                "duration": 62,
                "width": 1280,
                "height": 720,
                "tags": "x, y",
                "thumbnail_large": "https://i.vimeocdn.com/1.jpg",
            }
        ]  # fmt: skip
    ),
    "https://i.vimeocdn.com/1.jpg": picture(640, 360, "JPEG"),
}


@pytest.fixture
def films(monkeypatch: pytest.MonkeyPatch) -> None:
    def get(url: str, private: bool) -> bytes:
        if url not in FILMS:
            raise OutgoingError("none")
        return FILMS[url]

    monkeypatch.setattr(incoming, "picture_of", get)


@pytest.mark.usefixtures("films")
def test_youtube(make: Callable[..., Api]) -> None:
    api = make()
    row = send(api, "https://www.youtube.com/watch?v=dQw4w9WgXcQ").get_json()["data"]
    told = ("type", "embed", "title", "filesize", "width", "height", "charset", "filename_download")
    assert [row[n] for n in told] == ["embed/youtube", "dQw4w9WgXcQ", "YouTube - dQw4w9WgXcQ", 0, 560, 340, "", "youtube_dQw4w9WgXcQ.jpg"]  # fmt: skip
    assert row["data"]["embed"]["url"] == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    assert 'src="//www.youtube.com/embed/dQw4w9WgXcQ"' in row["data"]["embed"]["html"]
    assert row["data"]["thumbnails"] is None
    answer = api.client.get(f"{row['data']['asset_url']}")
    assert answer.mimetype == "image/jpeg" and answer.data == picture(480, 360, "JPEG")


@pytest.mark.usefixtures("films")
def test_vimeo(make: Callable[..., Api]) -> None:
    row = send(make(), "https://vimeo.com/76979871").get_json()["data"]
    told = ("type", "embed", "title", "description", "duration", "width", "height", "tags")
    assert [row[n] for n in told] == ["embed/vimeo", "76979871", "Film", "Ab", 62, 1280, 720, ["x", "y"]]
    assert row["data"]["embed"]["url"] == "https://vimeo.com/76979871"


@pytest.mark.usefixtures("films")
def test_a_film_of_which_nothing_is_known_is_kept(make: Callable[..., Api]) -> None:
    row = send(make(), "https://vimeo.com/1").get_json()["data"]
    assert [row[n] for n in ("embed", "title", "width", "height")] == ["1", "Vimeo - 1", 560, 540]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://youtu.be/dQw4w9WgXcQ", ("youtube", "dQw4w9WgXcQ")), ("http://m.youtube.com/watch?x=1&v=dQw4w9WgXcQ", ("youtube", "dQw4w9WgXcQ")),
        ("//vimeo.com/12", ("vimeo", "12")), ("https://vimeo.com/12345678901", None), ("https://evil.com/youtube.com/watch?v=dQw4w9WgXcQ", None),
        ("https://youtube.com.evil.com/watch?v=dQw4w9WgXcQ", None), ("https://www.youtube.com/watch?v=%22%3E%3Cscript", None), ("https://vimeo.com/about", None),
    ],
)  # fmt: skip
def test_which_addresses_are_films(url: str, found: tuple[str, str] | None) -> None:
    assert embeds.recognise(url, {}) == found


def test_durations() -> None:
    assert [embeds.period(t) for t in ("PT1M2S", "PT2H", "P1DT1S", "x")] == [62, 7200, 86401, 0]
