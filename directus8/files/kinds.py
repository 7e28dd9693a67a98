"""Kinds of content: the media type a name stands for, and the one the bytes tell."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable
from fnmatch import fnmatchcase

from directus8.files.names import extension

UNKNOWN = "application/octet-stream"
_MORE = {
    "avif": "image/avif",
    "webp": "image/webp",
    "heic": "image/heic",
    "heif": "image/heif",
    "psd": "image/vnd.adobe.photoshop",
    "md": "text/markdown",
    "yaml": "text/yaml",
    "yml": "text/yaml",
    "gz": "application/gzip",
    "7z": "application/x-7z-compressed",
    "rar": "application/x-rar-compressed",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "ogv": "video/ogg",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "mkv": "video/x-matroska",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "ttf": "font/ttf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_TABLE = mimetypes.MimeTypes(filenames=())
for _ending, _type in _MORE.items():
    _TABLE.add_type(_type, f".{_ending}")
#: What browsers run when they are shown it.
ACTIVE = frozenset(
    {
        "text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml", "application/xslt+xml",
        "text/javascript", "application/javascript", "application/ecmascript", "application/x-shockwave-flash",
        "multipart/related", "message/rfc822", "application/pdf",
    }
)  # fmt: skip
#: Bytes at the start (after white space) that a browser would take for a page or a drawing with scripts.
_MARKUP = (b"<!doctype html", b"<html", b"<svg", b"<script", b"<head", b"<body", b"<iframe", b"<?xml")

#: First bytes that tell a kind.
_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"BM", "image/bmp"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/x-rar-compressed"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"FWS", "application/x-shockwave-flash"),
    (b"CWS", "application/x-shockwave-flash"),
    (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-executable"),
    (b"#!", "text/x-shellscript"),
    (b"<?php", "application/x-httpd-php"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/x-wav", b"AVI ": "video/x-msvideo"}
_BRANDS = {
    b"avif": "image/avif", b"avis": "image/avif", b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heif",
    b"M4A ": "audio/mp4", b"qt  ": "video/quicktime",
}  # fmt: skip
#: Containers: what is inside may be told more narrowly by the name.
_CONTAINERS = frozenset(
    {"application/zip", "application/gzip", "audio/ogg", "video/mp4", "video/webm", "application/xml"}
)
_TOLD_BY_BYTES = frozenset({media for _, media in _STARTS} | set(_RIFF.values()) | set(_BRANDS.values()))


def by_name(name: str) -> str:
    """The media type a file name stands for."""
    return _TABLE.types_map[True].get(f".{extension(name)}") or _TABLE.types_map[False].get(
        f".{extension(name)}", UNKNOWN
    )


def ending_of(media: str) -> str:
    """A usual extension of a media type, empty for none."""
    usual = {"image/jpeg": "jpg", "image/tiff": "tif", "text/plain": "txt"}
    return usual.get(media) or (_TABLE.guess_extension(media) or "")[1:]


def by_content(head: bytes) -> str | None:
    """The media type the first bytes tell, None when they tell nothing."""
    text = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(_MARKUP):
        return "image/svg+xml" if b"<svg" in text else "application/xml" if text.startswith(b"<?xml") else "text/html"
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    return next((media for start, media in _STARTS if head.startswith(start)), None)


def allowed(media: str, whitelist: Iterable[str]) -> bool:
    """Is a media type in a whitelist of types and ``type/*`` patterns?"""
    plain = media.split(";")[0].strip().lower()
    return any(fnmatchcase(plain, entry.lower()) for entry in whitelist)


def is_text(head: bytes) -> bool:
    """Could these be the first bytes of a text?"""
    return b"\x00" not in head


def may_hold(seen: str, told: str) -> bool:
    """Is a container a usual wrapping of the kind a name tells? Not of one that has first bytes of its own."""
    return seen in _CONTAINERS and told not in (_TOLD_BY_BYTES | {UNKNOWN})
