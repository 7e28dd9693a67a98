"""What the extension files of an installation add to a project: values, filled by the loader above."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from directus8.auth.hashers import Hasher
from directus8.config import ProjectConfig
from directus8.events.bus import Bus
from directus8.router import Router


@dataclass(frozen=True, slots=True)
class Broken:
    """An extension that could not be loaded, and why."""

    kind: str
    name: str
    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name} ({self.path}): {self.reason}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Routes below ``/custom/<id>``, ``/modules/<id>`` or ``/interfaces/<id>``."""

    router: Router
    owner: str
    context: Any = None


@dataclass(slots=True)
class Extended:
    """Everything extensions said. ``fingerprint``: what their files looked like."""

    bus: Bus = field(default_factory=Bus)
    endpoints: dict[tuple[str, str], Endpoint] = field(default_factory=dict)  # by (custom, id)
    hashers: dict[str, Hasher] = field(default_factory=dict)
    embeds: dict[str, Any] = field(default_factory=dict)
    storages: dict[str, Callable[..., Any]] = field(default_factory=dict)
    providers: dict[str, Callable[..., Any]] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)
    fingerprint: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def fingerprint(config: ProjectConfig) -> dict[str, tuple[int, int]]:
    """What the extension files of a project look like: time and size of each."""
    found = {}
    for folder in (config.app_extensions / "core", config.app_extensions / "custom", config.extensions):
        for file in folder.rglob("*.py"):
            seen = file.stat()
            found[str(file)] = (seen.st_mtime_ns, seen.st_size)
    return found
