"""The ``data`` object of a file: its addresses, its thumbnails, its embed. Source: files_assets.md §2.4."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote, urlsplit

from directus8.files.thumbnails import Listed, can_show
from directus8.system.behaviours.files import DATA
from directus8.validation import natural_number

#: Columns from which everything here is told.
NEEDS = DATA
#: Seconds for which a signed address is good at least; at most twice that. Steps keep addresses the same for a while.
SIGNED_FOR = 3600

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Signer:
    """Makes and proves addresses that open one private file for a while."""

    secret: bytes

    def sign(self, row: Row, now: float) -> str:
        """A query string that opens the file."""
        until = (int(now) // SIGNED_FOR + 2) * SIGNED_FOR
        return f"expires={until}&signature={self._seal(row, until)}"

    def proves(self, row: Row, query: Mapping[str, Any], now: float) -> bool:
        """Does a query open this file, now?"""
        until, given = natural_number(query.get("expires")), str(query.get("signature", ""))
        if until is None or until < now:
            return False
        return hmac.compare_digest(self._seal(row, until).encode(), given.encode("utf-8", "replace"))

    def _seal(self, row: Row, until: int) -> str:
        told = f"directus8 file\n{row['id']}\n{row['private_hash']}\n{until}".encode()
        return hmac.new(self.secret, told, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Addresses:
    """Tells the addresses of files as one caller of one project sees them."""

    base: str  # address of the API, without the project
    key: str  # the project in addresses
    root_url: str
    proxied: bool
    by: str  # private_hash or filename_download
    thumbnails: tuple[Listed, ...]
    sign: Callable[[Row], str] | None = None

    def data(self, row: Row) -> dict[str, Any]:
        """The ``data`` object of a row that has the columns NEEDS."""
        disk = quote(str(row["filename_disk"] or ""))
        url = f"/downloads/{self.key}/{disk}" if self.proxied else f"{self.root_url.rstrip('/')}/{disk}"
        seal = self.sign(row) if self.sign else ""
        url = f"{url}?{seal}" if seal else url
        told: dict[str, Any] = {"full_url": url if urlsplit(url).netloc else self.base + url, "url": url}
        asset = self.asset_url(row)
        if not self.proxied:
            told["asset_url"] = f"{asset}?{seal}" if seal else asset
        told["thumbnails"] = self._thumbnails(row, asset, f"&{seal}" if seal else "")
        told["embed"] = embed(row)
        return told

    def asset_url(self, row: Row) -> str:
        """The path of /assets for a row."""
        alias = row["private_hash" if self.by == "private_hash" else "filename_download"]
        return f"{urlsplit(self.base).path}/{self.key}/assets/{quote(str(alias or ''), safe='')}"

    def _thumbnails(self, row: Row, asset: str, seal: str) -> list[dict[str, Any]] | None:
        if not can_show(row["type"], str(row["filename_disk"])):
            return None
        parts = urlsplit(self.base)
        host = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
        made = []
        for entry in self.thumbnails:
            path = f"{asset}?key={quote(entry.key, safe='')}{seal}"
            width, height = entry.size.width, entry.size.height
            made.append(
                {
                    "key": entry.key,
                    "url": host + path,
                    "relative_url": path,
                    "dimension": f"{width}x{height}",
                    "width": width,
                    "height": height,
                }
            )
        return made


def embed(row: Row) -> dict[str, Any] | None:
    """How to show a film that is kept elsewhere."""
    provider = str(row["type"] or "").removeprefix("embed/")
    if provider not in ("youtube", "vimeo") or not row["embed"]:
        return None
    id, size = quote(str(row["embed"]), safe=""), f'width="{int(row["width"] or 0)}" height="{int(row["height"] or 0)}"'
    if provider == "youtube":
        html = f'<iframe {size} src="//www.youtube.com/embed/{id}" frameborder="0" allowfullscreen></iframe>'
        return {"html": html, "url": f"https://www.youtube.com/watch?v={id}"}
    source = escape(f"//player.vimeo.com/video/{id}?title=false&byline=false&portrait=false&color=FFFFFF")
    full = "webkitallowfullscreen mozallowfullscreen allowfullscreen"
    html = f'<iframe src="{source}" {size} frameborder="0" {full}></iframe>'
    return {"html": html, "url": f"https://vimeo.com/{id}"}
