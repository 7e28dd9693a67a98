"""Files behind a real server: memory, cut connections, full disks, many at once, a storage that goes away."""

from __future__ import annotations

import asyncio
import hashlib
import io
import logging
import os
import socket
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image

from directus8.config import Home
from directus8.provisioning import create
from tests import servers

ROOT = Path(__file__).parents[2]
MEGABYTES = int(os.environ.get("DIRECTUS8_UPLOAD_MB", "96"))  # 2048 by hand
REQUESTS = int(os.environ.get("DIRECTUS8_ASSET_REQUESTS", "400"))  # 10000 by hand
MOST_MEMORY = 200 * 1024  # KiB a worker may ever have held
ADMIN = {"Authorization": "Bearer files-admin"}


@contextmanager
def serving(
    home: Path, command: Sequence[str] = (), *, workers: int = 1, storage: dict[str, Any] | None = None, **more: str
) -> Iterator[servers.Server]:
    """A project ``demo`` in a folder of its own, behind a real server."""
    values = {"storage": storage} if storage else {}
    create(Home(home), "demo", email="a@b.cd", password="secret", token="files-admin", values=values, environ={})
    port = servers.free_port()
    environment = {
        "DIRECTUS8_HOME": str(home), "PYTHONPATH": str(ROOT), "DIRECTUS8_SERVER_UPLOAD_LIMIT": str(4 * 1024**3),
        "DIRECTUS8_SERVER_ACCESS_LOG": "0", **more,
    }  # fmt: skip
    whole = [*command, *servers.directus8(port, workers)]
    with servers.running(whole, port, home / "server.log", environment) as server:
        yield server


def kept(home: Path) -> list[str]:
    """Every file in the storage, staged ones too."""
    root = home / "projects" / "demo" / "uploads"
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


def rows(server: servers.Server) -> int:
    """How many files the project has."""
    answer = httpx.get(f"{server.base}/demo/files?meta=total_count&limit=1", headers=ADMIN)
    count: int = answer.json()["meta"]["total_count"]
    return count


def picture(width: int = 60, height: int = 40, format: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, height), 50).save(out, format)
    return out.getvalue()


def send(server: servers.Server, content: bytes, name: str = "a.bin") -> httpx.Response:
    return httpx.post(f"{server.base}/demo/files", files={"file": (name, content)}, headers=ADMIN, timeout=60)


def peak(server: servers.Server) -> int:
    """The most memory in KiB any process of the server ever held."""

    def of(process: int) -> int:
        status = Path(f"/proc/{process}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0])

    return max(of(process) for process in server.workers())


def test_memory_does_not_grow_with_a_file(tmp_path: Path) -> None:
    """Upload, download and a part of a large file; the process stays small, and the bytes are the same."""
    block = os.urandom(1024 * 1024)
    with serving(tmp_path) as server:
        before = peak(server)
        boundary = b"cut-here"
        head = b"--cut-here\r\nContent-Disposition: form-data; name=f; filename=large.bin\r\n\r\n"
        tail = b"\r\n--cut-here--\r\n"
        length = len(head) + MEGABYTES * len(block) + len(tail)

        def body() -> Iterator[bytes]:
            yield head
            for _ in range(MEGABYTES):
                yield block
            yield tail

        headers = {
            **ADMIN,
            "Content-Type": f"multipart/form-data; boundary={boundary.decode()}",
            "Content-Length": str(length),
        }
        answer = httpx.post(f"{server.base}/demo/files", content=body(), headers=headers, timeout=600)
        assert answer.status_code == 200, answer.text
        row, uploaded = answer.json()["data"], peak(server)
        assert row["filesize"] == MEGABYTES * len(block)
        seen = hashlib.md5()
        with httpx.stream("GET", f"{server.base}{row['data']['asset_url']}", timeout=600) as content:
            for chunk in content.iter_raw():
                seen.update(chunk)
        assert seen.hexdigest() == row["checksum"]
        end = {"Range": f"bytes={row['filesize'] - 10}-"}
        assert httpx.get(f"{server.base}{row['data']['url']}", headers=end).content == block[-10:]
        after = peak(server)
    print(
        f"{MEGABYTES} MB: {before // 1024} MiB before, {uploaded // 1024} after the upload, {after // 1024} after all"
    )
    assert after < MOST_MEMORY


def test_an_upload_that_is_cut_off_leaves_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        part = b"--x\r\nContent-Disposition: form-data; name=f; filename=a.png\r\n\r\n" + os.urandom(3_000_000)
        whole = part + b"\r\n--x--\r\n"
        head = (
            "POST /demo/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer files-admin\r\n"
            f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(whole)}\r\n\r\n"
        )
        host, port = urlsplit(server.base).netloc.split(":")
        for share in (0.0, 0.5, 0.999):
            with socket.create_connection((host, int(port))) as connection:
                connection.sendall(head.encode() + whole[: int(len(whole) * share)])
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(10)
                answer = connection.recv(200)
            assert not answer or b" 400 " in answer.splitlines()[0], answer
            assert (rows(server), kept(tmp_path)) == (0, [])
        assert send(server, b"next").status_code == 200


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """Files of this server may have 4 MiB: the kernel refuses the rest, in the storage as in the temporary folder."""
    limit = ["bash", "-c", 'ulimit -f 4096; exec "$@"', "limited"]
    with serving(tmp_path, limit) as server:
        good = send(server, b"x" * 1000)
        assert good.status_code == 200
        before = kept(tmp_path)
        for content in (os.urandom(6_000_000), b"x" * 5_000_000):
            answer = send(server, content)
            assert (answer.status_code, answer.json()["error"]["code"]) == (507, 607), answer.text
        path = f"{server.base}/demo/files/{good.json()['data']['id']}"
        answer = httpx.patch(path, files={"file": ("b.bin", os.urandom(6_000_000))}, headers=ADMIN)
        assert (answer.status_code, answer.json()["error"]["code"]) == (507, 607), answer.text
        assert (rows(server), kept(tmp_path)) == (1, before)
        assert httpx.get(server.base + good.json()["data"]["data"]["url"]).content == b"x" * 1000


async def _get(address: str, count: int) -> list[tuple[int, str]]:
    """Status and digest of many requests for one address, up to a thousand at once."""
    parts = urlsplit(address)
    turn = asyncio.Semaphore(1000)
    asked = f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()

    async def one() -> tuple[int, str]:
        async with turn:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.write(asked)
            head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
            writer.close()
            return int(head.split()[1]), hashlib.md5(body).hexdigest()

    return await asyncio.gather(*(one() for _ in range(count)))


def test_a_missing_image_is_made_once_by_all_workers(tmp_path: Path) -> None:
    """However many ask for it at once, of however many workers."""
    create(Home(tmp_path), "demo", email="a@b.cd", password="secret", token="files-admin", values={}, environ={})
    port, counted = servers.free_port(), tmp_path / "counted"
    environment = {
        "DIRECTUS8_HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "COUNTED": str(counted),
        "DIRECTUS8_SERVER_ACCESS_LOG": "0",
    }  # fmt: skip
    command = servers.gunicorn("tests.operations.counted_images:application", port, 4)
    with servers.running(command, port, tmp_path / "server.log", environment) as server:
        row = send(server, picture(2500, 2000, "JPEG"), "a.jpg").json()["data"]
        started = time.monotonic()
        answers = asyncio.run(_get(f"{server.base}{row['data']['asset_url']}?key=directus-large-crop", REQUESTS))
        seconds = time.monotonic() - started
    assert len(answers) == REQUESTS and {status for status, _ in answers} == {200}
    assert len({digest for _, digest in answers}) == 1
    assert counted.read_text().splitlines() == ["made"]
    print(f"{REQUESTS} requests, 4 workers: made once, {seconds:.1f} s")


def test_a_storage_that_goes_away_and_comes_back(tmp_path: Path) -> None:
    pytest.importorskip("moto")
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    port = servers.free_port()
    endpoint, named = f"http://127.0.0.1:{port}", f"files{port}"  # moto remembers the buckets of all tests of a process
    bucket = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    bucket.start()
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{named}", method="PUT")).close()
    storage = {
        "adapter": "s3", "bucket": named, "endpoint": endpoint, "key": "k", "secret": "s", "root": "/originals",
        "thumb_root": "/generated",
    }  # fmt: skip
    try:
        with serving(tmp_path, workers=2, storage=storage) as server:
            content = picture(300, 200)
            row = send(server, content, "a.png").json()["data"]
            assert row["storage"] == "s3"
            thumbnail = f"{server.base}{row['data']['asset_url']}?key=directus-small-crop"
            made = httpx.get(thumbnail).content
            assert Image.open(io.BytesIO(made)).size == (64, 64)
            bucket.stop()
            path = f"{server.base}/demo/files/{row['id']}"
            refused = [
                send(server, content, "b.png"),
                httpx.get(server.base + row["data"]["url"], timeout=60),
                httpx.get(thumbnail, timeout=60),
                httpx.patch(path, files={"file": ("b.png", content)}, headers=ADMIN, timeout=60),
                httpx.patch(path, json={"filename_disk": "b.png"}, headers=ADMIN, timeout=60),
            ]
            assert [(a.status_code, a.json()["error"]["code"]) for a in refused] == [(503, 600)] * 5
            assert rows(server) == 1
            bucket = ThreadedMotoServer("127.0.0.1", port, verbose=False)
            bucket.start()
            assert httpx.get(server.base + row["data"]["url"]).content == content
            assert httpx.get(thumbnail).content == made
            assert httpx.delete(path, headers=ADMIN).status_code == 204
            with urllib.request.urlopen(f"{endpoint}/{named}?list-type=2") as listed:
                assert b"<Key>" not in listed.read()
    finally:
        bucket.stop()


def test_temporary_files_are_gone(tmp_path: Path) -> None:
    """Whatever happened to an upload: the process holds no temporary file of it any longer."""
    with serving(tmp_path) as server:
        for _ in range(3):
            assert send(server, os.urandom(2_000_000)).status_code == 200
            assert httpx.post(f"{server.base}/demo/files", files={"f": ("a", os.urandom(2_000_000))}).status_code == 403
        held = [name for process in server.workers() for name in _open(process)]
    assert [name for name in held if name.startswith(f"{tempfile.gettempdir()}/tmp")] == []


def _open(process: int) -> Iterator[str]:
    """The files a process holds, but for those it closes meanwhile."""
    for each in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):
            yield os.readlink(each)
