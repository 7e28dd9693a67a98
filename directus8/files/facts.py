"""What a content tells of itself: size, words, place. Nothing is decoded; only headers are read. §4.5."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from typing import Any, BinaryIO

from PIL import ExifTags, Image, ImageFile, IptcImagePlugin

log = logging.getLogger("directus8.files")
#: Kinds of images we open. Others are kept but never looked into.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "AVIF", "BMP")
_CAPTION, _KEYWORDS, _CITY, _STATE, _COUNTRY = (2, 120), (2, 25), (2, 90), (2, 95), (2, 101)


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found; empty where nothing was."""

    width: int | None = None
    height: int | None = None
    description: str = ""
    location: str = ""
    tags: tuple[str, ...] = ()
    duration: int = 0


NOTHING = Facts()


def of_image(file: BinaryIO) -> Facts | None:
    """The facts of an image; None for what is none, or a broken one."""
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # large sizes: nothing is decoded here
            image = Image.open(file, formats=FORMATS)
            words = _iptc(image)
            return Facts(
                *image.size,
                description=_text(words.get(_CAPTION)) or _exif_description(image),
                location=", ".join(p for p in (_text(words.get(k)) for k in (_CITY, _STATE, _COUNTRY)) if p)[:200],
                tags=_list(words.get(_KEYWORDS)),
            )
    except Image.DecompressionBombError:
        return NOTHING
    except Exception as error:  # broken headers raise nearly anything; a broken image is a file like any other
        log.debug("not an image: %r", error)
        return None


def _iptc(image: Image.Image) -> dict[tuple[int, int], Any]:
    try:
        return IptcImagePlugin.getiptcinfo(image) or {} if isinstance(image, ImageFile.ImageFile) else {}
    except Exception:
        return {}


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else b""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
    return "".join(c for c in text if c.isprintable() or c in "\n\t").strip()


def _list(value: Any) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else [value] if value else []
    tags: list[str] = []
    for text in (_text(e).replace(",", " ").strip() for e in entries):
        if text and len(",".join([*tags, text])) <= 255:  # the width of the column
            tags.append(text)
    return tuple(tags)


def _exif_description(image: Image.Image) -> str:
    """The description a camera or program wrote; empty for none."""
    try:
        text = image.getexif().get(ExifTags.Base.ImageDescription)
    except Exception:
        return ""
    return _text(text.encode("utf-8", "replace")) if isinstance(text, str) else ""


def of_media(file: BinaryIO) -> Facts:
    """Duration and picture size of audio and video; needs the extra ``video``."""
    try:
        import av
    except ImportError:
        return NOTHING
    file.seek(0)
    try:
        with av.open(file, "r", metadata_errors="replace") as container:
            stream = next(iter(container.streams.video), None)
            seconds = round(container.duration / av.time_base) if container.duration else 0
            return Facts(stream.width, stream.height, duration=seconds) if stream else Facts(duration=seconds)
    except Exception as error:
        log.debug("not a media file: %r", error)
        return NOTHING
