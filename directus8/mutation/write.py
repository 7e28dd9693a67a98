"""Runs trees of writes: wave by wave, in bulk per table, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, delete, select, update

from directus8.db.engine import Connection
from directus8.db.rows import at, untyped
from directus8.errors import DuplicateKey, ValueMissing
from directus8.mutation.tree import CREATE, DELETE, LINK, UPDATE, Write
from directus8.schema.catalog import Collection, Field
from directus8.types import column as columns

#: Most rows changed by one statement.
BATCH = 500


def execute(connection: Connection, roots: Iterable[Write]) -> None:
    """Writes every node of the trees. On return each has its key, and ``row``: all columns after the write."""
    nodes = [n for root in roots for n in root.descendants()]
    waves = _waves(nodes)
    for number in sorted(set(waves.values())):
        _run_wave(connection, [n for n in nodes if waves[n] == number])


def _waves(nodes: list[Write]) -> dict[Write, int]:
    """When each node's turn comes: after its targets and after its parent."""
    waves: dict[Write, int] = {}

    def wave(node: Write) -> int:
        if node not in waves:
            waves[node] = 1 + max(
                (wave(d) for d in (*node.ones.values(), *((node.parent,) if node.parent else ()))), default=0
            )
        return waves[node]

    for node in nodes:
        wave(node)
    return waves


def _run_wave(connection: Connection, nodes: list[Write]) -> None:
    for node in nodes:
        _link(node)
    by_table: dict[tuple[str, str], list[Write]] = {}
    for node in nodes:
        by_table.setdefault((node.action, node.collection.name), []).append(node)
    for (action, _), same in by_table.items():
        if action == CREATE:
            _insert(connection, same)
        elif action == UPDATE:
            _update(connection, same)
        elif action == DELETE:
            delete_rows(connection, same[0].collection, [n.key for n in same])


def _link(node: Write) -> None:
    """Takes over the keys that became known: of the targets, of the parent."""
    for name, one in node.ones.items():
        if one.action != DELETE:
            node.sent[name] = one.key
            node.values[name] = _as_column(node.collection.fields[name], one.key)
    if node.parent is not None and node.action in (CREATE, UPDATE) and node.foreign_key not in node.sent:
        _point(node)


def _point(node: Write) -> None:
    assert node.parent is not None and node.foreign_key is not None
    node.sent[node.foreign_key] = str(node.parent.key)
    node.values[node.foreign_key] = _as_column(node.collection.fields[node.foreign_key], node.parent.key)


def _as_column(field: Field, key: Any) -> Any:
    assert field.column is not None
    return None if key is None else columns.encode(key, field.column.type)


# --- inserts -----------------------------------------------------------------------------------------------


def _insert(connection: Connection, nodes: list[Write]) -> None:
    collection = nodes[0].collection
    for node in nodes:
        _check_complete(node)
    names = _union(nodes)
    rows = [_complete(collection, n.values, names) for n in nodes]
    start = 0
    for _, group in groupby(rows, key=_names):
        same = list(group)
        try:
            _insert_same(connection, collection, nodes[start : start + len(same)], same)
        except DuplicateKey as error:
            raise _with_default(collection, error) from error
        start += len(same)


def _check_complete(node: Write) -> None:
    """ValueMissing before a database is asked: one that refuses a row may have counted its key already."""
    for field in node.collection.columns:
        column = field.column
        given = column is None or column.nullable or column.primary_key or column.auto_increment
        if not given and column and column.default is None and node.values.get(field.name) is None:
            raise ValueMissing(field=field.name, collection=node.collection.name)


def _insert_same(
    connection: Connection, collection: Collection, nodes: list[Write], rows: list[dict[str, Any]]
) -> None:
    """Inserts rows of the same columns; the nodes get their keys and rows."""
    key = collection.key
    if key is None:  # nothing tells such rows apart: what was written is all that is known of them
        connection.insert(collection.name, rows)
        for node, row in zip(nodes, rows, strict=True):
            node.row = {f.name: row.get(f.name) for f in collection.columns}
    elif connection.returns_rows:
        names = [f.name for f in collection.columns]
        made = connection.insert_rows(collection.name, rows, key.name, names)
        for node, row, values in zip(nodes, rows, made, strict=True):
            node.row = dict(zip(names, values, strict=True))
            node.key = row.get(key.name) if row.get(key.name) is not None else node.row[key.name]
    else:
        for node, made_key in zip(nodes, connection.insert(collection.name, rows, key.name), strict=True):
            node.key = made_key
        found = load_rows(connection, collection, [n.key for n in nodes])
        for node in nodes:
            node.row = found.get(str(node.key))
            if len(collection.key_names) > 1 and node.row is not None:  # another row may begin with the same key
                node.row = {**dict.fromkeys(node.row), **node.values}


def _with_default(collection: Collection, error: DuplicateKey) -> DuplicateKey:
    """Names the value also when it was the database that put it there."""
    field = collection.fields.get(str(error.values.get("field")))
    if error.values.get("value") or field is None or field.column is None or field.column.default is None:
        return error
    return DuplicateKey(**{**error.values, "value": field.column.default})


def _names(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(row)


def _union(nodes: list[Write]) -> list[str]:
    return list(dict.fromkeys(name for n in nodes for name in n.values))


def _complete(collection: Collection, values: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """The row with constant defaults for columns other rows give, so that all go in by one statement."""
    row = {}
    for name in names:
        if name in values:
            row[name] = values[name]
            continue
        field = collection.fields[name]
        assert field.column is not None
        default = field.column.default
        if field.column.auto_increment or (default is None and not field.column.nullable):
            continue
        try:
            row[name] = None if default is None else columns.encode(default, field.column.type)
        except ValueError:
            continue  # an expression such as CURRENT_TIMESTAMP: left to the database
    return row


# --- updates -----------------------------------------------------------------------------------------------


def _update(connection: Connection, nodes: list[Write]) -> None:
    for start in range(0, len(nodes), BATCH):
        batch = nodes[start : start + BATCH]
        changed = [n for n in batch if n.values]
        for names, same in _by_columns(changed).items():
            try:
                update_rows(connection, same[0].collection, names, [(n.key, n.values) for n in same])
            except DuplicateKey as error:
                raise _with_value(error, same) from error
    for node in nodes:
        if node.stored is not None:
            node.row = {**node.stored, **node.values}


def _with_value(error: DuplicateKey, nodes: list[Write]) -> DuplicateKey:
    """Names the value where the database names the column only."""
    names = error.values.get("fields") or ()
    if str(error.values.get("value")).strip("-") or not names:
        return error
    rows = ({**(n.stored or {}), **n.values} for n in nodes)
    values = ["-".join(str(row.get(name)) for name in names) for row in rows]
    return DuplicateKey(**{**error.values, "value": max(values, key=values.count)})


def _by_columns(nodes: list[Write]) -> dict[tuple[str, ...], list[Write]]:
    groups: dict[tuple[str, ...], list[Write]] = {}
    for node in nodes:
        groups.setdefault(tuple(sorted(node.values)), []).append(node)
    return groups


def update_rows(
    connection: Connection, collection: Collection, names: tuple[str, ...], rows: list[tuple[Any, Mapping[str, Any]]]
) -> None:
    """Updates rows by key in one statement; where all set the same value it is set plainly."""
    assert collection.key is not None
    source = at(collection.name, collection.key.name, *names)
    key = source.c[collection.key.name]
    keys = [k for k, _ in rows]
    values: dict[str, Any] = {}
    for name in names:
        given = [v[name] for _, v in rows]
        if all(g == given[0] and type(g) is type(given[0]) for g in given):
            values[name] = given[0]
        else:
            values[name] = _by_key(connection, collection.fields[name], key, list(zip(keys, given, strict=True)))
    bound = {n: v if isinstance(v, ColumnElement) else bindparam(None, v) for n, v in values.items()}
    connection.run(update(source).where(key.in_([bindparam(None, k) for k in keys])).values(bound))


def _by_key(connection: Connection, field: Field, key: Any, given: list[tuple[Any, Any]]) -> ColumnElement[Any]:
    assert field.column is not None
    chosen = case(*((key == bindparam(None, k), bindparam(None, v)) for k, v in given), else_=untyped(field.name))
    return connection.dialect.typed(chosen, field.column.type)


# --- deletes and loads -------------------------------------------------------------------------------------


def delete_rows(connection: Connection, collection: Collection, keys: list[Any]) -> int:
    """Deletes rows by key; how many there were."""
    assert collection.key is not None
    source = at(collection.name, collection.key.name)
    key = source.c[collection.key.name]
    gone = 0
    for start in range(0, len(keys), BATCH):
        batch: list[Any] = [bindparam(None, k) for k in keys[start : start + BATCH]]
        gone += connection.run(delete(source).where(key.in_(batch)))
    return gone


def load_rows(connection: Connection, collection: Collection, keys: list[Any]) -> dict[str, dict[str, Any]]:
    """All columns of rows by key (as text), as database values."""
    assert collection.key is not None
    names = [f.name for f in collection.columns]
    source = at(collection.name, *names)
    found: dict[str, dict[str, Any]] = {}
    position = names.index(collection.key.name)
    for start in range(0, len(keys), BATCH):
        batch: list[Any] = [bindparam(None, k) for k in keys[start : start + BATCH]]
        statement = select(*(source.c[n] for n in names)).where(source.c[collection.key.name].in_(batch))
        for row in connection.select(statement):
            found[str(row[position])] = dict(zip(names, row, strict=True))
    return found


__all__ = ["LINK", "execute", "load_rows", "update_rows"]
