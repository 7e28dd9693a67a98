"""Comments: rows of the activity log that people write. Source: activity_revisions.md §3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, column, select, table

from directus8 import names
from directus8.context import sql_time
from directus8.db.engine import Connection
from directus8.errors import (
    CommentCreateDenied,
    CommentDeleteDenied,
    CommentUpdateDenied,
    CreateDenied,
    Error,
    InvalidRequest,
    ItemNotFound,
    UpdateDenied,
)
from directus8.mutation import payload
from directus8.permissions.rules import FULL
from directus8.schema.catalog import Collection
from directus8.services import inner
from directus8.services.items import ItemsService
from directus8.services.session import Session
from directus8.validation import whole_number

ADDING = ("create", "update", "full")
CHANGING = ("update", "full")


class CommentsService:
    """Comments of one caller on items of any collection."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def create(self, given: Mapping[str, Any]) -> int:
        """Adds a comment to an item; the id of its log row."""
        log = self.session.catalog.collection(names.ACTIVITY)
        payload.check_known(log, given)
        self._check_complete(given)
        commented = self.session.catalog.collection(str(given["collection"]))
        with self.session.transaction() as connection:
            row = self._item(connection, commented, given["item"])
            if not self._may(commented, row, ADDING):
                raise CommentCreateDenied(collection=commented.name)
            if not self.session.rules.allows("create", names.ACTIVITY):
                raise CreateDenied(collection=names.ACTIVITY)
            return int(inner.insert(self.session, connection, names.ACTIVITY, [self._row(given)])[0])

    def _check_complete(self, given: Mapping[str, Any]) -> None:
        complete = {**given, "user_agent": self.session.who.user_agent}
        missing = [k for k in ("user_agent", "collection", "item") if complete.get(k) in (None, "", [])]
        if missing:
            raise InvalidRequest(" ".join(f"{k}: {payload.BLANK}" for k in missing))

    def _row(self, given: Mapping[str, Any]) -> dict[str, Any]:
        who = self.session.who
        text = given.get("comment")
        return {
            "action": "comment",
            "action_by": who.user,
            "action_on": sql_time(who.clock()),
            "ip": "localhost" if who.ip in ("127.0.0.1", "::1") else who.ip[:50],
            "user_agent": who.user_agent[:255],
            "collection": str(given["collection"]),
            "item": str(given["item"])[:255],
            "comment": None if text is None else str(text),
        }

    def update(self, id: str, given: Mapping[str, Any]) -> int:
        """Changes the text of a comment; its id."""
        text = given.get("comment")
        if text in (None, "", []):
            raise InvalidRequest(f"comment: {payload.BLANK}")
        now = sql_time(self.session.who.clock())
        return self._change(id, {"comment": str(text), "edited_on": now}, CommentUpdateDenied)

    def delete(self, id: str) -> int:
        """Marks a comment as deleted; its text stays in the log."""
        return self._change(id, {"comment_deleted_on": sql_time(self.session.who.clock())}, CommentDeleteDenied)

    def _change(self, id: str, values: dict[str, Any], denied: type[Error]) -> int:
        with self.session.transaction() as connection:
            comment = self._comment(connection, id)
            commented = self.session.catalog.collection(comment["collection"])
            row = self._item(connection, commented, comment["item"])
            needed = ("full",) if commented.owner is not None else CHANGING
            if not self._may(commented, row, needed):
                raise denied(collection=commented.name)
            if not self.session.rules.allows("update", names.ACTIVITY, at_least=FULL):
                raise UpdateDenied(collection=names.ACTIVITY)
            inner.change(self.session, connection, names.ACTIVITY, comment["id"], values)
            return int(comment["id"])

    def _comment(self, connection: Connection, id: str) -> dict[str, Any]:
        at = table(names.ACTIVITY, *(column(c) for c in ("id", "action", "collection", "item")))
        if (number := whole_number(id)) is not None:
            wanted = select(at.c.id, at.c.collection, at.c.item).where(
                at.c.id == bindparam(None, number), at.c.action == bindparam(None, "comment")
            )
            for row in connection.select(wanted):
                return dict(zip(("id", "collection", "item"), row, strict=True))
        raise ItemNotFound(f'Comment "{id}" not found')

    def _item(self, connection: Connection, commented: Collection, key: Any) -> dict[str, Any]:
        service = ItemsService(self.session, commented.name)
        everything = not self.session.rules.hardened
        found = service.stored(connection, [key], everything=everything).get(str(key))
        if found is None:
            raise ItemNotFound()
        return found.row

    def _may(self, commented: Collection, row: Mapping[str, Any], words: tuple[str, ...]) -> bool:
        rules = self.session.rules
        status = None if commented.status is None else row.get(commented.status.name)
        word = rules.comment_word(commented.name, None if status is None else str(status))
        return word is None or word in words
