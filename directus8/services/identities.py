"""Users and roles as identity providers know them: by ids of their own, with user names that are no e-mail addresses.

What the system tables have no column for lies in a table of our own, ``names.SCIM``: one row per ``external_id`` of a
user or role, made when a provider first writes it. In the catalog used here ``external_id`` leads to that row, so that
conditions on it become part of the same statement. HTTP-free.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, insert, literal_column, select, union_all, update

from directus8 import names
from directus8.context import ADMIN_ROLE
from directus8.db.model import Column, SqlType, Table
from directus8.db.rows import at
from directus8.errors import LastAdmin
from directus8.filters import NOTHING, Condition, Filter, Or, both
from directus8.mutation.payload import new_uuid
from directus8.query import fetch
from directus8.query.ast import Entry, Node, Query
from directus8.query.cache import PlanCache, shape_of
from directus8.query.plan import UNRESTRICTED, plan, visible_rows
from directus8.query.sql import Values, counts_statement
from directus8.schema.catalog import Catalog, Collection, Relation
from directus8.schema.load import build
from directus8.services.session import Session
from directus8.system import own
from directus8.system.behaviours import NEEDS

TABLE = Table(
    names.SCIM,
    (
        Column("id", SqlType("VARCHAR", "255"), nullable=False, primary_key=True),
        Column("user_name", SqlType("VARCHAR", "255"), unique=True, unique_name="idx_scim_user_name"),
        Column("external_id", SqlType("VARCHAR", "255")),
        Column("email_type", SqlType("VARCHAR", "64")),
        Column("email_primary", SqlType("TINYINT", "1")),
    ),
    unique_keys=(("idx_scim_external_id", ("external_id", "id")),),  # for look-ups: providers may use the same ones
)
COLLECTIONS = (names.USERS, names.ROLES)
_SCIM = at(names.SCIM, *(column.name for column in TABLE.columns))


@dataclass(frozen=True, slots=True)
class Known:
    """What a provider said of a user or role beyond the columns: user name, the provider's own id, kind of address."""

    user_name: str | None = None
    external_id: str | None = None
    email_type: str | None = None
    email_primary: bool | None = None


#: Most ids asked for in one statement.
BATCH = 500


def count(session: Session, collection: Collection, where: Filter | None, everyones: bool = False) -> int:
    """How many items match, of those the caller may read, or of ``everyones``; soft-deleted ones never count."""
    whole = both(where, visible_rows(UNRESTRICTED if everyones else session.rules, collection, None))
    with session.connection() as connection:
        # a condition may lead to the table of ids, which only the widened catalog knows
        catalog = _widened[session.catalog][0] if session.catalog in _widened else session.catalog
        statement = counts_statement(collection, [whole], connection.dialect, catalog)
        return int(connection.rows(statement.sql, statement.parameters(Values((), session.who)))[0][0])


# --- the catalog with one relation more ------------------------------------------------------------------------

#: Per catalog: the widened one with its plans. Thrown away with the catalog.
_widened: WeakKeyDictionary[Catalog, tuple[Catalog, PlanCache]] = WeakKeyDictionary()


def _boolean(value: Any) -> bool | None:
    return None if value is None else bool(value)


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
    own.ensure(session.project.database, TABLE)
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
        craft = fetch.Craft(session.project.database.dialect, self.catalog, False, fetch.decoder_of)
        rules = session.rules

        def make() -> fetch.PreparedRead:
            return fetch.prepare_read(plan(self.catalog, rules, shape, NEEDS), craft)

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
        statement = select(*_SCIM.c).where(_SCIM.c.id.in_(wanted))
        with self.session.connection() as connection:
            rows = connection.select(statement)
        return {row[0]: Known(row[1], row[2], row[3], _boolean(row[4])) for row in rows}

    # Look-ups before the statement that needs them: no database finds its way through ``or`` over two tables by keys.

    def named(self, user_name: str) -> Filter:
        """Who is known by this user name: it was given to him, or is his address and he was given none."""
        same = self._equal(_SCIM.c.user_name, user_name)
        users = at(names.USERS, "email", "external_id")
        others = and_(self._equal(users.c.email, user_name), _SCIM.c.id == users.c.external_id)
        given = select(_SCIM.c.id, literal_column("1")).where(same)
        renamed = select(_SCIM.c.id, literal_column("0")).where(others, _SCIM.c.user_name.is_not(None))
        with self.session.connection() as connection:
            found = connection.select(union_all(given, renamed))
        holders = tuple(id for id, is_given in found if is_given)
        by_name = Condition(("external_id",), "in", holders) if holders else NOTHING
        if any(not is_given for _, is_given in found):
            return by_name
        return Or((by_name, Condition(("email",), "eq", user_name)))

    def known_as(self, external_id: str) -> Filter:
        """Whom providers know by this id of theirs, upper and lower case told apart."""
        same = self._equal(_SCIM.c.external_id, external_id)
        with self.session.connection() as connection:
            rows = connection.select(select(_SCIM.c.id, _SCIM.c.external_id).where(same).limit(BATCH))
        if len(rows) == BATCH:
            return Condition(("external_id", "external_id"), "eq", external_id)
        found = tuple(id for id, known in rows if known == external_id)
        return Condition(("external_id",), "in", found) if found else NOTHING

    def _equal(self, column: ColumnElement[Any], value: str) -> ColumnElement[bool]:
        given: Any = bindparam(None, value)
        return self.session.project.database.dialect.text_equal(column, given, True)

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
            self.session.touch((f"data:{collection}",))
            found = connection.select(select(rows.c.id, rows.c.external_id).where(rows.c.id.in_(list(keys))))
            return {row[0]: row[1] for row in found}

    def remember(self, id: str, known: Known) -> None:
        """Keeps what a provider said. DuplicateKey for a user name that is taken."""
        values = asdict(known)
        values["email_primary"] = None if known.email_primary is None else int(known.email_primary)
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
