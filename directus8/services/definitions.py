"""Definitions of collections and fields: v10's into those of Directus 8, and what has to be kept beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from directus8 import names
from directus8.errors import InvalidPayload
from directus8.schema.catalog import Field
from directus8.services.fields import definition_of

TYPES = (
    "bigInteger", "boolean", "date", "dateTime", "decimal", "float", "integer", "json", "string", "text", "time",
    "timestamp", "binary", "uuid", "alias", "hash", "csv", "geometry", "geometry.Point", "geometry.LineString",
    "geometry.Polygon", "geometry.MultiPoint", "geometry.MultiLineString", "geometry.MultiPolygon", "unknown", "o2m",
    "m2m", "m2a", "o2a", "files", "translations", "null",
)  # fmt: skip
#: v10 type → type, datatype, length
COLUMNS: Mapping[str, tuple[str, str, str | None]] = {
    "bigInteger": ("integer", "BIGINT", None),
    "integer": ("integer", "INT", None),
    "boolean": ("boolean", "TINYINT", "1"),
    "float": ("decimal", "DOUBLE", None),
    "decimal": ("decimal", "DECIMAL", "10,5"),
    "string": ("string", "VARCHAR", "255"),
    "text": ("string", "TEXT", None),
    "json": ("json", "LONGTEXT", None),
    "csv": ("array", "TEXT", None),
    "date": ("date", "DATE", None),
    "time": ("time", "TIME", None),
    "dateTime": ("datetime", "DATETIME", None),
    "timestamp": ("datetime", "DATETIME", None),
    "binary": ("binary", "BLOB", None),
    "uuid": ("uuid", "CHAR", "36"),
    "hash": ("hash", "VARCHAR", "255"),
}
#: Specials that decide the type; all but those of dates hold an integer key.
SPECIALS: Mapping[str, tuple[str, str]] = {
    "date-created": ("datetime_created", "DATETIME"),
    "date-updated": ("datetime_updated", "DATETIME"),
    "user-created": ("owner", "INT"),
    "user-updated": ("user_updated", "INT"),
    "file": ("file", "INT"),
}
ALIASES: Mapping[str, str] = {
    "o2m": "o2m", "m2m": "o2m", "files": "o2m", "m2a": "alias", "o2a": "alias", "translations": "translation",
    "group": "group",
}  # fmt: skip
CASTS = {
    "timestamp": "cast-timestamp", "dateTime": "cast-datetime", "json": "cast-json", "csv": "cast-csv",
    "boolean": "cast-boolean",
}  # fmt: skip
#: Keys of meta that directus_fields has, by their name there.
META: Mapping[str, str] = {
    "interface": "interface",
    "options": "options",
    "readonly": "readonly",
    "sort": "sort",
    "width": "width",
    "note": "note",
}
BESIDE = (
    "special", "required", "validation", "validation_message", "display", "display_options", "conditions", "group",
)  # fmt: skip
#: Directus 8 types whose column says nothing more.
BY_TYPE = {"json": "json", "array": "csv", "boolean": "boolean", "uuid": "uuid", "hash": "hash", "binary": "binary"}
BY_KIND = {
    "integer": "integer",
    "decimal": "float",
    "float": "float",
    "datetime": "dateTime",
    "date": "date",
    "time": "time",
    "blob": "binary",
    "text": "string",
}
STAMPED = ("datetime_created", "datetime_updated")
_MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class Defined:
    """A field as Directus 8 takes it, and what is kept beside."""

    definition: dict[str, Any]
    extra: dict[str, Any]


def type_of(field: Field) -> str:
    """The type of a field in v10 terms."""
    if field.column is None:
        return "alias"
    kind, name = field.column.type.kind, field.column.type.name
    told = field.extra.get("type")
    if told in ("timestamp", "dateTime") and kind == "datetime":
        return str(told)
    if kind == "datetime":
        system = names.is_system(field.collection)
        return "timestamp" if system or name == "TIMESTAMP" or field.type in STAMPED else "dateTime"
    if (field.type or "") in BY_TYPE:
        return BY_TYPE[field.type or ""]
    if name == "BIGINT":
        return "bigInteger"
    if kind == "text" and name.endswith("TEXT"):
        return "text"
    return BY_KIND.get(kind, "unknown")


def name_of(given: Mapping[str, Any]) -> str:
    """The name of a new field. InvalidPayload."""
    name = given.get("field")
    if not isinstance(name, str) or not name:
        raise InvalidPayload('"field" is required')
    return name


def check_type(type: Any) -> str:
    """A type there is. InvalidPayload."""
    if type not in TYPES:
        raise InvalidPayload(f'"type" must be one of [{", ".join(TYPES)}]')
    return str(type)


def field(given: Mapping[str, Any]) -> Defined:
    """A new field. InvalidPayload."""
    name = name_of(given)
    if given.get("type") is None:
        raise InvalidPayload('"type" is required')
    type = check_type(given["type"])
    meta = _part(given, "meta")
    special = _special(meta.get("special"))
    told = _meta(meta)
    extra = _extra(meta, {})
    if type == "alias" or type in ALIASES or given.get("schema", _MISSING) is None:
        alias = next((ALIASES[s] for s in (type, *special) if s in ALIASES), "alias")
        return Defined({"field": name, "type": alias, **told}, {**extra, "special": special or None})
    shape = _shape(type, special, _part(given, "schema"))
    return Defined({"field": name, **shape, **told}, {**extra, **_typed(type, special)})


def changed(field: Field, given: Mapping[str, Any]) -> Defined:
    """Changes of a field: the keys that are given, over what it is."""
    meta, schema = _part(given, "meta"), _part(given, "schema")
    extra = {**field.extra, **_extra(meta, field.extra)}
    definition: dict[str, Any] = _meta(meta)
    if "special" in meta:
        extra["special"] = _special(meta["special"]) or None
    type = given.get("type")
    if type is not None:
        check_type(type)
    if field.column is not None and (schema or (type not in (None, "alias"))):
        definition.update(_reshaped(field, type, schema, _special(extra.get("special"))))
        if type is not None:
            extra.update(_typed(type, _special(extra.get("special"))))
    return Defined(definition, extra)


def _reshaped(field: Field, type: Any, schema: Mapping[str, Any], special: list[str]) -> dict[str, Any]:
    now = definition_of(field)
    known = {
        "is_nullable": not now.get("required"),
        "is_unique": now.get("unique"),
        "is_primary_key": now.get("primary_key"),
        "has_auto_increment": now.get("auto_increment"),
        "default_value": now.get("default_value"),
    }
    if type in (None, type_of(field)):
        kept = {k: now.get(k) for k in ("type", "datatype", "length", "signed")}
        if "max_length" in schema and now.get("datatype") == "VARCHAR":
            kept["length"] = str(schema["max_length"])
        return {**_shape("string", [], {**known, **schema}), **kept}
    return _shape(type, special, {**known, **schema})


def _shape(type: str, special: list[str], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The column of a type."""
    kind, datatype, length = COLUMNS.get(type, COLUMNS["string"])
    for each in special:
        if each in SPECIALS:
            (kind, datatype), length = SPECIALS[each], None
    if type in ("decimal", "float") and datatype == "DECIMAL":
        length = f"{schema.get('numeric_precision') or 10},{schema.get('numeric_scale') or 5}"
        if schema.get("numeric_precision") and schema.get("numeric_scale") is None:
            length = f"{schema['numeric_precision']},0"
    if datatype == "VARCHAR" and schema.get("max_length"):
        length = str(schema["max_length"])
    key = bool(schema.get("is_primary_key"))
    auto = bool(schema.get("has_auto_increment"))
    return {
        "type": kind,
        "datatype": datatype,
        "length": length,
        "signed": kind not in ("owner", "user_updated", "file"),
        "default_value": None if auto else _default(schema.get("default_value")),
        "required": key or schema.get("is_nullable") is False,
        "unique": bool(schema.get("is_unique")),
        "primary_key": key,
        "auto_increment": auto,
    }


def _default(value: Any) -> Any:
    return {True: "1", False: "0"}[value] if isinstance(value, bool) else value


def _meta(meta: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a directus_fields row that are given."""
    row = {column: meta[name] for name, column in META.items() if name in meta}
    if "hidden" in meta:
        row["hidden_detail"] = row["hidden_browse"] = bool(meta["hidden"])
    if "translations" in meta:
        row["translation"] = translations(meta["translations"])
    return row


def _extra(meta: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    return {name: meta[name] for name in BESIDE if name in meta and name != "special"}


def _typed(type: str, special: list[str]) -> dict[str, Any]:
    """What is to be remembered of a type: the column alone does not tell it."""
    made: dict[str, Any] = {"special": _with_cast(type, special) or None}
    if type in ("timestamp", "dateTime"):
        made["type"] = type
    if "date-updated" in special or "user-updated" in special:
        made["only_updates"] = True
    return made


def _with_cast(type: str, special: list[str]) -> list[str]:
    cast = CASTS.get(type)
    return special if cast is None or cast in special else [*special, cast]


def _special(given: Any) -> list[str]:
    if isinstance(given, str):
        return [given] if given else []
    return [str(each) for each in given] if isinstance(given, list) else []


def _part(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = given.get(name)
    return part if isinstance(part, Mapping) else {}


def translations(given: Any) -> Any:
    """Translations as Directus 8 keeps them."""
    if not isinstance(given, list):
        return None
    return [{"locale": t.get("language"), "translation": t.get("translation")} for t in given if isinstance(t, Mapping)]
