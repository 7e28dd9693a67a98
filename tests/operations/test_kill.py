"""A server that is killed while it writes: every item is there with all its parts and history, or not at all."""

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

from directus8.demo import schema
from tests import servers
from tests.operations.conftest import Caller, Place, Served, serving

WRITES = int(os.environ.get("DIRECTUS8_WRITES", "150"))  # 500 by hand
CLIENTS = 16
KILLS = tuple(WRITES * share // 100 for share in (12, 40, 70))  # after how many answers
TRACKS = 3


@pytest.fixture(scope="module")
def empty(place: Place) -> Place:
    """The catalogue of the demo without its items."""
    with serving(place, 1) as served:
        for definition in schema.CATALOGUE:
            served.admin.ask("POST", "/collections", definition)
        made = {definition["collection"] for definition in schema.CATALOGUE}
        relations = [row for row in schema.relations() if {row["collection_many"], row["collection_one"]} <= made]
        served.admin.ask("POST", "/relations", relations)
        served.admin.ask("POST", "/items/media_types", {"name": "MPEG"})
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
    return f"Album {number}"


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
    served.server.process.wait(servers.GRACE)  # a killed process still takes a moment to end


def _killed(place: Place, run: Run, numbers: Iterator[int], after: int) -> None:
    """Write on a server that is killed after so many answers."""
    with (
        pytest.raises(servers.ServerFailed, match="ended with -9"),
        serving(place) as served,
        _writing(served, run, numbers) as stop,
    ):
        assert run.passed(after)
        stop.set()  # what is under way is killed; nobody asks the dead server for more
        _kill(served)


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
    activity = _items(admin, f"/activity?fields=id,item&filter[collection]={collection}")
    revisions = _items(admin, f"/revisions?fields=item,activity&filter[collection]={collection}")
    items = {row["id"]: row["item"] for row in activity}
    assert all(items[row["activity"]] == row["item"] for row in revisions)
    return Counter(items.values()), Counter(row["item"] for row in revisions)


def _check_whole(admin: Caller, run: Run) -> int:
    """Whether all is there or nothing, everywhere; how many albums there are."""
    albums = _items(admin, "/items/albums?fields=id,title,artist.name,tracks.name")
    for album in albums:
        assert album["artist"] == {"name": album["title"]}
        assert sorted(t["name"] for t in album["tracks"]) == [f"{album['title']} {part}" for part in range(TRACKS)]
    titles = {album["title"] for album in albums}
    assert len(titles) == len(albums)
    assert run.kept <= titles, "lost what it had answered for"
    for collection, each in {"albums": 1, "artists": 1, "tracks": TRACKS}.items():
        ids = Counter(str(row["id"]) for row in _items(admin, f"/items/{collection}?fields=id"))
        assert len(ids) == each * len(albums), f"parts without a whole among the {collection}"
        assert _logged(admin, collection) == (ids, ids)
    return len(albums)


def test_all_or_nothing(empty: Place) -> None:
    run, numbers = Run(), Locked(WRITES)
    for after in KILLS:
        _killed(empty, run, numbers, after)
        with serving(empty, 1) as served:
            _check_whole(served.admin, run)
    with serving(empty) as served:
        with _writing(served, run, numbers):
            pass
        there = _check_whole(served.admin, run)
    assert len(run.kept) <= there <= WRITES
    assert there >= WRITES - len(KILLS) * CLIENTS
