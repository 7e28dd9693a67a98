"""Statuses as Directus 6 has them: 0 deleted, 1 active, 2 anything else. Source: legacy_v1.md §1.6, §5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from directus8.schema.catalog import Collection

#: What a status column made here may hold.
MAPPING: dict[str, dict[str, Any]] = {
    "1": {"name": "Active", "text_color": "white", "background_color": "accent", "browse_badge": True,
          "soft_delete": False, "published": True, "required_fields": True},
    "2": {"name": "Draft", "text_color": "white", "background_color": "light-gray", "browse_badge": True,
          "soft_delete": False, "published": False, "required_fields": False},
    "0": {"name": "Delete", "text_color": "white", "background_color": "red", "browse_badge": True,
          "soft_delete": True, "published": False, "required_fields": False},
}  # fmt: skip

NAMED: dict[str, str] = {value: entry["name"] for value, entry in MAPPING.items()}


def _class_of(value: str, entry: Mapping[str, Any]) -> str:
    if entry.get("soft_delete"):
        return "0"
    published = entry.get("published", value in ("1", "published", "active"))
    return "1" if published else "2"


def wanted(collection: Collection, given: Iterable[str]) -> tuple[str, ...]:
    """The values a ``status`` parameter means: the collection's own, else those of the class it names."""
    mapping = collection.statuses.mapping if collection.statuses else {}
    found: list[str] = []
    for text in given:
        own = [text] if text in mapping else [v for v, entry in mapping.items() if _class_of(v, entry) == text]
        found += own or [text]
    return tuple(dict.fromkeys(found))


def counters(collection: Collection, counts: Mapping[str, int]) -> dict[str, int]:
    """One number for each name of a status."""
    mapping = collection.statuses.mapping if collection.statuses else {}
    found: dict[str, int] = {}
    for value, entry in mapping.items():
        name = str(entry.get("name") or value)
        found[name] = found.get(name, 0) + counts.get(value, 0)
    return found


def classes(collection: Collection, counts: Mapping[str, int]) -> dict[str, int]:
    """One number for each class of statuses."""
    found = dict.fromkeys(NAMED.values(), 0)
    for value, count in counts.items():
        found[NAMED[str(number(collection, value))]] += count
    return found


def number(collection: Collection, value: Any) -> int:
    """The class of a status, as a number."""
    mapping = collection.statuses.mapping if collection.statuses else {}
    return int(_class_of(str(value), mapping.get(str(value), {})))


def deleted(collection: Collection) -> str | None:
    """The value that means soft-deleted."""
    return next(iter(collection.statuses.deleted), None) if collection.statuses else None
