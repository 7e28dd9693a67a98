"""What a server answered, reduced to the parts that are recorded and compared."""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any

import httpx

# Compared strictly whenever the original sent them.
STRICT_HEADERS = ("Location", "WWW-Authenticate", "X-RateLimit-Limit")
# Recorded, and reported apart when they differ.
LOOSE_HEADERS = ("Cache-Control", "Content-Disposition")
# Recorded as seen (their values change from call to call), presence only.
PRESENCE_HEADERS = ("X-RateLimit-Remaining", "X-RateLimit-Reset")


def cookie_names(response: httpx.Response) -> list[str]:
    """Names of the cookies set; PHP's own session cookie is no part of the contract."""
    names = {c.split("=", 1)[0].strip() for c in response.headers.get_list("set-cookie")}
    return sorted(names - {"PHPSESSID"})


def cookie_value(response: httpx.Response, name: str) -> str | None:
    """The value of one cookie that the answer sets."""
    for cookie in response.headers.get_list("set-cookie"):
        key, _, rest = cookie.partition("=")
        if key.strip() == name:
            return rest.split(";", 1)[0]
    return None


def _webp_size(data: bytes) -> tuple[int, int]:
    if data[12:16] == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<HH", data[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(data):
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None


def image_size(data: bytes) -> tuple[str, int, int] | None:
    """Format, width and height of a PNG, GIF, JPEG or WebP image."""
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return ("png", *struct.unpack(">II", data[16:24]))
    if data[:3] == b"GIF":
        return ("gif", *struct.unpack("<HH", data[6:10]))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ("webp", *_webp_size(data))
    if data[:2] == b"\xff\xd8" and (size := _jpeg_size(data)):
        return ("jpeg", *size)
    return None


def _body(response: httpx.Response, media: str) -> dict[str, Any]:
    data = response.content
    if not data:
        return {"kind": "empty"}
    if "json" in media:
        try:
            return {"kind": "json", "body": json.loads(data)}
        except ValueError:
            pass
    if media.startswith("text/") or "json" in media or "xml" in media or "javascript" in media:
        return {"kind": "text", "body": data.decode("utf-8", "replace")}
    body: dict[str, Any] = {"sha256": hashlib.sha256(data).hexdigest(), "length": len(data)}
    if size := image_size(data):
        body["image"] = list(size)
    return {"kind": "binary", "body": body}


def from_response(response: httpx.Response, more_headers: tuple[str, ...] = ()) -> dict[str, Any]:
    """Status, media type, charset, the recorded headers and the body of an answer."""
    media, _, parameters = response.headers.get("content-type", "").partition(";")
    media = media.strip().lower()
    headers: dict[str, Any] = {}
    for name in (*STRICT_HEADERS, *LOOSE_HEADERS, *more_headers):
        if name.lower() in response.headers:
            headers[name] = ", ".join(response.headers.get_list(name))
    for name in PRESENCE_HEADERS:
        if name.lower() in response.headers:
            headers[name] = "<any>"
    if names := cookie_names(response):
        headers["Set-Cookie"] = names
    return {
        "status": response.status_code,
        "content_type": media,
        "charset": parameters.strip().lower().removeprefix("charset="),
        "headers": headers,
        **_body(response, media),
    }
