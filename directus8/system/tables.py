"""The directus_* tables of a fresh installation, in the original's terms."""

from __future__ import annotations

from typing import Any

from directus8.db.model import Column, SqlType, Table


def _column(name: str, type: str, unique_name: str = "", **options: Any) -> Column:
    return Column(name, SqlType.parse(type), unique=bool(unique_name), unique_name=unique_name, **options)


def _table(name: str, *columns: Column, unique_keys: tuple[tuple[str, tuple[str, ...]], ...] = ()) -> Table:
    return Table(name, columns, unique_keys=unique_keys, collation="utf8mb3_general_ci")


ID = Column("id", SqlType("INT", "11", True), nullable=False, primary_key=True, auto_increment=True)

TABLES: tuple[Table, ...] = (
    _table(
        "directus_activity",
        ID,
        _column("action", "VARCHAR(45)", nullable=False),
        _column("action_by", "INT(11) UNSIGNED", nullable=False, default="0"),
        _column("action_on", "DATETIME", nullable=False),
        _column("ip", "VARCHAR(50)", nullable=False),
        _column("user_agent", "VARCHAR(255)", nullable=False),
        _column("collection", "VARCHAR(64)", nullable=False),
        _column("item", "VARCHAR(255)", nullable=False),
        _column("edited_on", "DATETIME"),
        _column("comment", "TEXT", collation="utf8mb4_general_ci"),
        _column("comment_deleted_on", "DATETIME"),
    ),
    _table(
        "directus_collection_presets",
        ID,
        _column("title", "VARCHAR(255)", collation="utf8mb4_general_ci"),
        _column("user", "INT(11) UNSIGNED"),
        _column("role", "INT(11) UNSIGNED"),
        _column("collection", "VARCHAR(64)", nullable=False),
        _column("search_query", "VARCHAR(100)"),
        _column("filters", "TEXT"),
        _column("view_type", "VARCHAR(100)", nullable=False, default="tabular"),
        _column("view_query", "TEXT"),
        _column("view_options", "TEXT"),
        _column("translation", "TEXT"),
        unique_keys=(("idx_user_collection_title", ("user", "collection", "title")),),
    ),
    _table(
        "directus_collections",
        _column("collection", "VARCHAR(64)", primary_key=True, nullable=False),
        _column("managed", "TINYINT(1) UNSIGNED", nullable=False, default="1"),
        _column("hidden", "TINYINT(1) UNSIGNED", nullable=False, default="0"),
        _column("single", "TINYINT(1) UNSIGNED", nullable=False, default="0"),
        _column("icon", "VARCHAR(30)"),
        _column("note", "VARCHAR(255)"),
        _column("translation", "TEXT"),
    ),
    _table(
        "directus_fields",
        ID,
        _column("collection", "VARCHAR(64)", nullable=False),
        _column("field", "VARCHAR(64)", nullable=False),
        _column("type", "VARCHAR(64)", nullable=False),
        _column("interface", "VARCHAR(64)"),
        _column("options", "TEXT"),
        _column("locked", "TINYINT(1) UNSIGNED", nullable=False, default="0"),
        _column("validation", "VARCHAR(500)"),
        _column("required", "TINYINT(1) UNSIGNED", nullable=False, default="0"),
        _column("readonly", "TINYINT(1) UNSIGNED", nullable=False, default="0"),
        _column("hidden_detail", "TINYINT(1) UNSIGNED", nullable=False, default="0"),
        _column("hidden_browse", "TINYINT(1) UNSIGNED", nullable=False, default="0"),
        _column("sort", "INT(11) UNSIGNED"),
        _column("width", "VARCHAR(50)", default="full"),
        _column("group", "INT(11) UNSIGNED"),
        _column("note", "VARCHAR(1024)"),
        _column("translation", "TEXT"),
        unique_keys=(("idx_collection_field", ("collection", "field")),),
    ),
    _table(
        "directus_files",
        ID,
        _column("storage", "VARCHAR(50)", nullable=False, default="local"),
        _column("private_hash", "VARCHAR(16)"),
        _column("filename_disk", "VARCHAR(255)", nullable=False),
        _column("filename_download", "VARCHAR(255)", nullable=False),
        _column("title", "VARCHAR(255)"),
        _column("type", "VARCHAR(255)"),
        _column("uploaded_by", "INT(11) UNSIGNED", nullable=False),
        _column("uploaded_on", "DATETIME", nullable=False),
        _column("charset", "VARCHAR(50)"),
        _column("filesize", "INT(11) UNSIGNED", nullable=False, default="0"),
        _column("width", "INT(11) UNSIGNED"),
        _column("height", "INT(11) UNSIGNED"),
        _column("duration", "INT(11)"),
        _column("embed", "VARCHAR(200)"),
        _column("folder", "INT(11) UNSIGNED"),
        _column("description", "TEXT"),
        _column("location", "VARCHAR(200)"),
        _column("tags", "VARCHAR(255)"),
        _column("checksum", "VARCHAR(32)"),
        _column("metadata", "TEXT"),
    ),
    _table(
        "directus_folders",
        ID,
        _column("name", "VARCHAR(191)", nullable=False, collation="utf8mb4_general_ci"),
        _column("parent_folder", "INT(11) UNSIGNED"),
        unique_keys=(("idx_name_parent_folder", ("name", "parent_folder")),),
    ),
    _table(
        "directus_migrations",
        _column("version", "BIGINT(20)", primary_key=True, nullable=False),
        _column("migration_name", "VARCHAR(100)"),
        _column("start_time", "TIMESTAMP"),
        _column("end_time", "TIMESTAMP"),
        _column("breakpoint", "TINYINT(1)", nullable=False, default="0"),
    ),
    _table(
        "directus_permissions",
        ID,
        _column("collection", "VARCHAR(64)", nullable=False),
        _column("role", "INT(11) UNSIGNED", nullable=False),
        _column("status", "VARCHAR(64)"),
        _column("create", "VARCHAR(16)", default="none"),
        _column("read", "VARCHAR(16)", default="none"),
        _column("update", "VARCHAR(16)", default="none"),
        _column("delete", "VARCHAR(16)", default="none"),
        _column("comment", "VARCHAR(8)", default="none"),
        _column("explain", "VARCHAR(8)", default="none"),
        _column("read_field_blacklist", "VARCHAR(1000)"),
        _column("write_field_blacklist", "VARCHAR(1000)"),
        _column("status_blacklist", "VARCHAR(1000)"),
    ),
    _table(
        "directus_relations",
        ID,
        _column("collection_many", "VARCHAR(64)", nullable=False),
        _column("field_many", "VARCHAR(45)", nullable=False),
        _column("collection_one", "VARCHAR(64)"),
        _column("field_one", "VARCHAR(64)"),
        _column("junction_field", "VARCHAR(64)"),
    ),
    _table(
        "directus_revisions",
        ID,
        _column("activity", "INT(11) UNSIGNED", nullable=False),
        _column("collection", "VARCHAR(64)", nullable=False),
        _column("item", "VARCHAR(255)", nullable=False),
        _column("data", "LONGTEXT", nullable=False),
        _column("delta", "LONGTEXT"),
        _column("parent_collection", "VARCHAR(64)"),
        _column("parent_item", "VARCHAR(255)"),
        _column("parent_changed", "TINYINT(1) UNSIGNED", default="0"),
    ),
    _table(
        "directus_roles",
        ID,
        _column("name", "VARCHAR(100)", nullable=False, unique_name="idx_group_name"),
        _column("description", "VARCHAR(500)"),
        _column("ip_whitelist", "TEXT"),
        _column("external_id", "VARCHAR(255)", unique_name="idx_roles_external_id"),
        _column("module_listing", "TEXT"),
        _column("collection_listing", "TEXT"),
        _column("enforce_2fa", "TINYINT(1)", default="0"),
    ),
    _table(
        "directus_settings",
        ID,
        _column("key", "VARCHAR(64)", nullable=False, unique_name="idx_key"),
        _column("value", "TEXT"),
    ),
    _table(
        "directus_user_sessions",
        ID,
        _column("user", "INT(11) UNSIGNED"),
        _column("token_type", "VARCHAR(255)"),
        _column("token", "VARCHAR(520)"),
        _column("ip_address", "VARCHAR(255)"),
        _column("user_agent", "TEXT"),
        _column("created_on", "DATETIME"),
        _column("token_expired_at", "DATETIME"),
    ),
    _table(
        "directus_users",
        ID,
        _column("status", "VARCHAR(16)", nullable=False, default="draft"),
        _column("role", "INT(11)"),
        _column("first_name", "VARCHAR(50)"),
        _column("last_name", "VARCHAR(50)"),
        _column("email", "VARCHAR(128)", nullable=False, unique_name="idx_users_email"),
        _column("password", "VARCHAR(255)"),
        _column("token", "VARCHAR(255)", unique_name="idx_users_token"),
        _column("external_id", "VARCHAR(255)", unique_name="idx_users_external_id"),
        _column("theme", "VARCHAR(100)", default="auto"),
        _column("2fa_secret", "VARCHAR(100)"),
        _column("password_reset_token", "VARCHAR(520)"),
        _column("timezone", "VARCHAR(32)", nullable=False, default="UTC"),
        _column("locale", "VARCHAR(8)"),
        _column("locale_options", "TEXT"),
        _column("avatar", "INT(11) UNSIGNED"),
        _column("company", "VARCHAR(191)"),
        _column("title", "VARCHAR(191)"),
        _column("email_notifications", "INT(1)", nullable=False, default="1"),
        _column("last_access_on", "DATETIME"),
        _column("last_page", "VARCHAR(192)"),
    ),
    _table(
        "directus_webhooks",
        ID,
        _column("status", "VARCHAR(16)", nullable=False, default="inactive"),
        _column("http_action", "VARCHAR(255)"),
        _column("url", "VARCHAR(510)"),
        _column("collection", "VARCHAR(255)"),
        _column("directus_action", "VARCHAR(255)"),
    ),
)

#: Columns that requests do without.
DISPENSABLE = {"directus_users": frozenset({"company", "title"})}

NAMES: tuple[str, ...] = tuple(table.name for table in TABLES)


def lasting_columns(table: str, hardened: bool) -> frozenset[str]:
    """The columns of a system table that nobody may drop; none of another table."""
    columns = frozenset(c.name for t in TABLES if t.name == table for c in t.columns)
    return columns if hardened else columns - DISPENSABLE.get(table, frozenset())
