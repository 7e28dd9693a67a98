"""What a process remembers of a project: schema, access rules, sessions, settings. Each proved fresh by a stamp."""

from __future__ import annotations

import hmac
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import bindparam, select

from directus8 import names
from directus8.db.engine import Connection, Database
from directus8.db.rows import all_rows, at
from directus8.permissions.model import permission
from directus8.permissions.rules import Rules
from directus8.query.cache import PlanCache
from directus8.schema import edit
from directus8.schema.catalog import Catalog
from directus8.schema.load import load
from directus8.schema.version import Stamped, Stamps

PERMISSION_COLUMNS = (
    "id", "collection", "role", "status", "create", "read", "update", "delete", "comment", "explain",
    "read_field_blacklist", "write_field_blacklist", "status_blacklist",
)  # fmt: skip
ROLE_COLUMNS = ("id", "name", "ip_whitelist", "enforce_2fa")
USER_COLUMNS = ("id", "status", "role", "first_name", "last_name", "email", "token", "2fa_secret", "timezone")
WEBHOOK_COLUMNS = ("id", "status", "http_action", "url", "collection", names.WEBHOOK_ACTION)
SESSION_COLUMNS = ("id", "user", "token_type", "token", "token_expired_at")
#: Most users, and most sessions, that are remembered at a time.
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Role:
    """What a request must know of the caller's role."""

    id: int
    name: str
    ip_whitelist: tuple[str, ...]
    enforce_2fa: bool


@dataclass(frozen=True, slots=True)
class User:
    """What a request must know of the caller."""

    id: int
    status: str
    role: int | None
    name: str
    email: str
    token: str | None
    has_2fa: bool
    timezone: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """An active webhook: who is told, and how."""

    id: int
    method: str  # GET | POST
    url: str


Webhooks: TypeAlias = Mapping[tuple[str, str], tuple[Webhook, ...]]  # by event and collection


class Access:
    """Rules by role and users by id and token, as they were under one stamp."""

    def __init__(self, rules: dict[int, Rules], roles: Mapping[int, Role], hardened: bool = False) -> None:
        self.roles = roles
        self.known = rules
        self._hardened = hardened
        self._users: dict[tuple[str, Any], User | None] = {}
        self._lock = threading.Lock()

    def rules(self, role: int | None) -> Rules:
        """The rules of a role; one without rows may do nothing (administrators everything)."""
        with self._lock:
            made = self.known.get(role or 0)
            if made is None:
                made = self.known[role or 0] = Rules(role or 0, (), hardened=self._hardened)
            return made

    def user(self, database: Database, by: str, value: Any) -> User | None:
        """The user with that ``id`` or ``token``, remembered with this state."""
        key = (by, value)
        if key not in self._users:
            if len(self._users) > MOST:
                self._users.clear()
            with database.read() as connection:
                self._users[key] = _load_user(connection, by, value)
        return self._users[key]


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as stored: whose it is, the token it began with, when it ends unless it is used."""

    id: int
    user: int
    kind: str
    token: str
    expires: datetime


class Sessions:
    """The sessions by id that were seen since the last one was ended."""

    def __init__(self) -> None:
        self._rows: dict[int, SessionRow] = {}

    def get(self, database: Database, id: int, now: datetime) -> SessionRow | None:
        """The session of an id unless it has run out. What looks run out is asked for again: it may have been used."""
        known = self._rows.get(id)
        if known is None or known.expires <= now:
            with database.read() as connection:
                known = _load_session(connection, id)
            if known is not None:
                self.put(known)
        return known if known is not None and known.expires > now else None

    def put(self, row: SessionRow) -> None:
        """Remembers a session as it is now."""
        if len(self._rows) > MOST:
            self._rows.clear()
        self._rows[row.id] = row


@dataclass(frozen=True, slots=True)
class Schema:
    """A catalog with the plans prepared for it."""

    catalog: Catalog
    plans: PlanCache


class State:
    """The remembered things of one project."""

    def __init__(self, database: Database, stamps: Stamps, hardened: bool = False) -> None:
        self._database = database
        self._stamps = stamps
        self.hardened = hardened
        self._schema: Stamped[Schema] = Stamped(stamps, ("schema",))
        self._access: Stamped[Access] = Stamped(stamps, ("access",))
        self._rules: dict[int, Rules] = {}  # as last loaded
        self._sessions: Stamped[Sessions] = Stamped(stamps, ("sessions",))
        self._settings: Stamped[Mapping[str, Any]] = Stamped(stamps, ("settings",))
        self._webhooks: Stamped[Webhooks] = Stamped(stamps, ("webhooks",))
        self._files: Stamped[dict[tuple[str, str], tuple[Mapping[str, Any], float]]] = Stamped(
            stamps, (f"data:{names.FILES}",)
        )

    @property
    def schema(self) -> Schema:
        """The current schema."""
        return self._schema.get(self._load_schema)

    @property
    def access(self) -> Access:
        """The current rules, roles and users."""
        return self._access.get(self._load_access)

    @property
    def sessions(self) -> Sessions:
        """The sessions that are still good."""
        return self._sessions.get(Sessions)

    @property
    def settings(self) -> Mapping[str, Any]:
        """The current settings: key → stored text."""
        return self._settings.get(self._load_settings)

    @property
    def webhooks(self) -> Webhooks:
        """The active webhooks."""
        return self._webhooks.get(self._load_webhooks)

    @property
    def files(self) -> dict[tuple[str, str], tuple[Mapping[str, Any], float]]:
        """What was looked up of files by (column, value) since one was last written; to be added to."""
        return self._files.get(dict)

    @staticmethod
    def make_schema(catalog: Catalog) -> Schema:
        """A catalog with room for its plans."""
        return Schema(catalog, PlanCache())

    def _load_schema(self) -> Schema:
        edit.recover(self._database, self._stamps)
        with self._database.read() as connection:
            return Schema(load(connection), PlanCache())

    def _load_access(self) -> Access:
        with self._database.read() as connection:
            access = load_access(connection, self.hardened, self._rules)
        self._rules = access.known
        return access

    def _load_webhooks(self) -> Webhooks:
        with self._database.read() as connection:
            return load_webhooks(connection)

    def _load_settings(self) -> Mapping[str, Any]:
        with self._database.read() as connection:
            return load_settings(connection)


def load_webhooks(connection: Connection) -> Webhooks:
    """The active webhooks that can be told anything."""
    found: dict[tuple[str, str], list[Webhook]] = defaultdict(list)
    for row in all_rows(connection, names.WEBHOOKS, WEBHOOK_COLUMNS):
        if row["status"] == "active" and row["url"] and row[names.WEBHOOK_ACTION] and row["collection"]:
            method = "GET" if str(row["http_action"]).lower() == "get" else "POST"
            webhook = Webhook(row["id"], method, str(row["url"]))
            found[str(row[names.WEBHOOK_ACTION]), str(row["collection"])].append(webhook)
    return {told: tuple(listed) for told, listed in found.items()}


def load_access(connection: Connection, hardened: bool, former: Mapping[int, Rules] | None = None) -> Access:
    """Rules and roles from their tables. ``former`` rules stay who they are, with their plans, unless they changed."""
    rows: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in all_rows(connection, names.PERMISSIONS, PERMISSION_COLUMNS):
        rows[row["role"]].append(row)
    roles = {r["id"]: _role(r) for r in all_rows(connection, names.ROLES, ROLE_COLUMNS)}
    same = {role: kept for role, kept in dict(former or {}).items() if kept.rows == tuple(rows.get(role, ()))}
    changed = {
        role: Rules(role, map(permission, listed), tuple(listed), hardened)
        for role, listed in rows.items()
        if role not in same
    }
    return Access({**same, **changed}, roles, hardened)


def _role(row: Mapping[str, Any]) -> Role:
    listed = tuple(part.strip() for part in (row["ip_whitelist"] or "").split(",") if part.strip())
    return Role(row["id"], row["name"], listed, bool(row["enforce_2fa"]))


def load_settings(connection: Connection) -> Mapping[str, Any]:
    """All settings, raw."""
    return {r["key"]: r["value"] for r in all_rows(connection, names.SETTINGS, ("key", "value"))}


def _load_user(connection: Connection, by: str, value: Any) -> User | None:
    users = at(names.USERS, *USER_COLUMNS)
    statement = select(*(users.c[c] for c in USER_COLUMNS)).where(users.c[by] == bindparam(None, value))
    for found in connection.select(statement):
        row = dict(zip(USER_COLUMNS, found, strict=True))
        if same_text(str(row[by]), str(value)):  # text may compare without case, tokens must not
            return User(
                id=row["id"],
                status=row["status"],
                role=row["role"],
                name=" ".join(p for p in (row["first_name"], row["last_name"]) if p),
                email=row["email"],
                token=row["token"],
                has_2fa=bool(row["2fa_secret"]),
                timezone=row["timezone"] or "UTC",
            )
    return None


def same_text(one: str, other: str) -> bool:
    """Equality of secrets, in constant time."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def _load_session(connection: Connection, id: int) -> SessionRow | None:
    rows_of = at(names.SESSIONS, *SESSION_COLUMNS)
    statement = select(*(rows_of.c[c] for c in SESSION_COLUMNS)).where(rows_of.c.id == bindparam(None, id))
    rows = connection.select(statement)
    return session_row(rows[0]) if rows else None


def session_row(row: tuple[Any, ...]) -> SessionRow:
    """A session of a row with SESSION_COLUMNS."""
    id, user, kind, token, expires = row
    return SessionRow(id, user or 0, kind or "", token or "", moment(expires))


def moment(value: Any) -> datetime:
    """A stored time; one that is missing or broken is long past."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    try:
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
