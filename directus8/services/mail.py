"""Mails of a project, on behalf of a caller. Source: users_roles_settings.md §6, extensions_hooks.md §7.

Nothing is sent while a transaction is open: a mail server may take its time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, column, select, table

from directus8 import names
from directus8.errors import Forbidden, UnprocessableEntity
from directus8.filters import And, Condition
from directus8.mail import Address, Message
from directus8.mail.plain import strip_tags
from directus8.query.ast import Entry, Node, Query
from directus8.services.limits import spend
from directus8.services.links import base_url
from directus8.services.session import Session

KEPT = frozenset(
    "b i a p br hr button h1 h2 h3 h4 h5 table thead tbody tfoot th tr td".split(),
)
MOST_RECIPIENTS = 100
_PLACEHOLDER = re.compile(r"\{\{([^{}]+)\}\}")


class Mailer:
    """Writes and sends. ``key`` and ``asked``: how the project was addressed, and where."""

    def __init__(self, session: Session, key: str, asked: str) -> None:
        self.session = session
        self.key = key
        self.asked = asked
        self.mail = session.project.mail

    @property
    def project_name(self) -> str:
        """The project's name for people."""
        return str(self.session.settings.get("project_name") or "")

    @property
    def values(self) -> dict[str, Any]:
        """What every template may use: the settings that are set."""
        settings = {k: v for k, v in self.session.settings.items() if v not in (None, "")}
        return {"settings": {"project_url": base_url(self.session, self.asked), **settings}}

    def send_template(self, name: str, to: Sequence[str], subject: str, values: Mapping[str, Any]) -> None:
        """Sends a mail of the project itself."""
        html = self.mail.write(name, {**self.values, "api": {"project": self.key}, **values})
        self._send(Message(Address(self.mail.sender), tuple(map(Address, to)), subject, html=html))

    def send(self, to: Any, body: str, subject: str | None, plain: bool, data: Any, default_sender: bool) -> None:
        """Sends what a user wrote. UnprocessableEntity for wrong recipients, RateLimited for too many."""
        addresses = self._addresses(to)
        spend(self.session, "mails", times=len(addresses))
        text = fill(strip_tags(body, KEPT), data)
        written = self.mail.write("plain" if plain else "base", {**self.values, "body": text})
        content = {"text": written} if plain else {"html": written}
        self._send(Message(self._sender(default_sender), addresses, subject, **content))

    def _send(self, message: Message) -> None:
        assert not self.session.in_transaction, "a mail must not keep a transaction open"
        self.mail.send(message)

    def _sender(self, default: bool) -> Address:
        who = self.session.who
        at = table(names.USERS, *(column(c) for c in ("id", "email", "first_name", "last_name")))
        statement = select(at.c.email, at.c.first_name, at.c.last_name).where(at.c.id == bindparam(None, who.user))
        with self.session.connection() as connection:
            email, first, last = connection.select(statement)[0]
        return Address(self.mail.sender if default and who.is_admin else email, _name(first, last))

    # --- recipients ------------------------------------------------------------------------------------------

    def _addresses(self, to: Any) -> tuple[Address, ...]:
        listed = to if isinstance(to, list) else [to]
        if len(listed) > MOST_RECIPIENTS:
            raise UnprocessableEntity(f"to: at most {MOST_RECIPIENTS} recipients")
        users = self._users([int(each) for each in listed if _is_id(each)])
        return tuple(users[int(each)] if _is_id(each) else self._foreign(each) for each in listed)

    def _foreign(self, given: Any) -> Address:
        """An address outside; a hardened project sends there for administrators only (security.md, mail-relay)."""
        if isinstance(given, dict):
            if not given.get("name") or not given.get("email"):
                raise UnprocessableEntity("Addressee if an array, it must have a name and an email attribute")
            address = Address(str(given["email"]), str(given["name"]))
        elif isinstance(given, str):
            address = Address(given)
        else:
            raise UnprocessableEntity("Address must be a string, number or an array")
        if self.session.project.config.security.hardened and not self.session.who.is_admin:
            raise Forbidden("Only administrators may write to addresses that belong to no user")
        return address

    def _users(self, ids: list[int]) -> dict[int, Address]:
        """Active users the caller may read, by id."""
        if not ids:
            return {}
        wanted = And((Condition(("id",), "in", tuple(ids)), Condition(("status",), "eq", "active")))
        columns = tuple(map(Entry, ("id", "email", "first_name", "last_name")))
        found = self.session.read(Query(Node(names.USERS, columns), wanted))
        users = {u["id"]: Address(u["email"], _name(u.get("first_name"), u.get("last_name"))) for u in found}
        if set(ids) - users.keys():
            raise UnprocessableEntity("Unable to find some users")
        return users


def _is_id(given: Any) -> bool:
    number = str(given) if isinstance(given, (int, str)) and not isinstance(given, bool) else ""
    return number.isascii() and number.isdigit() and len(number) < 10


def _name(first: str | None, last: str | None) -> str:
    return " ".join(part for part in (first, last) if part)


# --- placeholders --------------------------------------------------------------------------------------------


def fill(text: str, data: Any) -> str:
    """The text with each ``{{key}}`` of the data replaced; nested data by dotted keys, unknown keys stay."""
    values = dict(_flat(data, ""))
    return _PLACEHOLDER.sub(lambda found: _word(values[found[1]]) if found[1] in values else found[0], text)


def _flat(data: Any, prefix: str) -> list[tuple[str, Any]]:
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    found: list[tuple[str, Any]] = []
    for key, value in pairs:
        path = f"{prefix}{key}"
        found.extend(_flat(value, f"{path}.") if isinstance(value, (dict, list)) else [(path, value)])
    return found


def _word(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return "" if value == "null" else str(value)
