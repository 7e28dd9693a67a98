"""Where a project's database is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from directus8.config.faults import Fault
from directus8.config.options import project_options
from directus8.config.table import Home
from directus8.config.values import Layer, Setting, merged

PARTS = ("type", "host", "port", "name", "username", "password", "socket")
SCHEMES = ("sqlite", "mysql", "mariadb", "postgresql")


def database_url(layers: list[Layer], home: Home, faults: list[Fault]) -> str | None:
    """The url of the strongest layer that says where the database is; None: the default one."""
    for layer in reversed(layers):
        if given := layer.get("database.url"):
            return _complete(given, home, faults)
        if any(f"database.{part}" in layer for part in PARTS):
            return _assembled(merged(layers), home)
    return None


def is_file_database(kind: str) -> bool:
    """Is a database of this kind a file, without host and users?"""
    return kind == "sqlite"


def _complete(given: Setting, home: Home, faults: list[Fault]) -> str | None:
    try:
        url = make_url(given.value)
    except (ArgumentError, ValueError):
        faults.append(Fault("database.url", "expected a database url", given.source))
        return None
    scheme = "postgresql" if url.drivername == "postgres" else url.drivername
    if scheme.split("+")[0] not in SCHEMES:
        expected = " or ".join(f"{each}://" for each in SCHEMES)
        faults.append(Fault("database.url", f"expected {expected}, found {url.drivername}://", given.source))
        return None
    return anchored(url.set(drivername=scheme), home).render_as_string(hide_password=False)


def _assembled(values: Layer, home: Home) -> str:
    part = {name: _value(values, f"database.{name}") for name in PARTS}
    kind = "postgresql" if part["type"] == "pgsql" else part["type"]
    if kind == "sqlite":
        return anchored(URL.create(kind, database=part["name"]), home).render_as_string()
    url = URL.create(kind, part["username"], part["password"] or None, database=part["name"])
    if part["socket"]:
        url = url.set(query={"host" if kind == "postgresql" else "unix_socket": part["socket"]})
    else:
        url = url.set(host=part["host"], port=part["port"])
    return url.render_as_string(hide_password=False)


def _value(values: Layer, path: str) -> Any:
    return values[path].value if path in values else project_options()[path].default


def anchored(url: URL, home: Home) -> URL:
    """A relative SQLite file is relative to the home folder, not to wherever the process was started."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith((":memory:", "file:")):
        return url
    return url.set(database=str(home.root / url.database))
