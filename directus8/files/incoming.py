"""A content on its way in: from a form, from text in JSON, from another server; and its checks. §4.1, §4.2."""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast
from urllib.parse import unquote, urlsplit

from directus8.errors import InvalidRequest, UnprocessableEntity
from directus8.files import facts, kinds, names
from directus8.files.storage import CHUNK
from directus8.net import Limits, OutgoingError, TooLarge, fetch

_URL = re.compile(r"(?:\w+:)?//[^\s.]+\.\S{2}")
_DATA_URI = re.compile(r"data:([^;,]*)(?:;[^;,]+)*?;base64,", re.IGNORECASE)
#: Up to this size fetched contents stay in memory.
_SPOOL = 1024 * 1024
IMPORT_SECONDS = 60


@dataclass(slots=True)
class Incoming:
    """A seekable content, the name it came with, and the kind its sender says it is (None: he says nothing).

    ``bare``: it came as base64 without a word about its kind.
    """

    file: BinaryIO
    name: str = ""
    declared: str | None = None
    from_form: bool = False
    bare: bool = False

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return self.file.seek(0, 2)

    def head(self) -> bytes:
        """Its first bytes."""
        self.file.seek(0)
        return self.file.read(4096)

    def chunks(self, seen: Callable[[bytes], Any]) -> Iterator[bytes]:
        """All of it, shown to ``seen`` on the way."""
        self.file.seek(0)
        while chunk := self.file.read(CHUNK):
            seen(chunk)
            yield chunk


def is_url(text: str) -> bool:
    """Does ``data`` name an address?"""
    return _URL.match(text) is not None


def of_text(text: str) -> Incoming:
    """Base64 text, plain or as a data URI. InvalidRequest for any other URI.

    As the original reads it: what is no letter of base64 is passed over, and padding may be missing.
    """
    found = _DATA_URI.match(text)
    if found is None and text[:5].lower() == "data:":
        raise InvalidRequest("data: This value is not valid.")
    letters = text[found.end() :] if found else text
    try:
        return Incoming(BytesIO(binascii.a2b_base64(letters)), bare=found is None)
    except ValueError:
        plain = re.sub(r"[^A-Za-z0-9+/]", "", letters)
        plain = plain[:-1] if len(plain) % 4 == 1 else plain
        return Incoming(BytesIO(binascii.a2b_base64(plain + "=" * (-len(plain) % 4))), bare=found is None)


def of_url(url: str, limit: int, private: bool) -> Incoming:
    """The image or PDF at an address. UnprocessableEntity when it can't be had."""
    address = f"http:{url}" if url.startswith("//") else url
    spool = cast(BinaryIO, SpooledTemporaryFile(max_size=_SPOOL))  # noqa: SIM115 (handed on open)
    try:
        with fetch(address, limits=Limits(limit, IMPORT_SECONDS, private=private)) as found:
            if found.status != 200 or not ("image/" in found.media or "pdf" in found.media):
                raise OutgoingError("There is no image or PDF.")
            for chunk in found.chunks():
                spool.write(chunk)
            return Incoming(spool, _name_of(found.url, found.media), found.media)
    except TooLarge:
        spool.close()
        raise too_large(limit) from None
    except OutgoingError as error:
        spool.close()
        raise UnprocessableEntity(f"data: The file could not be fetched. {error}") from None
    except BaseException:
        spool.close()
        raise


def _name_of(url: str, media: str) -> str:
    name = names.download(unquote(urlsplit(url).path.rpartition("/")[2]))
    if not name.strip("."):
        name = hashlib.md5(url.encode(), usedforsecurity=False).hexdigest()
    if not names.extension(name) and (ending := kinds.ending_of(media)):
        name = f"{name}.{ending}"
    return name


def picture_of(url: str, private: bool) -> bytes:
    """The bytes of an embed's own server. OutgoingError."""
    with fetch(url, limits=Limits(20 * 1024 * 1024, 20, private=private)) as found:
        if found.status != 200:
            raise OutgoingError("The address has no content.")
        return found.body()


# --- checks ----------------------------------------------------------------------------------------------------


def too_large(limit: int) -> InvalidRequest:
    """The error for a content beyond the limit."""
    return InvalidRequest(f"The file is too large. Allowed maximum size is {limit}.")


def check_size(content: Incoming, limit: int) -> None:
    """InvalidRequest for an empty content or one beyond the limit."""
    size = content.size
    if size == 0:
        raise InvalidRequest("An empty file is not allowed.")
    if size > limit:
        raise too_large(limit)


def check_kind(content: Incoming, name: str, whitelist: Iterable[str]) -> None:
    """InvalidRequest unless a content is what may be uploaded: by its name, by its sender's word, and by its bytes.

    As in the original, bare base64 is no kind at all: with a whitelist it is always refused.
    """
    allowed = [entry.strip() for entry in whitelist if entry.strip()]
    if not allowed:
        return
    told, seen = kinds.by_name(name), kinds.by_content(content.head())
    narrower = seen is None or kinds.may_hold(seen, told)
    claims = [content.declared] if content.declared else []
    claims += [told] if told != kinds.UNKNOWN else []
    claims += [] if narrower else [str(seen)]
    if content.bare or not claims or not all(kinds.allowed(claim, allowed) for claim in claims):
        raise InvalidRequest(f"The mime type of the file is invalid.Allowed mime types are {','.join(allowed)}.")


def read_facts(content: Incoming, media: str) -> facts.Facts | None:
    """What the content tells; None when it is no image although its name says so."""
    if media.startswith(("audio/", "video/")):
        return facts.of_media(content.file)
    return facts.of_image(content.file)
