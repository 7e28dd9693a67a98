"""Which images may be made of an upload: the two whitelists, keys and parameters. Source: files_assets.md §3, §9.2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from typing import Any

import orjson

from directus8.errors import InvalidRequest, UnprocessableEntity
from directus8.files.edits import LARGEST, LONGEST, Edit
from directus8.files.names import extension

#: Extensions we can make images of.
EXTENSIONS = frozenset({"jpg", "jpeg", "png", "gif", "webp", "tif", "tiff", "avif"})
#: Kinds an image may be turned into by ``format``.
FORMATS = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP", "avif": "AVIF", "tiff": "TIFF"}
PARAMETERS = ("key", "w", "h", "f", "q")
_BLANK, _NUMERIC = "This value should not be blank.", "This value should be of type numeric."


@dataclass(frozen=True, slots=True)
class Size:
    """One image to be made: bounds, how to fit them, quality, another format, what is done to it before.

    After edits a bound of 0 follows the other one; without any the image stays as large as it is then.
    """

    width: int
    height: int
    fit: str
    quality: int
    format: str | None = None
    edits: tuple[Edit, ...] = ()

    @property
    def crops(self) -> bool:
        """Does it fill the bounds, losing edges? Everything but ``contain`` does."""
        return self.fit != "contain"

    def path(self, name: str) -> str:
        """Where the image made of an upload is kept."""
        fit = "crop" if self.crops else "contain"
        folder = f"w{self.width},h{self.height},f{fit},q{self.quality}"
        if self.edits:
            folder += f",t{sha256(repr(self.edits).encode()).hexdigest()[:20]}"
        return f"{folder},{self.format}/{name}" if self.format else f"{folder}/{name}"


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of a whitelist."""

    key: str
    size: Size


def whitelists(settings: Mapping[str, Any]) -> tuple[tuple[Listed, ...], tuple[Listed, ...]]:
    """The system's entries and the project's own."""
    return _parsed(settings.get("asset_whitelist_system")), _parsed(settings.get("asset_whitelist"))


@lru_cache(maxsize=512)
def _parsed(stored: Any) -> tuple[Listed, ...]:
    try:
        entries = orjson.loads(stored or "[]")
    except orjson.JSONDecodeError:
        return ()
    if isinstance(entries, dict):
        entries = list(entries.values())
    return tuple(made for e in entries if (made := _listed(e))) if isinstance(entries, list) else ()


def _listed(entry: Any) -> Listed | None:
    if not isinstance(entry, dict):
        return None
    try:
        size = Size(int(entry["width"]), int(entry["height"]), str(entry["fit"]), int(entry.get("quality") or 0))
        return Listed(str(entry["key"]), size)
    except (KeyError, TypeError, ValueError):
        return None


def check_source(name: str) -> None:
    """UnprocessableEntity for an upload of which no images are made."""
    ending = extension(name)
    if ending in ("svg", "pdf", "psd"):
        raise UnprocessableEntity(f"Encoding format ({ending}) is not supported.")
    if ending not in EXTENSIONS:
        raise UnprocessableEntity("Invalid file extension.")


def can_show(media: str | None, name: str) -> bool:
    """Can images be made of an upload?"""
    return bool(media) and str(media).startswith("image") and media != "image/svg+xml" and extension(name) in EXTENSIONS


def asked(query: Mapping[str, Any], settings: Mapping[str, Any]) -> Size | None:
    """The size a query asks for, None for the original. UnprocessableEntity, InvalidRequest when it may not be made."""
    if not any(name in query for name in PARAMETERS):
        return None
    size = _keyed(query["key"], settings) if "key" in query else _listed_or_free(query, settings)
    kind = _format(query.get("format"))
    return checked(replace(size, format=kind) if kind else size)


def _keyed(key: Any, settings: Mapping[str, Any]) -> Size:
    for entries in whitelists(settings):
        for entry in entries:
            if entry.key == key:
                return entry.size
    raise UnprocessableEntity("Key doesn't exist.")


def _listed_or_free(query: Mapping[str, Any], settings: Mapping[str, Any]) -> Size:
    """A size by its parameters: any, unless the project has a whitelist of its own."""
    system, own = whitelists(settings)
    size = _given(query)
    if own and size not in [entry.size for entry in (*system, *own)]:
        raise UnprocessableEntity("The params don't match the asset whitelist.")
    return size


def _format(given: Any) -> str | None:
    if given in (None, ""):
        return None
    if not isinstance(given, str) or given.lower() not in FORMATS:
        raise UnprocessableEntity("Invalid file format.")
    return "jpg" if given.lower() == "jpeg" else given.lower()


def _given(query: Mapping[str, Any]) -> Size:
    """Width, height, fit and quality as given. InvalidRequest naming all that are missing or no numbers."""
    wrong = []
    for name in ("w", "h", "q", "f"):
        value = query.get(name)
        messages = [] if isinstance(value, str) and value != "" else [_BLANK]
        if name != "f" and not _is_numeric(value):
            messages.append(_NUMERIC)
        if messages:
            wrong.append(f"{name}: {' '.join(messages)}")
    if wrong:
        raise InvalidRequest(" ".join(wrong))
    return Size(_whole(query["w"], 1), _whole(query["h"], 2), query["f"], _whole(query["q"], 4))


def _is_numeric(value: Any) -> bool:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return False
    return abs(number) < 1e9


def _whole(text: str, position: int) -> int:
    try:
        return int(text)
    except ValueError:
        raise UnprocessableEntity(f"fit() accepts only integer values as argument {position}.") from None


def checked(size: Size) -> Size:
    """The size if it may be made. UnprocessableEntity."""
    if not 0 <= size.quality <= 100:
        raise UnprocessableEntity("Quality must range from 0 to 100.")
    if min(size.width, size.height) < (0 if size.edits else 1):
        raise UnprocessableEntity("Width and height must be at least 1.")
    if max(size.width, size.height) > LONGEST or size.width * size.height > LARGEST:
        raise UnprocessableEntity(f"Images are made up to {LONGEST} pixels a side and {LARGEST} in all.")
    return size
