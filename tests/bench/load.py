"""A small load generator: kept-alive connections from processes of its own, so that its cost is not the server's.

One generator for every machine: with wrk where it is installed, the multiples of two machines would not compare.
"""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from urllib.parse import urlsplit

PROCESSES = 2
CONNECTIONS = 2  # of each process
WITHOUT_BODY = (204, 304)
CHUNK_END = b"\r\n"


class BadAnswer(Exception):
    """Something that is no answer of HTTP/1.1 with a known length."""


class _Connection:
    """One kept-alive connection; reconnects when the server closed it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self.socket: socket.socket | None = None
        self.buffer = b""

    def send(self, request: bytes) -> None:
        if self.socket is None:
            self.socket, self.buffer = socket.create_connection(self.address, 60), b""
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(request)

    def receive(self) -> int:
        """The status of the next answer, whose body is read and thrown away."""
        while (end := self.buffer.find(b"\r\n\r\n")) < 0:
            self._more()
        head, self.buffer = self.buffer[:end].lower(), self.buffer[end + 4 :]
        status = int(head[9:12])
        if b"transfer-encoding: chunked" in head:
            while self._skip(self._chunk_size()) > len(CHUNK_END):
                pass
        elif status not in WITHOUT_BODY:
            self._skip(_length(head))
        if b"connection: close" in head:
            self.close()
        return status

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def _skip(self, length: int) -> int:
        """Read so many bytes and forget them; answers their number."""
        while len(self.buffer) < length:
            self._more()
        self.buffer = self.buffer[length:]
        return length

    def _chunk_size(self) -> int:
        """The bytes of the next chunk with its line end; only the last chunk has nothing else."""
        while (end := self.buffer.find(CHUNK_END)) < 0:
            self._more()
        size = int(self.buffer[:end].split(b";")[0], 16)
        self.buffer = self.buffer[end + len(CHUNK_END) :]
        return size + len(CHUNK_END)

    def _more(self) -> None:
        assert self.socket is not None
        chunk = self.socket.recv(1 << 18)
        if not chunk:
            raise BadAnswer("the server closed the connection")
        self.buffer += chunk


def _length(head: bytes) -> int:
    _, found, rest = head.partition(b"content-length:")
    if not found:
        raise BadAnswer(f"no Content-Length in {head[:200]!r}")
    return int(rest.split(b"\r\n", 1)[0])


def drive(host: str, port: int, request: bytes, count: int) -> Counter[int]:
    """Send a request many times over a few connections at once; how often each status was answered."""
    connections = [_Connection((host, port)) for _ in range(CONNECTIONS)]
    statuses: Counter[int] = Counter()
    try:
        for _ in range(count // CONNECTIONS):
            for connection in connections:
                connection.send(request)
            statuses.update(connection.receive() for connection in connections)
    finally:
        for connection in connections:
            connection.close()
    return statuses


class Load:
    """Drives servers from a few processes."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def __call__(self, base: str, request: bytes, count: int) -> Counter[int]:
        """Send a request count times (rounded down to what the connections share); statuses and their numbers."""
        url = urlsplit(base)
        share = count // PROCESSES
        jobs = [self._pool.submit(drive, url.hostname or "", url.port or 80, request, share) for _ in range(PROCESSES)]
        return sum((job.result() for job in jobs), Counter())


@contextmanager
def load() -> Iterator[Load]:
    """The generator, its processes started."""
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        yield Load(pool)
