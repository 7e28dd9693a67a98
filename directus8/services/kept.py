"""What dialects keep of items beside the tables of the original."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from directus8.schema import extras
from directus8.services.session import Session
from directus8.system import own


def ready_extras(session: Session) -> None:
    """Makes the table of extras if this project has none yet. Not inside a transaction."""
    if session.catalog.extras is None:
        own.ensure(session.project.database, extras.TABLE)
        with session.project.stamps.change(["schema"]):
            session.renew("schema")
        session.renew("schema")


def keep(session: Session, collection: str, key: Any, kept: Mapping[str, Any]) -> None:
    """Adds to what is kept of an item, inside the open transaction."""
    if kept:
        with session.connection() as connection:
            known = extras.of_items(connection, collection, [key]).get(str(key), {})
            extras.put(connection, collection, str(key), {**known, **kept})
