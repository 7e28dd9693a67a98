"""The fixed types of system collections, as the original has them. Source: graphql.md §2.2, §2.3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from directus8 import names
from directus8.api.graphql.names import RESERVED

RELATED = {
    "user": names.USERS,
    "file": names.FILES,
    "role": names.ROLES,
    "activity": names.ACTIVITY,
    "collection": names.COLLECTIONS,
    "field": names.FIELDS,
}


@dataclass(frozen=True, slots=True)
class Member:
    """One field of a fixed type: a scalar, a list of texts, or (a list of) another fixed type."""

    name: str
    type: str  # a scalar, or "one"/"many"
    related: str = ""
    part_of: str = ""  # the computed field it is a part of

    @property
    def is_related(self) -> bool:
        """Is it (a list of) another fixed type?"""
        return bool(self.related)


@dataclass(frozen=True, slots=True)
class Fixed:
    """One system collection: the singular base of its type names, its arguments, its fields."""

    base: str
    arguments: tuple[str, ...]
    filtered: bool
    members: tuple[Member, ...]


def _member(text: str) -> Member:
    text, _, whole = text.partition("<")
    name, _, type = text.partition(":")
    if type.startswith("one-"):
        return Member(name, "one", RELATED[type[4:]])
    if type.startswith("many-"):
        return Member(name, "many", RELATED[type[5:]])
    return Member(name, type or "String", part_of=whole)


def _fixed(base: str, arguments: str, members: str) -> Fixed:
    asked = arguments.split()
    return Fixed(
        base, tuple(a for a in asked if a != "filter"), "filter" in asked, tuple(_member(m) for m in members.split())
    )


#: In the order of the query root.
FIXED: Mapping[str, Fixed] = {
    names.ACTIVITY: _fixed(
        "DirectusActivity",
        "id:Int limit offset filter",
        "id:ID action collection item action_by:one-user action_on:Datetime edited_on:Datetime"
        " comment_deleted_on:Datetime ip user_agent comment",
    ),
    names.COLLECTIONS: _fixed(
        "DirectusCollection",
        "name:String limit offset",
        "collection fields:many-field note managed:Boolean hidden:Boolean single:Boolean translation icon",
    ),
    names.PRESETS: _fixed(
        "DirectusCollectionPreset",
        "id:ID limit offset filter",
        "id:ID title user:Int role:Int collection search_query filters:JSON view_options:JSON view_type"
        " view_query:JSON translation",
    ),
    names.FIELDS: _fixed(
        "DirectusField",
        "collection:String field:String",
        "collection:one-collection field type interface options:JSON locked:Boolean translation:JSON readonly:Boolean"
        " required:Boolean sort:Int width validation storage:Int hidden_browse:Int url",
    ),
    names.FILES: _fixed(
        "DirectusFile",
        "id:ID limit offset filter",
        "id:ID filename_disk title description location tags:[String] width:Int height:Int filesize:Int duration"
        " metadata type charset embed storage full_url<data url<data thumbnails:thumbnails<data uploaded_on:Datetime"
        " uploaded_by:one-user checksum",
    ),
    names.FOLDERS: _fixed("DirectusFolder", "id:ID limit offset filter", "id:ID name parent_folder"),
    names.PERMISSIONS: _fixed(
        "DirectusPermission",
        "id:ID limit offset filter",
        "id:ID collection role:Int status create read update delete comment explain status_blacklist:[String]"
        " read_field_blacklist:[String] write_field_blacklist:[String]",
    ),
    names.RELATIONS: _fixed(
        "DirectusRelation",
        "id:ID limit offset filter",
        "id:ID collection_many field_many collection_one field_one junction_field",
    ),
    names.REVISIONS: _fixed(
        "DirectusRevision",
        "id:ID limit offset",
        "id:ID activity:one-activity collection item data:JSON delta:JSON parent_item parent_collection"
        " parent_changed:Boolean",
    ),
    names.ROLES: _fixed(
        "DirectusRole",
        "id:ID limit offset",
        "id:ID external_id name description ip_whitelist nav_blacklist:Boolean users:many-user",
    ),
    names.SETTINGS: _fixed("DirectusSetting", "id:ID limit offset", "id:ID key value"),
    names.USERS: _fixed(
        "DirectusUser",
        "id:ID limit offset filter",
        "id:ID status first_name last_name email email_notifications:Boolean company title locale"
        " high_contrast_mode:Boolean locale_options timezone last_access_on:Datetime last_page token external_id"
        " avatar:one-file roles:many-role",
    ),
}
#: Beyond the original.
ADDED: Mapping[str, Fixed] = {names.WEBHOOKS: _fixed("DirectusWebhook", "id:ID limit offset filter", "id:ID")}
ALL: Mapping[str, Fixed] = {**FIXED, **ADDED}
#: Told from the catalog, without asking the database.
FROM_CATALOG = frozenset({names.COLLECTIONS, names.FIELDS})

assert not {f.base for f in ALL.values()} & RESERVED


def roles_of(item: Mapping[str, Any]) -> list[Any]:
    """``roles`` of a user: the one role he has."""
    return [item["role"]] if isinstance(item.get("role"), dict) else []
