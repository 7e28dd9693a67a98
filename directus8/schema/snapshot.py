"""The schema of a project as plain data, the same on every database; what changes one into another. Source: issue 4.

A snapshot is a map that YAML can hold. Within, every *part* has a name: (kind, name) → its properties. Two snapshots
differ in the parts that only one has and in those whose properties differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from directus8.db.model import Column, Table
from directus8.errors import InvalidRequest
from directus8.types.sqltype import SqlType

Parts = dict[tuple[str, str], Mapping[str, Any]]
Snapshot = Mapping[str, Any]

VERSION = 1
#: Kinds in the order in which they are told and applied; beside it what names one of them.
KINDS: Mapping[str, tuple[str, ...]] = {
    "collections": ("collection",),
    "fields": ("collection", "field"),
    "relations": ("collection_many", "field_many", "collection_one"),
    "roles": ("id",),
    "permissions": ("collection", "role", "status"),
    "presets": ("collection", "title", "role", "user"),
    "settings": ("key",),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One part to be added (no ``before``), removed (no ``after``) or changed."""

    kind: str
    name: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def removes(self) -> bool:
        """Something goes away."""
        return self.after is None

    def __str__(self) -> str:
        """A line for people: + added, - removed, ~ changed with each property."""
        what = f"{self.kind.removesuffix('s')} {self.name}"
        if self.before is None:
            return f"+ {what}"
        if self.after is None:
            return f"- {what}"
        keys = dict.fromkeys([*self.before, *self.after])
        told = (
            f"{k}: {self.before.get(k)!r} → {self.after.get(k)!r}"
            for k in keys
            if self.before.get(k) != self.after.get(k)
        )
        return f"~ {what}  {', '.join(told)}"


def parts(snapshot: Snapshot) -> Parts:
    """The parts of a snapshot by kind and name; those of one name are numbered. InvalidRequest for another format."""
    if not isinstance(snapshot, Mapping) or snapshot.get("directus8") != VERSION:
        raise InvalidRequest(f"This is no schema snapshot of version {VERSION}")
    found: Parts = {}
    for kind, keys in KINDS.items():
        for row in snapshot.get(kind) or []:
            name = _name(row, keys)
            number = sum(1 for k, n in found if k == kind and (n == name or n.startswith(f"{name} #")))
            found[kind, name if not number else f"{name} #{number + 1}"] = row
    return found


def _name(row: Any, keys: tuple[str, ...]) -> str:
    if not isinstance(row, Mapping) or keys[0] not in row:
        raise InvalidRequest(f"Every part needs its {keys[0]}")
    separator = " " if "role" in keys else "."
    return separator.join("-" if row.get(k) in (None, "") else str(row[k]) for k in keys)


def changes(now: Snapshot, wanted: Snapshot) -> list[Change]:
    """What makes the one into the other, kind by kind."""
    here, there = parts(now), parts(wanted)
    found = [Change(*key, here.get(key), there.get(key)) for key in dict.fromkeys([*here, *there])]
    order = list(KINDS)
    return sorted((c for c in found if c.before != c.after), key=lambda c: order.index(c.kind))


# --- tables and columns --------------------------------------------------------------------------------------


def column_row(column: Column) -> dict[str, Any]:
    """A column as a snapshot has it: its MySQL form, and what is not usual."""
    row: dict[str, Any] = {"type": str(_plain(column.type))}
    if not column.nullable:
        row["nullable"] = False
    if column.default is not None:
        row["default"] = column.default
    for flag in ("primary_key", "auto_increment", "unique"):
        if getattr(column, flag):
            row[flag] = True
    return row


def _plain(type: SqlType) -> SqlType:
    """Without the display width of integers, which databases add or drop; TINYINT(1) means a boolean."""
    if type.kind != "integer" or (type.name, type.length) == ("TINYINT", "1"):
        return type
    return replace(type, length=None)


def column_of(field: Mapping[str, Any]) -> Column | None:
    """The column of a field's part; None for one without."""
    row = field.get("column")
    if row is None:
        return None
    default = row.get("default")
    return Column(
        name=str(field["field"]),
        type=SqlType.parse(str(row["type"])),
        nullable=bool(row.get("nullable", True)),
        default=None if default is None else str(default),
        primary_key=bool(row.get("primary_key")),
        auto_increment=bool(row.get("auto_increment")),
        unique=bool(row.get("unique")),
        comment=str(field.get("note") or ""),
    )


def table_of(collection: Mapping[str, Any], fields: Iterable[Mapping[str, Any]]) -> Table:
    """The table of a collection's part and its fields' parts."""
    return Table(
        name=str(collection["collection"]),
        columns=tuple(c for f in fields if (c := column_of(f)) is not None),
        unique_keys=tuple((k, tuple(n)) for k, n in (collection.get("unique_keys") or {}).items()),
        foreign_keys=tuple(tuple(k) for k in collection.get("foreign_keys") or ()),
    )


def in_order(tables: Iterable[Table]) -> Iterator[Table]:
    """Tables after those their foreign keys lead to; a key that closes a circle is left out."""
    waiting = {t.name: t for t in tables}
    while waiting:
        ready = [t for t in waiting.values() if not (_targets(t) & waiting.keys() - {t.name})]
        for made in ready or [next(iter(waiting.values()))]:
            del waiting[made.name]
            keys = tuple(k for k in made.foreign_keys if k[1] not in waiting)
            yield Table(made.name, made.columns, False, made.unique_keys, keys)


def _targets(table: Table) -> set[str]:
    return {other for _, other, _ in table.foreign_keys}
