"""Taking over a database of Directus 8 in place: what it lacks, what is inconsistent, and adding what it lacks.

Nothing that is there is altered or removed, so that the original can still open it. The upgrade steps between 8.0 and
8.8.1 end in the tables and rows of a fresh 8.8.1; what is missing of that is added: tables, columns, rows of the
system's own metadata, and last the record of the steps. Three steps also moved data: users got their role from a table
of pairs, files got a second name, and a field type got another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sqlalchemy import TableClause, bindparam, column, select, table, update

from directus8.db import ddl
from directus8.db.engine import Connection, Database
from directus8.db.model import Column, Table
from directus8.system.install import MIGRATIONS, first_rows
from directus8.system.tables import TABLES

Row = Mapping[str, Any]
Tables = Mapping[str, Table]

#: What tells one row of the system's metadata from another.
NATURAL_KEYS: Mapping[str, tuple[str, ...]] = {
    "directus_fields": ("collection", "field"),
    "directus_relations": ("collection_many", "field_many"),
    "directus_settings": ("key",),
    MIGRATIONS: ("version",),
}
#: Without these there is nothing to adopt.
CORE = ("directus_collections", "directus_fields", "directus_users", "directus_roles", "directus_settings")
OLD_ROLES = "directus_user_roles"


class NotDirectus(Exception):
    """A database that holds no Directus 8 project."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to add."""

    what: str
    run: Callable[[Connection], None] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """What was found: missing upgrade steps by name, what would be added, what is inconsistent, how much there is."""

    missing_migrations: tuple[str, ...]
    steps: tuple[Step, ...]
    inconsistencies: tuple[str, ...]
    counts: Mapping[str, int]


def examine(database: Database) -> Report:
    """Look at a database; nothing is changed. NotDirectus."""
    with database.read() as connection:
        tables = connection.dialect.reflect(connection)
        missing = [name for name in CORE if name not in tables]
        if missing:
            raise NotDirectus(f"this is no Directus 8 database: there is no {', '.join(missing)}")
        if "scope" in {c.name for c in tables["directus_settings"].columns}:
            raise NotDirectus("this is a database of Directus 7 or older: bring it to 8 with the original first")
        wanted = {row["version"]: row["migration_name"] for row in first_rows()[MIGRATIONS]}
        done = _done(connection, tables)
        missing = [name for version, name in wanted.items() if version not in done]
        return Report(
            tuple(missing),
            tuple(_steps(connection, tables, bool(missing))),
            tuple(_inconsistencies(connection, tables)),
            _counts(connection, tables),
        )


def adopt(database: Database, report: Report, tell: Callable[[str], None] = lambda what: None) -> None:
    """Add what a report says is missing. Done again after a failure it goes on where it stopped."""
    with database.transaction(ddl=True) as connection:
        connection.dialect.setup(connection)
        for step in report.steps:
            tell(step.what)
            step.run(connection)


def _done(connection: Connection, tables: Tables) -> set[int]:
    if MIGRATIONS not in tables:
        return set()
    return {int(row["version"]) for row in _rows(connection, tables, MIGRATIONS, ("version",))}


def _rows(connection: Connection, tables: Tables, name: str, wanted: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The rows of a table that may not be there."""
    if name not in tables:
        return []
    there = [c.name for c in tables[name].columns if not wanted or c.name in set(wanted)]
    found = connection.select(select(*map(column, there)).select_from(table(name)))
    return [dict(zip(there, row, strict=True)) for row in found]


# --- what is missing -------------------------------------------------------------------------------------------


def _steps(connection: Connection, tables: Tables, upgrade: bool) -> Iterator[Step]:
    for wanted in TABLES:
        if wanted.name not in tables:
            yield Step(f"table {wanted.name}", partial(ddl.create_table, table=wanted))
        else:
            yield from _missing_columns(tables[wanted.name], wanted)
    if not upgrade:  # what is missing of the rows then, somebody has taken away
        return
    yield from _moved_data(connection, tables)
    rows = first_rows()
    for name in (*(n for n in NATURAL_KEYS if n != MIGRATIONS), MIGRATIONS):
        yield from _missing_rows(connection, tables, name, rows[name])


def _missing_columns(there: Table, wanted: Table) -> Iterator[Step]:
    known = {c.name for c in there.columns}
    for each in wanted.columns:
        if each.name not in known:
            added = partial(ddl.add_column, table=there, column=_addable(each))
            yield Step(f"column {wanted.name}.{each.name}", added)


def _addable(wanted: Column) -> Column:
    """A column that rows already there can get: empty where nothing else is said."""
    return wanted if wanted.nullable or wanted.default is not None else replace(wanted, default=ddl.zero(wanted.type))


def _missing_rows(connection: Connection, tables: Tables, name: str, rows: list[dict[str, Any]]) -> Iterator[Step]:
    key = NATURAL_KEYS[name]
    there = {tuple(str(row[k]) for k in key) for row in _rows(connection, tables, name, key)}
    missing = [row for row in rows if tuple(str(row[k]) for k in key) not in there]
    for row in missing:
        values = {n: v for n, v in row.items() if n != "id"}
        label = row["migration_name"] if name == MIGRATIONS else ".".join(str(row[k]) for k in key)
        yield Step(f"row {label} of {name}", partial(_insert, name=name, values=values))


def _insert(connection: Connection, name: str, values: Row) -> None:
    connection.insert(name, [values])


def _moved_data(connection: Connection, tables: Tables) -> Iterator[Step]:
    if OLD_ROLES in tables and "role" not in {c.name for c in tables["directus_users"].columns}:
        pairs = _rows(connection, tables, OLD_ROLES, ("user", "role"))
        yield Step(f"role of {len(pairs)} users, from {OLD_ROLES}", partial(_set_roles, pairs=pairs))
    files = {c.name for c in tables["directus_files"].columns} if "directus_files" in tables else set()
    if "filename" in files and "filename_disk" not in files:
        yield Step("names of the files, from directus_files.filename", _set_file_names)

    fields = _rows(connection, tables, "directus_fields", ("type",))
    if any(row["type"] == "user_created" for row in fields):
        yield Step("fields of type user_created become owner", _rename_owner)


def _rename_owner(connection: Connection) -> None:
    fields = _clause("directus_fields", "type")
    connection.run(update(fields).where(fields.c.type == "user_created").values(type="owner"))


def _clause(name: str, *columns: str) -> TableClause:
    return table(name, *map(column, columns))


def _set_roles(connection: Connection, pairs: list[dict[str, Any]]) -> None:
    users = _clause("directus_users", "id", "role")
    for pair in pairs:
        connection.run(update(users).where(users.c.id == bindparam(None, pair["user"])).values(role=pair["role"]))


def _set_file_names(connection: Connection) -> None:
    files = _clause("directus_files", "filename", "filename_disk", "filename_download")
    connection.run(update(files).values(filename_disk=files.c.filename, filename_download=files.c.filename))


# --- what is inconsistent --------------------------------------------------------------------------------------


def _inconsistencies(connection: Connection, tables: Tables) -> Iterator[str]:
    """What a project lives with, but its operator may want to mend."""
    rows = {
        name: _rows(connection, tables, f"directus_{name}")
        for name in ("collections", "fields", "relations", "permissions", "roles", "users")
    }
    roles = {row["id"] for row in rows["roles"]}
    for row in rows["collections"]:
        if row["collection"] not in tables:
            yield f"collection {row['collection']} has no table"
    yield from _of_fields(tables, rows["fields"])
    own = {_named(row) for row in first_rows()["directus_relations"]}  # some of these were never right
    for row in rows["relations"]:
        if _named(row) not in own:
            yield from _of_relation(tables, row)
    if orphans := [row for row in rows["permissions"] if row["role"] not in roles]:
        yield f"{len(orphans)} permissions of roles that do not exist: {_listed(r['role'] for r in orphans)}"
    lost = [row for row in rows["permissions"] if row["collection"] not in tables]
    if lost:
        yield f"{len(lost)} permissions on collections that do not exist: {_listed(r['collection'] for r in lost)}"
    for row in rows["users"]:
        if row.get("role") is not None and row["role"] not in roles:
            yield f"user {row['id']} has the role {row['role']}, which does not exist"
    for name, each in tables.items():
        if not each.is_view and not each.primary_key:
            yield f"table {name} has no primary key: it can only be read"
        elif len(each.primary_key) > 1:
            yield f"table {name} has a primary key of several columns: the first is taken for the key"


def _of_fields(tables: Tables, rows: list[dict[str, Any]]) -> Iterator[str]:
    lost = sorted({row["collection"] for row in rows if row["collection"] not in tables})
    if lost:
        yield f"fields of collections that do not exist: {', '.join(lost)}"


def _of_relation(tables: Tables, row: Row) -> Iterator[str]:
    for side in ("many", "one"):
        collection = row[f"collection_{side}"]
        if collection and collection not in tables:
            yield f"relation {row['id']} names the collection {collection}, which does not exist"
    many = tables.get(row["collection_many"])
    if many is not None and row["field_many"] not in {c.name for c in many.columns}:
        yield f"relation {row['id']} names the field {row['collection_many']}.{row['field_many']}, which does not exist"


def _named(row: Row) -> tuple[Any, ...]:
    return row["collection_many"], row["field_many"], row["collection_one"], row["field_one"]


def _listed(values: Iterable[Any]) -> str:
    return ", ".join(sorted({str(value) for value in values}))


def _counts(connection: Connection, tables: Tables) -> dict[str, int]:
    quote = connection.dialect.quote
    return {
        name: int(connection.rows(f"SELECT COUNT(*) FROM {quote(name)}")[0][0])
        for name, each in tables.items()
        if not each.is_view
    }
