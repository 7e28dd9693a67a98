"""Takes the snapshot of a project's schema and applies one. For operators: no permissions are asked, nothing is logged.

What is in it: all tables that are not the system's, what was changed of the system's fields, relations, roles,
permissions, presets and settings. Ids of fields, relations, permissions and presets are not: they differ from project
to project. Those of roles are, users and permissions name them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import orjson
from sqlalchemy import bindparam, column, table, update

from directus8 import names
from directus8.db.engine import Connection
from directus8.schema.catalog import Catalog, Collection
from directus8.schema.edit import Edit
from directus8.schema.load import COLLECTION_COLUMNS, FIELD_COLUMNS, RELATION_COLUMNS
from directus8.schema.snapshot import (
    KINDS,
    VERSION,
    Change,
    Snapshot,
    changes,
    column_of,
    column_row,
    in_order,
    parts,
    table_of,
)
from directus8.services.schema import delete_rows, editing, select_rows
from directus8.services.session import Session
from directus8.state import PERMISSION_COLUMNS
from directus8.system.install import first_rows
from directus8.system.tables import TABLES
from directus8.types.column import encode as columns_encode
from directus8.types.structure import json_decode

Row = dict[str, Any]

ROLE_COLUMNS = (
    "id", "name", "description", "ip_whitelist", "external_id", "module_listing", "collection_listing", "enforce_2fa",
)  # fmt: skip
PRESET_COLUMNS = (
    "id", "title", "user", "role", "collection", "search_query", "filters", "view_type", "view_query", "view_options",
    "translation",
)  # fmt: skip
STORED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "collections": (names.COLLECTIONS, COLLECTION_COLUMNS),
    "fields": (names.FIELDS, FIELD_COLUMNS),
    "relations": (names.RELATIONS, RELATION_COLUMNS),
    "roles": (names.ROLES, ROLE_COLUMNS),
    "permissions": (names.PERMISSIONS, PERMISSION_COLUMNS),
    "presets": (names.PRESETS, PRESET_COLUMNS),
    "settings": (names.SETTINGS, ("id", "key", "value")),
}
STRUCTURES = frozenset(
    {"options", "translation", "filters", "view_query", "view_options", "module_listing", "collection_listing"}
)
FLAGS = frozenset(
    {"managed", "hidden", "single", "locked", "required", "readonly", "hidden_detail", "hidden_browse", "enforce_2fa"}
)
#: Parts of a collection or field that are not in its row.
OUTSIDE = frozenset({"column", "unique_keys", "foreign_keys", "registered"})
SYSTEM_COLUMNS = {t.name: {c.name for c in t.columns} for t in TABLES}


# --- take ----------------------------------------------------------------------------------------------------


def take(session: Session) -> Snapshot:
    """The snapshot of a project as it is."""
    with session.connection() as connection:
        catalog = session.catalog
        rows = {kind: _read(connection, *STORED[kind]) for kind in KINDS}
        return {
            "directus8": VERSION,
            "collections": _collections(catalog, rows["collections"]),
            "fields": _fields(catalog, rows["fields"]),
            "relations": _relations(rows["relations"]),
            "roles": rows["roles"],
            "permissions": _sorted("permissions", map(_without_id, rows["permissions"])),
            "presets": _sorted("presets", map(_without_id, rows["presets"])),
            "settings": _sorted("settings", map(_without_id, rows["settings"])),
        }


def _read(connection: Connection, rows: str, columns: Sequence[str]) -> list[Row]:
    return [_plain(row) for row in select_rows(connection, rows, columns)]


def _plain(row: Mapping[str, Any]) -> Row:
    """A row with what is empty left out, flags as such and structures unpacked."""
    return {k: _value(k, v) for k, v in row.items() if v is not None}


def _value(key: str, value: Any) -> Any:
    if key in FLAGS:
        return bool(value)
    if key in STRUCTURES and isinstance(value, str):
        decoded = json_decode(value)
        return value if decoded is None else decoded
    return value


def _without_id(row: Row) -> Row:
    return {k: v for k, v in row.items() if k != "id"}


def _sorted(kind: str, rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: tuple(str(row.get(k, "")) for k in KINDS[kind]))


def _relations(rows: Sequence[Row]) -> list[Row]:
    """Those the installer did not make."""
    first = [_without_id(_plain(row)) for row in first_rows()[names.RELATIONS]]
    return _sorted("relations", (r for row in rows if (r := _without_id(row)) not in first))


def _collections(catalog: Catalog, rows: Sequence[Row]) -> list[Row]:
    stored = {row["collection"]: row for row in rows}
    return [_collection(c, stored.get(c.name)) for c in _own(catalog)]


def _own(catalog: Catalog) -> list[Collection]:
    """What is not the system's, in the order of names."""
    found = (c for c in catalog if not (c.is_system or c.table.is_view))
    return sorted(found, key=lambda c: c.name)


def _collection(collection: Collection, row: Row | None) -> Row:
    made = row or {"collection": collection.name, "registered": False}
    if collection.table.unique_keys:
        made["unique_keys"] = {name: list(columns) for name, columns in collection.table.unique_keys}
    if collection.table.foreign_keys:
        made["foreign_keys"] = [list(key) for key in collection.table.foreign_keys]
    return made


def _fields(catalog: Catalog, rows: Sequence[Row]) -> list[Row]:
    stored = {(row["collection"], row["field"]): row for row in rows}
    by_id = {row["id"]: row["field"] for row in rows}
    first = _first_fields()
    found: list[Row] = []
    for collection in [*_own(catalog), *(c for c in catalog if c.is_system)]:
        for field in collection.fields.values():
            made = _field(collection.name, field.name, stored.get((collection.name, field.name)), by_id)
            bare = len(made) == 2 and field.name in SYSTEM_COLUMNS.get(collection.name, ())
            if bare or made == first.get((collection.name, field.name)):
                continue
            if field.column is not None and field.name not in SYSTEM_COLUMNS.get(collection.name, ()):
                made["column"] = column_row(field.column)
            found.append(made)
    return found


@cache
def _first_fields() -> Mapping[tuple[str, str], Row]:
    """The system's fields as the installer makes them: no part of a snapshot, nor ever removed."""
    rows = [_plain({k: r.get(k) for k in FIELD_COLUMNS}) for r in first_rows()[names.FIELDS]]
    by_id = {row["id"]: row["field"] for row in rows}
    return {(r["collection"], r["field"]): _field(r["collection"], r["field"], r, by_id) for r in rows}


def _field(collection: str, name: str, row: Row | None, by_id: Mapping[int, str]) -> Row:
    made: Row = {"collection": collection, "field": name}
    for key, value in (row or {}).items():
        if key == "group":
            made["group"] = by_id.get(value)
        elif key not in ("id", *made):
            made[key] = value
    return made


# --- apply ---------------------------------------------------------------------------------------------------


def plan(session: Session, wanted: Snapshot) -> list[Change]:
    """What applying a snapshot would change."""
    return [_measured(change) for change in changes(take(session), wanted)]


def _measured(change: Change) -> Change:
    """A field of the system that a snapshot does not have is as the installer made it."""
    part = change.before or change.after or {}
    first = (
        _first_fields().get((part.get("collection", ""), part.get("field", ""))) if change.kind == "fields" else None
    )
    return replace(change, before=change.before or first, after=change.after or first)


def apply(session: Session, wanted: Snapshot, *, removing: bool = False) -> list[Change]:
    """Makes the schema what a snapshot says; the changes made. Without ``removing`` nothing is taken away."""
    parts(wanted)
    with editing(session) as edit:
        made = [c for c in plan(session, wanted) if removing or not c.removes]
        _change_tables(edit, session.catalog, made)
        for change in made:
            _change_row(edit.connection, session.catalog, change)
        _put_in_groups(edit.connection, made)
        session.touch({"access", "settings"})
    return made


def _change_tables(edit: Edit, catalog: Catalog, made: Sequence[Change]) -> None:
    """Makes tables, puts columns, drops columns, drops tables: what can't be undone comes last."""
    fields = [c for c in made if c.kind == "fields"]
    collections = [c for c in made if c.kind == "collections"]
    new = {c.after["collection"]: c.after for c in collections if c.before is None and c.after is not None}
    by_table: dict[str, list[Mapping[str, Any]]] = {}
    for change in fields:
        if change.after is not None:
            by_table.setdefault(change.after["collection"], []).append(change.after)
    for made_table in in_order(table_of(row, by_table.get(name, [])) for name, row in new.items()):
        edit.create(made_table)
    for name, rows in by_table.items():
        for row in rows if name not in new else ():
            if (column := column_of(row)) is not None:
                edit.put(catalog.collection(name).table, column)
    gone = {c.before["collection"] for c in collections if c.removes and c.before is not None}
    for change in fields:
        part = change.before if change.removes and change.before is not None else {}
        if "column" in part and part["collection"] not in gone:
            edit.remove(catalog.collection(part["collection"]).table, part["field"])
    for name in sorted(gone):
        edit.drop(catalog.collection(name).table)


def _change_row(connection: Connection, catalog: Catalog, change: Change) -> None:
    """Writes or deletes the row of a part; parts that are only tables and columns have none."""
    rows, columns = STORED[change.kind]
    old, new = _row_of(change.kind, change.before), _row_of(change.kind, change.after)
    if old == new:
        return
    id = None if old is None else _find(connection, change.kind, old)
    if new is None:
        delete_rows(connection, rows, **{columns[0]: id})
    elif id is None:
        connection.insert(rows, [_complete(catalog, rows, columns, new)], "id" if change.kind == "roles" else None)
    else:
        _update(connection, rows, columns[0], id, _complete(catalog, rows, columns, new))


def _find(connection: Connection, kind: str, part: Row) -> Any:
    """The key of the row that a part was made of."""
    rows, columns = STORED[kind]
    for row in select_rows(connection, rows, columns):
        plain = {k: v for k, v in _plain(row).items() if k != "group" and (k != "id" or kind == "roles")}
        if plain == part:
            return row[columns[0]]
    return None


def _complete(catalog: Catalog, rows: str, columns: Sequence[str], part: Row) -> Row:
    """All columns of a row; what a part does not say is empty, or the default where it must not be."""
    made: Row = {}
    for name in columns:
        column = catalog.collection(rows).fields[name].column
        if name == "group" or (name == "id" and "id" not in part) or column is None:
            continue
        empty = None if column.nullable or column.default is None else columns_encode(column.default, column.type)
        made[name] = _stored(name, part[name]) if name in part else empty
    return made


def _row_of(kind: str, part: Mapping[str, Any] | None) -> Row | None:
    """The stored values of a part; None where nothing is stored."""
    if part is None or part.get("registered") is False or (kind == "fields" and "type" not in part):
        return None
    return {k: v for k, v in part.items() if k not in OUTSIDE and k != "group"}


def _stored(key: str, value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if key in STRUCTURES and isinstance(value, (dict, list)):
        return orjson.dumps(value).decode()
    return value


def _update(connection: Connection, rows: str, key: str, id: Any, values: Mapping[str, Any]) -> None:
    at = table(rows, column(key), *(column(c) for c in values))
    bound: Any = {c: bindparam(None, v) for c, v in values.items()}
    connection.run(update(at).where(at.c[key] == bindparam(None, id)).values(bound))


def _put_in_groups(connection: Connection, made: Sequence[Change]) -> None:
    """A field names its group by the group's id, which is known only now."""
    wanted = [c for c in made if c.kind == "fields" and _group(c.before) != _group(c.after)]
    if not wanted:
        return
    ids = {(r["collection"], r["field"]): r["id"] for r in select_rows(connection, names.FIELDS, FIELD_COLUMNS)}
    for change in wanted:
        if (part := change.after) is not None and (id := ids.get((part["collection"], part["field"]))) is not None:
            group = ids.get((part["collection"], _group(part) or ""))
            _update(connection, names.FIELDS, "id", id, {"group": group})


def _group(part: Mapping[str, Any] | None) -> str | None:
    return None if part is None else part.get("group")


def lines(made: Iterable[Change], *, removing: bool) -> Iterator[str]:
    """The changes for people; those that would not be made are marked."""
    for change in made:
        kept = change.removes and not removing
        yield f"{change}{'  (kept: removing was not asked for)' if kept else ''}"
