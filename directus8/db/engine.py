"""A project's database: pooled connections in autocommit, one write transaction at a time, errors in our own terms."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from types import TracebackType
from typing import Any

import sqlalchemy
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from directus8.db import trace
from directus8.db.dialect import Dialect, dialect_for
from directus8.errors import Busy, ConnectionFailed, DuplicateKey, Error

STATEMENT_ROWS = 1000  # rows of one INSERT, whatever their size
STATEMENT_BYTES = 2_000_000  # about; MySQL refuses packets of more than 16 MB by default


@dataclass(frozen=True, slots=True)
class Prepared:
    """A Core statement as SQL text, the names of its parameters in positional order and the values known so far."""

    sql: str
    names: tuple[str, ...]
    values: Mapping[str, Any]
    expanding: SQLCompiler | None = None  # set when an IN list is filled in per execution

    def bind(self, params: Mapping[str, Any] | None = None) -> tuple[str, Sequence[Any]]:
        """SQL text and positional values for one execution; KeyError for a parameter without a value."""
        values = {**self.values, **params} if params else self.values
        if self.expanding is None:
            return self.sql, [values[name] for name in self.names]
        state = self.expanding.construct_expanded_state(dict(values))
        return state.statement, state.positional_parameters


def prepare(statement: ClauseElement, dialect: Dialect) -> Prepared:
    """Compile a Core statement once for many executions."""
    compiled = statement.compile(dialect=dialect.core)
    assert isinstance(compiled, SQLCompiler)
    values = {name: bind.effective_value for bind, name in compiled.bind_names.items() if not bind.required}
    late = compiled.post_compile_params | compiled.literal_execute_params
    if any(bind.required for bind in late):
        return Prepared(str(compiled), tuple(compiled.positiontup or ()), values, compiled)
    if late:  # every IN list is known already: written out once
        blanks = {name: None for bind, name in compiled.bind_names.items() if bind.required}
        state = compiled.construct_expanded_state(blanks)
        values = {name: value for name, value in state.parameters.items() if name not in blanks}
        return Prepared(state.statement, tuple(state.positiontup or ()), values)
    return Prepared(str(compiled), tuple(compiled.positiontup or ()), values)


class Connection:
    """One pooled connection, from ``Database.read()`` or ``Database.transaction()``; not for use after its block."""

    __slots__ = ("_database", "_engine", "_fairy", "_fresh", "_refusals", "_sa", "dialect", "writing")

    def __init__(self, database: Database) -> None:
        self.dialect = database.dialect
        self.writing = False
        self._database = database
        self._engine = database.engine
        self._refusals = database.refusals
        self._fairy = self._checkout()
        self._fresh = True
        self._sa: sqlalchemy.Connection | None = None

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release(broken=kind is not None and not issubclass(kind, Exception))

    # --- running -----------------------------------------------------------------------------------------
    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run SQL text of this vendor with positional parameters; its rows as plain tuples."""
        observer = trace.current.get()
        if observer is None:
            return self._fetched(sql, params)
        start = time.perf_counter()
        try:
            return self._fetched(sql, params)
        finally:  # SQLite looks for rows while they are fetched
            observer.statements.append(trace.Statement(sql, time.perf_counter() - start))

    def _fetched(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        cursor = self._execute(sql, params, None, {}, True)
        try:
            return self.dialect.fetch(cursor)
        except self._refusals as error:
            raise self._error(error, sql) from error
        finally:
            cursor.close()

    def execute(self, sql: str, params: Sequence[Any] = (), table: str | None = None) -> int:
        """Run SQL text of this vendor with positional parameters; the number of rows it matched.

        ``table``: what an error should name.
        """
        return self._count(sql, params, table, {})

    def select(
        self, statement: ClauseElement | Prepared, params: Mapping[str, Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """The rows of a Core statement, compiled here or by ``prepare``."""
        prepared = statement if isinstance(statement, Prepared) else prepare(statement, self.dialect)
        return self.rows(*prepared.bind(params))

    def run(self, statement: ClauseElement | Prepared, params: Mapping[str, Any] | None = None) -> int:
        """Run a Core insert, update or delete; the number of rows it matched."""
        prepared = statement if isinstance(statement, Prepared) else prepare(statement, self.dialect)
        table = getattr(getattr(statement, "table", None), "name", None)
        sql, values = prepared.bind(params)
        return self._count(sql, values, table, {**prepared.values, **(params or {})})

    def insert(self, table: str, rows: Sequence[Mapping[str, Any]], key: str | None = None) -> list[Any]:
        """Insert rows that have the same columns by as few statements as possible.

        Gives the values of ``key`` in the order of the rows: given ones, or those the database made where it is
        missing or None. Without ``key`` gives an empty list.
        """
        keys: list[Any] = []
        for given, group in _runs(rows, key):
            if key is None or given:
                for cursor, _ in self._inserts(table, group):
                    cursor.close()
            if key is not None and given:
                keys += self._given(table, group, key)
            elif key is not None:
                keys += self._generated(table, group, key)
        return keys

    @property
    def returns_rows(self) -> bool:
        """Whether ``insert_rows`` can be used."""
        return self._engine.dialect.insert_returning

    def insert_rows(
        self, table: str, rows: Sequence[Mapping[str, Any]], key: str, columns: Sequence[str]
    ) -> list[tuple[Any, ...]]:
        """As ``insert``, but gives these columns of the new rows as the database keeps them, in order."""
        at, found = columns.index(key), []
        for given, group in _runs(rows, key):
            made: list[tuple[Any, ...]] = []
            for cursor, _ in self._inserts(table, group, columns):
                made += sorted(cursor.fetchall(), key=lambda row: row[at])
                cursor.close()
            if given and len(group) > 1:
                by_key = {str(row[at]): row for row in made}
                made = [by_key[str(value)] for value in self._given(table, group, key)]
            elif given:
                self._given(table, group, key)
            found += made
        return found

    @property
    def sa(self) -> sqlalchemy.Connection:
        """The same connection as SQLAlchemy knows it, for DDL; it must be neither committed nor closed."""
        if self._sa is None:
            self._sa = sqlalchemy.Connection(self._engine, connection=self._fairy)
        return self._sa

    @property
    def server(self) -> Any:
        """The SQLAlchemy dialect of this connection: version and abilities of the server."""
        return self._engine.dialect

    @contextmanager
    def translated(self, table: str | None = None) -> Iterator[None]:
        """Turn the errors of what runs through ``sa`` into ours."""
        try:
            yield
        except DBAPIError as error:
            cause = error.orig if isinstance(error.orig, Exception) else error
            raise self._error(cause, error.statement or "", table) from error

    # --- inside ------------------------------------------------------------------------------------------
    def control(self, sql: str, repeat: bool = False) -> None:
        """Run a statement that is no work: BEGIN, COMMIT, ROLLBACK, a switch."""
        self._execute(sql, (), None, {}, repeat).close()

    def release(self, broken: bool = False) -> None:
        """Give the connection back to the pool; ``broken``: nobody knows its state, so throw it away."""
        self._sa = None
        if broken and self.alive:
            self._fairy.invalidate()
        self._fairy.close()

    @property
    def alive(self) -> bool:
        """False once the connection was lost."""
        return self._fairy.is_valid

    def _checkout(self) -> PoolProxiedConnection:
        try:
            return self._engine.pool.connect()
        except PoolTimeout as error:
            raise Busy() from error
        except self._refusals as error:
            raise self._error(error, "connect") from error

    def _run(
        self,
        sql: str,
        params: Sequence[Any],
        table: str | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> Any:
        observer = trace.current.get()
        if observer is None:
            return self._execute(sql, params, table, values or {}, False)
        start = time.perf_counter()
        try:
            return self._execute(sql, params, table, values or {}, False)
        finally:
            observer.statements.append(trace.Statement(sql, time.perf_counter() - start))

    def _execute(
        self, sql: str, params: Sequence[Any], table: str | None, values: Mapping[str, Any], repeat: bool
    ) -> Any:
        if not self.alive:
            raise ConnectionFailed()
        cursor: Any = self._fairy.cursor()
        try:
            cursor.execute(sql, params)
        except self._refusals as error:
            if not (repeat and self._fresh and self._lost(error)):
                raise self._error(error, sql, table, values) from error
            self._reconnect()
            return self._execute(sql, params, table, values, False)
        self._fresh = False
        return cursor

    def _count(self, sql: str, params: Sequence[Any], table: str | None, values: Mapping[str, Any]) -> int:
        cursor = self._run(sql, params, table, values)
        count: int = cursor.rowcount
        cursor.close()
        return count

    def _inserts(
        self, table: str, rows: Sequence[Mapping[str, Any]], returning: Sequence[str] = ()
    ) -> Iterator[tuple[Any, int]]:
        """Insert rows of the same columns: the open cursor of each statement, and how many rows it has taken in."""
        columns = list(rows[0])
        dialect = self.dialect
        head = f"INSERT INTO {dialect.quote(table)} "
        head += f"({', '.join(map(dialect.quote, columns))}) VALUES " if columns else dialect.default_row
        tail = f" RETURNING {', '.join(map(dialect.quote, returning))}" if returning else ""
        mark = "(" + ", ".join([dialect.placeholder] * len(columns)) + ")"
        for chunk in _chunks(rows, columns, dialect.max_parameters):
            sql = head + (", ".join([mark] * len(chunk)) if columns else "") + tail
            params = [row[column] for row in chunk for column in columns]
            try:
                cursor = self._run(sql, params, table, chunk[0] if len(chunk) == 1 else {})
            except DuplicateKey as error:
                raise self._named(error, table, chunk) from error.__cause__
            yield cursor, len(chunk)

    def _generated(self, table: str, rows: Sequence[Mapping[str, Any]], key: str) -> list[Any]:
        """Insert rows without a key; the keys the database made."""
        keys: list[Any] = []
        for cursor, count in self._inserts(table, rows, (key,) if self.returns_rows else ()):
            if self.returns_rows:
                keys += sorted(row[0] for row in cursor.fetchall())
            else:
                # only the first key is told: a plain multi-row INSERT takes them in one piece
                step = self.dialect.key_step(self) if count > 1 else 1
                keys += range(cursor.lastrowid, cursor.lastrowid + count * step, step)
            cursor.close()
        return keys

    def _given(self, table: str, rows: Sequence[Mapping[str, Any]], key: str) -> list[Any]:
        """The keys that inserted rows came with; later ones are made beyond them."""
        keys = [row[key] for row in rows]
        if highest := max((value for value in keys if type(value) is int), default=0):
            self.dialect.advance(self, table, key, highest)
        return keys

    def _named(self, error: DuplicateKey, table: str, rows: Sequence[Mapping[str, Any]]) -> DuplicateKey:
        """The error with the value of the row at fault, where the database told only the columns."""
        names = error.values.get("fields", ())
        if len(rows) == 1 or not names or error.values["value"].strip("-"):
            return error
        quote, mark = self.dialect.quote, self.dialect.placeholder
        condition = " AND ".join(f"{quote(name)} = {mark}" for name in names)
        seen: set[str] = set()
        for row in rows:
            given = [row.get(name) for name in names]
            value = "-".join(map(str, given))
            there = None not in given and self.rows(f"SELECT 1 FROM {quote(table)} WHERE {condition}", given)
            if there or value.upper() in seen:
                return DuplicateKey(**{**error.values, "value": value})
            seen.add(value.upper())
        return error

    def _lost(self, error: BaseException) -> bool:
        """Whether the error says that the connection is gone."""
        database = self._engine.dialect
        return isinstance(error, database.loaded_dbapi.Error) and database.is_disconnect(
            error, self._fairy.dbapi_connection, None
        )

    def _reconnect(self) -> None:
        """Replace a connection that died in the pool; its idle neighbours are as old and go too."""
        self._fairy.invalidate()
        self._fairy.close()
        self._engine.dispose()
        self._fairy = self._checkout()
        self._sa = None
        self._fresh = False

    def _error(
        self, error: Exception, sql: str, table: str | None = None, values: Mapping[str, Any] | None = None
    ) -> Error:
        """Our error for a driver's; the SQL text stays with the cause, for the log."""
        if sql:
            error.add_note(f"SQL: {sql}")
        fairy = getattr(self, "_fairy", None)
        if fairy is not None and self._lost(error):
            fairy.invalidate(error)
            return ConnectionFailed()
        return self.dialect.translate(error, table, values or {})


class Transaction:
    """One write transaction: committed at the end of its block, undone by an exception."""

    __slots__ = ("_connection", "_database", "_ddl")

    def __init__(self, database: Database, ddl: bool) -> None:
        self._database = database
        self._ddl = ddl

    def __enter__(self) -> Connection:
        database = self._database
        database.acquire()
        try:
            self._connection = connection = Connection(database)
            try:
                for statement in database.dialect.before_ddl if self._ddl else ():
                    connection.control(statement, repeat=True)
                connection.control(database.dialect.begin(), repeat=True)
            except BaseException:
                connection.release(broken=True)
                raise
        except BaseException:
            database.release()
            raise
        connection.writing = True
        return connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        connection = self._connection
        broken = True
        try:
            if kind is None:
                connection.control("COMMIT")
                broken = False
            elif issubclass(kind, Exception):
                broken = not _undone(connection)
            if not broken:
                for statement in self._database.dialect.after_ddl if self._ddl else ():
                    connection.control(statement)
        finally:
            connection.writing = False
            connection.release(broken)
            self._database.release()


def _undone(connection: Connection) -> bool:
    """Roll back; False when not even that is possible (the connection is then thrown away, which undoes as well)."""
    try:
        connection.control("ROLLBACK")
    except Error:
        return False
    return True


class Database:
    """A database of one project. Nothing is opened before the first use, so it may be made before a fork."""

    def __init__(self, url: str, **options: Any) -> None:
        """``options``: pool_size, max_overflow, pool_timeout, pool_recycle, connect_args … of create_engine."""
        self._url = sqlalchemy.make_url(url)
        self._options = options
        self._engine: Engine | None = None
        self._opening = threading.Lock()
        self.dialect: Dialect = dialect_for(self._url)
        self._writer = threading.Lock() if self.dialect.single_writer else None
        self.refusals: tuple[type[Exception], ...] = ()

    def __repr__(self) -> str:
        return f"Database({self._url.render_as_string(hide_password=True)!r})"

    @property
    def url(self) -> str:
        """The address, password included."""
        return self._url.render_as_string(hide_password=False)

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine, made now if it was not yet."""
        if self._engine is None:
            with self._opening:
                if self._engine is None:
                    engine = self.dialect.engine(self._url, self._options)
                    # OverflowError: a number no driver can carry; UnicodeError: half a surrogate pair
                    self.refusals = (engine.dialect.loaded_dbapi.Error, OverflowError, UnicodeError)
                    self._engine = engine
        return self._engine

    def read(self) -> Connection:
        """A connection in autocommit mode, for a ``with`` block."""
        return Connection(self)

    def transaction(self, ddl: bool = False) -> Transaction:
        """A write transaction, for a ``with`` block; ``ddl``: tables will be altered in it."""
        return Transaction(self, ddl)

    def close(self) -> None:
        """Close all idle connections; the database can be used again afterwards."""
        with self._opening:
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()

    def acquire(self) -> None:
        """Wait for the turn to write where only one may: a fair queue in this process before the file's lock."""
        if self._writer is not None and not self._writer.acquire(timeout=10):
            raise Busy()

    def release(self) -> None:
        """End of the turn to write."""
        if self._writer is not None:
            self._writer.release()


def _runs(rows: Sequence[Mapping[str, Any]], key: str | None) -> Iterator[tuple[bool, list[Mapping[str, Any]]]]:
    """Neighbours that have a key, and neighbours that are to get one (then without it)."""
    for given, run in groupby(rows, lambda row: key is not None and row.get(key) is not None):
        group = list(run)
        if key is not None and not given:
            group = [{k: v for k, v in row.items() if k != key} for row in group]
        yield given, group


def _chunks(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], max_parameters: int
) -> Iterable[Sequence[Mapping[str, Any]]]:
    """Rows in pieces that one statement can carry."""
    if not columns:
        return [[row] for row in rows]
    most = max(1, min(STATEMENT_ROWS, max_parameters // len(columns)))
    if len(rows) == 1:
        return [rows]
    chunks: list[list[Mapping[str, Any]]] = []
    room = size = 0
    for row in rows:
        weight = sum(len(value) for value in row.values() if isinstance(value, (str, bytes)))
        if room == 0 or size + weight > STATEMENT_BYTES:
            chunks.append([])
            room, size = most, 0
        chunks[-1].append(row)
        room -= 1
        size += weight
    return chunks
