"""What listeners are told of writes. Source: extensions_hooks.md §4–5.

Values are those of the columns with basic types: numbers are numbers, structures text. Secrets are in none of it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from directus8.mutation.history import MASK, MORE_SECRETS, SECRETS
from directus8.mutation.tree import CREATE, DELETE, LINK, UPDATE, Write
from directus8.schema.catalog import Collection
from directus8.services.current import working
from directus8.types import column

if TYPE_CHECKING:
    from directus8.services.session import Session

Row = dict[str, Any]
log = logging.getLogger("directus8.extensions")


# --- what is told ------------------------------------------------------------------------------------------------


def secrets_of(collection: Collection) -> frozenset[str]:
    """The columns nobody is told of."""
    hashed = {f.name for f in collection.fields.values() if f.is_hash}
    return (
        frozenset(hashed) | SECRETS.get(collection.name, frozenset()) | MORE_SECRETS.get(collection.name, frozenset())
    )


def open_part(collection: Collection, values: Mapping[str, Any]) -> Row:
    """Values without the secret ones."""
    secret = secrets_of(collection)
    return {n: v for n, v in values.items() if n not in secret}


def written(node: Write) -> Row:
    """An item that was written: a new one whole, a changed one as far as it was, of one that is gone its former row."""
    if node.action == CREATE:
        return _row(node.collection, node.row or node.values)
    if node.action == DELETE:
        return _former(node.collection, node.stored or {})
    return open_part(node.collection, {**node.values, node.key_name: str(node.key)})


def coming(node: Write) -> Row:
    """An item that is about to be written."""
    return {node.key_name: node.key} if node.action == DELETE else written(node)


def _row(collection: Collection, row: Mapping[str, Any]) -> Row:
    told = open_part(collection, row)
    for field in collection.columns:
        if field.name in told and field.column is not None and (decode := column.decoder(field.column.type)):
            told[field.name] = decode(told[field.name])
    return told


def _former(collection: Collection, row: Mapping[str, Any]) -> Row:
    told = open_part(collection, row)
    for field in collection.columns:
        if field.name in told and field.column is not None:
            told[field.name] = column.raw(field.column.type)(told[field.name])
    return told


# --- who is told -------------------------------------------------------------------------------------------------


def filtered(session: Session, event: str, collection: Collection, given: Row) -> Row:
    """A payload as the filters leave it. They see no secrets, and may put others in their place."""
    bus = session.project.bus
    if not bus.filters(event, collection.name):
        return given
    masked = {n: MASK for n in secrets_of(collection) & given.keys() if given[n] is not None}
    with working(session):
        found = bus.apply(event, {**given, **masked}, {"collection_name": collection.name}, collection.name)
    return {n: given[n] if n in masked and v == MASK else v for n, v in found.items()}


def creating(session: Session, collection: Collection, given: Row) -> Row:
    """Tells of an item about to be created, as submitted; the payload as the filters leave it."""
    tell(session, "item.create:before", collection, open_part(collection, given))
    return filtered(session, "item.create:before", collection, given)


def nested(session: Session, root: Write) -> None:
    """The same for all that is written along with an item."""
    if session.project.bus.deaf:
        return
    for node in root.descendants():
        if node is root or node.action not in (CREATE, UPDATE):
            continue
        if node.action == CREATE:
            sent = creating(session, node.collection, dict(node.sent))
        else:
            sent = filtered(session, "item.update:before", node.collection, dict(node.sent))
        node.given = {**{n: v for n, v in node.given.items() if n not in node.sent}, **sent}
        node.sent = sent


def before(session: Session, node: Write) -> None:
    """Tells of a change or a deletion that comes."""
    event = f"item.{node.action}:before"
    if _is_told(node) and node.action != CREATE and session.project.bus.hears(event, node.collection.name):
        tell(session, event, node.collection, coming(node))


def after(session: Session, node: Write) -> None:
    """Tells of what was written: now, and once more when it is committed."""
    bus, event = session.project.bus, f"item.{node.action}"
    if bus.deaf or not _is_told(node):
        return
    now, later = bus.hears(event, node.collection.name), bus.hears(f"{event}:after", node.collection.name)
    if not now and not later:
        return
    data = written(node)
    if now:
        tell(session, event, node.collection, data)
    if later:
        session.after_commit(partial(unharmed, session, f"{event}:after", node.collection, dict(data)))


def _is_told(node: Write) -> bool:
    return node.action != LINK and (node.action != UPDATE or bool(node.values))


def tell(session: Session, event: str, collection: Collection, data: Row) -> None:
    """Tells an event of a collection."""
    if session.project.bus.hears(event, collection.name):
        with working(session):
            session.project.bus.emit_item(event, collection.name, data)


def unharmed(session: Session, event: str, collection: Collection, data: Row) -> None:
    """The same after the commit: what fails then changes nothing any more."""
    try:
        tell(session, event, collection, data)
    except Exception as error:
        log.error("%s of %s is committed, but a listener failed: %s", event, collection.name, error, exc_info=error)


def emit(session: Session, event: str, *arguments: Any) -> None:
    """Tells an event without collection. What ends in ``:after`` is told when all is committed, and harms nothing."""
    if not session.project.bus.hears(event):
        return
    if not event.endswith(":after"):
        with working(session):
            session.project.bus.emit(event, *arguments)
    elif session.in_transaction:
        session.after_commit(partial(_emit_unharmed, session, event, *arguments))
    else:
        _emit_unharmed(session, event, *arguments)


def _emit_unharmed(session: Session, event: str, *arguments: Any) -> None:
    try:
        with working(session):
            session.project.bus.emit(event, *arguments)
    except Exception as error:
        log.error("a listener of %s failed: %s", event, error, exc_info=error)
