"""The document of the routes that every project has, made from the table of routes itself."""

from __future__ import annotations

import re
from functools import cache

from directus8 import names
from directus8.api.openapi import parts
from directus8.api.openapi.parts import Json
from directus8.api.v8.router import ROUTES
from directus8.db.model import Column
from directus8.system.tables import TABLES

VERBS = {"GET": "Read", "POST": "Create", "PATCH": "Change", "PUT": "Replace", "DELETE": "Delete"}
KINDS: dict[str, Json] = {
    "integer": {"type": "integer"},
    "decimal": {"type": "number"},
    "float": {"type": "number"},
}
#: Routes of the process: method, path, summary, where the super admin token stands.
SERVER = (
    ("GET", "/server/ping", "A sign of life"),
    ("GET", "/server/health", "Is everything well?"),
    ("GET", "/server/info", "Facts about the server"),
    ("GET", "/server/projects", "The keys of the listed projects"),
    ("POST", "/server/projects", "Make a project"),
    ("DELETE", "/server/projects/<name>", "Remove a project"),
)
#: What is not told as JSON, or not as plain JSON: the kind of its answer, and the answer.
OTHERWISE: dict[str, Json] = {
    "/server/ping": {"text/html": {"schema": {"type": "string", "const": "pong"}}},
    "/server/health": {"application/health+json": {"schema": {"type": "object"}}},
}
#: First segments below a project that stand for a system collection.
COLLECTIONS = {
    "activity": names.ACTIVITY, "collection_presets": names.PRESETS, "files": names.FILES, "folders": names.FOLDERS,
    "permissions": names.PERMISSIONS, "relations": names.RELATIONS, "revisions": names.REVISIONS,
    "roles": names.ROLES, "settings": names.SETTINGS, "users": names.USERS, "webhooks": names.WEBHOOKS,
}  # fmt: skip
TOKEN: Json = {"name": "super_admin_token", "in": "query", "schema": {"type": "string"}}


@cache
def document() -> Json:
    """The document."""
    paths: Json = {}
    for method, path, summary in SERVER:
        told, places = parts.path_of(path)
        secret = [TOKEN] if "ping" not in path and method != "POST" else []
        body = {"type": "object"} if method == "POST" else None
        paths.setdefault(told, {})[method.lower()] = parts.operation(
            _name(method, told), "server", summary, [*places, *secret], body
        )
    for path, content in OTHERWISE.items():
        paths[path]["get"]["responses"]["200"]["content"] = content
    for route in ROUTES:
        rule = route.path if route.root else f"/<project>{route.path}"
        told, places = parts.path_of(rule)
        paths.setdefault(told, {})[route.method.lower()] = _operation(route.method, route.path, told, places)
    schemas = {table.name: _schema(table.columns) for table in TABLES}
    tags = sorted({op["tags"][0] for path in paths.values() for op in path.values()})
    text = "What every project offers. The items of a project's own collections: `/{project}/openapi.json`."
    return parts.document("Directus 8 API", text, paths, schemas, [{"name": tag} for tag in tags])


def _operation(method: str, path: str, told: str, places: list[Json]) -> Json:
    tag = path.strip("/").split("/")[0] or "project"
    many = method == "GET" and not path.endswith(">")
    collection = COLLECTIONS.get(tag)
    item: Json = parts.reference("schemas", collection) if collection else {}
    plain = collection is not None and re.fullmatch(r"/\w+(/<key>)?", path) is not None
    read = parts.reading(many) if method == "GET" and (collection or tag == "items") else []
    body = {"type": ["object", "array"]} if method in ("POST", "PATCH", "PUT") else None
    answer = None if not plain else {"type": "array", "items": item} if many else {"anyOf": [item, {"type": "array"}]}
    return parts.operation(_name(method, told), tag, _summary(method, path), [*places, *read], body, answer)


def _summary(method: str, path: str) -> str:
    words = [part.strip("<>").split(":")[-1] for part in path.strip("/").split("/") if part]
    return f"{VERBS[method]} {' / '.join(words) or 'the project'}"


def _name(method: str, path: str) -> str:
    told = f"{path}index" if path.endswith("/") else path
    return re.sub(r"\W+", "_", f"{method.lower()}{told}").strip("_")


def _schema(columns: tuple[Column, ...]) -> Json:
    return {"type": "object", "properties": {c.name: _property(c) for c in columns}}


def _property(column: Column) -> Json:
    """What a column may hold: texts may be shown decoded, keys of others as objects."""
    kind = KINDS.get(column.type.kind)
    return {} if kind is None else {"anyOf": [kind, {"type": ["string", "boolean", "object", "array", "null"]}]}
