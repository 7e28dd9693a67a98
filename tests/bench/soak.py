"""Many clients at once for a while: latencies, statuses and the server's memory.

    python -m tests.bench.soak [--database sqlite] [--clients 200] [--seconds 30] [--pause 0]

Nine of ten requests read (a list, an item, a list with its to-many level, a 304, a thumbnail, a search with counts,
history, GraphQL, SCIM), the others write (create, update, a nested create, an upload, a log-in). For a soak: --seconds
1800, with a pause between the requests of a client where the machine has other work. Exit status 1 for any answer of 500
or more, or for a lost connection.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests import databases
from tests.conformance.kit.session import EMAIL, PASSWORD
from tests.servers import Server

from .__main__ import PROJECT, home, server
from .cases import Case, Limit, Setup

#: How many of a hundred requests each case of the benchmark is; what is not named here is not asked.
SHARES = {
    "list 100x10": 15, "item by key": 35, "list 100 with o2m": 6, "list 100x10, 304": 15, "cached asset": 8, "create": 4,
}  # fmt: skip
NESTED = {"title": "An author", "books": [{"title": "A book"}, {"title": "Another"}]}
UPLOAD = {
    "data": base64.b64encode(b"Some words of no importance.").decode(),
    "filename_disk": "words.txt",
    "filename_download": "words.txt",
}
LOGIN = {"email": EMAIL, "password": PASSWORD}
QUERY = {"query": "{ articles(limit: 10) { data { id title views } } }"}
TOKEN = "soak"  # one that does not expire
UNMEASURED = Limit(0, 0)
#: The rest of a hundred: share, method, path, body.
OTHERS = (
    (3, "GET", "/items/articles?q=Article 7&limit=10&meta=*", None),
    (2, "GET", "/items/articles/7/revisions?limit=5", None),
    (2, "GET", "/activity?limit=10&sort=-id", None),
    (2, "GET", "/scim/v2/Users", None),
    (2, "POST", "/gql", QUERY),
    (3, "PATCH", "/items/articles/7", {"title": "Article 7, again", "views": 7}),
    (1, "POST", "/items/authors", NESTED),
    (1, "POST", "/files", UPLOAD),
    (1, "POST", "/auth/authenticate", LOGIN),
)
SAMPLES = 10  # looks at the server's memory


@dataclass
class Told:
    """What the clients saw."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    memory: list[int] = field(default_factory=list)  # MiB, at even times
    lost: int = 0

    @property
    def is_well(self) -> bool:
        """Was every request answered, and none with a fault of the server?"""
        return not self.lost and not any(status >= 500 for status in self.statuses)


@dataclass(frozen=True)
class Traffic:
    """What the clients do: their requests in turn, for so many seconds, with a pause in seconds after each."""

    requests: Sequence[bytes]
    count: int
    seconds: float
    pause: float = 0


async def client(address: tuple[str, int], traffic: Traffic, start: int, until: float, told: Told) -> None:
    """One kept-alive client that asks one request after the other."""
    reader, writer = await asyncio.open_connection(*address)
    at = start
    try:
        while time.monotonic() < until:
            begun = time.perf_counter()
            writer.write(traffic.requests[at % len(traffic.requests)])
            told.statuses[await _answered(reader)] += 1
            told.seconds.append(time.perf_counter() - begun)
            at += 1
            await asyncio.sleep(traffic.pause)
    except (OSError, EOFError, asyncio.IncompleteReadError):
        told.lost += 1
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def _answered(reader: asyncio.StreamReader) -> int:
    """The status of the next answer; its body is read and thrown away."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    _, found, rest = head.partition(b"content-length:")
    if found:
        await reader.readexactly(int(rest.split(b"\r\n", 1)[0]))
    return int(head[9:12])


async def clients(running: Server, traffic: Traffic) -> Told:
    """All clients at once, and a look at the server's memory now and then."""
    url, told = urlsplit(running.base), Told()
    address = (url.hostname or "", url.port or 80)
    until = time.monotonic() + traffic.seconds
    everybody = (client(address, traffic, number, until, told) for number in range(traffic.count))
    await asyncio.gather(_watched(running, traffic.seconds, told), *everybody)
    return told


async def _watched(running: Server, seconds: float, told: Told) -> None:
    for _ in range(SAMPLES):
        await asyncio.sleep(seconds / SAMPLES)
        told.memory.append(memory(running))


def mixed(setup: Setup, base: str) -> list[bytes]:
    """A hundred requests in the shares of SHARES and OTHERS, in an order that is the same each time."""
    by_name: dict[str, Case] = {case.name: case for case in setup.cases()}
    shares = [(share, by_name[name]) for name, share in SHARES.items()]
    shares += [
        (share, Case("", method, path.replace(" ", "%20"), UNMEASURED, "", body))
        for share, method, path, body in OTHERS
    ]
    host = urlsplit(base).netloc
    asked = [case.wire(PROJECT, host, TOKEN) for share, case in shares for _ in range(share)]
    random.Random(0).shuffle(asked)
    return asked


def memory(running: Server) -> int:
    """Memory of all processes of a server, in MiB; what they share counts once."""
    return sum(_proportional(pid) for pid in running.workers()) // 2**10


def _proportional(pid: int) -> int:
    """The memory of a process in KiB, its share of what others use too included."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def measure(database: str, count: int, seconds: float, pause: float = 0) -> Told:
    """One database: make the data, let the clients loose, print what they saw."""
    with home(database), server(database) as running:
        setup = Setup(running.base, PROJECT, EMAIL, PASSWORD)
        setup.fill()
        setup.client.patch(f"/{PROJECT}/users/me", json={"token": TOKEN}).raise_for_status()
        requests = mixed(setup, running.base)
        asyncio.run(clients(running, Traffic(requests, 8, min(seconds, 3))))  # warm
        told = asyncio.run(clients(running, Traffic(requests, count, seconds, pause)))
        setup.client.close()
    told.seconds.sort()
    p50, p99 = statistics.median(told.seconds), told.seconds[int(len(told.seconds) * 0.99)]
    print(
        f"{database:12} {count} clients, {seconds:.0f} s: {len(told.seconds)} requests"
        f" ({len(told.seconds) / seconds:.0f}/s), {dict(told.statuses)}, lost {told.lost},"
        f" p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms ({p99 / p50:.1f}x),"
        f" memory {' '.join(map(str, told.memory))} MiB",
        flush=True,
    )
    return told


def main() -> int:
    """Measure; 1 when a request was lost or answered with a fault of the server."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--database", action="append", choices=databases.VENDORS, help="only this one (repeatable)")
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--pause", type=float, default=0, help="seconds that a client waits between two requests")
    options = parser.parse_args()
    wanted = options.database or databases.available()
    told = [measure(each, options.clients, options.seconds, options.pause) for each in wanted]
    return 0 if all(each.is_well for each in told) else 1


if __name__ == "__main__":
    sys.exit(main())
