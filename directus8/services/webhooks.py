"""Webhooks: which there are, and what is put into the outbox for them. Source: extensions_hooks.md §6."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from directus8.db.engine import Connection
from directus8.mutation.tree import CREATE, LINK, UPDATE, Write
from directus8.services import telling
from directus8.state import Webhook, Webhooks
from directus8.webhooks import outbox

if TYPE_CHECKING:
    from directus8.project import Project
    from directus8.services.session import Session

PHASES = (":before", "", ":after")


def ready(project: Project) -> Webhooks:
    """The active webhooks, with a place for what they are to be told. Not inside a transaction."""
    found = project.state.webhooks
    if found:
        _ = project.outbox
    return found


def enqueue(session: Session, connection: Connection, roots: Iterable[Write]) -> None:
    """Writes what the webhooks are to be told of a write, to be delivered after its commit."""
    if not session.webhooks:
        return
    rows = [row for root in roots for node in root.descendants() for row in _messages(session, node)]
    if rows:
        outbox.put(connection, rows, int(time.time()))
        session.after_commit(partial(session.project.outside.post, session.project))


def _messages(session: Session, node: Write) -> Iterator[dict[str, Any]]:
    if node.action == LINK or (node.action == UPDATE and not node.values):
        return
    for phase in PHASES:
        event = f"item.{node.action}{phase}"
        for webhook in session.webhooks.get((event, node.collection.name), ()):
            yield {
                "webhook": webhook.id,
                "event": event,
                "collection": node.collection.name,
                "method": webhook.method,
                "url": webhook.url,
                "body": _body(session, webhook, event, node) if webhook.method == "POST" else None,
            }


def _body(session: Session, webhook: Webhook, event: str, node: Write) -> str:
    """The event's data; in an envelope for those who asked for one."""
    config = session.project.config.webhooks
    own = config.hooks.get(str(webhook.id))
    enveloped = config.envelope if own is None or own.envelope is None else own.envelope
    data = _data(event, node)
    if enveloped:
        data = {
            "type": event,
            "timestamp": session.who.clock().isoformat(timespec="seconds"),
            "project": session.project.key,
            "collection": node.collection.name,
            "key": node.key,
            "user": session.who.user or None,
            "data": data,
        }
    return orjson.dumps(data, default=str).decode()


def _data(event: str, node: Write) -> dict[str, Any]:
    if not event.endswith(":before"):
        return telling.written(node)
    return telling.open_part(node.collection, node.sent) if node.action == CREATE else telling.coming(node)
