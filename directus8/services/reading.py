"""What listeners are told of reads, and what they make of them. Source: extensions_hooks.md §5."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from directus8.events.bus import Bus
from directus8.query.ast import Many, Node, Query
from directus8.services.current import working

if TYPE_CHECKING:
    from directus8.services.session import Session

EVENT = "item.read"
Item = dict[str, Any]


def is_heard(bus: Bus) -> bool:
    """Does anybody filter reads?"""
    return bus.filters_any(EVENT) or bus.filters_any(f"{EVENT}:before")


def before(session: Session, query: Query) -> Query:
    """A query as the filters of ``item.read:before`` leave it: of what they change only the columns count."""
    return replace(query, node=_fewer(session, query.node, query))


def _fewer(session: Session, node: Node, query: Query | None = None) -> Node:
    bus = session.project.bus
    entries = {e.name: replace(e, what=_below(session, e.what)) for e in node.entries}
    if bus.filters(f"{EVENT}:before", node.collection):
        state = _state(node, query)
        with working(session):
            found = bus.apply(f"{EVENT}:before", state, {"collection_name": node.collection}, node.collection)
        wanted = list(found.get("columns", ()))
        entries = {name: entry for name, entry in entries.items() if name in wanted}
    return replace(node, entries=tuple(entries.values()))


def _below(session: Session, what: Any) -> Any:
    if isinstance(what, Many):
        return replace(what, node=_fewer(session, what.node))
    return _fewer(session, what) if isinstance(what, Node) else what


def _state(node: Node, query: Query | None) -> dict[str, Any]:
    """What filters may know of a query."""
    state: dict[str, Any] = {"table": node.collection, "columns": [e.name for e in node.entries]}
    if query is not None:
        order = {s.field: "DESC" if s.descending else "ASC" for s in query.sort}
        state.update(limit=query.limit, offset=query.offset, order=order)
    return state


def after(session: Session, query: Query, items: list[Item]) -> list[Item]:
    """The items as the filters of ``item.read`` leave them, related ones included."""
    return _told(session, query.node, items, _state(query.node, query))


def _told(session: Session, node: Node, items: list[Item], state: Mapping[str, Any]) -> list[Item]:
    for entry in node.entries:
        if isinstance(entry.what, Many):
            for item in items:
                if isinstance(below := item.get(entry.name), list) and not entry.what.flat:
                    item[entry.name] = _told(session, entry.what.node, below, _state(entry.what.node, None))
        elif isinstance(entry.what, Node):
            _tell_ones(session, entry.name, entry.what, items)
    bus = session.project.bus
    if not items or not bus.filters(EVENT, node.collection):
        return items
    attributes = {"collection_name": node.collection, "selectState": state}
    with working(session):
        found = bus.apply(EVENT, items, attributes, node.collection)
    return list(found)


def _tell_ones(session: Session, name: str, node: Node, items: list[Item]) -> None:
    """The targets of an m2o field, all at once."""
    holding = [item for item in items if isinstance(item.get(name), dict)]
    found = _told(session, node, [item[name] for item in holding], _state(node, None))
    if len(found) == len(holding):
        for item, target in zip(holding, found, strict=True):
            item[name] = target
