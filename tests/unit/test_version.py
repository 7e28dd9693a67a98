"""Version stamps between real processes."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from directus8.schema.version import LEASE, FileStamps, RedisStamps, Stamped, Stamps, open_stamps, proof, slot

ROOT = Path(__file__).parents[2]
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A redis of our own."""
    pytest.importorskip("redis")
    if not shutil.which("redis-server"):
        pytest.skip("no redis-server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(params=["file", "redis"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path, str]:
    """Arguments of open_stamps for a fresh set of stamps."""
    url = request.getfixturevalue("redis_url") if request.param == "redis" else ""
    return url, tmp_path / "stamps", f"p{os.urandom(4).hex()}"


@pytest.fixture
def stamps(place: tuple[str, Path, str]) -> Iterator[Stamps]:
    opened = open_stamps(*place)
    yield opened
    opened.close()


def test_a_change_gives_another_stamp_to_its_names_only(stamps: Stamps) -> None:
    before = stamps.read(["schema", "access", "data:a", "data:b"])
    with stamps.change({"schema", "data:a"}):
        pass
    after = stamps.read(["schema", "access", "data:a", "data:b"])
    assert [old == new for old, new in zip(before, after, strict=True)] == [False, True, False, True]


def test_stamps_differ_before_inside_and_after_a_change(stamps: Stamps) -> None:
    seen = {stamps.read(["schema"])}
    with stamps.change({"schema"}):
        seen.add(stamps.read(["schema"]))
    assert len(seen | {stamps.read(["schema"])}) == 3


def test_a_change_that_fails_is_over(stamps: Stamps) -> None:
    with pytest.raises(ZeroDivisionError), stamps.change({"schema"}):
        _ = 1 / 0
    assert stamps.settled(["schema"])


def test_only_the_names_under_change_are_unsettled(stamps: Stamps) -> None:
    assert stamps.settled(["schema", "access"])
    with stamps.change({"access"}), stamps.change({"access"}):
        assert stamps.settled(["schema"])
        assert not stamps.settled(["schema", "access"])
        assert proof(stamps, ["access"]) is None
    assert stamps.settled(["schema", "access"])


def test_forget_changes_everything(stamps: Stamps) -> None:
    names = ["schema", "access", "settings", "data:a", "data:z"]
    before = stamps.read(names)
    stamps.forget()
    assert all(old != new for old, new in zip(before, stamps.read(names), strict=True))


def test_an_unknown_name_is_an_error(stamps: Stamps) -> None:
    with pytest.raises(KeyError):
        stamps.read(["shcema"])


def test_slots_are_the_same_in_every_process() -> None:
    code = "from directus8.schema.version import slot; print(slot('data:albums'))"
    assert int(subprocess.check_output([sys.executable, "-c", code], cwd=ROOT)) == slot("data:albums")
    assert 8 <= slot("data:albums") < 512


def test_a_second_opening_keeps_the_stamps(tmp_path: Path) -> None:
    first = FileStamps(tmp_path / "stamps")
    with first.change({"schema"}):
        pass
    second = FileStamps(tmp_path / "stamps")
    assert second.read(["schema"]) == first.read(["schema"]) != (0,)


# --- Stamped ---------------------------------------------------------------------------------------------------


def test_a_value_is_loaded_once_until_its_stamp_changes(stamps: Stamps) -> None:
    loads = iter(range(10))
    value = Stamped[int](stamps, ["schema"])
    assert [value.get(lambda: next(loads)) for _ in range(3)] == [0, 0, 0]
    with stamps.change({"access"}):
        pass
    assert value.get(lambda: next(loads)) == 0
    with stamps.change({"schema"}):
        pass
    assert [value.get(lambda: next(loads)) for _ in range(3)] == [1, 1, 1]


def test_a_value_loaded_during_a_change_is_not_trusted_again(stamps: Stamps) -> None:
    loads = iter(range(10))
    value = Stamped[int](stamps, ["schema"])
    with stamps.change({"schema"}):
        assert [value.get(lambda: next(loads)) for _ in range(2)] == [0, 1]
    assert [value.get(lambda: next(loads)) for _ in range(2)] == [2, 2]


def test_a_load_that_fails_is_tried_again(stamps: Stamps) -> None:
    value = Stamped[int](stamps, ["schema"])
    with pytest.raises(ZeroDivisionError):
        value.get(lambda: 1 // 0)
    assert value.get(lambda: 7) == 7


@pytest.mark.parametrize("changing", [False, True])
def test_threads_that_wait_share_one_load(stamps: Stamps, changing: bool) -> None:
    """Also while a change is under way: the load began after all of them asked."""
    value, loads, answers = Stamped[int](stamps, ["schema"]), [], []
    hold = threading.Lock()

    def load() -> int:
        loads.append(1)
        time.sleep(0.05)
        return len(loads)

    def ask() -> None:
        answers.append(value.get(load))

    with stamps.change({"schema"} if changing else {"settings"}):
        with hold, value._lock:  # everybody has asked before anyone may load
            threads = [threading.Thread(target=ask) for _ in range(8)]
            for thread in threads:
                thread.start()
            time.sleep(0.1)
        for thread in threads:
            thread.join()
    assert loads == [1]
    assert answers == [1] * 8


def test_reading_three_stamps_costs_no_more_than_a_system_call(tmp_path: Path) -> None:
    """Measured side by side, for machines differ and are busy."""
    stamps = FileStamps(tmp_path / "stamps")
    names = ("schema", "access", "data:albums")
    pairs = [(_seconds(lambda: stamps.read(names)), _seconds(lambda: os.stat(stamps.path))) for _ in range(50)]
    assert min(read for read, _ in pairs) < 1.5 * min(stat for _, stat in pairs)


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    for _ in range(500):
        call()
    return time.perf_counter() - start


# --- between processes -----------------------------------------------------------------------------------------


def _change_at_each_word(place: tuple[str, Path, str], file: Path, pipe: socket.socket) -> None:
    """For every byte received: change the file under a change, answer when it is done."""
    stamps = open_stamps(*place)
    count = 0
    while pipe.recv(1):
        count += 1
        with stamps.change({"schema"}):
            file.write_text(str(count))
        pipe.send(b".")


def test_every_change_is_seen_at_once_by_another_process(place: tuple[str, Path, str], tmp_path: Path) -> None:
    file = tmp_path / "value"
    file.write_text("0")
    ours, theirs = socket.socketpair()
    writer = SPAWN.Process(target=_change_at_each_word, args=(place, file, theirs))
    writer.start()
    theirs.close()
    stamps = open_stamps(*place)
    value, loads = Stamped[int](stamps, ["schema"]), []

    def load() -> int:
        loads.append(1)
        return int(file.read_text())

    for round in range(1, 201):
        ours.send(b"!")
        ours.recv(1)
        assert value.get(load) == value.get(load) == value.get(load) == round
    assert len(loads) == 200  # and nothing was loaded twice
    ours.close()
    writer.join()
    assert writer.exitcode == 0
    stamps.close()


KILLED = textwrap.dedent("""
    import os, signal, sys
    from pathlib import Path
    from directus8.schema.version import FileStamps
    stamps, file = FileStamps(Path(sys.argv[1])), Path(sys.argv[2])
    with stamps.change({"schema"}):
        print("before the commit", flush=True)
        sys.stdin.readline()
        file.write_text("new")
        print("after the commit", flush=True)
        sys.stdin.readline()
""")


@pytest.mark.parametrize("committed", [False, True])
def test_a_writer_killed_in_the_window_leaves_nobody_stale(tmp_path: Path, committed: bool) -> None:
    path, file = tmp_path / "stamps", tmp_path / "value"
    file.write_text("old")
    stamps = FileStamps(path)
    value = Stamped[str](stamps, ["schema"])
    command = [sys.executable, "-c", KILLED, str(path), str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
        assert writer.stdin and writer.stdout
        assert writer.stdout.readline() == "before the commit\n"
        assert value.get(file.read_text) == "old"  # loaded inside the window, with the stamp of the first bump
        assert not stamps.settled(["schema"])
        if committed:
            writer.stdin.write("\n")
            writer.stdin.flush()
            assert writer.stdout.readline() == "after the commit\n"
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    assert stamps.settled(["schema"])  # the kernel took the mark away
    assert value.get(file.read_text) == ("new" if committed else "old")
    assert proof(stamps, ["schema"]) is not None


def test_a_lost_mark_in_redis_runs_out(redis_url: str) -> None:
    stamps = RedisStamps(redis_url, "lost")
    change = stamps.change({"schema"})
    change.__enter__()  # its host vanishes here
    assert not stamps.settled(["schema"])
    key = f"{stamps._marks}{slot('schema')}"
    assert stamps._redis.zcard(key) == 1
    stamps._redis.zincrby(key, -LEASE - 2, stamps._redis.zrange(key, 0, -1)[0])  # its time passes
    assert stamps.settled(["schema"])
    stamps.close()
    del change


def _hammer(path: Path, file: Path, rounds: int, seed: int) -> None:
    """Append to a file under change, many times."""
    stamps = FileStamps(path)
    for round in range(rounds):
        with stamps.change({"schema"}), file.open("a") as target:
            target.write(f"{seed}:{round}\n")


def test_readers_beside_busy_writers_end_with_the_truth(tmp_path: Path) -> None:
    path, file = tmp_path / "stamps", tmp_path / "lines"
    file.touch()
    stamps = FileStamps(path)
    writers = [SPAWN.Process(target=_hammer, args=(path, file, 300, seed)) for seed in range(3)]
    value = Stamped[int](stamps, ["schema"])
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        least = len(file.read_text().splitlines())
        assert value.get(lambda: len(file.read_text().splitlines())) >= least - 3  # what is inside change may be missed
    for writer in writers:
        writer.join()
    assert value.get(lambda: len(file.read_text().splitlines())) == 900
