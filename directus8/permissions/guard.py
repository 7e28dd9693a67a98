"""Filters of clients, held against nothing that their role may not read. Source: permissions.md §5–6; security.md."""

from __future__ import annotations

from dataclasses import replace

from directus8 import names
from directus8.errors import ReadDenied, RelatedAccessDenied, Unauthorized
from directus8.filters import Condition, Filter, Not, Some, both
from directus8.permissions.rules import STATES, Rules
from directus8.schema.catalog import Catalog, Collection


def showing(rules: Rules, collection: Collection, name: str) -> Filter | None:
    """The items in which a field, and all that it tells of, is not hidden; None for all."""
    if collection.name == names.REVISIONS and name in STATES and not rules.is_admin:
        return Condition(("collection",), "nin", tuple(sorted({*rules.hiding, names.USERS})))
    hiding = [status for status, fields in rules.hidden_by_status(collection.name).items() if name in fields]
    if hiding and collection.status is not None:
        return Condition((collection.status.name,), "nin", tuple(hiding))
    return None


def admits(rules: Rules, collection: Collection) -> bool:
    """May the role read any row of a collection?"""
    try:
        rules.read_filter(collection)
    except (ReadDenied, Unauthorized):
        return False
    return True


def guarded(catalog: Catalog, rules: Rules, collection: Collection, tree: Filter) -> Filter:
    """The tree, seeing on its way only related rows the role may read, and no field in an item that hides it.

    RelatedAccessDenied where it may read none.
    """
    if isinstance(tree, Condition):
        return _condition(catalog, rules, collection, tree)
    if isinstance(tree, Not):
        return Not(guarded(catalog, rules, collection, tree.part))
    if isinstance(tree, Some):
        return _shown(rules, collection, tree.field, _some(catalog, rules, collection, tree))
    return type(tree)(tuple(guarded(catalog, rules, collection, part) for part in tree.parts))


def _condition(catalog: Catalog, rules: Rules, collection: Collection, condition: Condition) -> Filter:
    name, *rest = condition.path
    relation = collection.leads(name)
    seen: Filter = condition
    if rest:
        inner = replace(condition, path=tuple(rest))
        through = _some(catalog, rules, collection, Some(name, inner))
        seen = condition if through.part == inner else through
    elif relation is not None and relation.kind == "o2m":
        seen = replace(condition, counted=countable(rules, catalog[relation.related], name))
    return _shown(rules, collection, name, seen)


def _shown(rules: Rules, collection: Collection, name: str, part: Filter) -> Filter:
    return both(part, showing(rules, collection, name)) or part


def countable(rules: Rules, related: Collection, name: str) -> Filter | None:
    """The rows behind a relation that the role may count. RelatedAccessDenied where there is none."""
    if not admits(rules, related):
        raise RelatedAccessDenied(field=name)
    return rules.read_filter(related)


def _some(catalog: Catalog, rules: Rules, collection: Collection, some: Some) -> Some:
    relation = collection.leads(some.field)
    assert relation is not None
    far = catalog[relation.related]
    rule = countable(rules, far, some.field)
    part = guarded(catalog, rules, far, some.part)
    return replace(some, part=both(part, rule) or part)
