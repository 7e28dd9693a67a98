"""Items for extension authors: the services of the house, without sessions, in the words of later Directus versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from directus8.context import PUBLIC_ROLE, SYSTEM_ACCOUNTABILITY, Accountability
from directus8.errors import InvalidPayload, ItemNotFound
from directus8.extensions import query as queries
from directus8.filters import Condition, Filter
from directus8.project import Project
from directus8.schema.catalog import Catalog, Collection
from directus8.services.current import session_of
from directus8.services.items import ItemsService as Items
from directus8.services.items import Options
from directus8.services.session import Session

T = TypeVar("T")
Item = dict[str, Any]
Query = Mapping[str, Any]
#: The caller nobody named: everything is allowed.
ADMINISTRATOR = SYSTEM_ACCOUNTABILITY
PUBLIC = Accountability(role=PUBLIC_ROLE)


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema of a project, as it is whenever it is looked at; what services are made with."""

    project: Project

    @property
    def catalog(self) -> Catalog:
        """Collections, fields and relations."""
        found = session_of(self.project)
        return found.catalog if found is not None and found.in_transaction else self.project.state.schema.catalog

    @property
    def collections(self) -> tuple[str, ...]:
        """The names of all collections."""
        return tuple(self.catalog.names())


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one caller's work is done: in the transaction that is open in this thread, else in one of its own."""

    project: Project
    who: Accountability

    def session(self) -> Session:
        """A session for one piece of work."""
        found = session_of(self.project)
        return found.joined(self.who) if found is not None and found.in_transaction else Session(self.project, self.who)

    def do(self, work: Callable[[Session], T]) -> T:
        """A piece of work; begun anew where the schema changed under it."""
        session = self.session()
        return session.attempt(lambda: work(session))

    @contextmanager
    def together(self) -> Iterator[Session]:
        """One transaction for all that services do in the block."""
        session = self.session()
        with session.transaction():
            yield session


def desk(schema: Schema, accountability: Accountability | None) -> Desk:
    """Where a caller's work is done; None is the public."""
    return Desk(schema.project, PUBLIC if accountability is None else accountability)


class ItemsService:
    """Items of one collection. ``accountability``: omitted = administrator, None = the public."""

    def __init__(
        self, collection: str, *, schema: Schema, accountability: Accountability | None = ADMINISTRATOR
    ) -> None:
        self.collection = collection
        self.schema = schema
        self.desk = desk(schema, accountability)

    # --- read ------------------------------------------------------------------------------------------------

    def read_by_query(self, query: Query | None = None) -> list[Item]:
        """Items: ``fields``, ``filter``, ``search``, ``sort``, ``limit`` (all unless given), ``offset``, ``page``."""
        return self.desk.do(lambda session: self._read(session, query))

    def read_one(self, key: Any, query: Query | None = None) -> Item:
        """One item. ItemNotFound."""
        found = self.read_many([key], query)
        if not found:
            raise ItemNotFound()
        return found[0]

    def read_many(self, keys: Sequence[Any], query: Query | None = None) -> list[Item]:
        """The items with these keys that may be read."""
        return self.desk.do(lambda session: self._read(session, query, self._keyed(session, keys)))

    def read_singleton(self, query: Query | None = None) -> Item | None:
        """The one item of a collection that has but one."""
        found = self.read_by_query({**(query or {}), "limit": 1})
        return found[0] if found else None

    def count(self, query: Query | None = None) -> int:
        """How many items fit."""
        return len(self.keys_by_query(query))

    def keys_by_query(self, query: Query | None = None) -> list[Any]:
        """The keys of the items that fit."""
        name = self._key(self.schema.catalog.collection(self.collection))
        return [item[name] for item in self.read_by_query({**(query or {}), "fields": [name]})]

    def _read(self, session: Session, query: Query | None, extra: Filter | None = None) -> list[Item]:
        collection = session.catalog.collection(self.collection)
        asked = queries.parse(session, collection, query, extra)
        return [] if asked.limit == 0 or not asked.node.entries else session.read(asked)

    def _keyed(self, session: Session, keys: Sequence[Any]) -> Filter:
        return Condition((self._key(session.catalog.collection(self.collection)),), "key", tuple(keys))

    @staticmethod
    def _key(collection: Collection) -> str:
        if collection.key is None:
            raise InvalidPayload(f"{collection.name} has no key")
        return collection.key.name

    # --- create ----------------------------------------------------------------------------------------------

    def create_one(self, data: Item, comment: str | None = None) -> Any:
        """Creates an item; its key."""
        return self.create_many([data], comment)[0]

    def create_many(self, data: Sequence[Item], comment: str | None = None) -> list[Any]:
        """Creates items, all or none; their keys."""
        options = Options(comment)
        return self.desk.do(lambda s: Items(s, self.collection).create([dict(each) for each in data], options))

    # --- update ----------------------------------------------------------------------------------------------

    def update_one(self, key: Any, data: Item, comment: str | None = None) -> Any:
        """Changes an item; its key. ItemNotFound."""
        return self.update_many([key], data, comment)[0]

    def update_many(self, keys: Sequence[Any], data: Item, comment: str | None = None) -> list[Any]:
        """Changes items in the same way, all or none; their keys."""
        return self._update([(key, dict(data)) for key in keys], comment)

    def update_batch(self, data: Sequence[Item], comment: str | None = None) -> list[Any]:
        """Changes items, each by the key in its data, all or none; their keys."""
        name = self._key(self.schema.catalog.collection(self.collection))
        if any(each.get(name) is None for each in data):
            raise InvalidPayload(f"every item needs its {name}")
        return self._update([(each[name], {n: v for n, v in each.items() if n != name}) for each in data], comment)

    def update_by_query(self, query: Query, data: Item, comment: str | None = None) -> list[Any]:
        """Changes the items that fit in the same way; their keys."""
        with self.desk.together():
            return self.update_many(self.keys_by_query(query), data, comment)

    def _update(self, changes: list[tuple[Any, Item]], comment: str | None) -> list[Any]:
        return self.desk.do(lambda s: Items(s, self.collection).update(changes, Options(comment))) if changes else []

    # --- upsert ----------------------------------------------------------------------------------------------

    def upsert_one(self, data: Item, comment: str | None = None) -> Any:
        """Changes the item whose key is in the data, else creates it; its key."""
        return self.upsert_many([data], comment)[0]

    def upsert_many(self, data: Sequence[Item], comment: str | None = None) -> list[Any]:
        """The same for items, all or none."""
        with self.desk.together() as session:
            name = self._key(session.catalog.collection(self.collection))
            given = [each[name] for each in data if each.get(name) is not None]
            known = {str(key) for key in (self._known(session, given) if given else ())}
            return [
                self.update_batch([each], comment)[0]
                if str(each.get(name)) in known
                else self.create_one(each, comment)
                for each in data
            ]

    def _known(self, session: Session, keys: list[Any]) -> list[str]:
        with session.connection() as connection:
            return list(Items(session, self.collection).stored(connection, keys, everything=True))

    def upsert_singleton(self, data: Item, comment: str | None = None) -> Any:
        """Changes the one item of a collection that has but one, or creates it; its key."""
        with self.desk.together():
            keys = self.keys_by_query({"limit": 1})
            return self.update_one(keys[0], data, comment) if keys else self.create_one(data, comment)

    # --- delete ----------------------------------------------------------------------------------------------

    def delete_one(self, key: Any, comment: str | None = None) -> Any:
        """Deletes an item; its key. ItemNotFound."""
        return self.delete_many([key], comment)[0]

    def delete_many(self, keys: Sequence[Any], comment: str | None = None) -> list[Any]:
        """Deletes items, all or none; their keys."""
        if keys:
            self.desk.do(lambda s: Items(s, self.collection).delete(list(keys), Options(comment)))
        return list(keys)

    def delete_by_query(self, query: Query, comment: str | None = None) -> list[Any]:
        """Deletes the items that fit; their keys."""
        with self.desk.together():
            return self.delete_many(self.keys_by_query(query), comment)
