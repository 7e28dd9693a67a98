"""Bytes for the wire: JSON as the original writes it."""

from __future__ import annotations

from typing import Any

import orjson


def fallback(value: Any) -> Any:
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).decode("utf-8", "replace")
    return str(value)


def dumps(value: Any) -> bytes:
    """JSON with escaped slashes. A slash only ever stands inside a string, so escaping afterwards is safe."""
    try:
        text = orjson.dumps(value, default=fallback, option=orjson.OPT_NON_STR_KEYS)
    except (orjson.JSONEncodeError, TypeError):
        text = _slow(value)
    return text.replace(b"/", b"\\/")


def _slow(value: Any) -> bytes:
    """For what orjson refuses: integers beyond 64 bits, lone surrogates."""
    import json

    return json.dumps(value, ensure_ascii=False, default=fallback).encode("utf-8", "replace")


def dumps_ascii(value: Any) -> bytes:
    """JSON with escaped slashes and only ASCII characters: the form of errors."""
    import json

    return json.dumps(value, separators=(",", ":"), default=fallback).replace("/", "\\/").encode()
