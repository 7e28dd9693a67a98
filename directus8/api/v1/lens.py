"""The system's tables as Directus 6 had them: other names, values made of others. Source: legacy_v1.md §4, §5.

A lens is pure data: which v1.1 column is made of which columns here, what it is found by, which rows there are. User
tables have none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from directus8 import names
from directus8.context import Accountability
from directus8.errors import CollectionNotFound, InvalidField
from directus8.filters import Filter
from directus8.query.ast import Computed, Entry
from directus8.schema.catalog import Collection
from directus8.services.session import Session
from directus8.system.behaviours import behaviour_of
from directus8.types.moment import iso

if TYPE_CHECKING:
    from directus8.api.v1.request import V1Request

Row: TypeAlias = Mapping[str, Any]
Told: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One column as Directus 6 had it.

    tell     its value: (caller, row)
    columns  what that is made of
    column   what rows are found and ordered by; empty: by nothing
    stored   the values here that a value in a filter stands for
    """

    tell: Callable[[Accountability, Row], Any]
    columns: tuple[str, ...] = ()
    column: str = ""
    stored: Callable[[str], Sequence[Any]] | None = None


@dataclass(frozen=True, slots=True)
class Writer:
    """How rows are written; each gives the keys, in order."""

    create: Callable[[V1Request, Place, Sequence[Told]], list[Any]]
    update: Callable[[V1Request, Place, Sequence[tuple[Any, Told]]], list[Any]]
    delete: Callable[[V1Request, Place, Sequence[Any]], None]


@dataclass(frozen=True, slots=True)
class Lens:
    """How one of the system's tables is shown.

    table       its name in Directus 6
    collection  the collection it is made of
    attributes  its columns
    leads       columns told as related rows → the field here
    only        the rows there are
    beside      fills in what is told of elsewhere: (session, rows as they are here and as they are told)
    writer      None: its rows are written in ways of their own
    counted     the counters of statuses, of all rows, where there are no statuses here
    """

    table: str
    collection: str
    attributes: Mapping[str, Attribute]
    leads: Mapping[str, str] = field(default_factory=dict)
    only: Filter | None = None
    beside: Callable[[Session, Sequence[tuple[Row, Told]]], None] | None = None
    writer: Writer | None = None
    counted: Callable[[int], Mapping[str, int]] | None = None

    def wanted(self, asked: Mapping[str, Any], hidden: frozenset[str]) -> Iterable[str]:
        """The columns to tell: all or those asked for and the key, but for hidden ones."""
        for name, attribute in self.attributes.items():
            if hidden.isdisjoint(attribute.columns) and (not asked or name in asked or name == "id"):
                yield name

    def entries(self, wanted: Iterable[str]) -> list[Entry]:
        """What must be fetched to tell some columns."""
        columns = dict.fromkeys(c for name in wanted for c in self.attributes[name].columns)
        made = behaviour_of(self.collection).computed
        return [Entry(c, Computed(made[c]) if c in made else None) for c in columns]

    def tell(self, who: Accountability, row: Row, wanted: Iterable[str]) -> Told:
        """Those columns of a row; what was taken out of it is not told."""
        return {
            name: attribute.tell(who, row)
            for name, attribute in ((n, self.attributes[n]) for n in wanted)
            if all(c in row for c in attribute.columns)
        }


@dataclass(frozen=True, slots=True)
class Place:
    """What the name of a table stands for."""

    name: str
    collection: Collection
    lens: Lens | None = None

    @property
    def only(self) -> Filter | None:
        """The rows there are."""
        return self.lens.only if self.lens else None


_BY_TABLE: dict[str, Lens] = {}
_BY_COLLECTION: dict[str, Lens] = {}
#: The names Directus 6 had for other tables.
TABLES = {f"{names.PREFIX}tables": names.COLLECTIONS, f"{names.PREFIX}columns": names.FIELDS}


def register(lens: Lens) -> Lens:
    """Makes a lens known; the first one of a collection is the one related rows are seen through."""
    _BY_TABLE[lens.table] = lens
    _BY_COLLECTION.setdefault(lens.collection, lens)
    return lens


def of_collection(name: str) -> Lens | None:
    """The lens related rows of a collection are seen through."""
    return _BY_COLLECTION.get(name)


def tables() -> Iterable[Lens]:
    """All of the system's tables that are told of."""
    return _BY_TABLE.values()


def table_of(collection: str) -> str | None:
    """What Directus 6 called a collection; None for those it had none for."""
    if not names.is_reserved(collection):
        return collection
    lens = _BY_COLLECTION.get(collection)
    return lens.table if lens else next((t for t, c in TABLES.items() if c == collection), None)


def collection_of(table: str) -> str:
    """The name here of a table of Directus 6."""
    lens = _BY_TABLE.get(table)
    return lens.collection if lens else TABLES.get(table, table)


def place(session: Session, name: str) -> Place:
    """The table of that name. CollectionNotFound."""
    if lens := _BY_TABLE.get(name):
        return Place(name, session.catalog.collection(lens.collection), lens)
    if names.is_reserved(name):
        if not session.rules.reads(name):
            raise session.rules.denied_read(name)
        raise CollectionNotFound(collection=name)
    return Place(name, session.catalog.collection(name))


def user_table(session: Session, name: str) -> Collection:
    """The collection behind a table of the user's. CollectionNotFound, also for the system's own."""
    if names.is_reserved(name):
        if not session.rules.reads(collection_of(name)):
            raise session.rules.denied_read(name)
        raise CollectionNotFound(collection=name)
    return session.catalog.collection(name)


def column_of(collection: Collection, name: str, lens: Lens | None = None) -> tuple[str, Attribute | None]:
    """The field a name in a filter or an order stands for. InvalidField."""
    lens = lens or _BY_COLLECTION.get(collection.name)
    if lens is not None:
        attribute = lens.attributes.get(name)
        found = lens.leads.get(name) or (attribute.column if attribute else "")
        if found in collection.fields:
            return found, attribute
    elif name in collection.fields:
        return name, None
    raise InvalidField(field=name, collection=lens.table if lens else collection.name)


# --- columns that most tables have ---------------------------------------------------------------------------


def same(column: str) -> Attribute:
    """A column told as it is."""
    return Attribute(lambda who, row: row[column], (column,), column)


def text(column: str) -> Attribute:
    """A text that is empty where there is none."""
    return Attribute(lambda who, row: row[column] or "", (column,), column)


def moment(column: str) -> Attribute:
    """A time kept in UTC, as the caller's clock shows it, with the offset."""
    return Attribute(lambda who, row: iso(row[column], who.zone), (column,), column)


def number(column: str) -> Attribute:
    """A yes or no as 1 or 0."""
    return Attribute(lambda who, row: int(row[column] or 0), (column,), column)


def csv(column: str, nothing: str | None = None) -> Attribute:
    """A list as text."""
    return Attribute(lambda who, row: ",".join(map(str, row[column] or ())) or nothing, (column,), column)


def constant(value: Any) -> Attribute:
    """What is the same for all rows."""
    return Attribute(lambda who, row: value)
