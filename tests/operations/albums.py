"""Clients that write albums with their artist and tracks, and the proof that each is there whole or not at all."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from directus8.demo import schema
from tests.operations.conftest import Caller, Served

CLIENTS = 16
TRACKS = 3


@dataclass
class Run:
    """What clients were answered so far; ``outage``: may the server say that it can't now?"""

    outage: bool = False
    kept: set[str] = field(default_factory=set)
    refused: Counter[tuple[int, int]] = field(default_factory=Counter)  # status, code
    cut: int = 0
    more: threading.Condition = field(default_factory=threading.Condition)

    def note(self, title: str, answer: httpx.Response | None) -> None:
        """What became of an album; None for a connection that was cut."""
        with self.more:
            if answer is None:
                self.cut += 1
            elif answer.status_code == 200:
                self.kept.add(title)
            else:
                assert self.outage and answer.status_code == 503, answer.text
                self.refused[answer.status_code, answer.json()["error"]["code"]] += 1
            self.more.notify_all()

    def passed(self, count: int) -> bool:
        """Wait for so many albums that are kept."""
        with self.more:
            return self.more.wait_for(lambda: len(self.kept) >= count, 60)


class Locked:
    """An iterator for several threads."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self.numbers = iter(numbers)
        self.lock = threading.Lock()

    def __iter__(self) -> Locked:
        return self

    def __next__(self) -> int:
        with self.lock:
            return next(self.numbers)


def define(admin: Caller) -> None:
    """The catalogue of the demo without its items."""
    for definition in schema.CATALOGUE:
        admin.ask("POST", "/collections", definition)
    made = {definition["collection"] for definition in schema.CATALOGUE}
    relations = [row for row in schema.relations() if {row["collection_many"], row["collection_one"]} <= made]
    admin.ask("POST", "/relations", relations)
    admin.ask("POST", "/items/media_types", {"name": "MPEG"})


@contextmanager
def writing(served: Served, run: Run, numbers: Iterator[int]) -> Iterator[threading.Event]:
    """Clients that write until they are stopped or nothing is left; at the end all are done."""
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set() and (number := next(numbers, None)) is not None:
            _write(served.admin, run, number)

    with ThreadPoolExecutor(CLIENTS) as pool:
        workers = [pool.submit(work) for _ in range(CLIENTS)]
        try:
            yield stop
        except BaseException:
            stop.set()
            raise
        for worker in workers:
            worker.result()


def _write(admin: Caller, run: Run, number: int) -> None:
    try:
        answer = admin.send("POST", "/items/albums", _album(number))
    except httpx.TimeoutException:
        raise AssertionError("it hangs") from None
    except httpx.HTTPError:
        answer = None
    run.note(_title(number), answer)


def _title(number: int) -> str:
    return f"Album {number}"


def _album(number: int) -> dict[str, Any]:
    track = {"media_type": 1, "milliseconds": number, "unit_price": 0.5}
    return {
        "title": _title(number),
        "artist": {"name": _title(number)},
        "tracks": [{"name": f"{_title(number)} {part}", **track} for part in range(TRACKS)],
    }


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


def check_whole(admin: Caller, run: Run) -> int:
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
