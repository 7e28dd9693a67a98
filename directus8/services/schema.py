"""What the collections and fields services share: one edit of tables and metadata, the metadata rows, the events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import delete, select, table

from directus8 import names
from directus8.db.engine import Connection
from directus8.db.rows import at, matching
from directus8.events.spec import for_collection
from directus8.mutation import history, payload
from directus8.mutation.history import Entry
from directus8.mutation.write import load_rows
from directus8.schema import definition, edit
from directus8.schema.catalog import Collection, Field
from directus8.schema.definition import Definition
from directus8.services import inner, telling
from directus8.services.session import Session

#: Rows of which the project has one per collection, by the column that names it.
BELONGINGS = (
    (names.PERMISSIONS, "collection"),
    (names.FIELDS, "collection"),
    (names.COLLECTIONS, "collection"),
    (names.PRESETS, "collection"),
)

#: What is written, and logged, of a new field beside what was sent.
NEW_FIELD: Mapping[str, Any] = {
    "interface": None, "required": False, "sort": 0, "note": None, "hidden_detail": 0, "hidden_browse": 0,
    "options": None,
}  # fmt: skip


@contextmanager
def editing(session: Session) -> Iterator[edit.Edit]:
    """One edit at a time, with the schema as it is then. The new schema is known when the block is left."""
    nested = session.in_transaction
    with session.transaction(ddl=True) as connection:
        if nested:  # what was changed before in the same transaction is not in the schema others see
            session.forget("schema")
        else:
            session.renew("schema")
        with edit.editing(connection) as made:
            yield made
        session.touch({"schema"})
        session.forget("schema")


def tell(session: Session, event: str, *arguments: Any) -> None:
    """Tells an event of the schema; those of fields also under the name of their collection."""
    bus = session.project.bus
    if bus.deaf or not bus.hears(event, arguments[0] if event.startswith("field.") else None):
        return
    if session.in_transaction and not event.endswith(":before"):
        session.forget("schema")  # listeners see what was made
    telling.emit(session, event, *arguments)
    if event.startswith("field."):
        telling.emit(session, for_collection(event, arguments[0]), *arguments[1:])


# --- rows ----------------------------------------------------------------------------------------------------


def delete_rows(connection: Connection, rows: str, **where: Any) -> None:
    """Deletes rows of a metadata table."""
    connection.run(delete(table(rows)).where(*matching(where)))


def select_rows(connection: Connection, rows: str, columns: Sequence[str], **where: Any) -> list[dict[str, Any]]:
    """Rows of a metadata table as maps, in key order."""
    source = at(rows, *columns)
    statement = select(*(source.c[c] for c in columns)).where(*matching(where))
    found = connection.select(statement.order_by(source.c[columns[0]]))
    return [dict(zip(columns, row, strict=True)) for row in found]


# --- directus_fields -----------------------------------------------------------------------------------------


def field_row(collection: str, given: Definition) -> dict[str, Any]:
    """The directus_fields row of a definition, as sent."""
    skipped = (*definition.COLUMN_KEYS, "id", "collection")
    row = {k: v for k, v in given.items() if k not in skipped}
    if row.get("type") is not None:
        row["type"] = str(row["type"]).lower()
    return {"collection": collection, **row}


def write_fields(
    session: Session, connection: Connection, rows: Sequence[dict[str, Any]], known: Mapping[str, Field]
) -> None:
    """Creates directus_fields rows, or changes those of the fields that are known, and logs it."""
    collection = session.catalog.collection(names.FIELDS)
    rows = [row if _is_stored(known.get(str(row["field"]))) else {**NEW_FIELD, **row} for row in rows]
    ids = [_write_field(session, connection, collection, row, known.get(str(row["field"]))) for row in rows]
    stored = load_rows(connection, collection, ids)
    entries = []
    for id, row in zip(ids, rows, strict=True):
        action = "update" if _is_stored(known.get(str(row["field"]))) else "create"
        data = history.revision_data(collection, stored[str(id)])
        entries.append(Entry(action, names.FIELDS, str(id), None, data, row))
    inner.log(session, connection, entries)


def _is_stored(field: Field | None) -> bool:
    return field is not None and field.id is not None


def _write_field(
    session: Session, connection: Connection, collection: Collection, row: dict[str, Any], field: Field | None
) -> int:
    values = _values(session, collection, row)
    if field is None or field.id is None:
        # of a lost column
        inner.remove(session, connection, names.FIELDS, {"collection": row["collection"], "field": row["field"]})
        id: int = inner.insert(session, connection, names.FIELDS, [values])[0]
        return id
    changed = tuple(k for k in values if k not in ("collection", "field"))
    if changed:
        inner.change(session, connection, names.FIELDS, field.id, {k: values[k] for k in changed})
    return field.id


def _values(session: Session, collection: Collection, row: Mapping[str, Any]) -> dict[str, Any]:
    """A metadata row as database values. What may not be null and has a default stays as it is."""
    sent = {k: v for k, v in row.items() if v is not None or _may_be_null(collection.fields[k])}
    payload.check(collection, sent, partial=True)
    return payload.encode(collection, sent, session.project.hash)


def _may_be_null(field: Field) -> bool:
    return field.column is None or field.column.nullable or field.column.default is None


# --- directus_collections ------------------------------------------------------------------------------------


def write_collection(
    session: Session, connection: Connection, name: str, sent: Mapping[str, Any], known: Collection | None
) -> None:
    """Creates or changes a directus_collections row and logs it."""
    collection = session.catalog.collection(names.COLLECTIONS)
    row = {**sent, "collection": name}
    values = _values(session, collection, row)
    if known is not None and known.registered:
        changed = tuple(k for k in values if k != "collection")
        if changed:
            inner.change(session, connection, names.COLLECTIONS, name, {k: values[k] for k in changed})
    else:
        inner.remove(session, connection, names.COLLECTIONS, {"collection": name})  # of a lost table
        inner.insert(session, connection, names.COLLECTIONS, [values], None)
    log_collection(session, connection, name, sent)


def log_collection(session: Session, connection: Connection, name: str, sent: Mapping[str, Any]) -> None:
    """Logs what was sent of a collection; always as an update, like the original."""
    collection = session.catalog.collection(names.COLLECTIONS)
    stored = load_rows(connection, collection, [name])
    data = history.revision_data(collection, next(iter(stored.values())))
    delta = {k: v for k, v in sent.items() if k != "collection"}
    inner.log(session, connection, [Entry("update", names.COLLECTIONS, name, None, data, delta)])


# --- relations -----------------------------------------------------------------------------------------------


def forget_collection(session: Session, connection: Connection, name: str) -> None:
    """Deletes all metadata of a dropped collection: its own rows, its relations, and the aliases these fed."""
    columns = ("id", "collection_many", "collection_one", "field_one")
    for relation in select_rows(connection, names.RELATIONS, columns, collection_many=name):
        forget_alias(session, connection, relation["collection_one"], relation["field_one"])
    for side in ("collection_many", "collection_one"):
        inner.remove(session, connection, names.RELATIONS, {side: name})
    for rows, by in BELONGINGS:
        inner.remove(session, connection, rows, {by: name})


def forget_alias(session: Session, connection: Connection, collection: str | None, field: str | None) -> None:
    """Deletes the row of a to-many field that shows nothing any more; a column's row stays."""
    if not collection or not field:
        return
    for row in select_rows(connection, names.FIELDS, ("id", "type"), collection=collection, field=field):
        if definition.is_alias(row):
            inner.remove(session, connection, names.FIELDS, {"id": row["id"]})


def delete_logged(session: Session, connection: Connection, rows: str, ids: Iterable[Any]) -> None:
    """Deletes rows by id and logs each."""
    listed = list(ids)
    for id in listed:
        inner.remove(session, connection, rows, {"id": id})
    inner.log(session, connection, [Entry("delete", rows, str(id)) for id in listed])
