"""How collections, fields and relations are told to v9/v10 clients. Source: sdk_v10.md D.6."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from directus8 import names
from directus8.api.v10.lens import lens_of
from directus8.api.v10.values import decoder, type_of
from directus8.schema.catalog import Catalog, Collection, Field, Relation
from directus8.validation import whole_number

Told = dict[str, Any]
#: What is known of a collection beside its row, while nobody said otherwise.
COLLECTION_EXTRAS: Mapping[str, Any] = {
    "display_template": None, "archive_field": None, "archive_app_filter": True, "archive_value": None,
    "unarchive_value": None, "sort_field": None, "accountability": "all", "color": None,
    "item_duplication_fields": None, "sort": None, "group": None, "collapse": "open", "preview_url": None,
    "versioning": False,
}  # fmt: skip
ON_DELETE = ("CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION")


# --- collections -----------------------------------------------------------------------------------------------


def collection(found: Collection) -> Told:
    """A collection with its table."""
    meta = None
    if found.registered or found.is_system or found.extra:
        meta = {
            **meta_of(found.name, found.extra),
            **_of_status(found),
            **{k: v for k, v in found.extra.items() if k in COLLECTION_EXTRAS},
            "icon": found.icon,
            "note": found.note,
            "hidden": found.hidden,
            "singleton": found.single or found.name == names.SETTINGS,
            "translations": translations(found.translation),
        }
        if meta["sort_field"] is None and found.sort is not None:
            meta["sort_field"] = found.sort.name
        if found.is_system:
            meta["system"] = True
    return {
        "collection": found.name,
        "meta": meta,
        "schema": {"name": found.name, "comment": found.note or ""},
    }


def folder(name: str, extra: Mapping[str, Any]) -> Told:
    """A collection without a table: it only groups others."""
    return {"collection": name, "meta": meta_of(name, extra), "schema": None}


def meta_of(name: str, extra: Mapping[str, Any]) -> Told:
    """The meta of a collection as far as it is kept beside its row."""
    row = {"icon": None, "note": None, "hidden": False, "singleton": False, "translations": None}
    return {"collection": name, **row, **COLLECTION_EXTRAS, **{k: v for k, v in extra.items() if k != "folder"}}


def _of_status(found: Collection) -> Told:
    """The status field of Directus 8 as the field by which items are archived."""
    if found.status is None or found.statuses is None:
        return {}
    deleted, visible = found.statuses.deleted, found.statuses.visible
    return {
        "archive_field": found.status.name,
        "archive_value": deleted[0] if deleted else None,
        "unarchive_value": visible[0] if visible else None,
    }


def translations(kept: Any) -> Any:
    """Translations in v10's form."""
    if not isinstance(kept, list):
        return None
    return [{"language": t.get("locale"), "translation": t.get("translation")} for t in kept if isinstance(t, Mapping)]


# --- fields --------------------------------------------------------------------------------------------------


def field(catalog: Catalog, found: Field) -> Told:
    """A field with its column."""
    name = lens_of(found.collection).name(found.name)
    return {
        "collection": found.collection,
        "field": name,
        "type": type_of(found),
        "schema": _column(catalog, found),
        "meta": _meta(catalog, found, name),
    }


def _column(catalog: Catalog, found: Field) -> Told | None:
    column = found.column
    if column is None:
        return None
    relation = catalog[found.collection].relation(found.name)
    target = catalog[relation.related] if relation is not None and relation.kind == "m2o" else None
    size = column.type.size or (None, None)
    numeric = column.type.kind in ("decimal", "float")
    decode = decoder(found)
    default = column.default
    return {
        "name": column.name,
        "table": found.collection,
        "data_type": column.type.name.lower(),
        "default_value": _default(default, column.type.kind) if decode is None else decode(default),
        "generation_expression": None,
        "max_length": size[0] if column.type.kind == "text" else None,
        "numeric_precision": size[0] if numeric else None,
        "numeric_scale": size[1] if numeric else None,
        "is_generated": False,
        "is_nullable": column.nullable and not column.primary_key,
        "is_unique": column.unique or column.primary_key,
        "is_primary_key": column.primary_key,
        "has_auto_increment": column.auto_increment,
        "foreign_key_column": target.key.name if target is not None and target.key is not None else None,
        "foreign_key_table": target.name if target is not None else None,
        "comment": column.comment or None,
    }


def _default(text: str | None, kind: str) -> Any:
    if text is None or kind != "integer":
        return text
    return text if (number := whole_number(text)) is None else number


def _meta(catalog: Catalog, found: Field, name: str) -> Told | None:
    if found.id is None and not found.extra:
        return None
    extra = found.extra
    return {
        "id": found.id,
        "collection": found.collection,
        "field": name,
        "special": extra["special"] if "special" in extra else _special(catalog, found),
        "interface": found.interface,
        "options": found.options or None,
        "display": extra.get("display"),
        "display_options": extra.get("display_options"),
        "readonly": found.readonly,
        "hidden": found.hidden_detail and found.hidden_browse,
        "sort": found.sort or None,
        "width": found.width or "full",
        "translations": translations(found.translation),
        "note": found.note,
        "conditions": extra.get("conditions"),
        "required": bool(extra.get("required", found.required and "special" not in extra)),
        "group": extra.get("group") or _group(catalog, found),
        "validation": extra.get("validation"),
        "validation_message": extra.get("validation_message"),
    }


SPECIALS = {
    "datetime_created": ["date-created"], "datetime_updated": ["date-updated"], "owner": ["user-created"],
    "user_updated": ["user-updated"], "file": ["file"], "user": ["m2o"], "m2o": ["m2o"], "hash": ["hash"],
    "boolean": ["cast-boolean"], "json": ["cast-json"], "array": ["cast-csv"], "uuid": ["uuid"],
    "translation": ["translations"], "alias": ["alias", "no-data"], "group": ["alias", "no-data", "group"],
}  # fmt: skip


def _special(catalog: Catalog, found: Field) -> list[str] | None:
    if found.type == "o2m":
        relation = catalog[found.collection].relation(found.name)
        return ["m2m" if relation is not None and relation.junction_field else "o2m"]
    return SPECIALS.get(found.type or "")


def _group(catalog: Catalog, found: Field) -> str | None:
    if found.group is None:
        return None
    return next((f.name for f in catalog[found.collection].fields.values() if f.id == found.group), None)


# --- relations -----------------------------------------------------------------------------------------------


def relation(catalog: Catalog, found: Relation) -> Told:
    """A relation, told from its m2o side."""
    related = catalog[found.related]
    kept = found.extra
    column = related.key.name if related.key is not None else None
    schema = None
    if kept.get("on_delete"):
        schema = {
            "table": found.collection,
            "column": found.field,
            "foreign_key_table": found.related,
            "foreign_key_column": column,
            "on_update": "NO ACTION",
            "on_delete": kept["on_delete"],
            "constraint_name": f"{found.collection}_{found.field}_foreign",
        }
    lens, far = lens_of(found.collection), lens_of(found.related)
    return {
        "collection": found.collection,
        "field": lens.name(found.field),
        "related_collection": found.related,
        "schema": schema,
        "meta": {
            "id": found.id,
            "many_collection": found.collection,
            "many_field": lens.name(found.field),
            "one_collection": found.related,
            "one_field": far.name(found.related_field) if found.related_field else None,
            "one_collection_field": None,
            "one_allowed_collections": None,
            "junction_field": found.junction_field,
            "sort_field": kept.get("sort_field"),
            "one_deselect_action": kept.get("one_deselect_action") or "nullify",
        },
    }
