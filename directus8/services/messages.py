"""Messages between users, as Directus 6 had them; in tables of our own. Source: legacy_v1.md §4.6."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select

from directus8 import names
from directus8.context import sql_time
from directus8.db.engine import Connection
from directus8.db.rows import at
from directus8.errors import InvalidPayload, ItemNotFound, Unauthorized
from directus8.filters import And, Condition
from directus8.query.ast import Entry, Node, Query
from directus8.services.session import Session
from directus8.system import own

COLUMNS = ("id", "from", "subject", "message", "datetime", "attachment", "response_to", "comment_metadata")
_M = at(names.MESSAGES, *COLUMNS)
_R = at(names.RECIPIENTS, "id", "message_id", "recipient", "read", "group", "archived")
#: Longest subject.
SUBJECT = 255


@dataclass(frozen=True, slots=True)
class Message:
    """A message as one of its readers has it. ``readers`` are those who were sent it, ``read_by`` those who read it."""

    id: int
    sender: int
    subject: str
    text: str
    sent: str
    attachment: str | None
    response_to: int | None
    metadata: str | None
    readers: tuple[int, ...] = ()
    read_by: tuple[int, ...] = ()
    read: bool = False
    archived: bool = False
    responses: tuple[Message, ...] = ()

    @property
    def updated(self) -> str:
        """When it was last answered, else sent."""
        return self.responses[-1].sent if self.responses else self.sent


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages a user has."""

    read: int
    unread: int
    newest: int

    @property
    def total(self) -> int:
        """Read or not."""
        return self.read + self.unread


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be sent: to users by id and to all active users of groups."""

    subject: str
    text: str
    users: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    response_to: int | None = None
    attachment: str | None = None
    metadata: str | None = None


class MessagesService:
    """The messages of one caller; its tables are made when it is first used."""

    def __init__(self, session: Session) -> None:
        if session.who.is_public:
            raise Unauthorized()
        self.session = session
        self.user = session.who.user
        for table in (own.MESSAGES, own.RECIPIENTS):
            own.ensure(session.project.database, table)

    # --- reading ---------------------------------------------------------------------------------------------

    def inbox(self, user: int, states: Sequence[int] = (0,), after: int = 0) -> list[Message]:
        """The messages a user was sent, oldest first, with their responses. ``states``: 0 inbox, 1 archive."""
        wanted: list[Any] = [bindparam(None, state) for state in states]
        mine = _R.c.recipient == bindparam(None, user), _R.c.archived.in_(wanted or [bindparam(None, -1)])
        newer = _M.c.response_to.is_(None), _M.c.id > bindparam(None, after)
        return self._threads(user, (*mine, *newer))

    def one(self, id: int) -> Message:
        """A message the caller was sent or sent himself. ItemNotFound."""
        found = self._threads(self.user, (_M.c.id == bindparam(None, id), _R.c.recipient == bindparam(None, self.user)))
        if not found:
            raise ItemNotFound("Message not found")
        return found[0]

    def counts(self, user: int) -> Counts:
        """How many messages a user has, responses too; archived ones don't count."""
        mine = _R.c.recipient == bindparam(None, user), _R.c.archived == bindparam(None, 0)
        statement = select(_R.c.read, func.count(), func.max(_R.c.message_id)).where(*mine).group_by(_R.c.read)
        with self.session.connection() as connection:
            rows = {int(read): (int(n), int(newest)) for read, n, newest in connection.select(statement)}
        read, unread = rows.get(1, (0, 0)), rows.get(0, (0, 0))
        return Counts(read[0], unread[0], max(read[1], unread[1]))

    def _threads(self, user: int, wanted: Sequence[ColumnElement[bool]]) -> list[Message]:
        with self.session.connection() as connection:
            tops = self._messages(connection, wanted)
            listed: list[Any] = [bindparam(None, message.id) for message in tops]
            mine = _R.c.recipient == bindparam(None, user)
            answers = self._messages(connection, (mine, _M.c.response_to.in_(listed))) if listed else []
            answers = self._told(connection, user, answers)
            tops = self._told(connection, user, tops)
        of_top = defaultdict(list)
        for answer in answers:
            of_top[answer.response_to].append(answer)
        return [replace(top, responses=tuple(of_top[top.id])) for top in tops]

    @staticmethod
    def _messages(connection: Connection, wanted: Sequence[ColumnElement[bool]]) -> list[Message]:
        columns = [_M.c[name] for name in COLUMNS]
        statement = select(*columns).join(_R, _R.c.message_id == _M.c.id).where(*wanted).order_by(_M.c.id)
        return [Message(*row) for row in connection.select(statement)]

    @staticmethod
    def _told(connection: Connection, user: int, messages: Sequence[Message]) -> list[Message]:
        """Messages with those who were sent them, as a user has them."""
        if not messages:
            return []
        listed: list[Any] = [bindparam(None, message.id) for message in messages]
        columns = (_R.c.message_id, _R.c.recipient, _R.c.read, _R.c.archived)
        statement = select(*columns).where(_R.c.message_id.in_(listed)).order_by(_R.c.id)
        rows = defaultdict(list)
        for id, *row in connection.select(statement):
            rows[id].append(row)
        return [
            replace(
                message,
                readers=tuple(who for who, _, _ in rows[message.id]),
                read_by=tuple(who for who, read, _ in rows[message.id] if read),
                read=any(read for who, read, _ in rows[message.id] if who == user),
                archived=any(archived for who, _, archived in rows[message.id] if who == user),
            )
            for message in messages
        ]

    # --- writing ---------------------------------------------------------------------------------------------

    def send(self, draft: Draft, *, to_nobody: bool = False) -> Message:
        """Sends a message; its sender has read it. InvalidPayload when it is for nobody."""
        if not draft.subject and not draft.text:
            raise InvalidPayload("subject: a message has a subject or a text")
        if len(draft.subject) > SUBJECT:
            raise InvalidPayload(f"subject: at most {SUBJECT} characters")
        if draft.response_to is not None:
            self.one(draft.response_to)
        readers = self._readers(draft)
        if not readers and not to_nobody:
            raise InvalidPayload("recipients: nobody would get this message")
        readers.setdefault(self.user, None)
        with self.session.transaction() as connection:
            row = {
                "from": self.user,
                "subject": draft.subject,
                "message": draft.text,
                "datetime": sql_time(self.session.who.clock()),
                "attachment": draft.attachment,
                "response_to": draft.response_to,
                "comment_metadata": draft.metadata,
            }
            id = int(connection.insert(names.MESSAGES, [row], "id")[0])
            sent = [
                {"message_id": id, "recipient": user, "read": int(user == self.user), "group": group, "archived": 0}
                for user, group in readers.items()
            ]
            connection.insert(names.RECIPIENTS, sent, None)
        return self.one(id)

    def _readers(self, draft: Draft) -> dict[int, int | None]:
        """Active users, in the order they were named, and the group each was named with."""
        users = self._active(Condition(("id",), "in", draft.users)) if draft.users else []
        there = {id for id, _ in users}
        found: dict[int, int | None] = {id: None for id in draft.users if id in there}
        for group in draft.groups:
            for id, role in self._active(Condition(("role",), "eq", group)):
                found.setdefault(id, role)
        return found

    def _active(self, wanted: Condition) -> list[tuple[int, int]]:
        where = And((wanted, Condition(("status",), "eq", "active")))
        node = Node(names.USERS, (Entry("id"), Entry("role")), ("*",))
        return [(row["id"], row["role"]) for row in self.session.read(Query(node, where), system=True)]

    def mark_read(self, id: int) -> Message:
        """A message and its responses are read; the message as it was, but read. ItemNotFound."""
        message = self.one(id)
        self._mark((message.id, *(answer.id for answer in message.responses)), "read")
        return replace(message, read=True)

    def archive(self, ids: Iterable[int]) -> None:
        """Takes messages out of the caller's inbox."""
        self._mark(tuple(ids), "archived")

    def _mark(self, ids: Sequence[int], column: str) -> None:
        listed: list[Any] = [bindparam(None, id) for id in ids]
        mine = _R.c.recipient == bindparam(None, self.user), _R.c.message_id.in_(listed)
        with self.session.transaction() as connection:
            connection.run(_R.update().where(*mine).values({_R.c[column]: 1}))
