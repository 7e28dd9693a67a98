"""From a SCIM filter to the common filter tree: which column an attribute lies in, and what operators mean there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, TypeAlias

from directus8.api.scim.filter import All, Any_, BadFilter, Compare, Name, No, Node, Present, Within, matches, parse
from directus8.api.scim.message import invalid
from directus8.api.scim.schemas import ResourceType
from directus8.errors import RelatedAccessDenied
from directus8.filters import EVERYTHING, NOTHING, And, Condition, Filter, Not, Or, Some, rewrite
from directus8.permissions.guard import showing
from directus8.permissions.rules import Rules
from directus8.schema.catalog import Catalog

#: operator (``pr`` included) and value → condition
Meaning: TypeAlias = Callable[[str, Any], Filter]

_TEXT = {"co": "contains", "sw": "starts_with", "ew": "ends_with", "gt": "gt", "ge": "gte", "lt": "lt", "le": "lte"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """What conditions on an attribute mean; ``paths`` are the columns they look at."""

    meaning: Meaning
    paths: tuple[tuple[str, ...], ...] = ()


def text(*path: str) -> Leaf:
    """An attribute that is a text column."""
    return Leaf(lambda operator, value: _text(path, operator, value), (path,))


def _text(path: tuple[str, ...], operator: str, value: Any) -> Filter:
    if operator == "pr":
        return _present(path)
    if operator == "ne":
        return Not(_text(path, "eq", value))
    if value is None:
        if operator != "eq":
            raise invalid("invalidFilter", f"{operator} takes no null")
        return Not(_present(path))
    if isinstance(value, bool):
        raise invalid("invalidFilter", "A text is compared with a text")
    return Condition(path, _TEXT.get(operator, operator), str(value))


def _present(path: tuple[str, ...]) -> Filter:
    return Condition(path, "nempty")


def flag(*path: str, on: Any = None, off: Any = None) -> Leaf:
    """An attribute that is true when a column is ``on``, or unless it is ``off``."""
    is_on: Filter = Not(Condition(path, "eq", off)) if on is None else Condition(path, "eq", on)
    return Leaf(lambda operator, value: _flag(is_on, operator, value), (path,))


def _flag(is_on: Filter, operator: str, value: Any) -> Filter:
    if operator == "pr":
        return EVERYTHING
    wanted = {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value
    if operator not in ("eq", "ne") or wanted not in (True, False, None):
        raise invalid("invalidFilter", "true and false know only eq and ne")
    if wanted is None:
        return NOTHING if operator == "eq" else EVERYTHING
    return is_on if wanted == (operator == "eq") else Not(is_on)


def constant(given: str | bool) -> Leaf:
    """An attribute that has the same value everywhere."""
    return Leaf(lambda operator, value: _held(given, operator, value))


def _held(given: str | bool, operator: str, value: Any) -> Filter:
    name = Name("v")
    node: Node = Present(name) if operator == "pr" else Compare(name, operator, value)
    return EVERYTHING if matches(node, {"v": given}) else NOTHING


def otherwise(path: tuple[str, ...], given: str) -> Leaf:
    """An attribute that lies in a column, and has a fixed value where that is empty."""

    def meaning(operator: str, value: Any) -> Filter:
        if operator == "ne":
            return Not(meaning("eq", value))
        return Or((_text(path, operator, value), And((Not(_present(path)), _held(given, operator, value)))))

    return Leaf(meaning, (path,))


def first(preferred: tuple[str, ...], otherwise: tuple[str, ...]) -> Leaf:
    """An attribute that lies in one column, or in another where that is empty."""

    def meaning(operator: str, value: Any) -> Filter:
        if operator == "ne":
            return Not(meaning("eq", value))
        elsewhere = And((Not(Condition(preferred, "nnull")), _text(otherwise, operator, value)))
        return Or((_text(preferred, operator, value), elsewhere))

    return Leaf(meaning, (preferred, otherwise))


def _one_of(relation: str, part: Filter) -> Filter:
    """The relation leads to at least one item for which the part, all of it about the relation, is true."""
    return Some(relation, rewrite(part, lambda condition: replace(condition, path=condition.path[1:])))


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles filters on one kind of resource for one caller."""

    type: ResourceType
    collection: str
    leaves: Mapping[str, Leaf]
    catalog: Catalog
    rules: Rules
    #: attribute → who has exactly this value, found out beforehand
    lookups: Mapping[str, Callable[[str], Filter]] = field(default_factory=dict)

    def compile(self, given: Any) -> Filter | None:
        """The conditions of a ``filter`` parameter. invalidFilter."""
        if given is None or given == "":
            return None
        if not isinstance(given, str):
            raise invalid("invalidFilter", "filter must be a text")
        try:
            return self._node(parse(given), None)
        except BadFilter as error:
            raise invalid("invalidFilter", f"filter: {error}") from None

    def _node(self, node: Node, within: Name | None) -> Filter:
        if isinstance(node, All):
            return And(tuple(self._node(part, within) for part in node.parts))
        if isinstance(node, Any_):
            return Or(tuple(self._node(part, within) for part in node.parts))
        if isinstance(node, No):
            return Not(self._node(node.part, within))
        if isinstance(node, Within):
            return self._within(node, within)
        name = node.name if within is None else Name(within.attribute, node.name.attribute, within.urn)
        if isinstance(node, Present):
            return self._leaf(name, "pr", None)
        return self._leaf(name, node.operator, node.value)

    def _within(self, node: Within, outer: Name | None) -> Filter:
        if outer is not None or node.name.sub is not None:
            raise invalid("invalidFilter", f"{node.name}[…]: no attribute holds others that deep")
        part = self._node(node.part, node.name)
        many = self._to_many(node.name)
        return part if many is None else _one_of(many, part)

    def _to_many(self, name: Name) -> str | None:
        """The relation to the values, where there can be several: conditions in brackets speak of one and the same."""
        leaf = self.leaves.get(f"{name.attribute.lower()}.value")
        field = leaf.paths[0][0] if leaf is not None else ""
        relation = self.catalog[self.collection].relation(field)
        return field if relation is not None and relation.kind == "o2m" else None

    def _leaf(self, name: Name, operator: str, value: Any) -> Filter:
        leaf = self.leaves.get(self._key(name))
        if leaf is None:
            return self._whole(name, operator)
        conditions = [self._visible(path) for path in leaf.paths]
        lookup = self.lookups.get(self._key(name))
        if lookup is not None and operator in ("eq", "ne") and isinstance(value, str) and value:
            found = lookup(value) if operator == "eq" else Not(lookup(value))
        else:
            found = leaf.meaning(operator, value)
        return And((found, *(c for c in conditions if c is not None))) if any(conditions) else found

    def _key(self, name: Name) -> str:
        plain = f"{name.attribute}.{name.sub}" if name.sub else name.attribute
        within = self.type.within(name.urn)
        if within is None:
            raise invalid("invalidFilter", f"{name}: unknown schema")
        return (f"{within[0]}:{plain}" if within[0] else plain).lower()

    def _whole(self, name: Name, operator: str) -> Filter:
        """A complex attribute without a value of its own knows only ``pr``: one of its parts is there."""
        parts = [leaf for key, leaf in self.leaves.items() if key.startswith(f"{self._key(name)}.")]
        if operator != "pr" or not parts:
            raise invalid("invalidFilter", f"{name} can not be filtered")
        return Or(tuple(part.meaning("pr", None) for part in parts))

    def _visible(self, path: tuple[str, ...]) -> Filter | None:
        """No conditions on what the caller may not read. RelatedAccessDenied, or a condition on the status."""
        at = self.catalog[self.collection]
        for name, following in pairwise((*path, None)):
            if name in self.rules.hidden_fields(at.name):
                raise RelatedAccessDenied(field=name)
            relation = at.relation(name or "")
            if following is not None and relation is not None:
                at = self.catalog[relation.related]
                if at.is_system and not self.rules.reads(at.name):
                    raise RelatedAccessDenied(field=following)
        return showing(self.rules, self.catalog[self.collection], path[0])


__all__ = ["Compiler", "Leaf", "constant", "first", "flag", "text"]
