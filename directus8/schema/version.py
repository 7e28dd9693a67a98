"""Version stamps: how every worker knows that what it remembers is still true.

A *stamp* is a 64-bit value per name: ``schema``, ``access`` (users, roles, permissions),
``sessions`` (only their ending: a new one is stale in nobody's memory), ``settings`` and
``data:<collection>``. Whoever remembers something derived from the database keeps the stamp it had when it was
loaded, and uses it only while the stamp is the same. A stamp says "equal or not"; it has no order.

Why this is enough
------------------
A writer does ``with stamps.change(names): COMMIT``. It

1. *marks* the names as being changed (a shared lock, so writers never wait for each other),
2. bumps them, 3. commits, 4. bumps them again, 5. takes the mark away.

A reader (``Stamped``) 1. reads the stamp, 2. asks whether the names are *settled* (nobody has marked them), and only
then 3. loads. Let its load miss a commit. Then the commit came after the load began, so the writer stood between its
step 1 and 3 or had not begun:

* The writer bumped after the reader read the stamp: the remembered stamp is no longer current, the value is reloaded.
* The writer bumped before: then it had marked the names before, and the mark was still there when the reader asked.
  The value is *provisional*: right for requests that were waiting for this very load, reloaded by any later one.

The second bump is a courtesy (a stamp that someone may have read in the window is gone at once); correctness does not
lean on it, and must not: a process killed between commit and second bump has made its change visible but will never
bump again. Its mark is dropped by the kernel with the process, and all that was loaded while it stood was
provisional. A process killed before the commit has changed nothing. The question "settled?" is asked *before* the
load, since after it the mark may be gone for just that reason.

So nothing is ever cached as true that could have missed a commit, whenever a process stops. Two duties remain with
the caller: a load reads committed data (never through the connection of an open transaction), and what proves
freshness to others (an ETag) is a ``proof``, not a bare stamp.

``FileStamps`` keeps the stamps of one host in a small shared file: reading one is reading memory, no system call.
``RedisStamps`` keeps those of several hosts; there a mark carries a time limit, for nobody sees a host die.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import mmap
import os
import secrets
import struct
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

from directus8.config.redis import options
from directus8.errors import ConnectionFailed

if TYPE_CHECKING:
    import redis

log = logging.getLogger("directus8.stamps")

T = TypeVar("T")

NAMED: Final = {"schema": 0, "access": 1, "settings": 2, "sessions": 3, "webhooks": 4}
SLOTS: Final = 512  # 4 KiB: one page
FIRST_DATA: Final = 8  # the slots between are for names to come


@lru_cache(maxsize=16384)
def slot(name: str) -> int:
    """The place of a name; collections share the slots left over by their hash, so two may share one."""
    if name.startswith("data:"):
        return FIRST_DATA + zlib.crc32(name.encode()) % (SLOTS - FIRST_DATA)
    return NAMED[name]


class Stamps(Protocol):
    """The stamps of one project."""

    def read(self, names: Iterable[str]) -> tuple[int, ...]:
        """The current stamps of the names."""
        ...

    def settled(self, names: Iterable[str]) -> bool:
        """Whether no writer anywhere is changing any of the names right now."""
        ...

    def change(self, names: Iterable[str]) -> AbstractContextManager[None]:
        """Put around the COMMIT of a transaction that changes what the names stand for."""
        ...

    def forget(self) -> None:
        """Make everybody reload everything: the database was changed behind our back."""
        ...

    def close(self) -> None:
        """Give back files and connections; an open ``change`` is not cut off."""
        ...


# --- one host: a shared file -----------------------------------------------------------------------------------

_OFD: Final = hasattr(fcntl, "F_OFD_SETLKW")  # Linux: locks of ranges that belong to a descriptor


class FileStamps:
    """Stamps in a small file mapped into every process of this host; the file must lie on a local disk."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if os.fstat(descriptor).st_size < SLOTS * 8:
            os.ftruncate(descriptor, SLOTS * 8)  # keeps what another process has written meanwhile
        self._map = mmap.mmap(descriptor, SLOTS * 8)
        self._asking = descriptor
        self._words = memoryview(self._map).cast("Q")

    def read(self, names: Iterable[str]) -> tuple[int, ...]:
        """The current stamps: plain memory reads."""
        words = self._words
        return tuple([words[slot(name)] for name in names])

    def settled(self, names: Iterable[str]) -> bool:
        """Whether nobody holds a mark on any of the names; one system call each, made only before a load."""
        return all(_unmarked(self._asking, place) for place in _places(names))

    @contextmanager
    def change(self, names: Iterable[str]) -> Iterator[None]:
        """Mark, bump, run the body, bump, take the mark away (the kernel does, when the descriptor is closed)."""
        places = _places(names)
        with _descriptor(self.path) as descriptor:
            for place in places:
                _mark(descriptor, place)
            self._bump(places)
            try:
                yield
            finally:
                self._bump(places)

    def forget(self) -> None:
        """Bump everything."""
        self._bump(range(SLOTS))

    def close(self) -> None:
        """Unmap the file."""
        self._words.release()
        self._map.close()
        os.close(self._asking)

    def _bump(self, places: Iterable[int]) -> None:
        # A new stamp is drawn, not counted: one aligned 8-byte store that no other writer can undo, without a lock.
        for place in places:
            self._words[place] = secrets.randbits(64)


def _places(names: Iterable[str]) -> list[int]:
    return sorted({slot(name) for name in names})


@contextmanager
def _descriptor(path: Path) -> Iterator[int]:
    """A descriptor of its own: locks belong to it, so neither threads nor forks share them by accident."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


if _OFD:  # one mark per name, tested without taking it
    _FLOCK: Final = "hhqqi4x"

    def _mark(descriptor: int, place: int) -> None:
        wanted = struct.pack(_FLOCK, fcntl.F_RDLCK, os.SEEK_SET, place, 1, 0)
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLKW, wanted)

    def _unmarked(descriptor: int, place: int) -> bool:
        wanted = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, place, 1, 0)
        found = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, wanted)
        return bool(struct.unpack(_FLOCK, found)[0] == fcntl.F_UNLCK)

else:  # one mark for all names; readers that ask at the same time may see each other, which costs them a load

    def _mark(descriptor: int, place: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_SH)

    def _unmarked(descriptor: int, place: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                return False
            raise
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        return True


# --- several hosts: redis --------------------------------------------------------------------------------------

LEASE: Final = 60  # seconds after which a mark of a vanished host counts no more; far beyond any COMMIT

_MARK: Final = """
local now = redis.call('TIME')[1]
for _, place in ipairs(ARGV) do
  if place ~= ARGV[1] then
    redis.call('HINCRBY', KEYS[1], place, 1)
    redis.call('ZADD', KEYS[2] .. place, now + {lease}, ARGV[1])
    redis.call('EXPIRE', KEYS[2] .. place, {lease} * 2)
  end
end
""".replace("{lease}", str(LEASE))

_UNMARK: Final = """
for _, place in ipairs(ARGV) do
  if place ~= ARGV[1] then
    redis.call('HINCRBY', KEYS[1], place, 1)
    redis.call('ZREM', KEYS[2] .. place, ARGV[1])
  end
end
"""

_SETTLED: Final = """
local now = redis.call('TIME')[1]
for _, place in ipairs(ARGV) do
  if redis.call('ZCOUNT', KEYS[1] .. place, now, '+inf') > 0 then return 0 end
end
return 1
"""


class RedisStamps:
    """Stamps in redis, for several hosts; the keys of a project share one hash slot of a cluster.

    Redis may come back empty, or with what it knew a while ago, and count up to the same stamps again. Its connections
    never outlive it: a new one makes all stamps differ from those that were read before.

    While it is away nothing is proved and nothing can be told to other hosts: every use raises ConnectionFailed.
    """

    def __init__(self, url: str, project: str) -> None:
        import redis

        self._redis: redis.Redis = redis.Redis.from_url(url, redis_connect_func=self._connected, **options())
        self._trouble = redis.RedisError
        self._count = count()
        self._connection = next(self._count)  # the number of the latest
        self._stamps = f"directus8:{{{project}}}:stamps"
        self._marks = f"directus8:{{{project}}}:marks:"

    def read(self, names: Iterable[str]) -> tuple[int, ...]:
        """The current stamps, in one round trip."""
        places = [str(slot(name)) for name in names]
        while True:
            connection = self._connection
            with self._asked():
                found = self._redis.hmget(self._stamps, places)
            if connection == self._connection:
                return tuple((connection << 64) + int(value or 0) for value in found)

    def settled(self, names: Iterable[str]) -> bool:
        """Whether no mark that has not run out stands on any of the names."""
        with self._asked():
            return bool(self._redis.eval(_SETTLED, 1, self._marks, *_places(names)))

    @contextmanager
    def change(self, names: Iterable[str]) -> Iterator[None]:
        """Mark and bump in one step, run the body, bump and unmark in one step.

        When redis goes away in between, the body counts: what was loaded meanwhile is provisional, or proved by a
        connection that is gone.
        """
        writer = f"w{secrets.token_hex(8)}"
        places = _places(names)
        with self._asked():
            self._redis.eval(_MARK, 2, self._stamps, self._marks, writer, *places)
        try:
            yield
        finally:
            try:
                self._redis.eval(_UNMARK, 2, self._stamps, self._marks, writer, *places)
            except self._trouble as error:
                log.warning("a change is not told to be over: %s", error)

    def forget(self) -> None:
        """Bump everything."""
        with self._asked():
            self._redis.eval(
                "for place = 0, ARGV[1] - 1 do redis.call('HINCRBY', KEYS[1], place, 1) end", 1, self._stamps, SLOTS
            )

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()

    def _connected(self, connection: Any) -> None:
        connection.on_connect()
        self._connection = next(self._count)

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Trouble of redis in our own words."""
        try:
            yield
        except self._trouble as error:
            raise ConnectionFailed("Failed to connect to redis") from error


def open_stamps(url: str, path: Path, project: str) -> Stamps:
    """The stamps of a project: in redis if a url is given, else in a file of this host."""
    return RedisStamps(url, project) if url else FileStamps(path)


def proof(stamps: Stamps, names: Iterable[str]) -> tuple[int, ...] | None:
    """The stamp that proves what is loaded *after* this call, None while a change is under way."""
    names = tuple(names)
    stamp = stamps.read(names)
    return stamp if stamps.settled(names) else None


# --- what is remembered ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entry(Generic[T]):
    """A remembered value, its proof (None: provisional) and the number of its load."""

    value: T
    proof: tuple[int, ...] | None
    number: int


class Stamped(Generic[T]):
    """One remembered value that is never older than the request that asks for it; loads run one at a time."""

    def __init__(self, stamps: Stamps, names: Iterable[str]) -> None:
        self._stamps = stamps
        self._names = tuple(names)
        self._lock = threading.Lock()
        self._entry: _Entry[T] | None = None
        self._started = 0  # loads begun so far

    def get(self, load: Callable[[], T]) -> T:
        """The value; loaded if the remembered one is not proved fresh."""
        entry = self._entry
        if entry is not None and entry.proof == self._stamps.read(self._names):
            return entry.value
        seen = self._started
        with self._lock:
            entry = self._entry
            if entry is not None and self._fresh(entry, seen):
                return entry.value
            return self._load(load)

    def _fresh(self, entry: _Entry[T], seen: int) -> bool:
        """A load that began after we asked is good for us, provisional or not: it saw all that we may have seen."""
        return entry.number > seen or entry.proof == self._stamps.read(self._names)

    def _load(self, load: Callable[[], T]) -> T:
        self._started += 1
        number = self._started
        found = proof(self._stamps, self._names)
        value = load()
        self._entry = _Entry(value, found, number)
        return value
