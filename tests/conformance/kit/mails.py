"""Reads the mails that a server sent from a folder with one file each."""

from __future__ import annotations

import email
import email.policy
import re
import time
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

LINK = re.compile(r'href="(https?://[^"]+)"')
MARKED = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)  # what a scenario put between [[ and ]]


def _link(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    query = parts.query or urlsplit(parts.fragment).query  # /admin/#/page?token=... keeps it in the fragment
    return {"url": url, "query": {k: v[0] for k, v in parse_qs(query).items()}}


def parse(data: bytes) -> dict[str, Any]:
    """What of a mail is compared; envelope lines that a sink wrote first are cut off."""
    if data[:5].upper() in (b"MAIL ", b"RCPT "):
        data = data.split(b"\n\n", 1)[1]
    message = email.message_from_bytes(data, EmailMessage, policy=email.policy.default)
    part = message.get_body(("html", "plain"))
    text = part.get_content() if part else ""
    return {
        "from": str(message["From"]),
        "to": sorted(str(a) for a in message["To"].addresses),
        "subject": None if message["Subject"] is None else str(message["Subject"]),
        "content_type": part.get_content_type() if part else None,
        "links": [_link(url.replace("&amp;", "&")) for url in dict.fromkeys(LINK.findall(text)) if "?" in url],
        "marked": MARKED.findall(text),
    }


def _newest_to(folder: Path, address: str, since: float) -> dict[str, Any] | None:
    times = {path: path.stat().st_mtime for path in folder.iterdir() if path.is_file()}
    for path in sorted(times, key=times.__getitem__, reverse=True):
        if times[path] < since:
            break
        try:
            mail = parse(path.read_bytes())
        except (ValueError, LookupError, AttributeError):
            continue  # half written
        if any(address.lower() in receiver.lower() for receiver in mail["to"]):
            return mail
    return None


def find(folder: Path, address: str, since: float, patience: float = 5.0) -> dict[str, Any] | None:
    """The newest mail to an address, waiting some seconds for it."""
    end = time.time() + patience
    while True:
        if mail := _newest_to(folder, address, since):
            return mail
        if time.time() > end:
            return None
        time.sleep(0.1)
