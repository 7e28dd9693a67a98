"""Bytes of files over HTTP: types, names, ranges, validators, and nothing a browser would run. Source: §9.1, §11."""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import formatdate
from functools import lru_cache
from urllib.parse import quote

from werkzeug.exceptions import RequestedRangeNotSatisfiable

from directus8.api.http.response import Content, Response
from directus8.api.http.shelf import Key, the_shelf
from directus8.api.http.visit import Request
from directus8.files import kinds
from directus8.files.storage import CHUNK
from directus8.services.assets import Asset

#: For what could hold scripts: shown, but dead.
_DEAD = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
#: Bytes up to which contents are kept in memory: thumbnails, icons.
SMALL = 64 * 1024
_HARMLESS = ("image/", "audio/", "video/", "font/")


def send(http: Request, asset: Asset, cache: str | None, *, attachment: bool = False, named: bool = True) -> Response:
    """The answer for a content: all of it, a part, or nothing new."""
    size, media = asset.stat.size, asset.media
    shown = disposition(asset.download, attachment) if named or attachment else None
    headers = [*_version(asset.stat.etag), *_told(media, cache, shown)]
    if _is_known(http, asset):
        return Content((), 304, headers)
    start, length, status = 0, size, 200
    try:
        part = _part(http, asset)
    except RequestedRangeNotSatisfiable:
        return Content((), 416, [("Content-Range", f"bytes */{size}"), ("Content-Length", "0")])
    if part:
        start, length, status = part[0], part[1] - part[0], 206
        headers.append(("Content-Range", f"bytes {part[0]}-{part[1] - 1}/{size}"))
    headers += [
        ("Last-Modified", _date(int(asset.stat.modified))),
        ("Content-Type", _content_type(media)),
        ("Content-Length", str(length)),
    ]
    body = () if http.method == "HEAD" else _bytes(http, asset, start, length)
    return Content(body, status, headers, direct_passthrough=True)


def _bytes(http: Request, asset: Asset, start: int, length: int) -> Iterable[bytes]:
    """A part of a content. A small one is read once, however often it is asked for, until it has another tag."""
    if length <= SMALL and length == asset.stat.size:
        return [_small((http.visit.key, asset.path, asset.stat.etag), asset)]
    chunks = asset.storage.read(asset.path, start, length)
    return list(chunks) if length <= CHUNK else chunks


def _small(key: Key, asset: Asset) -> bytes:
    shelf = the_shelf()
    content = shelf.get(key, bytes)
    if content is None:
        content = b"".join(asset.storage.read(asset.path))
        if len(content) == asset.stat.size:  # else it was replaced meanwhile
            shelf.put(key, content, len(content))
    return content


@lru_cache(4096)
def _version(etag: str) -> tuple[tuple[str, str], ...]:
    """By what a client knows this version again, and may ask for its parts."""
    return ("ETag", f'"{etag}"'), ("Accept-Ranges", "bytes")


@lru_cache(4096)
def _date(modified: int) -> str:
    return formatdate(modified, usegmt=True)


@lru_cache(4096)
def _told(media: str, cache: str | None, shown: str | None) -> tuple[tuple[str, str], ...]:
    """What browsers may do with a content."""
    headers = (("Cache-Control", cache), ("Content-Disposition", shown))
    found = tuple((name, value) for name, value in headers if value)
    is_dead = media in kinds.ACTIVE or not media.startswith((*_HARMLESS, "application/pdf"))
    return (*found, ("Content-Security-Policy", _DEAD)) if is_dead else found


def _content_type(media: str) -> str:
    plain = media if media.isascii() and media.isprintable() and "/" in media else kinds.UNKNOWN
    return f"{plain};charset=utf-8" if plain.startswith("text/") else plain


def _is_known(http: Request, asset: Asset) -> bool:
    """Does the client have this version already?"""
    if "HTTP_IF_NONE_MATCH" in http.environ:
        return http.has(asset.stat.etag)
    since = http.if_modified_since if "HTTP_IF_MODIFIED_SINCE" in http.environ else None
    return since is not None and int(asset.stat.modified) <= since.timestamp()


def _part(http: Request, asset: Asset) -> tuple[int, int] | None:
    """The one range asked for, if it is asked of this version of the content. 416 for one outside."""
    if "HTTP_RANGE" not in http.environ:
        return None
    asked = http.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1 or http.method not in ("GET", "HEAD"):
        return None
    condition = http.if_range
    if condition.etag is not None and condition.etag != asset.stat.etag:
        return None
    if condition.date is not None and condition.date.timestamp() != int(asset.stat.modified):
        return None
    found = asked.range_for_length(asset.stat.size)
    if found is None or found[1] is None:
        raise RequestedRangeNotSatisfiable(asset.stat.size)
    return found[0], found[1]


@lru_cache(4096)
def disposition(name: str, attachment: bool = False) -> str:
    """A Content-Disposition with a name no header can be broken by."""
    plain = "".join(c if " " <= c <= "~" and c not in '"\\' else "_" for c in name)
    parts = ["attachment"] if attachment else []
    parts.append(f'filename="{plain}"')
    if plain != name:
        parts.append(f"filename*=UTF-8''{quote(name.encode('utf-8', 'replace'), safe='')}")
    return "; ".join(parts)
