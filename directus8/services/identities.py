"""Users and roles as identity providers know them: by ids of their own, with user names that are no e-mail addresses.

What the system tables have no column for lies in a table of our own, ``names.SCIM``: one row per ``external_id`` of a
user or role, made when a provider first writes it. In the catalog used here ``external_id`` leads to that row, so that
conditions on it become part of the same statement. HTTP-free.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import and_, bindparam, delete, func, insert, select, update

from directus8 import names
from directus8.context import ADMIN_ROLE
from directus8.db import ddl
from directus8.db.model import Column, SqlType, Table
from directus8.db.rows import at
from directus8.errors import LastAdmin
from directus8.filters import Condition, Filter, both
from directus8.mutation.payload import new_uuid
from directus8.query import fetch
from directus8.query.ast import Entry, Node, Query
from directus8.query.cache import PlanCache, shape_of
from directus8.query.plan import UNRESTRICTED, plan, visible_rows
from directus8.query.sql import Values, count_statement
from directus8.schema.catalog import Catalog, Collection, Relation
from directus8.schema.load import build
from directus8.services.session import Session
from directus8.system.behaviours import NEEDS

TABLE = Table(
    names.SCIM,
    (
        Column("id", SqlType("VARCHAR", "255"), nullable=False, primary_key=True),
        Column("user_name", SqlType("VARCHAR", "255"), unique=True, unique_name="idx_scim_user_name"),
        Column("external_id", SqlType("VARCHAR", "255")),
    ),
)
COLLECTIONS = (names.USERS, names.ROLES)
_SCIM = at(names.SCIM, "id", "user_name", "external_id")


@dataclass(frozen=True, slots=True)
class Known:
    """What a provider said of a user or role beyond the columns: his name for logging in, the provider's own id."""

    user_name: str | None = None
    external_id: str | None = None


#: Most ids asked for in one statement.
BATCH = 500


def count(session: Session, collection: Collection, where: Filter | None, everyones: bool = False) -> int:
    """How many items match, of those the caller may read, or of ``everyones``; soft-deleted ones never count."""
    whole = both(where, visible_rows(UNRESTRICTED if everyones else session.rules, collection, None))
    with session.connection() as connection:
        # a condition may lead to the table of ids, which only the widened catalog knows
        catalog = _widened[session.catalog][0] if session.catalog in _widened else session.catalog
        statement = count_statement(collection, whole, connection.dialect, catalog)
        return int(connection.rows(statement.sql, statement.parameters(Values((), session.who)))[0][0])


# --- the catalog with one relation more ------------------------------------------------------------------------

#: Per catalog: the widened one with its plans. Thrown away with the catalog.
_widened: WeakKeyDictionary[Catalog, tuple[Catalog, PlanCache]] = WeakKeyDictionary()


def widened(catalog: Catalog) -> Catalog:
    """The catalog in which ``external_id`` of users and roles leads to the row of ``names.SCIM``."""
    side = build({names.SCIM: TABLE}, [], [], [])
    makers: dict[str, Callable[[], Collection]] = {name: partial(catalog.collection, name) for name in catalog.names()}
    makers[names.SCIM] = lambda: side[names.SCIM]
    for name in COLLECTIONS:
        makers[name] = partial(_related, catalog, name)
    return Catalog(makers)


def _related(catalog: Catalog, name: str) -> Collection:
    collection = catalog[name]
    relation = Relation(None, "m2o", name, "external_id", names.SCIM)
    return replace(collection, relations={**collection.relations, "external_id": relation})


def prepare(session: Session) -> None:
    """Makes the table when a project first speaks to a provider. To be called before any transaction."""
    if session.catalog in _widened:
        return
    with session.connection() as connection:
        there = names.SCIM in connection.dialect.reflect(connection)
    if not there:
        with session.transaction(ddl=True) as connection:
            if names.SCIM not in connection.dialect.reflect(connection):
                ddl.create_table(connection, TABLE)
        session.renew("schema")
    _widened[session.catalog] = widened(session.catalog), PlanCache()


class Identities:
    """Users and roles for one caller; the session must be prepared."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.catalog, self._plans = _widened[session.catalog]

    # --- reading -----------------------------------------------------------------------------------------------

    def read(self, query: Query) -> list[fetch.Item]:
        """The items of a query, within the caller's rules."""
        session = self.session
        shape, slots = shape_of(query)
        dialect, rules = session.project.database.dialect, session.rules

        def make() -> fetch.PreparedRead:
            return fetch.prepare_read(plan(self.catalog, rules, shape, NEEDS), dialect, self.catalog, False)

        prepared = self._plans.get((rules, shape), make)
        limit = 2**31 if query.limit is None else query.limit
        values = Values(slots, session.who, limit, query.offset, finish=session.finish)
        with session.connection() as connection:
            return fetch.run(prepared, connection, values)

    def count(self, collection: str, where: Filter | None, everyones: bool = False) -> int:
        """How many items match, of those the caller may read, or of ``everyones``; soft-deleted ones never count."""
        return count(self.session, self.catalog[collection], where, everyones)

    def known(self, ids: Iterable[str]) -> Mapping[str, Known]:
        """What providers said of these users or roles."""
        wanted = sorted(set(ids))
        if not wanted:
            return {}
        statement = select(_SCIM.c.id, _SCIM.c.user_name, _SCIM.c.external_id).where(_SCIM.c.id.in_(wanted))
        with self.session.connection() as connection:
            return {row[0]: Known(row[1], row[2]) for row in connection.select(statement)}

    def ids_of_name(self, user_name: str) -> tuple[str, ...]:
        """Who was given this user name."""
        with self.session.connection() as connection:
            given: Any = bindparam(None, user_name)
            same = connection.dialect.text_equal(_SCIM.c.user_name, given, True)
            return tuple(row[0] for row in connection.select(select(_SCIM.c.id).where(same)))

    def keys(self, collection: str, ids: Sequence[str]) -> dict[str, Any]:
        """The primary keys of those ids the caller may read; upper and lower case differ."""
        node, wanted = Node(collection, (Entry("id"), Entry("external_id"))), set(ids)
        found: list[fetch.Item] = []
        for start in range(0, len(ids), BATCH):
            some = tuple(ids[start : start + BATCH])
            found += self.read(Query(node, Condition(("external_id",), "in", some)))
        return {item["external_id"]: item["id"] for item in found if item["external_id"] in wanted}

    def members(self, role: Any) -> list[Any]:
        """The keys of all users of a role, whoever may see them; but those marked as deleted."""
        visible = visible_rows(UNRESTRICTED, self.catalog[names.USERS], None)
        where = both(Condition(("role",), "eq", role), visible)
        query = Query(Node(names.USERS, (Entry("id"),)), where)
        return [item["id"] for item in self.session.read(query, system=True)]

    # --- writing -----------------------------------------------------------------------------------------------

    def give_ids(self, collection: str, keys: Sequence[Any]) -> dict[Any, str]:
        """Users and roles older than any provider get an id when one first sees them; the ids by key."""
        rows = at(collection, "id", "external_id")
        with self.session.transaction() as connection:
            for key in keys:
                missing = and_(rows.c.id == key, rows.c.external_id.is_(None))
                connection.run(update(rows).where(missing).values(external_id=new_uuid()))
            self.session.touch((f"data:{collection}", "access"))
            found = connection.select(select(rows.c.id, rows.c.external_id).where(rows.c.id.in_(list(keys))))
            return {row[0]: row[1] for row in found}

    def remember(self, id: str, known: Known) -> None:
        """Keeps what a provider said. DuplicateKey for a user name that is taken."""
        values = {"user_name": known.user_name, "external_id": known.external_id}
        with self.session.transaction() as connection:
            there = connection.select(select(func.count()).select_from(_SCIM).where(_SCIM.c.id == id))[0][0]
            if there:
                connection.run(update(_SCIM).where(_SCIM.c.id == id).values(**values))
            else:
                connection.run(insert(_SCIM).values(id=id, **values))

    def forget(self, id: str) -> None:
        """Throws away what a provider said; its user name is free again."""
        with self.session.transaction() as connection:
            connection.run(delete(_SCIM).where(_SCIM.c.id == id))

    def keep_an_administrator(self) -> None:
        """LastAdmin when what this transaction did leaves nobody to administrate."""
        users = at(names.USERS, "id", "role", "status")
        active = and_(users.c.role == ADMIN_ROLE, users.c.status == "active")
        with self.session.connection() as connection:
            if not connection.select(select(func.count()).select_from(users).where(active))[0][0]:
                raise LastAdmin()
