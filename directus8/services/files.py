"""Files: rows of directus_files with their contents. Source: files_assets.md §4–§7.

A content is written before its row and taken away again if the row is not: a row never lacks its content, and a failed
request leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from typing import Any

from directus8 import names
from directus8.context import sql_time
from directus8.errors import (
    BatchUploadNotAllowed,
    DeleteDenied,
    Forbidden,
    InvalidRequest,
    ItemNotFound,
)
from directus8.files import embeds, incoming, kinds
from directus8.files import names as file_names
from directus8.files.incoming import Incoming
from directus8.files.storage import HIDDEN, InvalidName, NameTaken, segments
from directus8.mutation.payload import BLANK
from directus8.net import OutgoingError
from directus8.services import telling
from directus8.services.contents import remove_generated
from directus8.services.items import DEFAULT, NOTHING, ItemsService, Options, Payload
from directus8.services.session import Session
from directus8.system.behaviours.files import DERIVED

#: Largest content when nobody says otherwise.
LIMIT = 100 * 1024 * 1024


class FilesService:
    """The files of a project for one caller."""

    def __init__(self, session: Session, limit: int = LIMIT) -> None:
        self.session = session
        self.limit = limit
        self.items = ItemsService(session, names.FILES)
        self.storage = session.project.stores.originals

    # --- create ----------------------------------------------------------------------------------------------

    def upload(
        self, fields: Payload, content: Incoming | None = None, options: Options = DEFAULT, known: Payload = NOTHING
    ) -> Any:
        """Keeps a content and makes its row; the key. ``content`` None: it is told by ``fields["data"]``.

        ``known``: derived columns that a dialect tells in its own way.
        """
        if not self.session.rules.allows("create", names.FILES):
            raise Forbidden("You are not allowed to upload files")
        data, fields = fields.get("data"), _cleaned(fields)
        fields.pop("private_hash", None)
        made: Incoming | None = None
        if content is None and isinstance(data, str) and incoming.is_url(data):
            if film := embeds.recognise(data, self.session.project.extended.embeds):
                return self._embed(fields, *film, options)
            made = self._fetched(data)
            fields["filename_disk"] = fields["filename_download"] = made.name
        elif content is not None:
            name = file_names.download(content.name)
            fields = {"filename_disk": name, "filename_download": name, **fields}
        self._check_given(fields, data if content is None and made is None else True)
        if content is not None:  # its sender closes it: should the schema change meanwhile, all begins anew
            return self._keep(fields, content, options, known=known)
        with (made := made or incoming.of_text(str(data))).file:
            return self._keep(fields, made, options)

    @staticmethod
    def _check_given(fields: Payload, data: Any) -> None:
        given = {"data": data, **{n: fields.get(n) for n in ("filename_disk", "filename_download")}}
        wrong = [f"{name}: {BLANK}" for name, value in given.items() if value in (None, "", [], {})]
        texts = [n for n, v in given.items() if v is not True and not isinstance(v, str) and v not in (None, [], {})]
        wrong += [f"{name}: This value should be of type string." for name in texts]
        if wrong:
            raise InvalidRequest(" ".join(wrong))

    def _fetched(self, url: str) -> Incoming:
        return incoming.of_url(url, self.limit, self._private_addresses)

    @property
    def _private_addresses(self) -> bool:
        return self.session.project.config.security.allow_private_addresses

    def _keep(
        self,
        fields: Payload,
        content: Incoming,
        options: Options,
        film: Payload | None = None,
        known: Payload = NOTHING,
    ) -> Any:
        name = str(fields.pop("filename_disk"))
        if film is None:
            self._check_content(content, name)
        self.items.check_new(fields, options, _STAND_IN)
        derived = {**self._derived(content, name), **self._words(fields, content, name)}
        derived = {**derived, **self._sender(fields), **(film or {}), **known}
        fresh = file_names.fresh(name, str(self.session.settings.get("file_naming")))
        telling.emit(self.session, "file.save", fresh, derived["filesize"])
        with self._written(fresh, content) as (disk, checksum):
            derived.update(
                filename_disk=disk,
                checksum=checksum,
                private_hash=file_names.private_hash(),
                uploaded_on=sql_time(self.session.who.clock()),
            )
            key = self.items.create([fields], options, derived)[0]
        telling.emit(self.session, "file.save:after", disk, derived["filesize"])
        return key

    def _check_content(self, content: Incoming, name: str) -> None:
        incoming.check_size(content, self.limit)
        whitelist = str(self.session.settings.get("file_mimetype_whitelist") or "").split(",")
        incoming.check_kind(content, name, whitelist)

    def _derived(self, content: Incoming, name: str) -> Payload:
        """The columns that follow from a content and the name it is kept under."""
        media = kinds.by_name(name)
        found = incoming.read_facts(content, media)
        binary = found is not None and media.startswith("image/") and not content.from_form
        return {
            "storage": self.session.project.config.storage.adapter,
            "type": media,
            "charset": "binary" if binary else "",
            "filesize": content.size,
            "width": found.width if found else None,
            "height": found.height if found else None,
            "duration": found.duration if found else 0,
        }

    def _sender(self, fields: Payload) -> Payload:
        """What every upload says in the history: whose it is, and that nothing more is known."""
        return {"uploaded_by": self.session.who.user, "metadata": fields.get("metadata")}

    @staticmethod
    def _words(fields: Payload, content: Incoming, name: str) -> Payload:
        """Words about a new file that its sender did not give: from the content, else from its name."""
        found = incoming.read_facts(content, kinds.by_name(name))
        words: Payload = {
            "title": file_names.title(name),
            "description": found.description if found else "",
            "location": found.location if found else "",
            "tags": ",".join(found.tags) if found else "",
        }
        return {n: v for n, v in words.items() if fields.get(n) in (None, "")}

    @contextmanager
    def _written(self, name: str, content: Incoming) -> Iterator[tuple[str, str]]:
        """Keeps a content under a free name, with its checksum; away again if the block fails."""
        disk, checksum = self._write(name, content)
        undo = partial(self.storage.delete, disk)
        try:
            with self.session.transaction():
                self.session.after_failure(undo)
                yield disk, checksum
        except BaseException:
            undo()
            raise

    def _write(self, name: str, content: Incoming) -> tuple[str, str]:
        for candidate in file_names.alternatives(name):
            if self.storage.stat(candidate) is not None:
                continue
            digest = hashlib.md5(usedforsecurity=False)
            try:
                self.storage.create(candidate, content.chunks(digest.update))
            except NameTaken:
                continue
            return candidate, digest.hexdigest()
        raise AssertionError("names never run out")

    def _embed(self, fields: Payload, provider: str, id: str, options: Options) -> Any:
        """A film kept elsewhere: its picture is the content; without one the row stands alone."""
        get = partial(incoming.picture_of, private=self._private_addresses)
        key = str(self.session.settings.get("youtube_api_key") or "")
        film = embeds.look_up(provider, id, get, key, self.session.project.extended.embeds)
        words = {
            "title": fields.get("title") or film.title[:255],
            "description": fields.get("description") or film.description or "",
            "tags": fields.get("tags") or list(film.tags),
        }
        told = {
            "type": f"embed/{provider}", "embed": id, "filesize": 0, "width": film.width, "height": film.height,
            "duration": film.duration, "charset": "",
        }  # fmt: skip
        fields = {**fields, **words, "filename_disk": film.file_name, "filename_download": film.file_name}
        try:
            picture = get(film.picture) if film.picture else b""
        except OutgoingError:
            picture = b""
        return self._keep(fields, Incoming(BytesIO(picture)), options, told)

    # --- update ----------------------------------------------------------------------------------------------

    def update(
        self, changes: Sequence[tuple[Any, Payload]], options: Options = DEFAULT, batch: bool = False
    ) -> list[Any]:
        """Changes rows, all or none; a new content (``data``) only for one, and not in a ``batch``."""
        self.session.rules.read_filter(self.items.collection)
        if not self.session.rules.allows("update", names.FILES):
            raise Forbidden("You are not allowed to edit files")
        if (len(changes) > 1 or batch) and any(isinstance(given.get("data"), str) for _, given in changes):
            raise BatchUploadNotAllowed()
        if any(not given.keys() - {"id"} for _, given in changes):
            wrong = ("filename_disk", "filename_download", "uploaded_on")
            raise InvalidRequest(" ".join(f"{name}: {BLANK}" for name in wrong))
        if len(changes) == 1:  # its content is written before the transaction begins
            return [self._change(*changes[0], options)]
        with self.session.transaction():
            return [self._change(key, given, options) for key, given in changes]

    def replace(self, key: Any, fields: Payload, content: Incoming, options: Options = DEFAULT) -> Any:
        """A new content for a file, with further changes; the key."""
        self.session.rules.read_filter(self.items.collection)
        if not self.session.rules.allows("update", names.FILES):
            raise Forbidden("You are not allowed to edit files")
        return self._change(key, fields, options, content)

    def _change(self, key: Any, given: Payload, options: Options, content: Incoming | None = None) -> Any:
        data, fields = given.get("data"), _cleaned(given)
        row = self._row(key)
        if content is None and isinstance(data, str) and data:
            content = self._fetched(data) if incoming.is_url(data) else incoming.of_text(data)
            if content.name:
                fields["filename_disk"] = fields["filename_download"] = content.name
        name = fields.pop("filename_disk", None)
        old = str(row["filename_disk"])
        new = self._new_name(name, old, content)
        if content is not None:
            with content.file:
                return self._replaced(key, fields, old, new, content, options)
        if new != old:
            return self._renamed(key, fields, old, new, options)
        return self.items.update([(key, fields)], options)[0]

    def _row(self, key: Any) -> Mapping[str, Any]:
        with self.session.connection() as connection:
            found = self.items.stored(connection, [key]).get(str(key))
        if found is None:
            raise ItemNotFound()
        return found.row

    @staticmethod
    def _new_name(given: Any, old: str, content: Incoming | None) -> str:
        if given in (None, "") or given == old:
            return old
        if not isinstance(given, str):
            raise InvalidRequest("filename_disk: This value should be of type string.")
        if content is not None and content.name == given:
            return file_names.safe(given)
        if given.startswith(HIDDEN) or len(segments(given)) > 1:
            raise InvalidName(path=given[:100])
        return given

    def _renamed(self, key: Any, fields: Payload, old: str, new: str, options: Options) -> Any:
        """Gives the content a second name; the old one goes when the row is committed (contents.follow)."""
        with self.session.transaction():
            if self.storage.stat(old) is not None:
                self.storage.copy(old, new)
                self.session.after_failure(partial(self.storage.delete, new))
            return self.items.update([(key, fields)], options, {"filename_disk": new})[0]

    def _replaced(self, key: Any, fields: Payload, old: str, new: str, content: Incoming, options: Options) -> Any:
        """Writes the content aside, then in place of the former one as the last thing before the commit."""
        self._check_content(content, new)
        derived = self._derived(content, new)
        storage, stores = self.storage, self.session.project.stores
        if new != old:
            new = next(name for name in file_names.alternatives(new) if storage.stat(name) is None)
        telling.emit(self.session, "file.update", new, derived["filesize"])
        with self._written(f"{HIDDEN}{secrets.token_hex(16)}.new", content) as (staged, checksum):
            derived.update(checksum=checksum, filename_disk=new, embed=None)
            self.items.update([(key, fields)], options, derived)
            if storage.stat(new) is not None:
                former = f"{HIDDEN}{secrets.token_hex(16)}.old"
                storage.copy(new, former)
                self.session.after_failure(partial(storage.move, former, new))
                self.session.after_commit(partial(storage.delete, former))
            else:
                self.session.after_failure(partial(storage.delete, new))
            storage.move(staged, new)
            self.session.after_commit(partial(remove_generated, stores, new))
        telling.emit(self.session, "file.update:after", new, derived["filesize"])
        return key

    # --- delete ----------------------------------------------------------------------------------------------

    def delete(self, keys: Sequence[Any], options: Options = DEFAULT) -> None:
        """Deletes rows, and their contents once that is certain (contents.follow)."""
        self.session.rules.read_filter(self.items.collection)
        if not self.session.rules.allows("delete", names.FILES):
            raise DeleteDenied(collection=names.FILES)
        with self.session.transaction() as connection:
            stored = self.items.stored(connection, keys)
            for key in keys:
                if str(key) not in stored:
                    raise self.items.missing(key)
            self._tell_of_deletion("file.delete", [stored[str(key)].row for key in keys])
            self.items.delete(keys, options)
            self._tell_of_deletion("file.delete:after", [stored[str(key)].row for key in keys])

    def _tell_of_deletion(self, event: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Tells of files that go: only of those that have a content."""
        for row in rows if self.session.project.bus.hears(event) else ():
            if self.storage.stat(str(row["filename_disk"])) is not None:
                telling.emit(self.session, event, dict(row))


def _cleaned(fields: Payload) -> Payload:
    """A payload without its content and without what only the server writes."""
    kept = {n: v for n, v in fields.items() if n not in DERIVED - {"filename_disk"} and n != "data"}
    if kept.get("folder") == "":
        kept["folder"] = None
    return kept


#: What every new row will have: enough for the checks of a payload before its content is written.
_STAND_IN: Payload = {"filename_disk": "x", "uploaded_on": "2000-01-01 00:00:00", "uploaded_by": 0}
