"""Names of files: safe in a storage, fit for a download, readable as a title. Source: files_assets.md §4.4, §4.5."""

from __future__ import annotations

import re
import secrets
import string
import uuid
from collections.abc import Iterator

LONGEST = 200
_ALPHABET = string.ascii_lowercase + string.digits


def private_hash() -> str:
    """A new public alias of a file."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(16))


def safe(name: str) -> str:
    """A name as the storage takes it: small ASCII letters, digits, ``_``, ``-`` and ``.``; never empty or hidden."""
    dashed = re.sub(r"[^\w^.]+", "-", name).strip("-").lower()
    plain = re.sub(r"[^-\w.]", "", dashed, flags=re.ASCII).lstrip(".")
    stem, dot, extension = plain.rpartition(".")
    if dot and len(extension) < 20:
        plain = f"{stem[: LONGEST - len(extension)]}.{extension}".rstrip(".")
    return plain[:LONGEST] or uuid.uuid4().hex


def extension(name: str) -> str:
    """The part behind the last dot, in small letters; empty when there is none."""
    stem, _, ending = name.rpartition("/")[2].rpartition(".")
    return ending.lower() if stem else ""


def fresh(name: str, naming: str) -> str:
    """The name a new content is kept under: random with the given extension, or the given name made safe."""
    if naming == "file_name":
        return safe(name)
    ending = extension(safe(name))
    return f"{uuid.uuid4()}.{ending}" if ending else str(uuid.uuid4())


def alternatives(name: str) -> Iterator[str]:
    """The name itself, then counted up (``a.png``, ``a-1.png``, …), finally with a random part."""
    yield name
    stem, dot, ending = name.rpartition(".") if "." in name else (name, "", "")
    counted = re.fullmatch(r"(.*)-(\d)", stem)
    base, number = (counted[1], int(counted[2])) if counted else (stem.rstrip("-"), 0)
    for attempt in range(number + 1, number + 100):
        yield f"{base}-{attempt}{dot}{ending}"
    while True:
        yield f"{base}-{secrets.token_hex(8)}{dot}{ending}"


def download(name: str) -> str:
    """The file name a client gave, without folders and what no name may contain."""
    plain = re.split(r"[/\\]", name)[-1]
    return "".join(c for c in plain if c.isprintable())[:255].strip()


def title(name: str) -> str:
    """``My_Photo-One.JPG`` as ``My Photo One``."""
    stem = name.rpartition(".")[0] or name
    words = re.sub(r"[_-]", " ", stem.lower())
    return re.sub(r"(^|\s)(\S)", lambda m: m[1] + m[2].upper(), words)[:255]
