"""Contents in a folder of this machine."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from directus8.errors import Error
from directus8.files.storage import (
    CHUNK,
    HIDDEN,
    FileMissing,
    InvalidName,
    NameTaken,
    Stat,
    StorageDown,
    segments,
    trouble,
)


class LocalStorage:
    """A folder. New contents are written aside and appear under their name all at once."""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root).absolute()
        self._folder = str(self.root)

    def create(self, path: str, chunks: Iterable[bytes]) -> None:
        """Keeps a new content, whole or not at all. NameTaken."""
        with _told(path):
            target = self._place(path)
            aside = target.parent / f"{HIDDEN}{secrets.token_hex(16)}.part"
            try:
                with open(aside, "xb") as file:
                    for chunk in chunks:
                        file.write(chunk)
                    file.flush()
                    os.fsync(file.fileno())
                os.link(aside, target)
            finally:
                with suppress(OSError):
                    aside.unlink(missing_ok=True)

    def stat(self, path: str) -> Stat | None:
        """What is known of a content; None if there is none."""
        with _told(path):
            try:
                found = os.stat(self._at(path))
            except (FileNotFoundError, NotADirectoryError):
                return None
            return _stat(found) if stat.S_ISREG(found.st_mode) else None

    def read(self, path: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """A content or a part of it. FileMissing, before the first chunk is asked for."""
        with _told(path):
            descriptor = os.open(self._at(path), os.O_RDONLY | os.O_CLOEXEC)
        return _chunks(descriptor, start, length)

    def copy(self, source: str, target: str) -> None:
        """A second name for the same bytes: contents are never changed in place."""
        with _told(source, target):
            os.link(self._at(source), self._place(target))

    def move(self, source: str, target: str) -> None:
        """Renames; what was under the target is replaced. FileMissing."""
        with _told(source):
            os.replace(self._at(source), self._place(target))

    def delete(self, path: str) -> None:
        """Removes a content; none is fine."""
        with _told(path), suppress(FileNotFoundError, NotADirectoryError):
            os.unlink(self._at(path))

    def folders(self) -> list[str]:
        """The folders at the top."""
        with _told(""):
            try:
                return sorted(e.name for e in os.scandir(self.root) if e.is_dir() and not e.name.startswith(HIDDEN))
            except FileNotFoundError:
                return []

    def ages(self, folder: str) -> dict[str, float]:
        """When each content directly in a folder was last changed, by path; nothing for no folder."""
        with _told(folder):
            try:
                with os.scandir(self._at(folder)) as found:
                    return {f"{folder}/{e.name}": e.stat().st_mtime for e in found if e.is_file()}
            except FileNotFoundError:
                return {}

    def _at(self, path: str) -> str:
        segments(path)
        return f"{self._folder}/{path}"

    def _place(self, path: str) -> Path:
        """Where a content will be; its folder is there afterwards."""
        place = Path(self._at(path))
        place.parent.mkdir(parents=True, exist_ok=True)
        return place


def _stat(found: os.stat_result) -> Stat:
    return Stat(found.st_size, found.st_mtime, f"{found.st_mtime_ns:x}-{found.st_size:x}-{found.st_ino:x}")


def _chunks(descriptor: int, start: int, length: int | None) -> Iterator[bytes]:
    """The bytes from a place on, by as few calls of the system as can be: each lets other threads in."""
    try:
        at, end = start, start + length if length is not None else sys.maxsize
        while at < end and (chunk := os.pread(descriptor, min(CHUNK, end - at), at)):
            at += len(chunk)
            yield chunk
    finally:
        os.close(descriptor)


class _told:
    """Trouble of the file system in our own words; a class because a generator would cost each request more."""

    __slots__ = ("_path", "_target")

    def __init__(self, path: str, target: str | None = None) -> None:
        self._path, self._target = path, target or path

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, OSError):
            raise self._word(error) from error

    def _word(self, error: OSError) -> Error:
        if isinstance(error, FileExistsError):
            return NameTaken(path=self._target)
        if isinstance(error, (FileNotFoundError, NotADirectoryError, IsADirectoryError)):
            return FileMissing(path=self._path)
        if error.errno == errno.ENAMETOOLONG:
            return InvalidName(path=self._path[:100])
        return trouble(error) or StorageDown()
