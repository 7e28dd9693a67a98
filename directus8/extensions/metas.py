"""Extensions of the admin app: folders with a ``meta.json`` that says what they are. Source: extensions_hooks.md §1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from directus8.extended import Broken

KINDS = ("interfaces", "layouts", "modules")


def listed(base: Path, kind: str) -> Iterator[dict[str, Any]]:
    """The extensions of a kind below a folder; of a broken one only what it is called."""
    for path, meta in _metas(base, kind):
        try:
            told = described(meta)
        except ValueError:
            told = {}
        yield {"id": meta.parent.name, "path": path, **{k: v for k, v in told.items() if k not in ("id", "path")}}


def broken(base: Path) -> Iterator[Broken]:
    """Those that do not say what they are."""
    for kind in KINDS:
        for _, meta in _metas(base, kind):
            try:
                described(meta)
            except ValueError as error:
                yield Broken(kind, meta.parent.name, str(meta), str(error))


def described(meta: Path) -> Mapping[str, Any]:
    """What an extension says it is. ValueError."""
    try:
        told = orjson.loads(meta.read_bytes())
    except OSError as error:
        raise ValueError(str(error)) from error
    if not isinstance(told, dict):
        raise ValueError("a map is wanted")
    return told


def _metas(base: Path, kind: str) -> Iterator[tuple[str, Path]]:
    for group in ("core", "custom"):
        for meta in sorted((base / group / kind).glob("[!_]*/meta.json")):
            yield f"extensions/{group}/{kind}/{meta.parent.name}/meta.json", meta
