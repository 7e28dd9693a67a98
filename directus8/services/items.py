"""Items of any collection: read, create, update, delete, revert, within the caller's rules. HTTP-free.

Source: items.md §3, permissions.md §5–6, activity_revisions.md §6.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import bindparam, func, select

from directus8 import names
from directus8.db.engine import Connection
from directus8.db.rows import at
from directus8.errors import (
    CreateDenied,
    DeleteDenied,
    FieldWriteDenied,
    Forbidden,
    InvalidRevision,
    ItemNotFound,
    ReadDenied,
    RevisionNotFound,
    Unauthorized,
    UnprocessableEntity,
    UpdateDenied,
)
from directus8.filters import And, Filter, both
from directus8.mutation import history, nested, payload, references
from directus8.mutation.history import Entry
from directus8.mutation.tree import CREATE, DELETE, LINK, UPDATE, Write
from directus8.mutation.write import execute
from directus8.query.ast import ANY_STATUS
from directus8.query.plan import visible_rows
from directus8.schema.catalog import Collection
from directus8.services import inner, telling, webhooks
from directus8.services.masked import hash_fields, take_back
from directus8.services.session import Session
from directus8.services.slots import EFFECTS
from directus8.services.stored import Stored, by_key, by_keys, matching
from directus8.system.behaviours import behaviour_of
from directus8.validation import natural_number

Payload = dict[str, Any]
Change = tuple[Any, Payload]


@dataclass(frozen=True, slots=True)
class Options:
    """How a write is told in the log: with a comment, or not at all but for the targets of m2o fields."""

    comment: str | None = None
    log: bool = True


DEFAULT = Options()
NOTHING: Payload = {}


@dataclass(frozen=True, slots=True)
class Manner:
    """What a dialect demands of payloads, and which items it lets be changed.

    check     the payload of an item: (collection, payload, stored=row for an update or None)
    check_far the payload of the target of an m2o field: (collection, payload, stored=…)
    statuses  of items that may be changed: None for those shown by default
    """

    check: Callable[..., None] = payload.check
    check_far: Callable[..., None] = payload.check_target
    statuses: tuple[str, ...] | None = None


DIRECTUS_8 = Manner()
#: Items of every status.
ANY = Manner(statuses=ANY_STATUS)


class ItemsService:
    """Items of one collection for one caller."""

    def __init__(self, session: Session, collection: str, manner: Manner = DIRECTUS_8) -> None:
        self.session = session
        self.manner = manner
        self.collection: Collection = session.catalog.collection(collection)
        self.behaviour = behaviour_of(collection)

    # --- create ----------------------------------------------------------------------------------------------

    def create(self, payloads: Sequence[Payload], options: Options = DEFAULT, derived: Payload = NOTHING) -> list[Any]:
        """Creates items, all or none; their keys in order. ``derived``: columns the server writes, not the caller."""
        with self.session.transaction() as connection:
            roots = [self._new(connection, given, options, derived) for given in payloads]
            for root in roots:
                self._check_created(root.given, derived)
            allowed = self._settle(connection, roots)
            for root in roots:
                telling.nested(self.session, root)
                self._check_relations_readable()
                self._check_nested(root)
                self._check_levels(root, allowed)
                self._fill(root)
            self._write(connection, roots, options)
            return [root.key for root in roots]

    def _check_created(self, given: Payload, derived: Payload) -> None:
        """The checks of a new item; what the server wrote is there, and is not judged."""
        sent = {n: v for n, v in given.items() if n not in derived}
        self.manner.check(self.collection, {**sent, **payload.slugs(self.collection, given)}, stored=derived or None)

    def _check_relations_readable(self) -> None:
        """The original looks up relations on the caller's behalf, so writing beside a list takes that right."""
        lists = any(r.kind == "o2m" for r in self.collection.relations.values())
        if lists and not self.session.rules.reads(names.RELATIONS):
            raise self.session.rules.denied_read(names.RELATIONS)

    def _new(self, connection: Connection, given: Payload, options: Options, derived: Payload) -> Write:
        given = told = telling.creating(self.session, self.collection, given)
        if self.behaviour.normalise:
            given = self.behaviour.normalise(self.session.scene(connection), CREATE, given)
        self._check_words(CREATE, self._status_of(given, None), given, options)
        key = self.collection.key
        counted = key is not None and key.column is not None and key.column.auto_increment
        if counted and key is not None and given.get(key.name, 1) in (None, 0, "0", ""):
            given = {n: v for n, v in given.items() if n != key.name}
        root = self._grown(given, None, derived)
        root.added = frozenset(given.keys() - told.keys())
        return root

    def _grown(self, given: Payload, key: Any, derived: Payload) -> Write:
        """The tree of a payload, without what only the server writes, with what it does write."""
        root = nested.grow(self.session.catalog, self.collection, given, key)
        for node in root.descendants():
            for name in behaviour_of(node.collection.name).reserved:
                for held in (node.given, node.sent, node.ones):
                    held.pop(name, None)
            if self.session.rules.hardened:
                take_back(node)
        root.given.update(derived)
        root.sent.update(derived)
        return root

    def check_new(self, given: Payload, options: Options = DEFAULT, derived: Payload = NOTHING) -> None:
        """The checks of a creation, without creating anything."""
        self._check_words(CREATE, self._status_of(given, None), given, options)
        self._check_created(given, derived)

    # --- update ----------------------------------------------------------------------------------------------

    def update(self, changes: Sequence[Change], options: Options = DEFAULT, derived: Payload = NOTHING) -> list[Any]:
        """Updates items by key, all or none; their keys in order. ItemNotFound for one that can't be read."""
        with self.session.transaction() as connection:
            for _, given in changes:
                self._check_words(UPDATE, self._status_of(given, None), given, options)
            stored = self.stored(connection, [key for key, _ in changes])
            roots = [self._changed(connection, key, given, stored, derived) for key, given in changes]
            for root in roots:
                self._check_stored_words(root.given, stored[str(root.key)].row)
                self._check_updated(connection, root, stored[str(root.key)])
            allowed = self._settle(connection, roots)
            for root in roots:
                telling.nested(self.session, root)
                self._check_relations_readable()
                self._check_nested(root)
                self._check_levels(root, allowed, stored[str(root.key)])
                self._fill(root)
            self._write(connection, roots, options)
            return [root.key for root in roots]

    def _changed(
        self, connection: Connection, key: Any, given: Payload, stored: Mapping[str, Stored], derived: Payload
    ) -> Write:
        found = stored.get(str(key))
        if found is None:
            raise self.missing(key) if self.session.rules.reads(self.collection.name) else ItemNotFound()
        given = telling.filtered(self.session, "item.update:before", self.collection, given)
        if self.behaviour.normalise:
            given = self.behaviour.normalise(self.session.scene(connection), UPDATE, given)
        assert self.collection.key is not None
        given = {n: v for n, v in given.items() if n != self.collection.key.name}
        root = self._grown(given, found.row[self.collection.key.name], derived)
        root.stored = found.row
        return root

    def _check_updated(self, connection: Connection, root: Write, stored: Stored) -> None:
        sent = {**root.given, **payload.slugs(self.collection, root.given)}
        present = {**self._visible_part(stored.row), **self._check_emptied(connection, root)}
        if not self.behaviour.lenient:
            self.manner.check(self.collection, sent, stored=present)

    def _visible_part(self, row: Mapping[str, Any]) -> dict[str, Any]:
        hidden = self.session.rules.hidden_fields(self.collection.name)
        return {n: v for n, v in row.items() if n not in hidden}

    def _check_emptied(self, connection: Connection, root: Write) -> dict[str, Any]:
        """A required to-many relation keeps at least one item. What the required ones hold (a count, None for 0)."""
        held: dict[str, Any] = {}
        for field in self.collection.fields.values():
            relation = self.collection.relation(field.name)
            if not (field.required and relation and relation.kind == "o2m"):
                continue
            entries = [m for m in root.manys if m.foreign_key == relation.related_field]
            count = self._count_children(connection, relation, root.key)
            held[field.name] = count or None
            if nested.is_emptied(entries, count):
                raise UnprocessableEntity(f"{field.name}: {payload.BLANK}")
        return held

    @staticmethod
    def _count_children(connection: Connection, relation: Any, key: Any) -> int:
        children = at(relation.related, relation.related_field)
        fk = children.c[relation.related_field]
        statement = select(func.count()).select_from(children).where(fk == bindparam(None, key))
        return int(connection.select(statement)[0][0])

    # --- delete ----------------------------------------------------------------------------------------------

    def delete(self, keys: Sequence[Any], options: Options = DEFAULT) -> None:
        """Deletes items by key, all or none. ItemNotFound, DeleteDenied."""
        with self.session.transaction() as connection:
            self._check_words(DELETE, None, {}, options)
            stored = self.stored(connection, keys, everything=True)
            roots = []
            for key in keys:
                found = stored.get(str(key))
                if found is None:
                    raise ItemNotFound()
                if not found.may_delete:
                    raise DeleteDenied(collection=self.collection.name)
                assert self.collection.key is not None
                key = found.row[self.collection.key.name]
                roots.append(Write(self.collection, DELETE, key=key, stored=found.row))
            self._write(connection, roots, options)

    # --- revert ----------------------------------------------------------------------------------------------

    def revert(self, key: Any, revision: Any) -> Any:
        """Writes an item back as a revision has it; its key. ItemNotFound, RevisionNotFound, InvalidRevision."""
        with self.session.transaction() as connection:
            stored = self.stored(connection, [key], everything=True)
            found = stored.get(str(key))
            if found is None:
                raise ItemNotFound()
            data = self._revision_data(connection, key, revision)
            assert self.collection.key is not None
            kept = {n: v for n, v in data.items() if n in self.collection.fields and n != self.collection.key.name}
            root = Write(
                self.collection, UPDATE, sent=dict(kept), key=found.row[self.collection.key.name], stored=found.row
            )
            self._check_reverted(root, found)
            root.action_name = "revert"
            root.values = self._restored(kept)
            root.sent = kept
            self._write(connection, [root], DEFAULT)
            return root.key

    def _check_reverted(self, root: Write, found: Stored) -> None:
        soft = history.named(root) == "soft-delete"
        if soft and not found.may_delete:
            raise DeleteDenied(collection=self.collection.name)
        if not soft and not found.may_update:
            raise UpdateDenied(collection=self.collection.name)

    def _restored(self, data: Payload) -> dict[str, Any]:
        """Database values of a revision: hashes as they were, editor and time of change anew."""
        hashes = {n: v for n, v in data.items() if self.collection.fields[n].is_hash}
        keep = {n: v for n, v in hashes.items() if v != history.MASK}
        rest = {n: v for n, v in data.items() if n not in hashes}
        values = payload.encode(self.collection, rest, self.session.project.hash)
        filled = payload.fill_updated(self.collection, data, self.session.who)
        slugs = payload.slugs(self.collection, data)
        return {**values, **keep, **{n: v for n, v in filled.items() if n not in slugs}}

    def _revision_data(self, connection: Connection, key: Any, revision: Any) -> Payload:
        number = natural_number(revision)
        if number is None:
            raise RevisionNotFound(id=revision)
        revisions = at(names.REVISIONS, "id", "collection", "item", "data")
        statement = select(revisions.c.data).where(
            revisions.c.id == bindparam(None, number),
            revisions.c.collection == bindparam(None, self.collection.name),
            revisions.c.item == bindparam(None, str(key)),
        )
        found = connection.select(statement)
        if not found:
            raise RevisionNotFound(id=revision)
        try:
            data = orjson.loads(found[0][0])
        except orjson.JSONDecodeError:
            data = None
        if not isinstance(data, dict):
            raise InvalidRevision(id=revision)
        return data

    # --- shared ----------------------------------------------------------------------------------------------

    def missing(self, key: Any) -> ItemNotFound:
        """The error for an item that is not there, or not for this caller."""
        text = str(key)
        if re.fullmatch("-?[0-9]{1,4000}", text):
            text = str(max(-(2**63), min(int(text), 2**63 - 1)))
        return ItemNotFound(f'Item with id "{text}" not found')

    def unreadable(self, key: Any) -> ItemNotFound:
        """The error for an item that a read did not find. It names no key where the stored status grants nothing."""
        rules, status = self.session.rules, self.collection.status
        granted = rules.readable_statuses(self.collection.name)
        if granted is not None and status is not None and not rules.hardened:
            with self.session.connection() as connection:
                for found in self.stored(connection, [key], everything=True).values():
                    if not rules.allows("read", self.collection.name, str(found.row[status.name])):
                        return ItemNotFound()
        return self.missing(key)

    def check_not_hidden(self, key: Any) -> None:
        """ItemNotFound for an item that is there, but not for this caller; one that was deleted hides nothing."""
        if self.session.rules.is_admin:
            return
        with self.session.connection() as connection:
            if not self.stored(connection, [key]) and self.stored(connection, [key], everything=True):
                raise self.missing(key)

    def stored(self, connection: Connection, keys: Iterable[Any], everything: bool = False) -> dict[str, Stored]:
        """Rows by key (as text) with what the caller may do to them; ``everything``: also rows he can't read.

        UnprocessableEntity where a key names several rows: nothing is written by such a key.
        """
        listed = tuple(dict.fromkeys(key for key in keys if not isinstance(key, (dict, list))))
        if self.collection.key is None or not listed:
            return {}
        where: Filter = by_key(self.collection, listed)
        if not everything:
            try:
                where = both(where, visible_rows(self.session.rules, self.collection, self.manner.statuses)) or where
            except (ReadDenied, Unauthorized):
                return {}
        (found,) = matching(self.session, connection, [(self.collection, where)])
        return found

    def _status_of(self, given: Mapping[str, Any], stored: Mapping[str, Any] | None) -> str | None:
        """The status a payload speaks of."""
        return _status_in(self.collection, given, stored)

    def _check_words(self, action: str, status: str | None, given: Mapping[str, Any], options: Options) -> None:
        """An explanation where one is demanded; no field that may not be written."""
        name, rules = self.collection.name, self.session.rules
        if rules.explains(action, name, status) and not options.comment:
            raise Forbidden(f"Activity comment required for collection: {name}")
        if action != DELETE:
            forbidden = rules.unwritable_fields(name, status)
            for field in given:
                if field in forbidden:
                    raise FieldWriteDenied(field=field, collection=name)

    def _check_stored_words(self, given: Mapping[str, Any], row: Mapping[str, Any]) -> None:
        """No field that may not be written in items of the stored status, no status or owner he may not give."""
        collection, rules, user = self.collection, self.session.rules, self.session.who.user
        field = collection.status
        forbidden = rules.unwritable_fields(collection.name, str(row[field.name]) if field else None)
        for name in given:
            if name in forbidden:
                raise FieldWriteDenied(field=name, collection=collection.name)
        if not rules.may_move(collection, row, given, user):
            raise UpdateDenied(collection=collection.name)
        owner = collection.owner
        if owner is None or owner.name not in given or rules.may_hand_over(collection, row):
            return
        if _key_of(given[owner.name]) != str(row[owner.name]):
            raise FieldWriteDenied(field=owner.name, collection=collection.name)

    def _settle(self, connection: Connection, roots: list[Write]) -> dict[tuple[str, str], Stored]:
        """Looks up all nested items that are named by key: their rows, and what the caller may do to them."""
        allowed: dict[tuple[str, str], Stored] = {}

        def load(named: Sequence[nested.Named]) -> list[dict[str, dict[str, Any]]]:
            found = by_keys(self.session, connection, named)
            for (collection, _), rows in zip(named, found, strict=True):
                allowed.update({(collection.name, key): stored for key, stored in rows.items()})
            return [{key: stored.row for key, stored in rows.items()} for rows in found]

        nested.settle(roots, load)
        return allowed

    def _check_levels(
        self, root: Write, allowed: Mapping[tuple[str, str], Stored], stored: Stored | None = None
    ) -> None:
        """May the caller do all that the tree does? Targets first, then the item, then its lists."""
        for node in root.descendants():
            if node is root:
                self._check_root_level(root, stored)
            else:
                self._check_level(node, allowed.get((node.collection.name, str(node.key))))

    def _check_root_level(self, root: Write, stored: Stored | None) -> None:
        name = self.collection.name
        if stored is None:
            if not self.session.rules.allows("create", name, self._status_of(root.sent, None)):
                raise CreateDenied(collection=name)
        elif history.named(root) == "soft-delete":
            if not stored.may_delete:
                raise DeleteDenied(collection=name)
        elif not stored.may_update:
            raise UpdateDenied(collection=name)

    def _check_level(self, node: Write, stored: Stored | None) -> None:
        name, rules = node.collection.name, self.session.rules
        if node.action == CREATE:
            if not rules.allows("create", name, _status_in(node.collection, node.sent, None)):
                raise CreateDenied(collection=name)
        elif node.action == UPDATE and stored is not None and not stored.may_update:
            raise UpdateDenied(collection=name)
        elif node.action == DELETE and stored is not None and not stored.may_delete:
            raise DeleteDenied(collection=name)
        if node.action in (CREATE, UPDATE):
            forbidden = rules.unwritable_fields(name, _status_in(node.collection, node.sent, node.stored))
            for field in node.sent:
                if field in forbidden and field != node.foreign_key:
                    raise FieldWriteDenied(field=field, collection=name)

    def _check_nested(self, root: Write) -> None:
        """Validates the entries of to-many relations; for junctions the far item is what counts."""
        for node in root.descendants():
            if node is root or node.action in (DELETE, LINK):
                continue
            if node.parent is not None:
                given = node.given if node.foreign_key in node.given else {**node.given, node.foreign_key or "": 0}
                self.manner.check(node.collection, given, stored=node.stored)
            elif node.far:
                self.manner.check(node.collection, node.given, stored=node.stored)
            else:
                self.manner.check_far(node.collection, node.given, stored=node.stored)
            self._fill(node)

    def _fill(self, node: Write) -> None:
        """The database values of a node: what was sent, and what the server adds."""
        project, who = self.session.project, self.session.who
        values = payload.encode(node.collection, node.sent, project.hash)
        fill = payload.fill_created if node.action == CREATE else payload.fill_updated
        if node.action == CREATE or values:
            values.update(fill(node.collection, node.sent, who))
        node.values = values

    def _write(self, connection: Connection, roots: list[Write], options: Options) -> None:
        for root in roots:
            self._before(connection, root)
        released = self._release(connection, roots)
        execute(connection, roots)
        references.check(connection, self.session.catalog, roots)
        entries: list[Entry] = []
        for root in roots:
            entries.extend(self._after(connection, root, options))
        if self.session.project.config.security.hardened:
            entries = list(history.hardened(entries, hash_fields(self.session.catalog)))
        inner.log(self.session, connection, entries)
        webhooks.enqueue(self.session, connection, roots)
        self.session.touch(self._stamps(roots) | released)

    def _release(self, connection: Connection, roots: list[Write]) -> set[str]:
        """Settles what points at the items that go, by collection; the stamps of what was changed."""
        catalog, going = self.session.catalog, defaultdict(list)
        if not catalog.references:
            return set()
        for root in roots:
            for node in root.descendants():
                if node.action == DELETE:
                    going[node.collection.name].append(node.key)
        changed: set[str] = set()
        for name, keys in going.items():
            changed |= references.release(connection, catalog, name, keys)
        return {f"data:{name}" for name in changed}

    def _before(self, connection: Connection, root: Write) -> None:
        for node in root.descendants():
            if node.action == CREATE and node.collection.table.is_view:  # even where the database would pass it on
                raise CreateDenied(collection=node.collection.name)
            behaviour = behaviour_of(node.collection.name)
            if behaviour.guard and node.action != LINK:
                behaviour.guard(self.session.scene(connection), node.action, node.stored, node.pointing())
            telling.before(self.session, node)

    def _after(self, connection: Connection, root: Write, options: Options) -> list[Entry]:
        scene = self.session.scene(connection)
        for node in root.descendants():
            behaviour = behaviour_of(node.collection.name)
            if behaviour.after and node.action in (CREATE, UPDATE, DELETE):
                behaviour.after(scene, node.action, node.stored, node.row or {})
            if (effect := EFFECTS.get(node.collection.name)) and node.action != LINK:
                effect(self.session, node.action, node.stored, node.row or {})
            telling.after(self.session, node)
        entries = list(self._entries(root, options)) if self.behaviour.logged else []
        if self.behaviour.also_log:
            entries.extend(self.behaviour.also_log(scene, root.action, root.stored, root.sent))
        return entries

    def _entries(self, root: Write, options: Options) -> Iterable[Entry]:
        if root.action == DELETE:
            return [] if not options.log else [Entry("delete", self.collection.name, str(root.key), options.comment)]
        comment = None if root.action_name == "revert" else options.comment
        found = history.entries_of(root, comment) if options.log else history.targets_of(root)
        return [self._for_writer(self._with_computed(entry)) for entry in found]

    def _with_computed(self, entry: Entry) -> Entry:
        """Revisions hold what readers are told, also what has no column."""
        names = behaviour_of(entry.collection).computed
        if not names or entry.data is None:
            return entry
        made = {name: self.session.compute[entry.collection, name](entry.data) for name in names}
        return replace(entry, data={**entry.data, **made})

    def _for_writer(self, entry: Entry) -> Entry:
        """The change as its writer may see it: fields hidden from him are left out of the delta."""
        hidden = self.session.rules.hidden_fields(entry.collection)
        if not hidden or not entry.delta:
            return entry
        return replace(entry, delta={n: v for n, v in entry.delta.items() if n not in hidden})

    @staticmethod
    def _stamps(roots: list[Write]) -> set[str]:
        touched: set[str] = set()
        for root in roots:
            for node in root.descendants():
                touched |= behaviour_of(node.collection.name).stamps
                touched.add(f"data:{node.collection.name}")
        return touched


def _status_in(collection: Collection, given: Mapping[str, Any], stored: Mapping[str, Any] | None) -> str | None:
    """The status a payload speaks of: its own, else the stored one, else the default."""
    field = collection.status
    if field is None:
        return None
    value = given.get(field.name)
    if value is None and stored is not None:
        value = stored.get(field.name)
    if value is None and field.column is not None:
        value = field.column.default
    return None if value is None else str(value)


__all__ = ["ANY_STATUS", "And", "Change", "ItemsService", "Options", "Payload"]


def _key_of(value: Any) -> str:
    """The key that a value of a relation names, as text."""
    return str(value.get("id") if isinstance(value, Mapping) else value)
