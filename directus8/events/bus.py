"""The emitter: listeners by event name, in order of registration."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from directus8.events.spec import EVENTS, for_collection

Action = Callable[..., Any]
Filter = Callable[[Any], Any]


class UnknownEvent(ValueError):
    """No event of that name is ever fired."""


class Bus:
    """Listeners of one project."""

    def __init__(self) -> None:
        self._actions: dict[str, list[Action]] = defaultdict(list)
        self._filters: dict[str, list[Filter]] = defaultdict(list)

    def on(self, name: str, listener: Action) -> None:
        """Tells the listener of an event. UnknownEvent for a name that is none."""
        _check(name, "action")
        self._actions[name].append(listener)

    def filter(self, name: str, listener: Filter) -> None:
        """Lets the listener change payloads. UnknownEvent for a name that is none."""
        _check(name, "filter")
        self._filters[name].append(listener)

    def hears(self, name: str, collection: str | None = None) -> bool:
        """Would anybody be told?"""
        names = (name, for_collection(name, collection)) if collection else (name,)
        return any(self._actions.get(n) or self._filters.get(n) for n in names)

    def emit(self, name: str, *arguments: Any) -> None:
        """Tells an event; a listener's exception ends the request."""
        for listener in self._actions.get(name, ()):
            listener(*arguments)

    def emit_item(self, name: str, collection: str, data: Any) -> None:
        """Tells an event of a collection: the general name, then the collection's own."""
        self.emit(name, collection, data)
        self.emit(for_collection(name, collection), data)

    def apply(self, name: str, collection: str, payload: Any) -> Any:
        """Passes a payload through the filters of an event."""
        for event in (name, for_collection(name, collection)):
            for listener in self._filters.get(event, ()):
                payload = listener(payload)
        return payload


_PLAIN = {(e.name, e.kind) for e in EVENTS}
_BY_COLLECTION = {(e.name, e.kind) for e in EVENTS if e.by_collection}


def _check(name: str, kind: str) -> None:
    if (name, kind) in _PLAIN:
        return
    event, colon, phase = name.partition(":")
    parts = event.split(".")
    if len(parts) == 3 and (f"{parts[0]}.{parts[1]}{colon}{phase}", kind) in _BY_COLLECTION:
        return
    raise UnknownEvent(f"there is no {kind} named {name!r}")
