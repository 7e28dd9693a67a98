"""The one door for outgoing HTTP: URL imports, embeds, webhooks, logins by other servers.

Every connection, also after a redirect, goes to an address that was looked up and judged here and is then dialled as
it is: a name that resolves differently a moment later changes nothing. Proxies of the environment are not used.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

S = TypeVar("S", bound=requests.Session)
_CHUNK = 64 * 1024
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class OutgoingError(Exception):
    """A request that was not made, or got no usable answer. The text holds nothing about the network inside."""


class Refused(OutgoingError):
    """The address is not one we may reach."""


class TooLarge(OutgoingError):
    """The answer is longer than allowed."""


#: What a guarded session may raise.
TROUBLE = (OutgoingError, requests.RequestException)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one request. ``private``: addresses of the own network may be reached."""

    size: int = 10 * 1024 * 1024
    seconds: float = 30
    redirects: int = 3
    private: bool = False


@dataclass(slots=True)
class Fetched:
    """An answer whose body is still to come."""

    status: int
    url: str
    headers: Mapping[str, str]
    _response: requests.Response = field(repr=False)
    _limits: Limits = field(repr=False)
    _deadline: float = field(repr=False)

    @property
    def media(self) -> str:
        """The media type, in small letters, without parameters."""
        return self.headers.get("Content-Type", "").split(";")[0].strip().lower()

    def chunks(self) -> Iterator[bytes]:
        """The body, decompressed. TooLarge, OutgoingError."""
        size = 0
        while True:
            try:
                chunk = self._response.raw.read1(_CHUNK, decode_content=True)
            except (HTTPError, OSError, ValueError) as error:
                raise OutgoingError("The address could not be read.") from error
            if time.monotonic() > self._deadline:  # also the end of a connection that was cut is no end
                raise OutgoingError("The address took too long to answer.")
            if not chunk:
                return
            size += len(chunk)
            if size > self._limits.size:
                raise TooLarge(f"The content is larger than {self._limits.size} bytes.")
            yield chunk

    def body(self) -> bytes:
        """The whole body. TooLarge, OutgoingError."""
        return b"".join(self.chunks())


@contextmanager
def fetch(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    limits: Limits | None = None,
) -> Iterator[Fetched]:
    """One request. Refused for a forbidden address or scheme, OutgoingError when there is no answer in time."""
    limits = limits or Limits()
    deadline = time.monotonic() + limits.seconds
    door = _Door(limits, deadline)
    with requests.Session() as session, door.watched():
        session.trust_env = False
        session.max_redirects = limits.redirects
        session.adapters.clear()
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Adapter(door))
        try:
            response = session.request(
                method,
                url,
                data=body,
                headers={"User-Agent": "directus8", "Accept-Encoding": "identity", **(headers or {})},
                timeout=min(10, limits.seconds),
                stream=True,
                allow_redirects=limits.redirects > 0,
            )
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise (door.refused or OutgoingError("The address could not be reached.")) from error
        with response:
            yield Fetched(response.status_code, response.url, response.headers, response, limits, deadline)


def guarded(session: S, limits: Limits) -> S:
    """The session of somebody else's library, its requests by this door: each bounded, its body read at once."""
    session.trust_env = False
    session.max_redirects = limits.redirects
    session.adapters.clear()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Whole(limits))
    return session


def is_public(address: str) -> bool:
    """Is an address one of the open internet, also the one hidden inside an IPv6 address?"""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        hidden = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if ip in _NAT64:
            hidden.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        if any(h is not None and not is_public(str(h)) for h in hidden):
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_unspecified


class _Door:
    """Opens the connections of one request: judges addresses, and cuts everything at the deadline."""

    def __init__(self, limits: Limits, deadline: float) -> None:
        self.limits = limits
        self.deadline = deadline
        self.refused: Refused | None = None
        self._open: list[socket.socket] = []

    def connect(self, host: str, port: int) -> socket.socket:
        """A socket to an address of the host that may be reached."""
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        addresses = [f[4] for f in found if self.limits.private or is_public(str(f[4][0]))]
        if not addresses or (len(addresses) < len(found)):
            self.refused = Refused("The address is not allowed.")
            raise self.refused
        trouble: OSError | None = None
        for address in addresses[:4]:
            try:
                seconds = max(0.1, min(10, self.deadline - time.monotonic()))
                opened = socket.create_connection((str(address[0]), port), seconds)
                self._open.append(opened)
                return opened
            except OSError as error:
                trouble = error
        raise trouble or OSError("no address")

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Ends every connection at the deadline: a sender of single bytes can't hold a thread."""
        timer = threading.Timer(max(0, self.deadline - time.monotonic()), self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        for opened in self._open:
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    """requests' adapter with connections that go through a door."""

    def __init__(self, door: _Door) -> None:
        self._door = door
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        manager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **options)
        manager.pool_classes_by_scheme = _pools(self._door)
        self.poolmanager = manager


class _Whole(BaseAdapter):
    """requests' adapter for whole answers, each request by a door of its own."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self._limits = limits

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """The answer with its body. OutgoingError."""
        limits, deadline = self._limits, time.monotonic() + self._limits.seconds
        door = _Door(limits, deadline)
        adapter = _Adapter(door)
        with door.watched():
            try:
                response = adapter.send(request, stream=True, timeout=min(10, limits.seconds))
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                raise (door.refused or OutgoingError("The address could not be reached.")) from error
            with response:
                told = Fetched(response.status_code, response.url, response.headers, response, limits, deadline)
                response._content = told.body()  # requests has no other way to give an answer its body
        return response

    def close(self) -> None:
        """Nothing is kept open."""


def _pools(door: _Door) -> dict[str, Any]:
    """urllib3's pools, their sockets made by the door."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return door.connect(self.host, self.port or self.default_port)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return door.connect(self.host, self.port or self.default_port)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
