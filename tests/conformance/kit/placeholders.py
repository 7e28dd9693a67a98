"""Placeholders of the recordings, for values that change from one run to the next."""

from __future__ import annotations

import re
from typing import Any

# Inside a longer string each stands for a match of its pattern.
SHAPES: dict[str, str] = {
    "datetime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)",
    "datetime-sql": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    "date": r"\d{4}-\d\d-\d\d",
    "time": r"\d\d:\d\d:\d\d",
    "jwt": r"eyJ[\w-]+\.[\w-]+\.[\w-]*",
    "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "hash": r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}",
    "hex": r"\b[0-9a-f]{24,128}\b",
    "token": r"\b[A-Za-z0-9_-]{16,}\b",
    "digits": r"\d+",
}
PLACEHOLDER = re.compile("<(" + "|".join(SHAPES) + ")>")
ANY = "<any>"
KEY = "<key>"  # a primary key that is a uuid in the recording: any integer or non-empty string will do
SCALARS: dict[str, type] = {"<int>": int, "<float>": float, "<string>": str, "<bool>": bool}
NAMES = {kind: name for name, kind in SCALARS.items()}


def matches(template: str, actual: Any) -> bool:
    """Does a string of the recording, which may hold placeholders, fit the actual value?"""
    if template == ANY:
        return True
    if template == KEY:
        return type(actual) is int or (isinstance(actual, str) and actual != "")
    if template in SCALARS:
        return type(actual) is SCALARS[template]
    if not isinstance(actual, str):
        return False
    if template == actual:
        return True
    if not PLACEHOLDER.search(template):
        return False
    parts = PLACEHOLDER.split(template)
    pattern = "".join(SHAPES[p] if i % 2 else re.escape(p) for i, p in enumerate(parts))
    return re.fullmatch(pattern, actual, re.DOTALL) is not None


def specialise(value: Any, replacements: dict[str, str]) -> Any:
    """Put this run's values where "{project}", "{base}", "{today}"... stand in a recording."""
    if isinstance(value, dict):
        return {specialise(k, replacements): specialise(v, replacements) for k, v in value.items()}
    if isinstance(value, list):
        return [specialise(v, replacements) for v in value]
    if isinstance(value, str):
        for name, text in replacements.items():
            value = value.replace("{" + name + "}", text)
    return value


def shape(value: Any, uuid_keys: bool = False) -> Any:
    """Structure only: key names and value types; a list counts as its first entry."""
    if isinstance(value, dict):
        return {k: shape(v, uuid_keys) for k, v in value.items()}
    if isinstance(value, list):
        return [shape(v, uuid_keys) for v in value[:1]]
    if uuid_keys and isinstance(value, str) and re.fullmatch(SHAPES["uuid"], value):
        return KEY
    return None if value is None else NAMES[type(value)]
