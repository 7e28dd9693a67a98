"""Contents that lie about themselves, and who gets private ones: polyglots, bombs in metadata, cookies, durations."""

from __future__ import annotations

import base64
import io
import struct
import time
import wave
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.api.v8.test_files import ADMIN, Api, api, make, opened, picture

__all__ = ["api", "make"]
SCRIPT = b"<script>alert(1)</script>"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png_with(chunk: bytes) -> bytes:
    plain = picture()
    at = plain.index(b"IDAT") - 4
    return plain[:at] + chunk + plain[at:]


def _jpeg_with_words() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = exif[0x9286] = SCRIPT.decode()
    return picture(80, 80, "JPEG", exif=exif, comment=SCRIPT)


def _gif_with_words() -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], comment=SCRIPT)
    return out.getvalue()


POLYGLOTS = {
    "words.gif": picture(80, 80, "GIF", comment=SCRIPT),
    "animated.gif": _gif_with_words(),
    "tail.jpg": picture(80, 80, "JPEG") + SCRIPT + b"PK\x03\x04",
    "words.jpg": _jpeg_with_words(),
    "text.png": _png_with(_chunk(b"tEXt", b"Comment\0" + SCRIPT)),
    "tail.png": picture() + b"<?php system($_GET[0]); ?>" + SCRIPT,
    "tail.gif": picture(80, 80, "GIF") + SCRIPT,
    "tail.webp": picture(80, 80, "WEBP") + SCRIPT,
}


@pytest.mark.parametrize("name", POLYGLOTS)
def test_images_made_of_polyglots_are_images_only(api: Api, name: str) -> None:
    row = api.file(POLYGLOTS[name], name)
    original = api.client.get(row["data"]["asset_url"])
    assert original.mimetype.startswith("image/") and original.headers["X-Content-Type-Options"] == "nosniff"
    made = api.client.get(f"{row['data']['asset_url']}?key=thumbnail")
    assert made.status_code == 200 and made.mimetype == original.mimetype
    assert b"script" not in made.data and b"php" not in made.data and not made.data.rstrip().endswith(b">")


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP", b"iTXt"])
def test_bombs_in_metadata(api: Api, kind: bytes) -> None:
    """100 kB that would unfold to 100 MB of words or colours."""
    bomb = zlib.compress(bytes(100_000_000), 9)
    started = time.monotonic()
    row = api.file(_png_with(_chunk(kind, b"k\0" + (b"\1\0\0\0" if kind == b"iTXt" else b"\0") + bomb)), "a.png")
    assert api.client.get(f"{row['data']['asset_url']}?key=thumbnail").status_code == 422
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("data", "content"),
    [
        ("eA==", b"x"), ("eA", b"x"), ("e A=\n=", b"x"), ("eHh4", b"xxx"), ("eHh4eA", b"xxxx"), ("eHh4e", b"xxx"),
        ("data:text/plain;base64,eA", b"x"), ("data:text/plain;charset=utf-8;base64,eA==", b"x"),
    ],
)  # fmt: skip
def test_base64_as_the_original_reads_it(api: Api, data: str, content: bytes) -> None:
    body = {"data": data, "filename_disk": "a.txt", "filename_download": "a.txt"}
    answer = api.client.post("/demo/files", json=body, headers=ADMIN)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert api.client.get(answer.get_json()["data"]["data"]["url"]).data == content


@pytest.mark.parametrize("field", ["filename_disk", "filename_download", "private_hash", "title", "storage", "folder"])
@pytest.mark.parametrize(
    "value", ["../../evil", "/etc/passwd", "..\\evil", "a\x00b", "%2e%2e%2f", "file:///etc/passwd"]
)
def test_no_field_leads_out_of_the_storage(api: Api, field: str, value: str) -> None:
    """On create by text and by form, and on change."""
    body = {"data": base64.b64encode(b"x").decode(), "filename_disk": "a.txt", "filename_download": "a.txt"}
    row = api.file(b"good", "good.txt")
    answers = [
        api.client.post("/demo/files", json={**body, field: value}, headers=ADMIN),
        api.upload(b"x", "a.txt", **{field: value}),
        api.client.patch(f"/demo/files/{row['id']}", json={field: value}, headers=ADMIN),
    ]
    assert all(a.status_code in (200, 422) for a in answers), [a.get_data(as_text=True) for a in answers]
    home = api.project.folder.parent.parent
    assert all(path.count("/") == 1 and "/." not in path for path in api.kept())
    assert not [p for p in home.rglob("*evil*") if "uploads/originals" not in str(p)]
    rows = api.client.get("/demo/files?fields=*", headers=ADMIN).get_json()["data"]
    assert len(rows) == len(api.originals())
    for found in rows:
        assert api.client.get(found["data"]["url"]).data in (b"x", b"good")


def test_private_files_by_cookie(make: Callable[..., Api]) -> None:
    api = make(storage={"private": True})
    row = api.file(picture(), "a.png")
    path = urlsplit(row["data"]["asset_url"]).path
    browser = api.client.application.test_client()
    for query in ("", "?key=thumbnail"):
        assert browser.get(path + query).status_code == 404
    login = {"email": "a@b.cd", "password": "secret", "mode": "cookie"}
    assert browser.post("/demo/auth/authenticate", json=login).status_code == 200
    for query in ("", "?key=thumbnail"):
        assert browser.get(path + query).status_code == 200
    assert browser.post("/demo/auth/logout").status_code in (200, 204)
    assert browser.get(path).status_code == 404
    assert browser.get(f"{path}?access_token=files-admin").status_code == 200


def test_durations(api: Api) -> None:
    av = pytest.importorskip("av")
    sound, film = io.BytesIO(), io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * 8000 * 3))
    with av.open(film, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(20):
            container.mux(stream.encode(av.VideoFrame.from_image(Image.new("RGB", (64, 48)))))
        container.mux(stream.encode())
    told = lambda row: [row[n] for n in ("type", "duration", "width", "height")]
    assert told(api.file(sound.getvalue(), "a.wav"))[1:] == [3, None, None]
    assert told(api.file(film.getvalue(), "a.mp4")) == ["video/mp4", 2, 64, 48]
    assert told(api.file(b"\0" * 100, "b.mp4")) == ["video/mp4", 0, None, None]


def test_words_of_exif(api: Api) -> None:
    exif = Image.Exif()
    exif[0x010E] = "Seen from above"
    row = api.file(picture(80, 40, "JPEG", exif=exif), "a.jpg")
    assert row["description"] == "Seen from above"
    given = api.file(picture(80, 40, "JPEG", exif=exif), "a.jpg", description="Mine")
    assert given["description"] == "Mine"


def test_a_turned_picture_of_a_large_one_is_drafted(api: Api) -> None:
    """24 million pixels become 200: fast, since the decoder skips most, and turned as the camera says."""
    exif = Image.Exif()
    exif[0x0112] = 6
    row = api.file(picture(6000, 4000, "JPEG", exif=exif), "a.jpg")
    started = time.process_time()
    made: Any = opened(api.client.get(f"{row['data']['asset_url']}?key=thumbnail").data)
    assert made.size == (133, 200)
    assert time.process_time() - started < 2
