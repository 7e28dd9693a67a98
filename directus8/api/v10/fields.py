"""From ``fields``, ``alias`` and ``deep`` to a tree of nodes. Source: sdk_v10.md D.3."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from directus8.api.v10 import filters
from directus8.api.v10.lens import UNTOLD, Lens, lens_of
from directus8.api.v10.params import Params, level
from directus8.api.v10.values import callable_on
from directus8.errors import Forbidden, InvalidQuery
from directus8.filters import FUNCTIONS, both
from directus8.permissions.rules import Rules
from directus8.query.ast import ANY_STATUS, Call, Entry, Many, Node, Sort
from directus8.schema.catalog import Collection, Relation
from directus8.services.session import Session

Tree: TypeAlias = dict[str, Any]
DEPTH = 10
CALL = re.compile(r"(\w+)\(([^()]+)\)")


@dataclass(frozen=True, slots=True)
class Called:
    """A function of a field, as ``year(published_on)``."""

    function: str
    field: str

    @property
    def name(self) -> str:
        """The name its value is told by."""
        return f"{self.field}_{self.function}"


def called(text: str) -> Called | None:
    """The function call a name is; None for a plain name. InvalidQuery for an unknown function."""
    found = CALL.fullmatch(text)
    if found is None:
        return None
    if found[1] not in FUNCTIONS:
        raise InvalidQuery(f'Invalid function "{found[1]}"')
    return Called(found[1], found[2].strip())


@dataclass(slots=True)
class Level:
    """The query of one level: what is wanted, under which names, and what is said of the levels below."""

    tree: Tree
    alias: Mapping[str, str] = field(default_factory=dict)
    deep: Mapping[str, Any] = field(default_factory=dict)


def tree_of(paths: Iterable[str]) -> Tree:
    """``a.b,a.c,d`` as a tree; names without anything below are None."""
    tree: Tree = {}
    for path in paths:
        at = tree
        parts = path.split(".")
        if len(parts) > DEPTH:
            raise InvalidQuery(f"Fields are nested deeper than {DEPTH} levels")
        for part in parts[:-1]:
            inner = at.get(part)
            if inner is None:
                inner = at[part] = {}
            at = inner
        at.setdefault(parts[-1], None)
    return tree


def resolve(session: Session, collection: Collection, params: Params) -> Node:
    """The node a query asks for. Forbidden for fields the caller may not read."""
    asked = Level(tree_of(params.fields or ("*",)), params.alias, params.deep)
    return Resolver(session).node(collection, asked, 0)


@dataclass(slots=True)
class Resolver:
    """Resolves levels for one caller."""

    session: Session

    def node(self, collection: Collection, asked: Level, depth: int) -> Node:
        """One level of a tree."""
        if depth > DEPTH:
            raise InvalidQuery(f"Fields are nested deeper than {DEPTH} levels")
        lens = lens_of(collection.name)
        entries: dict[str, Entry] = {}
        for name, below in self._wanted(collection, lens, asked).items():
            for entry in self._entries(collection, lens, name, below, asked, depth):
                entries[entry.name] = entry
        for column in lens.needs:
            entries.setdefault(f"{UNTOLD}{column}", Entry(f"{UNTOLD}{column}", of=column))
        return Node(collection.name, tuple(entries.values()), ANY_STATUS)

    def _wanted(self, collection: Collection, lens: Lens, asked: Level) -> dict[str, Tree | None]:
        """Names at this level with what is wanted below each."""
        hidden = self.session.rules.hidden_fields(collection.name)
        wanted: dict[str, Tree | None] = {}
        for name, below in asked.tree.items():
            if name == "*":
                for each in visible(self.session.rules, collection):
                    wanted.setdefault(each, below)
            else:
                self._check(collection, lens, asked.alias.get(name, name), hidden)
                wanted[name] = {**(wanted.get(name) or {}), **below} if isinstance(below, dict) else below
        return wanted

    def _check(self, collection: Collection, lens: Lens, name: str, hidden: frozenset[str]) -> None:
        call = called(name)
        column = lens.column(call.field if call else name)
        if column in hidden or (column not in known(collection, lens) and not self.session.rules.is_admin):
            raise Forbidden()

    def _entries(
        self, collection: Collection, lens: Lens, name: str, below: Tree | None, asked: Level, depth: int
    ) -> Iterable[Entry]:
        source = asked.alias.get(name, name)
        call = called(source)
        if call is not None:
            yield from self._call(collection, lens, call, call.name if source == name else name)
            return
        if source in lens.made:
            yield Entry(name, of=_key(collection))
            yield from (Entry(f"{UNTOLD}{n}", of=n) for n in lens.made[source].needs)
            return
        if source in lens.kept:
            yield Entry(name, of=_key(collection))
            return
        column = lens.column(source)
        relation = collection.leads(column)
        if relation is None:
            if column in collection.fields and collection.fields[column].column is not None:
                yield Entry(name, of=column)
        elif relation.kind == "o2m":
            yield from self._many(relation, name, column, below, asked.deep.get(name) or {}, depth)
        elif below is None:
            yield Entry(name, of=column)
        elif self.session.rules.reads(relation.related):
            yield Entry(name, self._below(relation, below, asked.deep.get(name) or {}, depth), column)

    def _call(self, collection: Collection, lens: Lens, call: Called, name: str) -> Iterable[Entry]:
        column = lens.column(call.field)
        if callable_on(collection, column, call.function):
            yield Entry(name, Call(call.function), column)
        elif column in collection.fields:
            raise InvalidQuery(f'Invalid function "{call.function}" for "{call.field}"')

    def _below(self, relation: Relation, below: Tree, deep: Mapping[str, Any], depth: int) -> Node:
        related = self.session.catalog[relation.related]
        said = level(deep)
        rest = {k: v for k, v in deep.items() if not k.startswith("_")}
        return self.node(related, Level(below, said.alias, rest), depth + 1)

    def _many(
        self, relation: Relation, name: str, column: str, below: Tree | None, deep: Mapping[str, Any], depth: int
    ) -> Iterable[Entry]:
        related = self.session.catalog[relation.related]
        if not self.session.rules.reads(related.name) or related.key is None:
            return
        said = level(deep)
        node = Node(related.name, (Entry(related.key.name),), ANY_STATUS)
        if below is not None:
            node = self._below(relation, below, deep, depth)
        condition = both(
            filters.parse(self.session, related, said.filter),
            filters.search(self.session, related, said.search),
            lens_of(related.name).only,
        )
        limit, offset = said.rows
        sort = sort_of(self.session, related, said.sort) or default_sort(related, relation)
        flat = related.key.name if below is None else ""
        yield Entry(name, Many(node, condition, sort, limit, offset, flat), column)


def _key(collection: Collection) -> str:
    return collection.key.name if collection.key else collection.columns[0].name


def known(collection: Collection, lens: Lens) -> set[str]:
    """Columns and relations of a collection, and what its lens adds."""
    return {*collection.fields, *collection.implied, *lens.made, *lens.kept}


def visible(rules: Rules, collection: Collection) -> list[str]:
    """The names behind ``*``, in order."""
    lens = lens_of(collection.name)
    hidden = rules.hidden_fields(collection.name) | lens.hidden
    found = []
    for each in in_order(collection):
        relation = collection.relation(each)
        told = collection.fields[each].column is not None or (relation is not None and relation.kind == "o2m")
        if told and each not in hidden:
            found.append(lens.name(each))
    lists = (n for n, r in collection.implied.items() if r.kind == "o2m")
    return [*found, *lists, *lens.made, *lens.kept]


def in_order(collection: Collection) -> list[str]:
    """Names of fields: columns as in the table, others as they were made."""
    columns = [f.name for f in collection.columns]
    others = [f for f in collection.fields.values() if f.column is None]
    return columns + [f.name for f in sorted(others, key=lambda f: f.id or 0)]


# --- orders --------------------------------------------------------------------------------------------------


def default_sort(collection: Collection, relation: Relation | None = None) -> tuple[Sort, ...]:
    """The order when none is asked for: of the relation, of the collection, else by key."""
    asked = relation.extra.get("sort_field") if relation is not None else None
    name = asked or collection.extra.get("sort_field") or (collection.sort.name if collection.sort else None)
    if name is None or name not in collection.fields or collection.fields[name].column is None:
        return (Sort(collection.key.name),) if collection.key else ()
    return (Sort(name),)


def sort_of(session: Session, collection: Collection, terms: Iterable[str]) -> tuple[Sort, ...]:
    """The order of a ``sort`` parameter. InvalidQuery for what is no field, Forbidden for what may not be read."""
    return tuple(_term(session, collection, term) for term in terms)


def _term(session: Session, collection: Collection, term: str) -> Sort:
    descending = term.startswith("-")
    *through, last = term.removeprefix("-").split(".")
    path: list[str] = []
    at = collection
    for part in through:
        column = lens_of(at.name).column(part)
        relation = at.leads(column)
        if relation is None or relation.kind != "m2o":
            raise InvalidQuery(f'Invalid sort field "{term}"')
        if not session.rules.reads(relation.related) or column in filters.unsorted_fields(session.rules, at):
            raise Forbidden()
        path.append(column)
        at = session.catalog[relation.related]
    call = called(last)
    column = lens_of(at.name).column(call.field if call else last)
    if column in filters.unsorted_fields(session.rules, at):
        raise Forbidden()
    if call is not None:
        if not callable_on(at, column, call.function):
            raise InvalidQuery(f'Invalid sort field "{term}"')
        return Sort(column, descending, tuple(path), call.function)
    if column not in at.fields or at.fields[column].column is None:
        raise InvalidQuery(f'Invalid sort field "{term}"')
    return Sort(column, descending, tuple(path))
