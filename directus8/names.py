"""Names of the system tables: the one place that spells them for the layers below ``system``."""

from __future__ import annotations

PREFIX = "directus_"
OWN_PREFIX = "directus8_"

ACTIVITY = "directus_activity"
COLLECTIONS = "directus_collections"
FIELDS = "directus_fields"
FILES = "directus_files"
FOLDERS = "directus_folders"
MIGRATIONS = "directus_migrations"
PERMISSIONS = "directus_permissions"
PRESETS = "directus_collection_presets"
RELATIONS = "directus_relations"
REVISIONS = "directus_revisions"
ROLES = "directus_roles"
SESSIONS = "directus_user_sessions"
SETTINGS = "directus_settings"
USERS = "directus_users"
WEBHOOKS = "directus_webhooks"

SCIM = "directus8_scim"
SCHEMA_EDITS = "directus8_schema_edits"
EXTRAS = "directus8_extras"
MESSAGES = "directus8_messages"
RECIPIENTS = "directus8_messages_recipients"

#: The column of webhooks that names their event.
WEBHOOK_ACTION = "directus_action"

#: Cookies of the v10 dialect.
REFRESH_COOKIE = "directus_refresh_token"
SESSION_COOKIE = "directus_session_token"

SYSTEM = frozenset(
    {
        ACTIVITY, COLLECTIONS, FIELDS, FILES, FOLDERS, MIGRATIONS, PERMISSIONS, PRESETS, RELATIONS, REVISIONS, ROLES,
        SESSIONS, SETTINGS, USERS, WEBHOOKS,
    }
)  # fmt: skip

#: The order in which the original lists its tables.
LISTED = (
    SETTINGS, WEBHOOKS, FILES, MIGRATIONS, USERS, RELATIONS, PERMISSIONS, ROLES, REVISIONS, ACTIVITY, COLLECTIONS,
    PRESETS, FOLDERS, FIELDS, SESSIONS,
)  # fmt: skip


def is_system(collection: str) -> bool:
    """True for the tables of the original that clients may not reach through /items."""
    return collection in SYSTEM


def is_reserved(collection: str) -> bool:
    """True for every name that user collections may not take."""
    return collection.startswith((PREFIX, OWN_PREFIX))
