"""What every storage does: one suite, run on a folder and on servers that speak S3, Azure and Google."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from directus8.config.table import Storage as Told
from directus8.files.local import LocalStorage
from directus8.files.objects import azure_options, open_objects
from directus8.files.storage import FileMissing, InvalidName, NameTaken, Storage, StorageDown, StorageFull
from tests.contract import buckets

BAD_NAMES = (
    "",
    ".",
    "..",
    "../x",
    "a/../../x",
    "/etc/passwd",
    "a//b",
    "a\\..\\b",
    "a\x00b",
    "a\nb",
    "./a",
    "a/.",
    "\ud800",
)


@pytest.fixture(scope="module", params=["local", "s3", "azure", "gcs"])
def server(request: pytest.FixtureRequest) -> Iterator[Told]:
    """What the configuration says of a storage that answers."""
    root = Told(adapter=request.param, bucket=buckets.BUCKET, root="/", region="us-east-1")
    if request.param == "s3":
        with buckets.s3() as endpoint:
            yield replace(root, endpoint=endpoint, key="k", secret="s")
    elif request.param == "azure":
        with buckets.azure() as connection:
            yield replace(root, azure_connection_string=connection, azure_container=buckets.BUCKET)
    elif request.param == "gcs":
        with buckets.gcs() as endpoint:
            yield replace(root, key=buckets.SERVICE_ACCOUNT % endpoint)
    else:
        yield root


@pytest.fixture
def storage(server: Told, tmp_path: Path) -> Storage:
    """An empty storage."""
    if server.adapter == "local":
        return LocalStorage(tmp_path / "root")
    return open_objects(replace(server, root=f"/{tmp_path.name}/originals/")).originals


def whole(storage: Storage, path: str, start: int = 0, length: int | None = None) -> bytes:
    return b"".join(storage.read(path, start, length))


def test_what_is_kept_is_read_back(storage: Storage) -> None:
    assert storage.stat("a.txt") is None
    storage.create("a.txt", [b"one ", b"two"])
    assert whole(storage, "a.txt") == b"one two"
    stat = storage.stat("a.txt")
    assert stat is not None and stat.size == 7 and stat.etag and abs(stat.modified - __import__("time").time()) < 60
    assert '"' not in stat.etag


def test_large_contents_in_parts(storage: Storage) -> None:
    parts = [os.urandom(1024 * 1024) for _ in range(20)]
    storage.create("large.bin", iter(parts))
    digest = hashlib.md5()
    for chunk in storage.read("large.bin"):
        digest.update(chunk)
    assert digest.hexdigest() == hashlib.md5(b"".join(parts)).hexdigest()


def test_parts_of_a_content(storage: Storage) -> None:
    storage.create("d/e.txt", [b"0123456789"])
    assert whole(storage, "d/e.txt", 3) == b"3456789"
    assert whole(storage, "d/e.txt", 3, 4) == b"3456"
    assert whole(storage, "d/e.txt", 0, 0) == b""
    assert whole(storage, "d/e.txt", 8, 2) == b"89"


def test_a_name_is_given_once(storage: Storage) -> None:
    storage.create("a.txt", [b"first"])
    with pytest.raises(NameTaken):
        storage.create("a.txt", [b"second"])
    storage.create("b.txt", [b"other"])
    with pytest.raises(NameTaken):
        storage.copy("b.txt", "a.txt")
    assert whole(storage, "a.txt") == b"first"


def test_nothing_is_left_of_what_fails_midway(storage: Storage) -> None:
    class Cut(Exception):
        pass

    def chunks() -> Iterator[bytes]:
        yield b"x" * 9_000_000
        raise Cut

    with pytest.raises(Cut):
        storage.create("a.bin", chunks())
    assert storage.stat("a.bin") is None
    if isinstance(storage, LocalStorage):
        assert list(storage.root.iterdir()) == []


def test_copies_and_moves(storage: Storage) -> None:
    storage.create("a.txt", [b"a"])
    storage.copy("a.txt", "b.txt")
    storage.delete("a.txt")
    assert whole(storage, "b.txt") == b"a"
    storage.create("c.txt", [b"c"])
    storage.move("b.txt", "c.txt")
    assert whole(storage, "c.txt") == b"a"
    assert storage.stat("b.txt") is None


def test_what_is_missing(storage: Storage) -> None:
    with pytest.raises(FileMissing):
        storage.read("none.txt")
    with pytest.raises(FileMissing):
        storage.move("none.txt", "a.txt")
    with pytest.raises(FileMissing):
        storage.copy("none.txt", "a.txt")
    storage.delete("none.txt")
    assert storage.folders() == []


def test_folders(storage: Storage) -> None:
    storage.create("w1,h1,fcrop,q80/a.txt", [b"a"])
    storage.create("w2,h2,fcrop,q80/a.txt", [b"a"])
    storage.create("top.txt", [b"a"])
    assert storage.folders() == ["w1,h1,fcrop,q80", "w2,h2,fcrop,q80"]


@pytest.mark.parametrize("path", BAD_NAMES)
def test_no_way_out(storage: Storage, path: str) -> None:
    for action in (storage.stat, storage.read, storage.delete):
        with pytest.raises(InvalidName):
            action(path)
    with pytest.raises(InvalidName):
        storage.create(path, [b"x"])
    storage.create("good.txt", [b"x"])
    with pytest.raises(InvalidName):
        storage.copy("good.txt", path)
    with pytest.raises(InvalidName):
        storage.move("good.txt", path)


def test_odd_but_good_names(storage: Storage) -> None:
    for name in ("with space.txt", "ünï.txt", "a+b&c=d.txt", "100%.txt", "..dots..txt", "#?.txt"):
        storage.create(name, [name.encode()])
        assert whole(storage, name) == name.encode()


def test_one_of_many_writers_wins(storage: Storage) -> None:
    if not isinstance(storage, LocalStorage):
        pytest.skip("object stores decide by the last write; names there are random")
    won: list[int] = []

    def write(number: int) -> None:
        try:
            storage.create("same.txt", [str(number).encode()])
            won.append(number)
        except NameTaken:
            pass

    threads = [threading.Thread(target=write, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and whole(storage, "same.txt") == str(won[0]).encode()


def test_a_storage_that_is_down() -> None:
    told = Told(adapter="s3", bucket="files", endpoint="http://127.0.0.1:9", key="k", secret="s", root="/")
    storage = open_objects(told).originals
    for action in (storage.stat, storage.delete, storage.read):
        with pytest.raises(StorageDown):
            action("a.txt")
    with pytest.raises(StorageDown):
        storage.create("a.txt", [b"x"])


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises((StorageDown, FileMissing, NameTaken)):
        LocalStorage(tmp_path / "file").create("a.txt", [b"x"])


def test_a_full_disk() -> None:
    """/dev/full is the only disk that is always full; so the failing write is the kernel's own."""
    from directus8.files import local

    with pytest.raises(StorageFull), local._told("x"), open("/dev/full", "wb", buffering=0) as file:
        file.write(b"x")


def test_connection_strings_of_azure() -> None:
    told = "DefaultEndpointsProtocol=http;AccountName=dev;AccountKey=a2V5PT0=;BlobEndpoint=http://127.0.0.1:10000/dev;"
    options = {"account_name": "dev", "account_key": "a2V5PT0=", "endpoint": "http://127.0.0.1:10000/dev"}
    assert azure_options(told) == (options, True)


@pytest.mark.parametrize("adapter", ["azure", "gcs", "aliyun-oss"])
def test_other_stores_open(adapter: str) -> None:
    """What the options of the other stores become is accepted by their makers; nothing is connected."""
    told = Told(
        adapter=adapter, bucket="files", root="/", oss_bucket="files", oss_endpoint="oss-eu-central-1.aliyuncs.com",
        oss_access_id="a", oss_access_key="b", azure_container="files", key=buckets.SERVICE_ACCOUNT % "http://127.0.0.1:9" if adapter == "gcs" else "",
        azure_connection_string="DefaultEndpointsProtocol=https;AccountName=dev;AccountKey=a2V5;EndpointSuffix=core.windows.net",
    )  # fmt: skip
    assert open_objects(told).originals.store is not None  # type: ignore[attr-defined]
