"""What both documents are made of: parameters, answers, errors, ways to say who one is."""

from __future__ import annotations

import re
from typing import Any

from directus8 import DIRECTUS_VERSION

Json = dict[str, Any]
PLACE = re.compile(r"<(?:(\w+):)?(\w+)>")

#: The parameters of reads: name, schema, description.
READING: tuple[tuple[str, Json, str], ...] = (
    ("fields", {"type": "string"}, "Fields, comma separated: `*`, `*.*`, `author.name`, `-title`"),
    ("lang", {"type": "string"}, "Languages of translations, comma separated; `*` for all"),
    ("meta", {"type": "string"}, "Facts about the answer: `*`, `total_count`, `filter_count`, `page`, …"),
    ("single", {"type": "string"}, "`1`: one object instead of a list"),
)
LISTING: tuple[tuple[str, Json, str], ...] = (
    ("limit", {"type": "integer"}, "How many items; -1 for all"),
    ("offset", {"type": "integer"}, "How many items to leave out"),
    ("page", {"type": "integer"}, "The page, counted from 1"),
    ("sort", {"type": "string"}, "Fields, comma separated; `-` before one turns its order, `?` is random"),
    ("status", {"type": "string"}, "Statuses, comma separated; `*` for all"),
    ("q", {"type": "string"}, "A text that one of the fields contains"),
    ("groups", {"type": "string"}, "Fields to group by, comma separated"),
)
FILTER: Json = {
    "name": "filter",
    "in": "query",
    "style": "deepObject",
    "explode": True,
    "description": "`filter[field][operator]=value`, for instance `filter[title][contains]=x`",
    "schema": {"type": "object", "additionalProperties": True},
    "example": {},  # else the page for trying requests invents a field
}


def document(title: str, description: str, paths: Json, schemas: Json, tags: list[Json]) -> Json:
    """A whole document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": DIRECTUS_VERSION, "description": description},
        "servers": [{"url": "/"}],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": {"Error": ERROR, "Meta": {"type": "object"}, **schemas},
            "parameters": PARAMETERS,
            "responses": {"Error": _response("What went wrong", reference("schemas", "Error"))},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A static token, or one from a login"},
                "query": {"type": "apiKey", "in": "query", "name": "access_token"},
            },
        },
        "security": [{"token": []}, {"query": []}, {}],
    }


ERROR: Json = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": ["integer", "null"]}, "message": {"type": "string"}},
        }
    },
}
PARAMETERS: Json = {
    **{
        name: {"name": name, "in": "query", "schema": schema, "description": text}
        for name, schema, text in (*READING, *LISTING)
    },
    "filter": FILTER,
}


def reference(kind: str, name: str) -> Json:
    """A reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def reading(many: bool) -> list[Json]:
    """The parameters of a read."""
    names = [name for name, _, _ in ((*READING, *LISTING) if many else READING)]
    return [reference("parameters", name) for name in (*names, *(["filter"] if many else []))]


def path_of(rule: str) -> tuple[str, list[Json]]:
    """A route as OpenAPI writes it, and its path parameters."""
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "integer" if kind == "int" else "string"}}
        for kind, name in PLACE.findall(rule)
    ]
    return PLACE.sub(r"{\2}", rule), parameters


def operation(
    name: str, tag: str, summary: str, parameters: list[Json], body: Json | None = None, answer: Json | None = None
) -> Json:
    """One operation; ``answer`` is the schema of what stands under ``data``."""
    told: Json = {
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": _response("The answer", _envelope(answer)),
            "204": {"description": "Done; nothing to tell"},
            "default": reference("responses", "Error"),
        },
    }
    if body is not None:
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return told


def _envelope(data: Json | None) -> Json:
    properties: Json = {"data": data if data is not None else {}, "meta": {}, "public": {"type": "boolean"}}
    return {"type": "object", "properties": properties}


def _response(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
