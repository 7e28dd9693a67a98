"""What is special about a system collection, declared in a few slots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from directus8.context import Accountability
from directus8.db.engine import Connection
from directus8.mutation.history import Entry
from directus8.schema.catalog import Catalog

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a behaviour may look at: the caller, the schema, the open transaction, the settings; hardened or not."""

    who: Accountability
    catalog: Catalog
    connection: Connection
    settings: Mapping[str, Any]
    hardened: bool = False


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The slots. All are optional.

    normalise  changes a payload before it is checked: (scene, action, payload) → payload
    guard      refuses a write by raising: (scene, action, row before or None, payload)
    after      further writes inside the transaction: (scene, action, row before, row after)
    also_log   further log entries: (scene, action, row before, payload) → entries
    shown      changes an item into what its reader gets: (caller, item)
    stamps     what must be loaded anew after a write
    logged     False: no activity, no revision
    needs      columns to fetch for ``shown``, asked for or not
    computed   fields without a column that are told all the same: name → columns they are made of
    reserved   columns only the server writes: what a client sends for them is ignored
    secret     columns by which nobody finds, orders or groups items
    lenient    True: what an update says is not validated
    """

    collection: str
    normalise: Callable[[Scene, str, dict[str, Any]], dict[str, Any]] | None = None
    guard: Callable[[Scene, str, Row | None, Row], None] | None = None
    after: Callable[[Scene, str, Row | None, Row], None] | None = None
    also_log: Callable[[Scene, str, Row | None, Row], list[Entry]] | None = None
    shown: Callable[[Accountability, dict[str, Any]], None] | None = None
    stamps: frozenset[str] = frozenset()
    logged: bool = True
    needs: tuple[str, ...] = ()
    computed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reserved: frozenset[str] = frozenset()
    secret: frozenset[str] = frozenset()
    lenient: bool = False


PLAIN = Behaviour("")
