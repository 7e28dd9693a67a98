"""Writing TOML: nested tables of plain values."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

BARE = re.compile(r"[0-9A-Za-z_-]+")  # keys that need no quotes


def write_whole(path: Path, text: str, replace: bool) -> None:
    """Write a file so that nobody ever sees half of it, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)  # 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(name, path)
        else:
            os.link(name, path)  # unlike a rename it refuses an existing name
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


def to_toml(values: Mapping[str, Any]) -> str:
    """A TOML document of nested tables; None is left out."""
    return "\n".join(_tables(values, ())) + "\n"


def _tables(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    inner = {name: value for name, value in table.items() if isinstance(value, Mapping)}
    plain = {name: value for name, value in table.items() if name not in inner and value is not None}
    if path and (plain or not inner):
        yield f"\n[{'.'.join(map(_key, path))}]"
    for name, value in plain.items():
        yield f"{_key(name)} = {toml_value(value)}"
    for name, value in inner.items():
        yield from _tables(value, (*path, name))


def _key(name: str) -> str:
    return name if BARE.fullmatch(name) else toml_value(name)


def toml_value(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        pairs = (f"{_key(name)} = {toml_value(each)}" for name, each in value.items() if each is not None)
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    raise TypeError(f"a {type(value).__name__} cannot stand in a configuration file")
