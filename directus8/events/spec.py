"""Every event there is, declared once. Source: extensions_hooks.md §4–5.

What ends in ``:after`` is told after the commit, and what fails then is told in the log only. Everything else happens
inside the transaction: an exception undoes all of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from directus8 import names


@dataclass(frozen=True, slots=True)
class Event:
    """An event name. Filters get a payload and may change or refuse it; actions are told."""

    name: str
    kind: str  # action | filter
    by_collection: bool = False  # also fires as name.<collection>[:phase]


ITEM_ACTIONS = tuple(
    Event(f"item.{action}{phase}", "action", True)
    for action in ("create", "update", "delete")
    for phase in (":before", "", ":after")
)
ITEM_FILTERS = (
    Event("item.create:before", "filter", True),
    Event("item.update:before", "filter", True),
    Event("item.read", "filter", True),
    Event("item.read:before", "filter", True),
)
SCHEMA_ACTIONS = tuple(
    Event(f"{what}.{action}{phase}", "action", what == "field")
    for what in ("collection", "field")
    for action in ("create", "update", "delete")
    for phase in (":before", "", ":after")
)
OTHER = (
    Event("application.boot", "action"),
    Event("application.error", "action"),
    Event("auth.request:credentials", "action"),
    Event("auth.success", "action"),
    Event("auth.fail", "action"),
    Event("file.save", "action"),
    Event("file.save:after", "action"),
    Event("file.update", "action"),
    Event("file.update:after", "action"),
    Event("file.delete", "action"),
    Event("file.delete:after", "action"),
    Event("response", "action"),
    Event("response", "filter"),
    *(Event(f"response.{method}", "filter") for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "SEARCH")),
)
EVENTS = (*ITEM_ACTIONS, *ITEM_FILTERS, *SCHEMA_ACTIONS, *OTHER)

#: Written along with nearly everything: told under the names of the collection only, lest who listens to all items and
#: writes some is told of his own writes without end.
OWN_NAMES_ONLY = frozenset({names.ACTIVITY, names.REVISIONS, names.SESSIONS})


def names_of(name: str, collection: str | None = None) -> tuple[str, ...]:
    """The names an event goes by: ``item.create``, and ``item.create.articles`` for one of a collection."""
    if collection is None:
        return (name,)
    own = for_collection(name, collection)
    return (own,) if collection in OWN_NAMES_ONLY and not name.startswith("item.read") else (name, own)


def for_collection(name: str, collection: str) -> str:
    """``item.create:before`` of articles is ``item.create.articles:before``."""
    event, colon, phase = name.partition(":")
    return f"{event}.{collection}{colon}{phase}"
