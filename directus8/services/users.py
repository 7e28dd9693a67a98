"""Users: invitations, page tracking, second factors. Source: users_roles_settings.md §1, auth.md §14."""

from __future__ import annotations

import time
from typing import Any, ClassVar

from sqlalchemy import column, table

from directus8 import names
from directus8.auth import tokens
from directus8.auth.totp import checked_secret
from directus8.context import ADMIN_ROLE, Accountability, sql_time
from directus8.errors import Forbidden, InvalidToken, ItemNotFound, UpdateDenied, UserNotFound
from directus8.filters import Condition
from directus8.mutation import payload
from directus8.query.ast import Entry, Node, Query
from directus8.services import inner
from directus8.services.auth import two_factor
from directus8.services.auth.common import keys_of, user_row
from directus8.services.items import ItemsService
from directus8.services.limits import guessing, spend
from directus8.services.links import base_url, with_parameter
from directus8.services.mail import Mailer
from directus8.services.session import Session

SEEN = ("last_page", "last_access_on")
_AT = table(names.USERS, *(column(c) for c in ("id", *SEEN)))


class UsersService:
    """What is done with users beyond reading and writing them."""

    MOST_INVITED: ClassVar[int] = 100

    def __init__(self, session: Session, key: str) -> None:
        self.session = session
        self.key = key
        self.keys = keys_of(session.project, key)
        self.items = ItemsService(session, names.USERS)

    # --- invitations -----------------------------------------------------------------------------------------

    def check_may_invite(self) -> None:
        """Forbidden (10) unless the caller is an administrator."""
        if not self.session.who.is_admin:
            raise Forbidden("Inviting user was denied")

    def invite(self, emails: list[str], asked: str, role: Any = None, page: str | None = None) -> None:
        """Makes users of addresses that belong to none, and mails each a link. Nobody is made if one can't be.

        ``page``: where the link leads, when not to the app.
        """
        self.check_may_invite()
        spend(self.session, "invitations", times=len(set(emails)))
        with self.session.transaction():
            new = [email for email in dict.fromkeys(emails) if user_row(self.session, "email", email) is None]
            if new:
                more = {} if role is None else {"role": role}
                self.items.create([{"status": "invited", "email": email, **more} for email in new])
        for email in new:
            self._mail(email, asked, page)

    def _mail(self, email: str, asked: str, page: str | None) -> None:
        token = tokens.issue_invitation(email, self.session.who.user, self.keys, time.time())
        mailer = Mailer(self.session, self.key, asked)
        app = f"{base_url(self.session, asked)}admin/#/accept-invite"
        link = with_parameter(page or app, "token", token)
        subject = f"Invitation to Instance: {mailer.project_name}"
        mailer.send_template("user-invitation", [email], subject, {"token": token, "invite_url": link})

    def accept(self, token: str, password: str | None = None) -> dict[str, Any]:
        """Makes an invited user active; the user as he was before. InvalidToken, ExpiredToken, UserNotFound."""
        with guessing(self.session, InvalidToken):
            claims = tokens.verify(token, tokens.Kind.INVITATION, self.keys, time.time())
        user = user_row(self.session, "email", str(claims.get("email")))
        if user is None or user["status"] != "invited":
            raise UserNotFound(email=claims.get("email"))
        before = self._as_others_see(user["id"])
        sender, who = claims.get("sender"), self.session.who
        acting = Accountability(sender if type(sender) is int else 0, ADMIN_ROLE, who.ip, who.user_agent, who.clock)
        changes = {"status": "active", **({} if password is None else {"password": password})}
        ItemsService(Session(self.session.project, acting), names.USERS).update([(user["id"], changes)])
        return before

    def _as_others_see(self, user: int) -> dict[str, Any]:
        """A user without what only he himself may see."""
        collection = self.items.collection
        shown = tuple(Entry(f.name) for f in collection.fields.values() if f.column is not None)
        found = self.session.read(Query(Node(names.USERS, shown, ("*",)), Condition(("id",), "eq", user)), system=True)[
            0
        ]
        assert self.items.behaviour.shown is not None
        self.items.behaviour.shown(Accountability(), found)
        return found

    # --- one's own affairs -----------------------------------------------------------------------------------

    def track(self, key: str, page: Any) -> None:
        """Notes which page a user is on. UpdateDenied for another user (security.md, tracking-of-others)."""
        user = self._existing(key)
        who = self.session.who
        if user != who.user and not who.is_admin:
            raise UpdateDenied(collection=names.USERS)
        seen = {"last_page": page, "last_access_on": sql_time(who.clock())}
        with self.session.transaction() as connection:
            inner.change(self.session, connection, names.USERS, user, self._seen(seen))
            self.session.touch({f"data:{names.USERS}"})  # and nothing else: sessions and rights are as they were

    def _seen(self, told: dict[str, Any]) -> dict[str, Any]:
        """The values of the two columns. UnprocessableEntity (12) for what does not fit."""
        collection = self.items.collection
        for name in SEEN:
            payload.check_length(collection, collection.fields[name], told.get(name))
        given = {name: told.get(name) for name in SEEN}
        return {**payload.encode(collection, {"last_page": given.pop("last_page")}, self.session.project.hash), **given}

    def activate_2fa(self, key: str, secret: str, otp: str) -> int:
        """Gives a user a second factor whose code he shows; his id. InvalidOtp, InvalidRequest."""
        user = self._existing(key, "Item not found")
        checked = checked_secret(secret)
        step = two_factor.check(self.session, checked, otp)
        with self.session.transaction() as connection:
            self.items.update([(user, {"2fa_secret": checked})])
            two_factor.begin(connection, user, step)
        return user

    def _existing(self, key: str, message: str | None = None) -> int:
        with self.session.connection() as connection:
            found = self.items.stored(connection, [key], everything=True)
        if str(key) not in found:
            raise ItemNotFound(message or f'Item with id "{key}" not found')
        return int(found[str(key)].row["id"])
