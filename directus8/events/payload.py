"""What a filter gets: data it may change, and what is known of the event beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from directus8.validation import natural_number

Key: TypeAlias = str | int
_NOTHING: Any = object()


class Payload:
    """Data on its way through the filters of an event: a map or a list, used like one."""

    __slots__ = ("attributes", "data")

    def __init__(self, data: Any, attributes: Mapping[str, Any] | None = None) -> None:
        self.data = data
        self.attributes: Mapping[str, Any] = attributes or {}

    def attribute(self, name: str, default: Any = None) -> Any:
        """What is known of the event, such as ``collection_name``."""
        return self.attributes.get(name, default)

    def get(self, path: str, default: Any = None) -> Any:
        """A value, also one further down: ``author.name``, ``0.title``."""
        at = self.data
        for name in path.split("."):
            at = _below(at, name)
            if at is _NOTHING:
                return default
        return at

    def has(self, path: str) -> bool:
        """Is there such a value?"""
        return self.get(path, _NOTHING) is not _NOTHING

    def set(self, name: Key, value: Any) -> None:
        """Put a value in."""
        self.data[name] = value

    def remove(self, name: Key) -> None:
        """Take a value out; nothing happens when it is not there."""
        if name in self:
            del self.data[name]

    def replace(self, data: Any) -> None:
        """Take other data."""
        self.data = data

    def clear(self) -> None:
        """Leave nothing."""
        self.data.clear()

    @property
    def is_empty(self) -> bool:
        """Is there nothing?"""
        return not self.data

    def __getitem__(self, name: Key) -> Any:
        return self.data[name]

    def __setitem__(self, name: Key, value: Any) -> None:
        self.data[name] = value

    def __delitem__(self, name: Key) -> None:
        del self.data[name]

    def __contains__(self, name: object) -> bool:
        return name in self.data if isinstance(self.data, Mapping) else name in range(len(self.data))

    def __iter__(self) -> Iterator[Any]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)


def _below(at: Any, name: str) -> Any:
    if isinstance(at, Mapping):
        return at.get(name, _NOTHING)
    place = natural_number(name) if isinstance(at, list) else None
    return at[place] if place is not None and place < len(at) else _NOTHING
