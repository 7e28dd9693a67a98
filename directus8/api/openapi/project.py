"""The document of one project's own collections, as one caller may see them."""

from __future__ import annotations

import re

from directus8.api.openapi import parts
from directus8.api.openapi.parts import Json
from directus8.permissions.rules import Rules
from directus8.schema.catalog import Catalog, Collection, Field

#: What a value of a type looks like in JSON.
TYPES: dict[str, Json] = {
    **dict.fromkeys(("integer", "sort"), {"type": "integer"}),
    "decimal": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string"},
    **dict.fromkeys(
        ("datetime", "datetime_created", "datetime_updated"), {"type": "string", "description": "date and time"}
    ),
    "uuid": {"type": "string", "format": "uuid"},
    **dict.fromkeys(("string", "slug", "hash", "lang", "status"), {"type": "string"}),
    "array": {"type": "array"},
}
MADE = frozenset({"owner", "user_updated", "datetime_created", "datetime_updated"})  # filled by the system


def document(key: str, name: str, catalog: Catalog, rules: Rules) -> Json:
    """The collections the role may use, each with what it may do there."""
    paths: Json = {}
    schemas: Json = {}
    tags: list[Json] = []
    for collection in catalog:
        if collection.is_system or not (rules.is_admin or _grants(rules, collection.name)):
            continue
        shown = _fields(collection, rules)
        schemas[_component(collection.name)] = _item(collection, shown, catalog, rules)
        tags.append({"name": collection.name, **({"description": collection.note} if collection.note else {})})
        paths.update(_paths(key, collection, rules))
    return parts.document(name or key, f"The collections of {key} that you may use.", paths, schemas, tags)


def _grants(rules: Rules, name: str) -> bool:
    return any(rules.allows(action, name) for action in ("read", "create", "update", "delete"))


def _fields(collection: Collection, rules: Rules) -> list[Field]:
    """The fields the role may read; where it may read nothing, the key."""
    if not rules.reads(collection.name):
        return [collection.key] if collection.key else []
    hidden = rules.hidden_fields(collection.name)
    return [field for field in collection.fields.values() if field.name not in hidden]


def _item(collection: Collection, shown: list[Field], catalog: Catalog, rules: Rules) -> Json:
    properties = {field.name: _property(collection, field, catalog, rules) for field in shown}
    unwritable = rules.unwritable_fields(collection.name, None)
    for field in shown:
        if field.name in unwritable or field.type in MADE:
            properties[field.name]["readOnly"] = True
    return {"type": "object", "properties": properties}


def _property(collection: Collection, field: Field, catalog: Catalog, rules: Rules) -> Json:
    note: Json = {"description": str(field.note)} if field.note else {}
    relation = collection.relation(field.name)
    if relation is None:
        kind = TYPES.get(field.type or "")
        return {**({"anyOf": [kind, {"type": "null"}]} if kind else {}), **note}
    other = catalog.get(relation.related)
    known = other is not None and not other.is_system and (rules.is_admin or _grants(rules, other.name))
    item: Json = parts.reference("schemas", _component(relation.related)) if known else {}
    if relation.kind == "o2m":
        return {"type": "array", "items": item, **note}
    return {"anyOf": [item, {"type": ["integer", "string", "null"]}], **note} if known else note


def _paths(key: str, collection: Collection, rules: Rules) -> Json:
    name = collection.name
    item = parts.reference("schemas", _component(name))
    items: Json = {"type": "array", "items": item}
    either: Json = {"anyOf": [item, items]}
    title = _component(name)
    one: Json = {"name": "key", "in": "path", "required": True, "schema": {"type": "string"},
                 "description": "The key of an item, or several joined by commas"}  # fmt: skip
    many_paths: Json = {}
    one_paths: Json = {}
    if rules.reads(name) or rules.is_admin:
        many_paths["get"] = parts.operation(f"list_{title}", name, f"List {name}", parts.reading(True), None, items)
        one_paths["get"] = parts.operation(
            f"read_{title}", name, f"Read {name}", [one, *parts.reading(False)], None, either
        )
    if rules.allows("create", name):
        many_paths["post"] = parts.operation(f"create_{title}", name, f"Create {name}", [], either, either)
    if rules.allows("update", name):
        many_paths["patch"] = parts.operation(f"change_many_{title}", name, f"Change many {name}", [], items, items)
        one_paths["patch"] = parts.operation(f"change_{title}", name, f"Change {name}", [one], item, either)
    if rules.allows("delete", name):
        one_paths["delete"] = parts.operation(f"delete_{title}", name, f"Delete {name}", [one])
    base = f"/{key}/items/{name}"
    return {path: found for path, found in ((base, many_paths), (f"{base}/{{key}}", one_paths)) if found}


def _component(name: str) -> str:
    """The name of a collection as a component may be called; others get their letters as numbers."""
    return re.sub(r"[^A-Za-z0-9._-]", lambda match: f"-{ord(match.group()):x}-", name)
