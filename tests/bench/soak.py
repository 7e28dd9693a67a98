"""Many clients at once for a while: latencies, statuses and the server's memory.

    python -m tests.bench.soak [--database sqlite] [--clients 200] [--seconds 30]

Nine of ten requests read (a list, an item, a list with its to-many level, a 304), one writes. For a soak: --seconds 1800.
Exit status 1 for any answer of 500 or more, or for a lost connection.
"""

from __future__ import annotations

import argparse
import asyncio
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
from .cases import Case, Setup

#: How many of ten requests each case is; what is not named here is not asked.
SHARES = {"list 100x10": 2, "item by key": 4, "list 100 with o2m": 1, "list 100x10, 304": 2, "create": 1}


@dataclass
class Told:
    """What the clients saw."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0

    @property
    def is_well(self) -> bool:
        """Was every request answered, and none with a fault of the server?"""
        return not self.lost and not any(status >= 500 for status in self.statuses)


async def client(address: tuple[str, int], requests: Sequence[bytes], start: int, until: float, told: Told) -> None:
    """One kept-alive client that asks one request after the other."""
    reader, writer = await asyncio.open_connection(*address)
    at = start
    try:
        while time.monotonic() < until:
            begun = time.perf_counter()
            writer.write(requests[at % len(requests)])
            told.statuses[await _answered(reader)] += 1
            told.seconds.append(time.perf_counter() - begun)
            at += 1
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


async def clients(base: str, requests: Sequence[bytes], count: int, seconds: float) -> Told:
    """All clients at once."""
    url, told = urlsplit(base), Told()
    address = (url.hostname or "", url.port or 80)
    until = time.monotonic() + seconds
    await asyncio.gather(*(client(address, requests, number, until, told) for number in range(count)))
    return told


def mixed(setup: Setup, base: str) -> list[bytes]:
    """Ten requests in the shares of SHARES."""
    by_name: dict[str, Case] = {case.name: case for case in setup.cases()}
    host = urlsplit(base).netloc
    return [by_name[name].wire(PROJECT, host, setup.token) for name, share in SHARES.items() for _ in range(share)]


def memory(running: Server) -> int:
    """Resident memory of all processes of a server, in MiB."""
    pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in running.workers()]
    return sum(pages) * 4096 // 2**20


def measure(database: str, count: int, seconds: float) -> Told:
    """One database: make the data, let the clients loose, print what they saw."""
    with home(database), server(database) as running:
        setup = Setup(running.base, PROJECT, EMAIL, PASSWORD)
        setup.fill()
        requests = mixed(setup, running.base)
        asyncio.run(clients(running.base, requests, 8, min(seconds, 3)))  # warm
        before = memory(running)
        told = asyncio.run(clients(running.base, requests, count, seconds))
        after = memory(running)
        setup.client.close()
    told.seconds.sort()
    p50, p99 = statistics.median(told.seconds), told.seconds[int(len(told.seconds) * 0.99)]
    print(
        f"{database:12} {count} clients, {seconds:.0f} s: {len(told.seconds)} requests"
        f" ({len(told.seconds) / seconds:.0f}/s), {dict(told.statuses)}, lost {told.lost},"
        f" p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms ({p99 / p50:.1f}x), memory {before} -> {after} MiB",
        flush=True,
    )
    return told


def main() -> int:
    """Measure; 1 when a request was lost or answered with a fault of the server."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--database", action="append", choices=databases.VENDORS, help="only this one (repeatable)")
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    told = [measure(each, options.clients, options.seconds) for each in options.database or databases.available()]
    return 0 if all(each.is_well for each in told) else 1


if __name__ == "__main__":
    sys.exit(main())
