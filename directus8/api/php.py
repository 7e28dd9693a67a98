"""Query strings and forms as PHP reads them: ``a[b][c]=v`` nests, ``a[]=v`` appends."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

from directus8.validation import natural_number

_PART = re.compile(r"\[([^\]]*)\]")
DEPTH = 64
MOST = 5000


def parse_query(text: str) -> dict[str, Any]:
    """A query string as nested maps; lists are maps with the keys "0", "1", …"""
    return nest(_known_pairs(text))


def parse_form(text: str) -> dict[str, Any]:
    """A form body likewise; nothing of it is remembered."""
    return nest(_pairs(text))


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(parse_qsl(text, keep_blank_values=True, max_num_fields=None, encoding="utf-8", errors="replace"))


#: Most query strings are sent again and again.
_known_pairs = lru_cache(1024)(_pairs)


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
    for here, _ in pairwise(path):
        key = _key(at, here)
        inner = at.get(key)
        if not isinstance(inner, dict):
            inner = at[key] = {}
        at = inner
    at[_key(at, path[-1])] = value


def _key(at: dict[str, Any], part: str) -> str:
    if part:
        return part
    numbers = [n for k in at if (n := natural_number(k)) is not None]
    return str(max(numbers) + 1 if numbers else 0)


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


def as_list(value: Any) -> Any:
    """A map with the keys 0, 1, … is a list to PHP."""
    if isinstance(value, dict) and value and all(k == str(i) for i, k in enumerate(value)):
        return list(value.values())
    return value


def decoded(value: Any) -> Any:
    """A JSON document as PHP holds it: no empty objects (they are empty lists), no integers beyond 64 bits."""
    if isinstance(value, dict):
        return as_list({k: decoded(v) for k, v in value.items()}) if value else []
    if isinstance(value, list):
        return [decoded(v) for v in value]
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        return float(value)
    return value
