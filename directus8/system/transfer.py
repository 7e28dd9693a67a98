"""A whole project from one database to another, or to a file and back: row for row, whatever the vendors.

All tables go, the system's among them, with their keys as they are. Views stay behind, and so do foreign keys: the
original makes none, and rows would have to come in their order.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import islice
from typing import IO, Any, Protocol
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import bindparam, column, select, table

from directus8.db import ddl
from directus8.db.engine import Connection, Database
from directus8.db.model import Column, SqlType, Table

FORMAT = 1
PAGE = 1000
MANIFEST = "manifest.json"
Row = tuple[Any, ...]


class Tell(Protocol):
    """Who wants to know how far it is."""

    def begin(self, rows: int) -> None:
        """So many rows there are; 0: nobody knows."""
        ...

    def tell(self, table: str, rows: int) -> None:
        """So many rows more of a table have come."""
        ...


class NotPossible(Exception):
    """A transfer that cannot be made."""


@dataclass(frozen=True, slots=True)
class Content:
    """The tables of a database, and what does not go along."""

    tables: tuple[Table, ...]
    left_behind: tuple[str, ...]


def content(connection: Connection) -> Content:
    """What there is to transfer."""
    found = connection.dialect.reflect(connection).values()
    views = [f"view {each.name}" for each in found if each.is_view]
    keys = [f"foreign key {t.name}.{name} to {other}.{to}" for t in found for name, other, to in t.foreign_keys]
    tables = tuple(replace(each, foreign_keys=()) for each in found if not each.is_view)
    return Content(tables, (*views, *keys))


def count(connection: Connection, what: Table) -> int:
    """How many rows a table has."""
    return int(connection.rows(f"SELECT COUNT(*) FROM {connection.dialect.quote(what.name)}")[0][0])


def pages(connection: Connection, what: Table) -> Iterator[list[Row]]:
    """All rows of a table, page by page where it has one key."""
    names = [c.name for c in what.columns]
    source = table(what.name, *map(column, names))
    statement = select(*(source.c[n] for n in names))
    if len(what.primary_key) != 1:
        yield connection.select(statement)
        return
    key = what.primary_key[0]
    at = names.index(key)
    page = connection.select(statement.order_by(source.c[key]).limit(PAGE))
    while page:
        yield page
        later = source.c[key] > bindparam(None, page[-1][at])
        page = connection.select(statement.where(later).order_by(source.c[key]).limit(PAGE))


def fill(connection: Connection, what: Table, rows: Iterable[Sequence[Any]], tell: Tell) -> None:
    """Put rows into a table that was just made."""
    names = [c.name for c in what.columns]
    highest = 0
    tell.tell(what.name, 0)
    counted = next((i for i, c in enumerate(what.columns) if c.auto_increment), None)
    for batch in _batches(rows):
        connection.insert(what.name, [dict(zip(names, row, strict=True)) for row in batch])
        tell.tell(what.name, len(batch))
        if counted is not None:
            highest = max(highest, *(row[counted] or 0 for row in batch))
    if counted is not None and highest:
        connection.dialect.advance(connection, what.name, names[counted], highest)


def _batches(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    left = iter(rows)
    while batch := list(islice(left, PAGE)):
        yield batch


def receiving(target: Database, tables: Iterable[Table]) -> AbstractContextManager[Connection]:
    """The transaction in which tables come into a database. NotPossible if one of them is there."""
    with target.read() as connection:
        there = set(connection.dialect.reflect(connection)) & {each.name for each in tables}
    if there:
        raise NotPossible(f"the database has the tables {', '.join(sorted(there))} already")
    return target.transaction(ddl=True)


def copy(source: Database, target: Database, tell: Tell) -> Content:
    """Copy all tables of one database into another. NotPossible."""
    with source.read() as reading:
        what = content(reading)
        tell.begin(sum(count(reading, each) for each in what.tables))
        with receiving(target, what.tables) as writing:
            writing.dialect.setup(writing)
            for each in what.tables:
                ddl.create_table(writing, each)
                fill(writing, each, (row for page in pages(reading, each) for row in page), tell)
    return what


# --- a file ----------------------------------------------------------------------------------------------------


def export(source: Database, file: IO[bytes], about: dict[str, Any], tell: Tell) -> Content:
    """Write all tables into a zip file: a manifest, and the rows of each table as JSON lines."""
    with source.read() as connection, ZipFile(file, "w", ZIP_DEFLATED) as archive:
        what = content(connection)
        rows = sum(count(connection, each) for each in what.tables)
        tell.begin(rows)
        manifest = {"format": FORMAT, **about, "rows": rows, "tables": [_described(each) for each in what.tables]}
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
        for number, each in enumerate(what.tables):
            with archive.open(_member(number), "w", force_zip64=True) as member:
                for page in pages(connection, each):
                    member.writelines(map(_line, page))
                    tell.tell(each.name, len(page))
    return what


def load(target: Database, file: IO[bytes], tell: Tell) -> dict[str, Any]:
    """Make all tables of a zip file in a database; its manifest. NotPossible."""
    with ZipFile(file) as archive:
        manifest = manifest_of(archive)
        tables = [_table(each) for each in manifest["tables"]]
        tell.begin(manifest.get("rows", 0))
        with receiving(target, tables) as connection:
            connection.dialect.setup(connection)
            for number, each in enumerate(tables):
                ddl.create_table(connection, each)
                with archive.open(_member(number)) as member:
                    rows = (json.loads(line, object_hook=_decoded) for line in member)
                    fill(connection, each, rows, tell)
    return manifest


def manifest_of(archive: ZipFile) -> dict[str, Any]:
    """The manifest of an exported project. NotPossible."""
    try:
        manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
    except (KeyError, ValueError) as error:
        raise NotPossible("this is no exported project") from error
    if manifest.get("format") != FORMAT:
        raise NotPossible(f"this project was exported in the form {manifest.get('format')}, not {FORMAT}")
    return manifest


def _line(row: Row) -> bytes:
    return json.dumps(row, default=_encoded, ensure_ascii=False).encode() + b"\n"


def _member(number: int) -> str:
    return f"rows/{number:05}.jsonl"


def _encoded(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"base64": base64.b64encode(bytes(value)).decode()}
    return str(value)


def _decoded(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["base64"])  # the only objects that rows hold


def _described(what: Table) -> dict[str, Any]:
    return {
        "name": what.name,
        "columns": [_described_column(each) for each in what.columns],
        "unique_keys": [[name, list(columns)] for name, columns in what.unique_keys],
        "collation": what.collation,
    }


def _described_column(each: Column) -> dict[str, Any]:
    names = ("name", "nullable", "default", "primary_key", "auto_increment", "unique")
    more = ("comment", "unique_name", "collation")
    return {"type": str(each.type), **{name: getattr(each, name) for name in (*names, *more)}}


def _table(described: dict[str, Any]) -> Table:
    columns = tuple(Column(**{**each, "type": SqlType.parse(each["type"])}) for each in described["columns"])
    keys = tuple((name, tuple(names)) for name, names in described["unique_keys"])
    return Table(described["name"], columns, unique_keys=keys, collation=described["collation"])
