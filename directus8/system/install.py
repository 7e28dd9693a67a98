"""Making a database a Directus project, and undoing it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Literal

from directus8.db import ddl
from directus8.db.engine import Connection, Database
from directus8.errors import InvalidRequest, ProjectAlreadyExists
from directus8.system.tables import NAMES, TABLES

OWN_PREFIX = "directus8_"  # our tables beyond the original's
MIGRATIONS = "directus_migrations"
KEYS = {"directus_collections": "collection", MIGRATIONS: "version"}


def install(
    database: Database,
    *,
    email: str,
    password_hash: str,
    project_name: str,
    app_url: str = "",
    token: str | None = None,
    profile: Mapping[str, Any] | None = None,
) -> None:
    """Make the system tables with their first rows and one administrator, in an empty or a foreign database."""
    _refuse_unless_empty(database)
    rows = first_rows()
    for row in rows["directus_settings"]:
        row["value"] = {"project_name": project_name, "app_url": app_url}.get(row["key"], row["value"])
    rows["directus_users"] = [{**_administrator(email, password_hash, token), **(profile or {})}]
    try:
        with database.transaction(ddl=True) as connection:
            connection.dialect.setup(connection)
            for table in TABLES:
                ddl.create_table(connection, table)
        with database.transaction() as connection:
            for name in sorted(rows, key=lambda name: name == MIGRATIONS):  # these last: they say it is complete
                connection.insert(name, rows[name], KEYS.get(name, "id"))
    except BaseException:
        uninstall(database)
        raise


def uninstall(database: Database) -> None:
    """Drop the system tables and our own; the project's collections stay."""
    with database.transaction(ddl=True) as connection:
        for name in _tables(connection):
            if name in NAMES or name.startswith(OWN_PREFIX):
                ddl.drop_table(connection, name)


def state(database: Database) -> Literal["empty", "installed", "partial"]:
    """Whether the system tables are there: none, all with their rows, or some."""
    with database.read() as connection:
        there = _tables(connection) & set(NAMES)
        if not there:
            return "empty"
        if len(there) < len(NAMES) or not _complete(connection):
            return "partial"
        return "installed"


def first_rows() -> dict[str, list[dict[str, Any]]]:
    """The rows of a fresh installation by table, read from the package; settings and administrator still blank."""
    rows: dict[str, list[dict[str, Any]]] = json.loads(files(__package__).joinpath("rows.json").read_bytes())
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
    for row in rows[MIGRATIONS]:
        row["start_time"] = row["end_time"] = now
    return rows


def _administrator(email: str, password_hash: str, token: str | None) -> dict[str, Any]:
    return {
        "id": 1,
        "status": "active",
        "role": 1,
        "first_name": "Admin",
        "last_name": "User",
        "email": email,
        "password": password_hash,
        "token": token,
        "timezone": "UTC",
        "locale": "en-US",
        "theme": "auto",
        "external_id": None,
    }


def _refuse_unless_empty(database: Database) -> None:
    found = state(database)
    if found == "installed":
        raise ProjectAlreadyExists("The database is a Directus project already.")
    if found == "partial":
        with database.read() as connection:
            missing = ", ".join(sorted(set(NAMES) - _tables(connection))) or f"the rows of {MIGRATIONS}"
        raise InvalidRequest(f"The database holds a part of a Directus project. Missing: {missing}")


def _tables(connection: Connection) -> set[str]:
    return {name for name, table in connection.dialect.reflect(connection).items() if not table.is_view}


def _complete(connection: Connection) -> bool:
    return bool(connection.rows(f"SELECT 1 FROM {connection.dialect.quote(MIGRATIONS)} LIMIT 1"))
