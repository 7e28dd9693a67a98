"""Query strings and forms as PHP reads them: ``a[b][c]=v`` nests, ``a[]=v`` appends."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

_PART = re.compile(r"\[([^\]]*)\]")
DEPTH = 64
MOST = 5000


def parse_query(text: str) -> dict[str, Any]:
    """A query string as nested maps; lists are maps with the keys "0", "1", …"""
    return nest(parse_qsl(text, keep_blank_values=True, max_num_fields=None, encoding="utf-8", errors="replace"))


def nest(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Name-value pairs as nested maps."""
    found: dict[str, Any] = {}
    for count, (name, value) in enumerate(pairs):
        if count >= MOST:
            break
        head, bracket, _ = name.partition("[")
        parts = _PART.findall(name[len(head) :]) if bracket and "]" in name else []
        if head:
            _put(found, [head.replace(".", "_").replace(" ", "_") if not parts else head, *parts[:DEPTH]], value)
    return found


def _put(at: dict[str, Any], path: list[str], value: Any) -> None:
    for here, _ in zip(path, path[1:], strict=False):
        key = _key(at, here)
        inner = at.get(key)
        if not isinstance(inner, dict):
            inner = at[key] = {}
        at = inner
    at[_key(at, path[-1])] = value


def _key(at: dict[str, Any], part: str) -> str:
    if part:
        return part
    numbers = [int(k) for k in at if k.isdigit()]
    return str(max(numbers) + 1 if numbers else 0)


def arrays(value: Any) -> Any:
    """Maps with the keys 0, 1, … as the lists they are in PHP, at every level."""
    if not isinstance(value, dict):
        return value
    inner = {k: arrays(v) for k, v in value.items()}
    return list(inner.values()) if inner and list(inner) == [str(i) for i in range(len(inner))] else inner


def listed(value: Any, trim: bool = True) -> list[str]:
    """A CSV or a list as texts; None and '' are no items."""
    if value is None or value == "":
        return []
    if isinstance(value, dict):
        parts = [str(v) for v in value.values() if not isinstance(v, dict)]
    elif isinstance(value, list):
        parts = [str(v) for v in value]
    else:
        parts = str(value).split(",")
    return [p.strip() for p in parts] if trim else parts


def truthy(value: Any) -> bool:
    """PHP's idea of true."""
    return bool(value) and value not in ("0", "", "false", "off", "no")
