"""A server that is killed while it writes: afterwards every item is there with all its parts and history, or not at all."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests import servers
from tests.operations.conftest import Caller, Place, Served, serving

WRITES = 500
CLIENTS = 16
KILLS = (60, 200, 350)  # after how many answers
TRACKS = 3
PREFIX = "Written while it was killed:"


@pytest.fixture(scope="module")
def filled(place: Place) -> Place:
    place.directus8("demo")
    return place


class Run:
    """What clients were answered so far."""

    def __init__(self) -> None:
        self.kept: set[str] = set()
        self.more = threading.Condition()

    def note(self, title: str) -> None:
        """An album that the server has said it keeps."""
        with self.more:
            self.kept.add(title)
            self.more.notify_all()

    def passed(self, count: int) -> bool:
        """Wait for so many answers."""
        with self.more:
            return self.more.wait_for(lambda: len(self.kept) >= count, 60)


def _title(number: int) -> str:
    return f"{PREFIX} {number}"


def _album(number: int) -> dict[str, Any]:
    track = {"media_type": 1, "milliseconds": number, "unit_price": 0.5}
    return {
        "title": _title(number),
        "artist": {"name": _title(number)},
        "tracks": [{"name": f"{_title(number)} {part}", **track} for part in range(TRACKS)],
    }


def _write(admin: Caller, run: Run, number: int) -> None:
    try:
        answer = admin.send("POST", "/items/albums", _album(number))
    except httpx.HTTPError:
        return  # killed
    assert answer.status_code == 200, answer.text
    run.note(_title(number))


def _kill(served: Served) -> None:
    """The whole server at once, as when the machine loses its power."""
    for pid in served.server.workers():
        os.kill(pid, signal.SIGKILL)


def _killed(place: Place, run: Run, numbers: Iterator[int], after: int) -> None:
    """Write on a server that is killed after so many answers."""
    with pytest.raises(servers.ServerFailed, match="ended with -9"), serving(place) as served:
        with _writing(served, run, numbers) as stop:
            assert run.passed(after)
            _kill(served)
            stop.set()


@contextmanager
def _writing(served: Served, run: Run, numbers: Iterator[int]) -> Iterator[threading.Event]:
    """Clients that write until they are stopped or nothing is left; at the end all are done."""
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set() and (number := next(numbers, None)) is not None:
            _write(served.admin, run, number)

    with ThreadPoolExecutor(CLIENTS) as pool:
        workers = [pool.submit(work) for _ in range(CLIENTS)]
        yield stop
        for worker in workers:
            worker.result()


class Locked:
    """An iterator for several threads."""

    def __init__(self, count: int) -> None:
        self.numbers = iter(range(count))
        self.lock = threading.Lock()

    def __iter__(self) -> Locked:
        return self

    def __next__(self) -> int:
        with self.lock:
            return next(self.numbers)


def _items(admin: Caller, path: str) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = admin.get(f"{path}&limit=-1")["data"]
    return data


def _logged(admin: Caller, collection: str) -> tuple[Counter[str], Counter[str]]:
    """How many activity rows and revisions each item has."""
    activity = _items(admin, f"/activity?fields=id,item&filter[collection]={collection}&filter[action]=create")
    revisions = _items(admin, f"/revisions?fields=item,activity&filter[collection]={collection}")
    known = {row["id"]: row["item"] for row in activity}
    assert all(known[row["activity"]["id"] if isinstance(row["activity"], dict) else row["activity"]] == row["item"]
               for row in revisions)  # fmt: skip
    return Counter(row["item"] for row in activity), Counter(row["item"] for row in revisions)


def _check_whole(admin: Caller, run: Run) -> int:
    """Whether all is there or nothing, everywhere; how many albums there are."""
    albums = _items(admin, f"/items/albums?fields=id,title,artist.name,tracks.name&filter[title][contains]={PREFIX}")
    for album in albums:
        assert album["artist"] == {"name": album["title"]}
        assert sorted(t["name"] for t in album["tracks"]) == [f"{album['title']} {part}" for part in range(TRACKS)]
    titles = [album["title"] for album in albums]
    assert len(titles) == len(set(titles))
    assert run.kept <= set(titles), "lost what it had answered for"
    expected = {"albums": len(albums), "artists": len(albums), "tracks": len(albums) * TRACKS}
    for collection, count in expected.items():
        name = "title" if collection == "albums" else "name"
        ids = Counter(
            str(r["id"]) for r in _items(admin, f"/items/{collection}?fields=id&filter[{name}][contains]={PREFIX}")
        )
        assert len(ids) == count, f"parts without a whole among the {collection}"
        everything = Counter(str(r["id"]) for r in _items(admin, f"/items/{collection}?fields=id"))
        activity, revisions = _logged(admin, collection)
        assert activity == everything
        assert revisions == everything
    return len(albums)


def test_all_or_nothing(filled: Place) -> None:
    run, numbers = Run(), Locked(WRITES)
    for after in KILLS:
        _killed(filled, run, numbers, after)
        with serving(filled, 1) as served:
            _check_whole(served.admin, run)
    with serving(filled) as served:
        with _writing(served, run, numbers):
            pass
        there = _check_whole(served.admin, run)
    assert len(run.kept) <= there <= WRITES
    assert there >= WRITES - len(KILLS) * CLIENTS
