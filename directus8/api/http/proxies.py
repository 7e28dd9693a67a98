"""Forwarding headers, believed only when they come from a proxy the operator named.

The client is the last address in ``X-Forwarded-For`` that is not itself a trusted proxy: everything to the left of it
is what the client may have written.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, TypeAlias

from directus8.validation import whole_number

Environ: TypeAlias = dict[str, Any]
Application: TypeAlias = Callable[[Environ, Any], Iterable[bytes]]
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

FORWARDING = ("FOR", "PROTO", "HOST", "PORT", "PREFIX")
HOST = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Addresses and networks as networks. ValueError for anything else."""
    return tuple(ipaddress.ip_network(text.strip(), strict=False) for text in texts if text.strip())


class TrustedProxies:
    """WSGI middleware that puts client, scheme and host of the outside in the place of the proxy's own."""

    def __init__(self, application: Application, trusted: tuple[Network, ...]) -> None:
        self.application = application
        self.trusted = trusted
        self.is_trusted = lru_cache(4096)(self._is_trusted)

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if self.is_trusted(environ.get("REMOTE_ADDR", "")):
            environ["directus8.trusted_peer"] = True
            self._rewrite(environ)
        return self.application(environ, start_response)

    def _is_trusted(self, address: str) -> bool:
        found = _address(address)
        return found is not None and any(found in network for network in self.trusted)

    def _rewrite(self, environ: Environ) -> None:
        given = {name: environ.get(f"HTTP_X_FORWARDED_{name}", "") for name in FORWARDING}
        if client := self._client(given["FOR"]):
            environ["REMOTE_ADDR"] = client
        scheme = _first(given["PROTO"]).lower()
        if scheme in ("http", "https"):
            environ["wsgi.url_scheme"] = scheme
        host = _first(given["HOST"])
        if HOST.fullmatch(host):
            environ["HTTP_HOST"] = host
        port = whole_number(_first(given["PORT"])) or 0
        if 0 < port < 65536:
            environ["HTTP_HOST"] = _with_port(environ.get("HTTP_HOST", ""), str(port), environ["wsgi.url_scheme"])

    def _client(self, forwarded: str) -> str:
        for text in _addresses(forwarded):
            if not self.is_trusted(text):
                return text
        return ""


def _addresses(forwarded: str) -> Iterator[str]:
    """The addresses of an X-Forwarded-For header, the nearest first, up to the first that is none."""
    for part in reversed(forwarded.split(",")):
        found = _address(part.strip())
        if found is None:
            return
        yield str(found)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _first(text: str) -> str:
    return text.split(",", 1)[0].strip()


def _with_port(host: str, port: str, scheme: str) -> str:
    name = host if host.endswith("]") else host.rsplit(":", 1)[0] if ":" in host else host
    usual = {"http": "80", "https": "443"}.get(scheme)
    return name if port == usual else f"{name}:{port}"
