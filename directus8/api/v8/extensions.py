"""/interfaces, /layouts, /modules: what the admin app may load; /types: what fields may be.

Source: server_projects.md §1.2, extensions_hooks.md §1.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from directus8.api.v8.answer import Answer
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.types.registry import LISTED


@route("GET", "/types", root=True, login=True)
def types(request: V8Request) -> Answer:
    """The field types."""
    return Answer([{"name": name} for name in LISTED])


def _mount(kind: str) -> None:
    @route("GET", f"/{kind}", root=True, login=True)
    def extensions(request: V8Request) -> Answer:
        return Answer(list(listed(request.project.config.app_extensions, kind)))


for _kind in ("interfaces", "layouts", "modules"):
    _mount(_kind)


def listed(base: Path, kind: str) -> Iterator[dict[str, Any]]:
    """The extensions of a kind below a folder: those that say what they are."""
    for group in ("core", "custom"):
        for meta in sorted((base / group / kind).glob("[!_]*/meta.json")):
            name = meta.parent.name
            yield {"id": name, "path": f"extensions/{group}/{kind}/{name}/meta.json", **_described(meta)}


def _described(meta: Path) -> dict[str, Any]:
    try:
        told = orjson.loads(meta.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return {k: v for k, v in told.items() if k not in ("id", "path")} if isinstance(told, dict) else {}
