"""Films of YouTube and Vimeo: what a link means, and what their servers tell about it. Source: files_assets.md §4.7."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson

from directus8.net import OutgoingError

#: Gets the bytes of an address, or raises OutgoingError.
Get = Callable[[str], bytes]

_YOUTUBE = ("youtube.com", "m.youtube.com", "www.youtube.com", "youtu.be")
_VIMEO = ("vimeo.com", "www.vimeo.com", "player.vimeo.com")
_PERIOD = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


@dataclass(frozen=True, slots=True)
class Film:
    """A film and what is known of it; ``picture`` is the address of its picture."""

    provider: str
    id: str
    title: str
    width: int
    height: int
    picture: str
    description: str | None = None
    duration: int = 0
    tags: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """Name of its picture."""
        return f"{self.provider}_{self.id}.jpg"


class Provider(Protocol):
    """A provider that an extension adds."""

    def recognise(self, url: str) -> str | None:
        """The id of a film's address; None for any other."""
        ...

    def look_up(self, id: str, get: Get) -> Film:
        """What is known of a film."""
        ...


NO_MORE: Mapping[str, Provider] = MappingProxyType({})


def recognise(url: str, more: Mapping[str, Provider] = NO_MORE) -> tuple[str, str] | None:
    """Provider and id of a film's address; None for any other. ``more``: providers of extensions, asked last."""
    if found := _known(url):
        return found
    return next(((name, id) for name, each in more.items() if (id := each.recognise(url))), None)


def _known(url: str) -> tuple[str, str] | None:
    parts = urlsplit(url if "://" in url else f"https://{url.lstrip('/')}")
    host = (parts.hostname or "").lower()
    if host in _VIMEO and (found := re.fullmatch(r"/(?:video/)?(\d{1,10})/?", parts.path)):
        return "vimeo", found[1]
    if host in _YOUTUBE:
        asked = parse_qs(parts.query).get("v", [""])[0]
        id = parts.path.strip("/") if host == "youtu.be" else asked or parts.path.removeprefix("/embed/")
        if re.fullmatch(r"[\w-]{5,20}", id):
            return "youtube", id
    return None


def look_up(provider: str, id: str, get: Get, youtube_key: str = "", more: Mapping[str, Provider] = NO_MORE) -> Film:
    """What the provider tells; with the little that is known when he tells nothing."""
    if provider in more:
        return more[provider].look_up(id, get)
    if provider == "youtube":
        return _youtube(id, get, youtube_key)
    return _vimeo(id, get)


def _json(get: Get, url: str) -> Any:
    try:
        return orjson.loads(get(url))
    except (OutgoingError, orjson.JSONDecodeError):
        return None


def _youtube(id: str, get: Get, key: str) -> Film:
    picture = f"https://img.youtube.com/vi/{id}/0.jpg"
    plain = Film("youtube", id, f"YouTube - {id}", 560, 340, picture)
    if not key:
        return plain
    query = urlencode({"id": id, "key": key, "part": "snippet,contentDetails"})
    told = _json(get, f"https://www.googleapis.com/youtube/v3/videos?{query}")
    try:
        item = told["items"][0]
        snippet, seconds = item["snippet"], period(item["contentDetails"]["duration"])
        tags = tuple(str(t) for t in snippet.get("tags") or ())
        return Film("youtube", id, str(snippet["title"]), 560, 340, picture, str(snippet["description"]), seconds, tags)
    except (KeyError, IndexError, TypeError):
        return plain


def _vimeo(id: str, get: Get) -> Film:
    told = _json(get, f"https://vimeo.com/api/v2/video/{id}.json")
    item: Mapping[str, Any] = told[0] if isinstance(told, list) and told and isinstance(told[0], dict) else {}
    tags = tuple(t.strip() for t in str(item.get("tags") or "").split(",") if t.strip())
    words = re.sub(r"<[^>]*>", "", str(item["description"])) if item.get("description") else None
    return Film(
        provider="vimeo",
        id=id,
        title=str(item.get("title") or f"Vimeo - {id}"),
        width=_number(item.get("width"), 560),
        height=_number(item.get("height"), 540),
        picture=str(item.get("thumbnail_large") or ""),
        description=words,
        duration=_number(item.get("duration"), 0),
        tags=tags,
    )


def _number(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and 0 < value < 2**31 else otherwise


def period(text: str) -> int:
    """An ISO 8601 duration in seconds; 0 for what is none."""
    found = _PERIOD.fullmatch(text)
    if not found:
        return 0
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
