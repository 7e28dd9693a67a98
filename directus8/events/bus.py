"""The emitter: listeners by event name, in order of registration."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeAlias

from directus8.errors import Error
from directus8.events.payload import Payload
from directus8.events.spec import EVENTS, names_of

Action: TypeAlias = Callable[..., Any]
Filter: TypeAlias = Callable[[Payload], Any]
log = logging.getLogger("directus8.extensions")

#: How often a listener may be running for one event, one inside the other, before this is taken for an endless loop.
DEEPEST = 8


#: In front of the names of events that extensions fire themselves.
OWN = "custom."


class UnknownEvent(ValueError):
    """No event of that name is ever fired."""


class ListenerFailed(Error):
    """What a listener raised that is no error of ours: its message, and its ``code`` and ``status`` if it has them."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error) or type(error).__name__)
        code, status = getattr(error, "code", None), getattr(error, "status", None)
        self.code = code if type(code) is int else None
        self.status = status if type(status) is int and 400 <= status < 600 else 500


class EndlessLoop(Error):
    """A listener fires, directly or not, the event it is told of."""

    text = "The listener {owner} of {event} fires the same event again and again"


@dataclass(frozen=True, slots=True)
class Listener:
    """One function that is called, and whose it is: ``hooks/stamp`` of an extension."""

    call: Callable[..., Any]
    owner: str


#: The listeners running right now, outermost first.
_running: ContextVar[tuple[tuple[Listener, str], ...]] = ContextVar("directus8_listeners", default=())


class Bus:
    """Listeners of one project."""

    def __init__(self) -> None:
        self._actions: dict[str, list[Listener]] = defaultdict(list)
        self._filters: dict[str, list[Listener]] = defaultdict(list)
        self.deaf = True  # nobody listens to anything

    def on(self, name: str, listener: Action, owner: str = "") -> None:
        """Tells the listener of an event. UnknownEvent for a name that is none."""
        _check(name, "action")
        self._actions[name].append(_listener(listener, owner))
        self.deaf = False

    def filter(self, name: str, listener: Filter, owner: str = "") -> None:
        """Lets the listener change payloads. UnknownEvent for a name that is none."""
        _check(name, "filter")
        self._filters[name].append(_listener(listener, owner))
        self.deaf = False

    def copy(self) -> Bus:
        """The same listeners, apart."""
        made = Bus()
        made.restore(self)
        return made

    def restore(self, other: Bus) -> None:
        """Listens as the other does."""
        self._actions = defaultdict(list, {n: list(each) for n, each in other._actions.items()})
        self._filters = defaultdict(list, {n: list(each) for n, each in other._filters.items()})
        self.deaf = other.deaf

    # --- who listens -----------------------------------------------------------------------------------------

    def hears(self, name: str, collection: str | None = None) -> bool:
        """Would anybody be told?"""
        return not self.deaf and any(n in self._actions for n in names_of(name, collection))

    def filters(self, name: str, collection: str | None = None) -> bool:
        """Would anybody change the payload?"""
        return not self.deaf and any(n in self._filters for n in names_of(name, collection))

    def filters_any(self, name: str) -> bool:
        """The same for any collection."""
        return not self.deaf and any(_general(n) == name for n in self._filters)

    # --- telling -----------------------------------------------------------------------------------------------

    def emit(self, name: str, *arguments: Any) -> None:
        """Tells an event; a listener's exception ends the request."""
        if self.deaf:
            return
        for listener in self._actions.get(name, ()):
            _run(listener, name, *arguments)

    def emit_item(self, name: str, collection: str, data: Any) -> None:
        """Tells an event of a collection: the general name, then the collection's own."""
        *general, own = names_of(name, collection)
        for each in general:
            self.emit(each, collection, data)
        self.emit(own, data)

    def apply(self, name: str, data: Any, attributes: Mapping[str, Any] | None = None, collection: str = "") -> Any:
        """Passes data through the filters of an event, and of the same event of a collection."""
        for event in names_of(name, collection or None):
            for listener in self._filters.get(event, ()):
                data = _filtered(listener, event, Payload(data, attributes))
        return data


def _listener(call: Callable[..., Any], owner: str) -> Listener:
    if not callable(call):
        raise TypeError(f"a listener must be callable, but {type(call).__name__} was given")
    return Listener(call, owner)


def _filtered(listener: Listener, event: str, payload: Payload) -> Any:
    given = _run(listener, event, payload)
    data = given.data if isinstance(given, Payload) else given
    if data is None:
        raise ListenerFailed(TypeError(f"the filter {listener.owner} of {event} did not return its payload"))
    return data


def _run(listener: Listener, event: str, *arguments: Any) -> Any:
    with _inside(listener, event):
        try:
            return listener.call(*arguments)
        except Error:
            raise
        except Exception as error:
            log.warning("%s failed at %s", listener.owner or listener.call, event, exc_info=error)
            raise ListenerFailed(error) from error


@contextmanager
def _inside(listener: Listener, event: str) -> Iterator[None]:
    running = _running.get()
    if running.count((listener, event)) >= DEEPEST:
        raise EndlessLoop(owner=listener.owner, event=event)
    token = _running.set((*running, (listener, event)))
    try:
        yield
    finally:
        _running.reset(token)


# --- names -----------------------------------------------------------------------------------------------------

_PLAIN = {(e.name, e.kind) for e in EVENTS}
_BY_COLLECTION = {(e.name, e.kind) for e in EVENTS if e.by_collection}


def _general(name: str) -> str:
    """``item.read.articles:before`` is an ``item.read:before``."""
    event, colon, phase = name.partition(":")
    return f"{'.'.join(event.split('.')[:2])}{colon}{phase}"


def _check(name: str, kind: str) -> None:
    if (name, kind) in _PLAIN:
        return
    event = name.partition(":")[0]
    if event.startswith(OWN) and event != OWN:
        return
    if event.count(".") == 2 and (_general(name), kind) in _BY_COLLECTION:
        return
    raise UnknownEvent(f"there is no {kind} named {name!r}")
