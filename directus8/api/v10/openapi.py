"""The OpenAPI description of a project's collections, as the caller may see them."""

from __future__ import annotations

from typing import Any

from directus8 import DIRECTUS_VERSION, names
from directus8.api.v10.fields import visible
from directus8.api.v10.lens import LENSES, lens_of
from directus8.api.v10.values import type_of
from directus8.schema.catalog import Collection
from directus8.services.session import Session

TYPES: dict[str, dict[str, Any]] = {
    "integer": {"type": "integer"},
    "bigInteger": {"type": "integer", "format": "int64"},
    "float": {"type": "number"},
    "boolean": {"type": "boolean"},
    "json": {},
    "csv": {"type": "array", "items": {"type": "string"}},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "dateTime": {"type": "string", "format": "date-time"},
    "timestamp": {"type": "string", "format": "date-time"},
    "uuid": {"type": "string", "format": "uuid"},
}
PARAMETERS = ("fields", "filter", "search", "sort", "limit", "offset", "page", "meta", "deep", "alias")


def document(session: Session, base: str) -> dict[str, Any]:
    """The whole description."""
    shown = [c for c in session.catalog if session.rules.reads(c.name) and (c.name in LENSES or not _inner(c))]
    paths: dict[str, Any] = {}
    for collection in shown:
        paths.update(_paths(session, collection))
    return {
        "openapi": "3.0.1",
        "info": {"title": "Dynamic API Specification", "version": DIRECTUS_VERSION},
        "servers": [{"url": base}],
        "paths": paths,
        "components": {
            "schemas": {_schema_name(c): _schema(session, c) for c in shown},
            "securitySchemes": {"Auth": {"type": "http", "scheme": "bearer"}},
            "parameters": {n: {"name": n, "in": "query", "schema": {"type": "string"}} for n in PARAMETERS},
        },
        "security": [{"Auth": []}],
    }


def _inner(collection: Collection) -> bool:
    return names.is_reserved(collection.name)


def _schema_name(collection: Collection) -> str:
    lens = lens_of(collection.name)
    return lens.path.capitalize() if lens.path else f"Items{collection.name[:1].upper()}{collection.name[1:]}"


def _schema(session: Session, collection: Collection) -> dict[str, Any]:
    lens = lens_of(collection.name)
    properties: dict[str, Any] = {}
    for name in visible(session.rules, collection):
        column = lens.column(name)
        relation, field = collection.leads(column), collection.fields.get(column)
        if relation is not None and relation.kind == "o2m":
            properties[name] = {"type": "array", "items": {}}
        elif field is not None and field.column is not None:
            properties[name] = {**TYPES.get(type_of(field), {"type": "string"}), "nullable": field.column.nullable}
        else:
            properties[name] = {"nullable": True}
    return {"type": "object", "properties": properties}


def _paths(session: Session, collection: Collection) -> dict[str, Any]:
    lens = lens_of(collection.name)
    path = f"/{lens.path}" if lens.path else f"/items/{collection.name}"
    schema = {"$ref": f"#/components/schemas/{_schema_name(collection)}"}
    asked = [{"$ref": f"#/components/parameters/{n}"} for n in PARAMETERS]
    rules = session.rules
    many: dict[str, Any] = {"get": _operation("Read items", {"type": "array", "items": schema}, asked)}
    one: dict[str, Any] = {"get": _operation("Read an item", schema, asked[:1])}
    if rules.allows("create", collection.name):
        many["post"] = _operation("Create items", schema, asked[:1], schema)
    if rules.allows("update", collection.name):
        many["patch"] = _operation("Update items", {"type": "array", "items": schema}, asked[:1], {})
        one["patch"] = _operation("Update an item", schema, asked[:1], schema)
    if rules.allows("delete", collection.name):
        many["delete"] = _operation("Delete items", None, [], {})
        one["delete"] = _operation("Delete an item", None, [])
    key = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    return {path: many, f"{path}/{{id}}": {"parameters": [key], **one}}


def _operation(
    summary: str, told: dict[str, Any] | None, parameters: list[Any], body: dict[str, Any] | None = None
) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object", "properties": {"data": told}}}}
    answer = {"204": {"description": "Done"}} if told is None else {"200": {"description": "Done", "content": content}}
    made: dict[str, Any] = {"summary": summary, "parameters": parameters, "responses": answer}
    if body is not None:
        made["requestBody"] = {"content": {"application/json": {"schema": body}}}
    return made
