"""An immutable picture of one project's schema: collections, their fields with types, relations between them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from directus8 import names
from directus8.db.model import Column, Table
from directus8.errors import CollectionNotFound, InvalidField
from directus8.schema.extras import Extras
from directus8.types.base import FieldType
from directus8.types.registry import field_type

#: Operators that ask for no more than whether there is a value.
PRESENCE = frozenset({"null", "nnull", "empty", "nempty"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field: a column, an alias, or both sides of nothing. ``id`` is None when it has no directus_fields row."""

    collection: str
    name: str
    type: str | None
    column: Column | None = None
    id: int | None = None
    interface: str | None = None
    options: Any = None
    locked: bool | None = None
    required: bool = False
    readonly: bool = False
    hidden_detail: bool = False
    hidden_browse: bool = False
    sort: int | None = None
    width: str | None = None
    group: int | None = None
    note: str | None = None
    translation: Any = None
    validation: str | None = None
    kind: FieldType = field(default=field_type(None))
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def is_hash(self) -> bool:
        """Is its value a secret's hash, which nobody may find or order items by?"""
        return self.type == "hash"

    def is_asked(self, operator: str) -> bool:
        """May a filter ask this? Of a hash only whether there is one, else readers would guess it."""
        return not self.is_hash or operator in PRESENCE

    @property
    def is_alias(self) -> bool:
        """True when nothing is stored in the collection's own table."""
        return self.column is None


@dataclass(frozen=True, slots=True)
class Relation:
    """One side of a relation, seen from the field that shows it.

    m2o: ``field`` holds a key of ``related``, whose alias (if any) is ``related_field``.
    o2m: ``related`` has the rows whose ``related_field`` holds our key; ``junction_field`` is set when these rows
    link on to a far collection (many to many).
    """

    id: int | None
    kind: str  # m2o | o2m
    collection: str
    field: str
    related: str
    related_field: str | None = None
    junction_field: str | None = None
    extra: Mapping[str, Any] = dataclasses.field(default_factory=dict, hash=False)

    @property
    def deletes_deselected(self) -> bool:
        """Do items go away that are taken out of a list (else they only lose their parent)?"""
        return self.extra.get("one_deselect_action") == "delete"


@dataclass(frozen=True, slots=True)
class Reference:
    """A relation that is kept intact: the field holds a key of ``related`` or nothing.

    on_delete: what becomes of the rows when their target goes (CASCADE, SET NULL, SET DEFAULT; else the target stays).
    """

    collection: str
    field: str
    related: str
    on_delete: str


@dataclass(frozen=True, slots=True)
class Statuses:
    """The status mapping of a collection: which values exist, which hide an item, which ask for required fields."""

    mapping: Mapping[str, Mapping[str, Any]]

    @property
    def visible(self) -> tuple[str, ...]:
        """Values shown by default."""
        return tuple(k for k, v in self.mapping.items() if not v.get("soft_delete"))

    @property
    def deleted(self) -> tuple[str, ...]:
        """Values that mean soft-deleted."""
        return tuple(k for k, v in self.mapping.items() if v.get("soft_delete"))

    @property
    def requiring(self) -> tuple[str, ...]:
        """Values for which required fields are enforced; empty = for all."""
        return tuple(k for k, v in self.mapping.items() if v.get("required_fields"))


@dataclass(frozen=True, eq=False)
class Collection:
    """One table with what is known about it. Fields: columns in table order, then aliases."""

    name: str
    table: Table
    fields: Mapping[str, Field]
    relations: Mapping[str, Relation]
    registered: bool = False  # has a directus_collections row
    managed: bool = False
    hidden: bool = False
    single: bool = False
    icon: str | None = None
    note: str | None = None
    translation: Any = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    implied: Mapping[str, Relation] = field(default_factory=dict)

    @property
    def is_system(self) -> bool:
        """True for the original's own tables."""
        return names.is_system(self.name)

    def named(self, name: str) -> Field:
        """The field of that name; InvalidField where it is gone, as columns of system tables may be."""
        found = self.fields.get(name)
        if found is None:
            raise InvalidField(field=name, collection=self.name)
        return found

    @cached_property
    def columns(self) -> tuple[Field, ...]:
        """Fields with a column, in table order."""
        return tuple(f for f in self.fields.values() if f.column is not None)

    @cached_property
    def key(self) -> Field | None:
        """The primary key: the first key column when there are several."""
        return next((f for f in self.columns if f.column and f.column.primary_key), None)

    @cached_property
    def key_names(self) -> tuple[str, ...]:
        """All columns of the primary key."""
        return self.table.primary_key

    def _first(self, type: str) -> Field | None:
        return next((f for f in self.columns if f.type == type), None)

    @cached_property
    def status(self) -> Field | None:
        """The status field."""
        return self._first("status")

    @cached_property
    def sort(self) -> Field | None:
        """The field that gives the default order."""
        return self._first("sort")

    @cached_property
    def owner(self) -> Field | None:
        """The field with the user who made an item."""
        return self._first("owner")

    @cached_property
    def lang(self) -> Field | None:
        """The field with the language of a translation."""
        return self._first("lang")

    @cached_property
    def statuses(self) -> Statuses | None:
        """The status mapping; None without a status field."""
        if self.status is None:
            return None
        options = self.status.options
        mapping = options.get("status_mapping") if isinstance(options, dict) else None
        mapping = mapping if isinstance(mapping, dict) else {}
        return Statuses({k: v if isinstance(v, dict) else {} for k, v in mapping.items()})

    def relation(self, name: str) -> Relation | None:
        """The relation behind a field."""
        return self.relations.get(name)

    def leads(self, name: str) -> Relation | None:
        """The relation behind a field or, in system collections, behind a name that shows none in Directus 8."""
        return self.relations.get(name) or self.implied.get(name)


class Catalog:
    """All collections of a project; each is put together when first asked for."""

    def __init__(
        self,
        collections: Mapping[str, Callable[[], Collection]],
        problems: tuple[str, ...] = (),
        extras: Extras | None = None,
        references: tuple[Reference, ...] = (),
    ) -> None:
        self._makers = collections
        self._made: dict[str, Collection] = {}
        self.problems = problems
        self.extras = extras  # None: the table of extras was never needed
        self.references = references

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def __iter__(self) -> Iterator[Collection]:
        return (self[name] for name in self._makers)

    def __getitem__(self, name: str) -> Collection:
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = self._makers[name]()
        return made

    def names(self) -> tuple[str, ...]:
        """All collection names, in the database's order."""
        return tuple(self._makers)

    def get(self, name: str) -> Collection | None:
        """The collection of that name, or None."""
        return self[name] if name in self._makers else None

    def collection(self, name: str) -> Collection:
        """The collection of that name; CollectionNotFound (200)."""
        if name not in self._makers:
            raise CollectionNotFound(collection=name)
        return self[name]
