"""Where contents are kept: one small interface, implemented by local folders and by object stores."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from directus8.errors import Error, Refusal

#: Bytes handled at once, whatever the size of a file.
CHUNK = 256 * 1024
#: First letter of names that are never given out: staged contents and what is about to be replaced.
HIDDEN = "."
_BAD = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")


class FileMissing(Refusal):
    """A row whose content is gone. The original answers 500."""

    code = 203
    status = 404
    v10 = "FORBIDDEN"
    text = "File not found at path: {path}"


class InvalidName(Refusal):
    """A name that would leave the storage, or that nothing can be kept under."""

    code = 4
    status = 422
    v10 = "INVALID_PAYLOAD"
    text = 'filename_disk: "{path}" is not a valid file name.'


class NameTaken(Refusal):
    """There is a content of that name already."""

    code = 4
    status = 422
    v10 = "INVALID_PAYLOAD"
    text = "filename_disk: File already exists at path: {path}"


class StorageFull(Error):
    """No room is left."""

    code = 607
    status = 507
    v10 = "SERVICE_UNAVAILABLE"
    text = "Failed to write file to disk."


def trouble(error: OSError) -> Error | None:
    """A full disk in our own words; None for any other trouble."""
    return StorageFull() if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else None


class StorageDown(Error):
    """The storage does not answer, or not as it should."""

    code = 600
    status = 503
    v10 = "SERVICE_UNAVAILABLE"
    text = "The storage is not available. Please try again later."


@dataclass(frozen=True, slots=True)
class Stat:
    """Size and age of a content; the tag changes with it."""

    size: int
    modified: float
    etag: str


class Storage(Protocol):
    """Contents by relative path. All raise InvalidName for a bad path, StorageDown or StorageFull for trouble."""

    def create(self, path: str, chunks: Iterable[bytes]) -> None:
        """Keeps a new content, whole or not at all. NameTaken."""

    def stat(self, path: str) -> Stat | None:
        """What is known of a content; None if there is none."""

    def read(self, path: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """A content or a part of it. FileMissing, before the first chunk is asked for."""

    def copy(self, source: str, target: str) -> None:
        """The same content under a second name. FileMissing, NameTaken."""

    def move(self, source: str, target: str) -> None:
        """Renames; what was under the target is replaced. FileMissing."""

    def delete(self, path: str) -> None:
        """Removes a content; none is fine."""

    def folders(self) -> list[str]:
        """The folders at the top."""

    def ages(self, folder: str) -> dict[str, float]:
        """When each content directly in a folder was last changed, by path; nothing for no folder."""


@dataclass(frozen=True, slots=True)
class Stores:
    """The two storages of a project: uploads, and the images made of them."""

    originals: Storage
    generated: Storage


def segments(path: str) -> list[str]:
    """The parts of a relative path. InvalidName when it could lead outside or is no name at all."""
    parts = path.split("/")
    if len(path) > 1024 or _BAD.search(path) or any(part in ("", ".", "..") for part in parts):
        raise InvalidName(path=path.encode("ascii", "replace").decode()[:100])
    return parts
