"""One caller's use of one project during one request: what he may do, the schema, the connection, the transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from directus8 import names
from directus8.context import Accountability
from directus8.db import trace
from directus8.db.engine import Connection
from directus8.errors import SchemaChanged
from directus8.filters import lift
from directus8.permissions.rules import Rules
from directus8.project import Project
from directus8.query import fetch
from directus8.query.ast import Query, Summary
from directus8.query.cache import PlanCache, shape_of
from directus8.query.plan import UNRESTRICTED, Needs, plan, plan_summary
from directus8.query.sql import Values
from directus8.schema.catalog import Catalog, Field
from directus8.schema.load import load
from directus8.services import masked, reading, webhooks
from directus8.services.current import working
from directus8.services.slots import COMPUTED
from directus8.state import Webhooks, load_access, load_settings
from directus8.system.behaviour import Scene
from directus8.system.behaviours import BEHAVIOURS, NEEDS

T = TypeVar("T")
ATTEMPTS = 8
log = logging.getLogger("directus8.session")


class _Computing(dict[tuple[str, str], Callable[[fetch.Item], Any]]):
    """Makers of one session, made when they are first asked for."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def __missing__(self, what: tuple[str, str]) -> Callable[[fetch.Item], Any]:
        made = self[what] = COMPUTED[what](self.session)
        return made


@dataclass(frozen=True, slots=True)
class Form:
    """How a dialect tells items: values by field, items of special collections, the place of missing values."""

    decoder: Callable[[Field], Callable[[Any], Any] | None]
    shown: Mapping[str, Callable[[Accountability, fetch.Item], None]]
    nulls_last: bool


@dataclass(eq=False)
class Session:
    """Made per request. Everything it hands out is pinned, so that one request sees one schema and one set of rules."""

    project: Project
    who: Accountability
    address: Callable[[], str] = str  # of the project's API as this caller knows it: ``https://host/demo``
    _pinned: dict[str, Any] = field(default_factory=dict)
    _connection: Connection | None = None
    _touched: set[str] = field(default_factory=set)
    _commits: int = 0
    _after_commit: list[Callable[[], None]] = field(default_factory=list)
    _after_failure: list[Callable[[], None]] = field(default_factory=list)

    # --- what is known ---------------------------------------------------------------------------------------

    def _pin(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._pinned:
            self._pinned[name] = make()
        return self._pinned[name]

    @property
    def catalog(self) -> Catalog:
        """The schema."""
        catalog: Catalog = self._schema.catalog
        return catalog

    @property
    def plans(self) -> PlanCache:
        """Prepared statements of this schema."""
        plans: PlanCache = self._schema.plans
        return plans

    @property
    def _schema(self) -> Any:
        return self._pin("schema", lambda: self.project.state.schema)

    @property
    def rules(self) -> Rules:
        """What the caller may do."""
        rules: Rules = self._pin("rules", lambda: self.project.state.access.rules(self.who.role))
        return rules

    @property
    def settings(self) -> Mapping[str, Any]:
        """The project's settings, as stored."""
        settings: Mapping[str, Any] = self._pin("settings", lambda: self.project.state.settings)
        return settings

    @property
    def webhooks(self) -> Webhooks:
        """The active webhooks."""
        found: Webhooks = self._pin("webhooks", lambda: self.project.state.webhooks)
        return found

    def forget(self, *what: str) -> None:
        """Reads the schema, rules or settings anew, as the open transaction sees them."""
        with self.connection() as connection:
            if "schema" in what:
                self._pinned["schema"] = self.project.state.make_schema(load(connection))
            if "access" in what:
                self._pinned["rules"] = load_access(connection, self.project.state.hardened).rules(self.who.role)
            if "settings" in what:
                self._pinned["settings"] = load_settings(connection)

    def renew(self, *what: str) -> None:
        """Takes the schema, rules or settings anew as they are by now; for those who had to wait for a lock."""
        for name in what:
            self._pinned.pop(name, None)

    # --- connections -----------------------------------------------------------------------------------------

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """The open transaction's connection, else one for reading."""
        if self._connection is not None:
            yield self._connection
        else:
            with self.project.database.read() as connection:
                yield connection

    @contextmanager
    def transaction(self, ddl: bool = False) -> Iterator[Connection]:
        """One transaction for all that is written inside; an inner one joins the outer. ``ddl``: tables may change."""
        if self._connection is not None:
            yield self._connection
            return
        try:
            with self._outermost(ddl) as connection:
                yield connection
        except BaseException:
            self._undo()
            raise
        finally:
            self._connection = None
            self._touched.clear()
        self._after_failure.clear()
        callbacks, self._after_commit = self._after_commit, []
        for callback in callbacks:
            callback()

    def _undo(self) -> None:
        """Undoes what was done outside the database, last first."""
        callbacks, self._after_failure = self._after_failure[::-1], []
        for callback in callbacks:
            try:
                callback()
            except Exception:
                log.exception("could not be undone")

    @contextmanager
    def _outermost(self, ddl: bool) -> Iterator[Connection]:
        self._pinned["webhooks"] = webhooks.ready(self.project)
        transaction = self.project.database.transaction(ddl)
        with ExitStack() as changing:
            seen = changing.enter_context(trace.observe())
            if ddl and not self.project.database.dialect.transactional_ddl:
                # every DDL statement commits by itself: others must look again from the first one on
                changing.enter_context(self.project.stamps.change(["schema"]))
            connection = self._connection = transaction.__enter__()
            changing.enter_context(working(self))
            try:
                yield connection
                self.touch(f"data:{name}" for name in trace.written(seen.statements, self.catalog.names()))
                changing.enter_context(self.project.stamps.change(sorted(self._touched)))
            except BaseException as error:
                self._after_commit.clear()
                self._pinned.clear()
                transaction.__exit__(type(error), error, error.__traceback__)
                raise
            transaction.__exit__(None, None, None)
        self._commits += 1

    @property
    def in_transaction(self) -> bool:
        """Is one open?"""
        return self._connection is not None

    def touch(self, stamps: Iterable[str]) -> None:
        """Names what others must load anew once this transaction is committed."""
        self._touched.update(stamps)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Runs something when the transaction is committed, and only then."""
        self._after_commit.append(callback)

    def after_failure(self, callback: Callable[[], None]) -> None:
        """Undoes something if the open transaction is not committed."""
        self._after_failure.append(callback)

    def acting(self, who: Accountability) -> Session:
        """The same transaction in the name of another caller, for use inside it."""
        other = replace(self, who=who, _pinned={})
        other.forget("schema", "access", "settings")
        return other

    def joined(self, who: Accountability) -> Session:
        """This transaction, if one is open, in the name of another caller who sees what this one sees."""
        kept: dict[str, Any] = {
            name: self._pinned[name] for name in ("schema", "settings", "webhooks") if name in self._pinned
        }
        other = replace(self, who=who, _pinned=kept)
        if self.in_transaction and (stale := self._touched & {"access", "settings"}):
            other.forget(*stale)
        return other

    def attempt(self, work: Callable[[], T]) -> T:
        """Does a piece of work. Where the schema was changed under it, it begins anew with what there is by now.

        What failed was undone as a whole; work that has committed something is not done twice.
        """
        commits = self._commits
        for _ in range(ATTEMPTS - 1):
            try:
                return work()
            except SchemaChanged:
                if self.in_transaction or self._commits != commits:
                    raise
                self.forget("schema")
        return work()

    # --- reading ---------------------------------------------------------------------------------------------

    def read(self, query: Query, *, system: bool = False, form: Form | None = None) -> list[fetch.Item]:
        """The items of a query, within the caller's rules; ``system`` reads without them and unfinished.

        ``form``: how values are told, when not as Directus 8 does.
        """
        heard = not system and not self.project.bus.deaf and reading.is_heard(self.project.bus)
        if heard:
            query = reading.before(self, query)
        rules = UNRESTRICTED if system else self.rules
        needs: Needs = {} if system else NEEDS
        shape, slots = shape_of(query)
        craft = self._craft(form)

        def make() -> fetch.PreparedRead:
            return fetch.prepare_read(plan(self.catalog, rules, shape, needs), craft)

        prepared = self.plans.get((rules, shape, craft.nulls_last, craft.decoder), make)
        limit = 2**31 if query.limit is None else query.limit
        finish = {} if system else self._finish(form)
        values = Values(slots, self.who, limit, query.offset, finish=finish, compute=self.compute)
        with self.connection() as connection:
            items = fetch.run(prepared, connection, values)
        return reading.after(self, query, items) if heard else items

    def summarise(self, summary: Summary, form: Form | None = None) -> list[list[Any]]:
        """The rows of a summary within the caller's rules: keys of the group, then measures."""
        craft = self._craft(form)
        slots: list[Any] = []
        shape = replace(summary, filter=lift(summary.filter, slots) if summary.filter else None, limit=1, offset=0)

        def make() -> fetch.PreparedSummary:
            collection, where = plan_summary(self.catalog, self.rules, shape)
            return fetch.prepare_summary(collection, shape, where, craft)

        prepared = self.plans.get((self.rules, shape, craft.nulls_last, craft.decoder), make)
        limit = 2**31 if summary.limit is None else summary.limit
        with self.connection() as connection:
            return fetch.run_summary(prepared, connection, Values(slots, self.who, limit, summary.offset))

    def _craft(self, form: Form | None) -> fetch.Craft:
        nulls_last = self.nulls_last if form is None else form.nulls_last
        decoder = fetch.decoder_of if form is None else form.decoder
        return fetch.Craft(self.project.database.dialect, self.catalog, nulls_last, decoder)

    def _finish(self, form: Form | None) -> Mapping[str, Callable[[fetch.Item], None]]:
        if form is None:
            return self.finish
        told = {name: partial(shown, self.who) for name, shown in form.shown.items()}
        return masked.masking(self.catalog, told) if self.rules.hardened else told

    @property
    def nulls_last(self) -> bool:
        """Do missing values come last in every order?"""
        return self.settings.get("sort_null_last") not in (None, "", "0")

    @property
    def finish(self) -> Mapping[str, Callable[[fetch.Item], None]]:
        """How items of special collections are told."""
        made: Mapping[str, Callable[[fetch.Item], None]] = self._pin("finish", self._made_finish)
        return made

    def _made_finish(self) -> Mapping[str, Callable[[fetch.Item], None]]:
        told: dict[str, Callable[[fetch.Item], None]]
        told = {n: partial(b.shown, self.who) for n, b in BEHAVIOURS.items() if b.shown}
        if self.rules.hiding:
            told[names.REVISIONS] = partial(masked.revision, self.rules, told[names.REVISIONS])
        return masked.masking(self.catalog, told) if self.rules.hardened else told

    @property
    def compute(self) -> Mapping[tuple[str, str], Callable[[fetch.Item], Any]]:
        """How fields without a column are made, by collection and name."""
        made: Mapping[tuple[str, str], Callable[[fetch.Item], Any]] = self._pin("compute", lambda: _Computing(self))
        return made

    def scene(self, connection: Connection) -> Scene:
        """What behaviours of system collections may look at."""
        hardened = self.project.config.security.hardened
        return Scene(self.who, self.catalog, connection, self.settings, hardened)
