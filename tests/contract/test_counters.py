"""Counters that processes share: in a file and in redis."""

from __future__ import annotations

import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from limits.storage import RedisStorage, Storage

from directus8.auth import counters
from directus8.auth.counters import FileStorage

redis = pytest.importorskip("redis")
KEY = f"key-{secrets.token_hex(8)}"


@pytest.fixture(params=["file", "redis"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "file":
        return FileStorage(tmp_path / "counters")
    made = RedisStorage("redis://127.0.0.1:6379")
    if not made.check():
        pytest.skip("no redis")
    return made


@pytest.fixture
def file(tmp_path: Path) -> Iterator[FileStorage]:
    made = FileStorage(tmp_path / "counters")
    yield made
    made.close()


def test_counting(storage: Storage) -> None:
    key = f"{KEY}-{secrets.token_hex(4)}"
    assert storage.get(key) == 0
    assert [storage.incr(key, 60), storage.incr(key, 60, 5), storage.incr(key, 60)] == [1, 6, 7]
    assert (storage.get(key), storage.get(f"{key}x")) == (7, 0)
    assert 55 < storage.get_expiry(key) - storage.get_expiry(f"{key}x") <= 60
    storage.clear(key)
    assert storage.get(key) == 0


def test_a_window_ends(file: FileStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_800_000_000.0
    monkeypatch.setattr(counters.time, "time", lambda: now)
    file.incr("a", 60, 9)
    now += 59
    assert file.incr("a", 60) == 10, "later counts do not prolong it"
    now += 1
    assert (file.get("a"), file.incr("a", 60)) == (0, 1)
    now -= 100_000
    assert file.get("a") == 0, "the clock was put back: nobody is locked out for a day"


def test_others_hear_of_it(file: FileStorage) -> None:
    other = FileStorage(file.path)
    file.incr("a", 60, 3)
    assert (other.get("a"), other.incr("a", 60), file.get("a")) == (3, 4, 4)
    other.close()


def test_nothing_is_lost_between_threads_and_processes(file: FileStorage) -> None:
    program = (
        "import sys, pathlib; from directus8.auth.counters import FileStorage\n"
        "made = FileStorage(pathlib.Path(sys.argv[1]))\n"
        "for _ in range(500): made.incr('a', 600)"
    )
    others = [subprocess.Popen([sys.executable, "-c", program, str(file.path)]) for _ in range(2)]
    threads = [threading.Thread(target=lambda: [file.incr("a", 600) for _ in range(500)]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [other.wait(60) for other in others] == [0, 0]
    assert file.get("a") == 2000


def test_a_crowd_does_not_push_out_who_guessed_much(file: FileStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "SETS", 16)
    file.incr("guesser", 600, 100)
    for number in range(3 * counters.SETS * counters.WAYS):
        file.incr(str(number), 600)
    assert file.get("guesser") == 100
    file.reset()
    assert file.get("guesser") == 0
