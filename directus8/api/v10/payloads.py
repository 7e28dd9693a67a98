"""Payloads of v9/v10 clients as the house takes them: names, values, nested items. Source: sdk_v10.md D.5.

Lists of to-many fields say what shall be there afterwards; the house is told what to add, change and take out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from directus8.api.v10.answer import FailedValidation, Failure
from directus8.api.v10.lens import lens_of
from directus8.api.v10.values import taken
from directus8.errors import InvalidPayload, UnprocessableEntity, ValueTooLong
from directus8.filters import Condition
from directus8.mutation import payload
from directus8.query.ast import ANY_STATUS, Entry, Node, Query
from directus8.schema.catalog import Collection, Field, Relation
from directus8.services.items import Manner
from directus8.services.session import Session

Payload = Mapping[str, Any]
DEPTH = 10
DETAILS = frozenset({"create", "update", "delete"})


# --- taking apart --------------------------------------------------------------------------------------------


def prepared(session: Session, collection: Collection, given: Payload, key: Any = None) -> dict[str, Any]:
    """The payload of one item as the house takes it; with a key it is an update of that item. InvalidPayload."""
    return _Preparer(session).item(collection, given, key, 0)


@dataclass(frozen=True, slots=True)
class _Preparer:
    session: Session

    def item(self, collection: Collection, given: Payload, key: Any, depth: int) -> dict[str, Any]:
        """One item. What the collection has no field for is left out, as v10 does."""
        if depth > DEPTH:
            raise InvalidPayload(f"Items are nested deeper than {DEPTH} levels")
        lens = lens_of(collection.name)
        made: dict[str, Any] = {}
        for name, value in given.items():
            column = lens.column(str(name))
            field = collection.fields.get(column)
            if field is None or name in lens.made or name in lens.kept:
                continue
            relation = collection.relation(column)
            if relation is not None and relation.kind == "o2m":
                made[column] = self._list(collection, relation, value, key, depth)
            elif field.column is None:
                continue
            elif relation is not None and isinstance(value, dict):
                made[column] = self._one(relation, value, depth)
            else:
                made[column] = taken(field, lens.stored(str(name), value))
        return made

    def _one(self, relation: Relation, value: Mapping[str, Any], depth: int) -> dict[str, Any]:
        related = self.session.catalog[relation.related]
        key = value.get(related.key.name) if related.key is not None else None
        return self.item(related, value, key, depth + 1)

    # --- to-many fields ----------------------------------------------------------------------------------------

    def _list(self, collection: Collection, relation: Relation, value: Any, key: Any, depth: int) -> list[Any]:
        """The entries to write so that the relation holds what the payload says."""
        child = self.session.catalog[relation.related]
        if child.key is None:
            return []
        if value is None:
            value = []
        if isinstance(value, list):
            wanted = [self._entry(child, entry, depth) for entry in value]
            stay = {str(e[child.key.name]) for e in wanted if e.get(child.key.name) is not None}
            gone = [k for k in self._present(child, relation, key) if str(k) not in stay]
            return [*wanted, *(self._taken_out(child, relation, k) for k in gone)]
        if not isinstance(value, dict):
            raise InvalidPayload('Invalid one-to-many update structure: "value" must be of type object')
        return list(self._detailed(child, relation, value, key, depth))

    def _detailed(
        self, child: Collection, relation: Relation, value: Mapping[str, Any], key: Any, depth: int
    ) -> Iterable[dict[str, Any]]:
        for word in value:
            if word not in DETAILS:
                raise InvalidPayload(f'Invalid one-to-many update structure: "{word}" is not allowed')
            if not isinstance(value[word], list):
                raise InvalidPayload(f'Invalid one-to-many update structure: "{word}" must be an array')
        assert child.key is not None
        for entry in value.get("create", ()):
            yield self._entry(child, entry, depth)
        for entry in value.get("update", ()):
            if not isinstance(entry, dict) or entry.get(child.key.name) is None:
                raise InvalidPayload(f'Invalid one-to-many update structure: "{child.key.name}" is required')
            yield self._entry(child, entry, depth)
        if value.get("delete"):
            going = {str(k) for k in value["delete"]}
            for k in self._present(child, relation, key):
                if str(k) in going:
                    yield self._taken_out(child, relation, k)

    def _entry(self, child: Collection, entry: Any, depth: int) -> dict[str, Any]:
        """An item of a list: an object, or the key of one that is there."""
        assert child.key is not None
        if isinstance(entry, dict):
            return self.item(child, entry, entry.get(child.key.name), depth + 1)
        if entry is None or isinstance(entry, (list, bool)):
            raise InvalidPayload("Invalid one-to-many update structure: entries must be keys or objects")
        return {child.key.name: entry}

    def _present(self, child: Collection, relation: Relation, key: Any) -> list[Any]:
        """The keys of the items that are there."""
        if key is None or child.key is None:
            return []
        node = Node(child.name, (Entry(child.key.name),), ANY_STATUS)
        query = Query(node, Condition((relation.related_field or "",), "eq", key))
        return [row[child.key.name] for row in self.session.read(query, system=True)]

    @staticmethod
    def _taken_out(child: Collection, relation: Relation, key: Any) -> dict[str, Any]:
        assert child.key is not None
        if relation.deletes_deselected:
            return {child.key.name: key, "$delete": True}
        return {child.key.name: key, relation.related_field or "": None}


def kept(collection: Collection, given: Payload) -> dict[str, Any]:
    """The values of a payload that are kept beside the table."""
    return {name: value for name, value in given.items() if name in lens_of(collection.name).kept}


# --- checking ------------------------------------------------------------------------------------------------


def check(collection: Collection, given: Payload, *, stored: Payload | None = None, **_: Any) -> None:
    """FailedValidation with all that is missing, null or against a rule of its field; ValueTooLong."""
    failures = [f for field in collection.fields.values() if (f := _failure(field, given, stored is None))]
    if failures:
        raise FailedValidation(failures)
    for name, value in given.items():
        field = collection.fields.get(name)
        if field is not None and field.column is not None and field.column.type.kind != "float":
            try:
                payload.check_length(collection, field, value)
            except UnprocessableEntity:
                raise ValueTooLong(field=lens_of(collection.name).name(name), collection=collection.name) from None


def _failure(field: Field, given: Payload, creating: bool) -> Failure | None:
    column = field.column
    name = lens_of(field.collection).name(field.name)
    if column is None or field.kind.filled or column.auto_increment:
        return None
    if not column.nullable and column.default is None and creating and field.name not in given:
        return Failure(name, "required")
    if field.name not in given:
        return None
    value = given[field.name]
    if not column.nullable and value is None:
        return Failure(name, "nnull")
    if message := payload.mismatch(field, value):
        return Failure(name, "regex", {"invalid": message.partition(": ")[2]})
    rule = field.extra.get("validation")
    return broken(name, rule, {field.name: value}) if isinstance(rule, Mapping) else None


MANNER = Manner(check, check, ANY_STATUS)

# --- rules of fields: filters over one payload -----------------------------------------------------------------


def broken(name: str, rule: Mapping[str, Any], values: Payload) -> Failure | None:
    """The first condition of a rule that values do not fulfil; what is missing or null fulfils all but _nnull."""
    for key, wanted in rule.items():
        if key in ("_and", "_or") and isinstance(wanted, list):
            found = [broken(name, each, values) for each in wanted if isinstance(each, Mapping)]
            failed = [f for f in found if f is not None]
            if failed and (key == "_and" or len(failed) == len(found)):
                return failed[0]
        elif isinstance(wanted, Mapping) and key in values:
            for operator, than in wanted.items():
                if failure := _unfulfilled(name, operator, than, values[key]):
                    return failure
    return None


def _unfulfilled(name: str, operator: str, than: Any, value: Any) -> Failure | None:
    if operator in ("_null", "_nnull"):
        return None if (value is None) == (operator == "_null") else Failure(name, operator[1:])
    test = TESTS.get(operator)
    if test is None or value is None or test(value, than):
        return None
    about = {"_regex": "invalid", "_contains": "substring", "_starts_with": "substring", "_ends_with": "substring"}
    more = {about.get(operator, "valid"): than}
    return Failure(name, operator[1:], more)


def _order(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(value: Any, than: Any) -> bool:
        try:
            return test(float(value), float(than))
        except (TypeError, ValueError):
            return test(str(value), str(than))

    return compare


def _matches(value: Any, pattern: Any) -> bool:
    try:
        return re.search(str(pattern), str(value)) is not None
    except re.error:
        return True


TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "_eq": lambda v, t: str(v) == str(t),
    "_neq": lambda v, t: str(v) != str(t),
    "_lt": _order(lambda v, t: v < t),
    "_lte": _order(lambda v, t: v <= t),
    "_gt": _order(lambda v, t: v > t),
    "_gte": _order(lambda v, t: v >= t),
    "_in": lambda v, t: str(v) in map(str, t) if isinstance(t, list) else True,
    "_nin": lambda v, t: str(v) not in map(str, t) if isinstance(t, list) else True,
    "_contains": lambda v, t: str(t) in str(v),
    "_icontains": lambda v, t: str(t).lower() in str(v).lower(),
    "_ncontains": lambda v, t: str(t) not in str(v),
    "_starts_with": lambda v, t: str(v).startswith(str(t)),
    "_nstarts_with": lambda v, t: not str(v).startswith(str(t)),
    "_ends_with": lambda v, t: str(v).endswith(str(t)),
    "_nends_with": lambda v, t: not str(v).endswith(str(t)),
    "_empty": lambda v, t: v in ("", [], {}),
    "_nempty": lambda v, t: v not in ("", [], {}),
    "_regex": _matches,
}
