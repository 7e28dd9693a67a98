"""Contents given out: which file an alias means, who may have it, which image is asked for.

Source: files_assets.md §9.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast
from zlib import crc32

from sqlalchemy import bindparam, column, select, table

from directus8 import names
from directus8.errors import Busy, ItemNotFound, Refusal, Unauthorized, UnprocessableEntity
from directus8.files import images, thumbnails
from directus8.files.storage import FileMissing, Stat, Storage
from directus8.files.thumbnails import Size
from directus8.filters import Condition, both
from directus8.query.ast import Entry, Node, Query
from directus8.query.plan import visible_rows
from directus8.services.contents import alias_column, signer
from directus8.services.session import Session

COLUMNS = ("id", "private_hash", "filename_disk", "filename_download", "type")
#: Images made at once by one process, and how long others wait for their turn.
AT_ONCE = threading.BoundedSemaphore(max(1, (os.cpu_count() or 2) // 2))
PATIENCE = 30.0
_LOCKS = 64
#: Rows remembered by one process for one project.
MOST_KNOWN = 10_000
#: Seconds after which a row is looked up again: what is written past the API moves no stamp.
KNOWN_FOR = 60.0


class StillBeingMade(Busy):
    """Too many images are asked for at once."""

    text = "The image is still being made. Please try again later."


@dataclass(frozen=True, slots=True)
class Asset:
    """A content to be given out: where it is, and how it is told."""

    storage: Storage
    path: str
    stat: Stat
    media: str
    download: str


class AssetsService:
    """Contents for one caller of one project."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.stores = session.project.stores

    def find(self, column_name: str, value: str, query: Mapping[str, Any]) -> Mapping[str, Any]:
        """The row of a file that this caller may have. ItemNotFound; in a private storage also for what he may not."""
        known = self.session.project.state.files
        row, until = known.get((column_name, value), (None, 0.0))
        if row is None or until < time.monotonic():
            row = self._looked_up(column_name, value)
            if len(known) >= MOST_KNOWN:
                known.clear()
            known[column_name, value] = (row, time.monotonic() + KNOWN_FOR)
        if not self._may_have(row, query):
            raise ItemNotFound()
        return row

    def _looked_up(self, column_name: str, value: str) -> Mapping[str, Any]:
        at = table(names.FILES, *(column(c) for c in COLUMNS))
        statement = select(*(at.c[c] for c in COLUMNS)).where(at.c[column_name] == bindparam(None, value))
        with self.session.connection() as connection:
            found = connection.select(statement.order_by(at.c.id).limit(10))
        for row in (dict(zip(COLUMNS, values, strict=True)) for values in found):
            if str(row[column_name]) == value:  # not every database minds the case
                return row
        raise ItemNotFound()

    def _may_have(self, row: Mapping[str, Any], query: Mapping[str, Any]) -> bool:
        if not self.session.project.config.storage.private:
            return True
        return signer(self.session.project).proves(row, query, time.time()) or self._may_read(row["id"])

    def _may_read(self, id: Any) -> bool:
        collection = self.session.catalog.collection(names.FILES)
        try:
            visible_rows(self.session.rules, collection, None)
        except Refusal:
            return False
        query = Query(Node(names.FILES, (Entry("id"),)), both(Condition(("id",), "eq", id), None))
        return bool(self.session.read(query))

    def asset(self, alias: str, query: Mapping[str, Any]) -> Asset:
        """What /assets gives for an alias: the original, or an image made of it."""
        row = self.find(alias_column(self.session.settings), alias, query)
        size = thumbnails.asked(query, self.session.settings)
        return self.original(row) if size is None else self.image(row, size)

    def original(self, row: Mapping[str, Any]) -> Asset:
        """The content as it was uploaded. FileMissing."""
        name = str(row["filename_disk"])
        stat = self.stores.originals.stat(name)
        if stat is None:
            raise FileMissing(path=name)
        media = str(row["type"] or "")
        media = "image/jpeg" if media.startswith("embed/") else media
        return Asset(self.stores.originals, name, stat, media, str(row["filename_download"]))

    def image(self, row: Mapping[str, Any], size: Size) -> Asset:
        """An image made of an upload: the one that is kept, else a new one that is kept from now on."""
        name = str(row["filename_disk"])
        thumbnails.check_source(name)
        path = size.path(name)
        stat = self.stores.generated.stat(path) or self._make(name, path, size)
        media = str(row["type"] or "")
        media = "image/jpeg" if media.startswith("embed/") else media
        if size.format:
            media = f"image/{'jpeg' if size.format == 'jpg' else size.format}"
        return Asset(self.stores.generated, path, stat, media, str(row["filename_download"]))

    def _make(self, name: str, path: str, size: Size) -> Stat:
        """Makes an image once, however many ask for it: one thread at a time, and who waited finds it made."""
        deadline = time.monotonic() + PATIENCE
        with _alone(self.session.project.folder / "locks", path, deadline):
            if found := self.stores.generated.stat(path):
                return found
            source = self.stores.originals.stat(name)
            if source is None:
                raise UnprocessableEntity(f"{name} does not exist.")
            made = self._transformed(name, size, deadline)
            self.stores.generated.create(path, [made])
            if self.stores.originals.stat(name) != source:  # replaced meanwhile: not to be kept
                self.stores.generated.delete(path)
                raise StillBeingMade()
            stat = self.stores.generated.stat(path)
            if stat is None:
                raise StillBeingMade()
            return stat

    def _transformed(self, name: str, size: Size, deadline: float) -> bytes:
        if not AT_ONCE.acquire(timeout=max(0, deadline - time.monotonic())):
            raise StillBeingMade()
        try:
            with tempfile.SpooledTemporaryFile(max_size=4 * 1024 * 1024) as file:
                for chunk in self.stores.originals.read(name):
                    file.write(chunk)
                file.seek(0)
                return images.transform(cast(BinaryIO, file), size)
        finally:
            AT_ONCE.release()


@contextmanager
def _alone(folder: Path, name: str, deadline: float) -> Iterator[None]:
    """One at a time for a name, over all processes of this machine. StillBeingMade after the deadline."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(
        folder / f"image-{crc32(name.encode()) % _LOCKS}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
    )
    try:
        pause = 0.002
        while not _locked(descriptor):
            if time.monotonic() > deadline:
                raise StillBeingMade()
            time.sleep(pause)
            pause = min(0.05, pause * 1.5)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


__all__ = ["Asset", "AssetsService", "Unauthorized"]
