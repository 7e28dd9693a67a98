"""The door for outgoing requests: which addresses, how long, how much."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from directus8 import net
from directus8.net import Limits, OutgoingError, Refused, TooLarge, fetch, is_public

PRIVATE = Limits(private=True)


class Handler(BaseHTTPRequestHandler):
    """A small site with traps."""

    seen: list[str] = []

    def do_GET(self) -> None:
        Handler.seen.append(self.path)
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path[4:])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "Image/PNG; x=y")
        self.end_headers()
        if self.path == "/endless":
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                return
        if self.path == "/drip":
            try:
                for _ in range(100):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.1)
            except OSError:
                return
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("10.1.1.1", False), ("172.16.0.1", False), ("192.168.1.1", False),
        ("169.254.169.254", False), ("0.0.0.0", False), ("224.0.0.1", False), ("100.64.0.1", False), ("::1", False), ("::", False), ("fe80::1%eth0", False),
        ("fd00::1", False), ("::ffff:127.0.0.1", False), ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False), ("ff02::1", False), ("255.255.255.255", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_an_answer(site: str) -> None:
    with fetch(f"{site}/a.png", limits=PRIVATE) as found:
        assert (found.status, found.media, found.body()) == (200, "image/png", b"hello")


@pytest.mark.parametrize("url", ["http://127.1:{port}/", "http://localhost:{port}/", "http://2130706433:{port}/", "http://0x7f.1:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "http://0:{port}/"])  # fmt: skip
def test_private_addresses_are_refused(site: str, url: str) -> None:
    Handler.seen.clear()
    with pytest.raises(Refused), fetch(url.format(port=site.rpartition(":")[2])):
        pass
    assert Handler.seen == []


@pytest.mark.parametrize("url", ["ftp://example.com/a.png", "file:///etc/passwd", "gopher://x.y/", "x", "http://", "http://[", "http://a b/"])  # fmt: skip
def test_other_addresses_are_errors(url: str) -> None:
    with pytest.raises(OutgoingError), fetch(url, limits=PRIVATE):
        pass


def _resolving(monkeypatch: pytest.MonkeyPatch, answers: dict[str, list[list[str]]]) -> list[str]:
    """Names resolve as told, differently each time; the sockets go to 127.0.0.1 whatever they are for."""
    dialled: list[str] = []

    def getaddrinfo(host: str, port: int, **_: object) -> list[object]:
        found = answers[host]
        now = found.pop(0) if len(found) > 1 else found[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in now]

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        dialled.append(address[0])
        made = socket.socket()
        made.settimeout(timeout)
        made.connect(("127.0.0.1", address[1]))
        return made

    monkeypatch.setattr(net.socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(net.socket, "create_connection", connect)
    return dialled


def test_a_name_is_looked_up_once_and_that_address_is_dialled(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dialled = _resolving(monkeypatch, {"rebind.example": [["93.184.215.14"], ["127.0.0.1"]]})
    with fetch(f"http://rebind.example:{site.rpartition(':')[2]}/a") as found:
        assert found.body() == b"hello"
    assert dialled == ["93.184.215.14"]


def test_a_name_with_one_private_address_is_refused(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dialled = _resolving(monkeypatch, {"mixed.example": [["93.184.215.14", "10.0.0.1"]]})
    with pytest.raises(Refused), fetch(f"http://mixed.example:{site.rpartition(':')[2]}/a"):
        pass
    assert dialled == []


def test_redirects_are_judged(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    port = site.rpartition(":")[2]
    dialled = _resolving(monkeypatch, {"good.example": [["93.184.215.14"]], "127.0.0.1": [["127.0.0.1"]]})
    Handler.seen.clear()
    with pytest.raises(Refused), fetch(f"http://good.example:{port}/to/http://127.0.0.1:{port}/secret"):
        pass
    assert dialled == ["93.184.215.14"] and "/secret" not in Handler.seen
    with pytest.raises(OutgoingError), fetch(f"http://good.example:{port}/to/file:///etc/passwd"):
        pass


def test_a_redirect_without_end(site: str) -> None:
    with pytest.raises(OutgoingError), fetch(f"{site}/to//to//to//to//to//to//a", limits=PRIVATE):
        pass


def test_size_and_time(site: str) -> None:
    with pytest.raises(TooLarge), fetch(f"{site}/endless", limits=Limits(size=1_000_000, private=True)) as found:
        found.body()
    start = time.monotonic()
    with pytest.raises(OutgoingError), fetch(f"{site}/drip", limits=Limits(seconds=0.5, private=True)) as found:
        found.body()
    assert time.monotonic() - start < 20


def test_a_server_that_never_ends_its_headers() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        peer, _ = listener.accept()
        try:
            peer.sendall(b"HTTP/1.1 200 OK\r\n")
            for _ in range(100):
                peer.sendall(b"X: y\r\n")
                time.sleep(0.1)
        except OSError:
            pass
        finally:
            peer.close()

    threading.Thread(target=serve, daemon=True).start()
    start = time.monotonic()
    limits = Limits(seconds=0.5, private=True)
    with (
        listener,
        pytest.raises(OutgoingError),
        fetch(f"http://127.0.0.1:{listener.getsockname()[1]}/", limits=limits) as found,
    ):
        found.body()
    assert time.monotonic() - start < 20


def test_proxies_of_the_environment_are_not_used(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with fetch(f"{site}/a", limits=PRIVATE) as found:
        assert found.body() == b"hello"
