"""An object store that hangs: others are served meanwhile, errors are clear, nothing is left, and it comes back."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests import servers
from tests.operations.test_files import ADMIN, picture, rows, send, serving

TIMEOUT = 2  # seconds the store may be silent
CLIENTS = 12  # three times as many as there are threads


class Proxy:
    """Passes bytes on to a port, unless ``flowing`` is cleared: then they stay where they are."""

    def __init__(self, port: int) -> None:
        self.port, self.target = servers.free_port(), port
        self.flowing = threading.Event()
        self.flowing.set()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            for pair in ((client, server), (server, client)):
                threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with source, target, suppress(OSError):  # the other direction ends with this one
            while data := source.recv(65536):
                self.flowing.wait()
                target.sendall(data)
            for each in (source, target):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """No new connections."""
        self._listener.close()
        self.flowing.set()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A way to an S3 server with an empty bucket ``slow``."""
    pytest.importorskip("moto")
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    port = servers.free_port()
    bucket = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    bucket.start()
    way = Proxy(port)
    urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{way.port}/slow{port}", method="PUT")).close()
    yield way
    way.close()
    bucket.stop()


def test_a_storage_that_hangs(proxy: Proxy, tmp_path: Path) -> None:
    storage = {
        "adapter": "s3", "bucket": f"slow{proxy.target}", "endpoint": f"http://127.0.0.1:{proxy.port}", "key": "k",
        "secret": "s", "root": "/originals", "thumb_root": "/generated", "timeout": TIMEOUT,
    }  # fmt: skip
    with serving(tmp_path, storage=storage) as server, ThreadPoolExecutor(CLIENTS) as pool:
        row = send(server, picture(), "a.png").json()["data"]
        proxy.flowing.clear()
        hanging = [pool.submit(_ask, server, row, number) for number in range(CLIENTS)]
        time.sleep(0.5)
        slowest = max(_seconds(server) for _ in range(20))
        answers = [each.result() for each in hanging]
        proxy.flowing.set()
        assert {(a.status_code, a.json()["error"]["code"]) for a in answers} == {(503, 600)}
        assert slowest < TIMEOUT, "others are held up"
        assert rows(server) == 1 and send(server, os.urandom(1000)).status_code == 200
        assert httpx.get(server.base + row["data"]["url"]).status_code == 200
        with urllib.request.urlopen(f"http://127.0.0.1:{proxy.port}/slow{proxy.target}?list-type=2") as listed:
            assert listed.read().count(b"<Key>") == 2


def _ask(server: servers.Server, row: dict[str, dict[str, str]], number: int) -> httpx.Response:
    """Every second one uploads, the others look at a file."""
    if number % 2:
        return send(server, os.urandom(1000), f"{number}.bin")
    return httpx.get(server.base + row["data"]["url"], timeout=60)


def _seconds(server: servers.Server) -> float:
    started = time.monotonic()
    assert httpx.get(f"{server.base}/demo/users/me", headers=ADMIN, timeout=60).status_code == 200
    return time.monotonic() - started
