"""JSON values as YAML text: block style, strings quoted where a reader would take them for something else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

_PLAIN = re.compile(r"[A-Za-z_/][^\n\r\t:#\[\]{},&*!|>'\"%@`]*(?<! )")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"})


def yaml_text(value: Any) -> str:
    """The document of a value."""
    return "\n".join(_lines(value)) + "\n"


def _lines(value: Any) -> list[str]:
    if isinstance(value, Mapping) and value:
        return [line for name, inner in value.items() for line in _entry(f"{_scalar(str(name))}:", inner)]
    if isinstance(value, list) and value:
        found: list[str] = []
        for inner in value:
            first, *rest = _lines(inner)
            found += [f"- {first}", *(f"  {line}" for line in rest)]
        return found
    return [_scalar(value)]


def _entry(head: str, value: Any) -> list[str]:
    lines = _lines(value)
    if isinstance(value, (Mapping, list)) and value:
        return [head, *(f"  {line}" for line in lines)]
    return [f"{head} {lines[0]}"]


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return orjson.dumps(value).decode()
