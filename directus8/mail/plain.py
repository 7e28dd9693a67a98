"""HTML as plain text: for readers of mail that show no HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BREAKS = frozenset({"p", "br", "hr", "div", "h1", "h2", "h3", "h4", "h5", "table", "tr", "li"})
_HIDDEN = frozenset({"style", "script", "head", "title"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0
        self.link: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in _HIDDEN
        if tag in _BREAKS:
            self.parts.append("\n")
        if tag == "a":
            self.link = dict(attrs).get("href")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in _HIDDEN and self.hidden > 0
        if tag == "a" and self.link:
            self.parts.append(f" ({self.link})")
            self.link = None
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def plain_text(html: str) -> str:
    """The readable text of an HTML page, addresses of links behind them."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (re.sub(r" +", " ", line).strip() for line in "".join(reader.parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


class _Stripper(HTMLParser):
    def __init__(self, kept: frozenset[str]) -> None:
        super().__init__(convert_charrefs=False)
        self.CDATA_CONTENT_ELEMENTS = ()  # type: ignore[misc]  # a script is text here, with tags to be stripped
        self.kept = kept
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.kept:
            self.parts.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.kept:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_entityref(self, name: str) -> None:
        self.parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.parts.append(f"&#{name};")


def strip_tags(html: str, kept: frozenset[str]) -> str:
    """The text without any tags but those kept; the text between tags stays."""
    stripper = _Stripper(kept)
    stripper.feed(html)
    stripper.close()
    return "".join(stripper.parts)
