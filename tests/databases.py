"""Makes and drops the databases that tests run on.

    python -m tests.databases create mysql NAME      prints the URL of a new, empty database
    python -m tests.databases drop mysql NAME
    python -m tests.databases list                   prints which servers answer

SQLite databases are files under a folder (default: the current one). The servers are those of DIRECTUS8_TEST_MYSQL and
DIRECTUS8_TEST_POSTGRESQL, URLs without a database; DIRECTUS8_REQUIRE_DATABASES names those that must answer.
"""

from __future__ import annotations

import argparse
import os
import secrets
from collections.abc import Callable
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

VENDORS = ("sqlite", "mysql", "postgresql")
SERVERS = {
    "mysql": ("DIRECTUS8_TEST_MYSQL", "mysql+pymysql://root@127.0.0.1:3306"),
    "postgresql": ("DIRECTUS8_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432"),
}
# One statement each, {name} is the database.
CREATE = {
    "mysql": "CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
    "postgresql": "CREATE DATABASE \"{name}\" ENCODING 'UTF8' TEMPLATE template0",
}
# DROP DATABASE waits for those who still use a table: end them first.
MYSQL_USERS = "SELECT id FROM information_schema.processlist WHERE db = '{name}'"
DROP = {
    "mysql": "DROP DATABASE IF EXISTS `{name}`",
    "postgresql": 'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)',
}
TIMEOUT = 3  # seconds to wait for a server


class Unavailable(Exception):
    """A database server that does not answer, or whose driver is not installed."""


def server_url(vendor: str) -> URL:
    """The server of a vendor, from the environment or the default."""
    variable, default = SERVERS[vendor]
    return make_url(os.environ.get(variable) or default)


def required() -> set[str]:
    """The vendors that must be there (DIRECTUS8_REQUIRE_DATABASES)."""
    return {name.strip() for name in os.environ.get("DIRECTUS8_REQUIRE_DATABASES", "").split(",") if name.strip()}


@contextmanager
def _connection(vendor: str) -> Iterator[Connection]:
    """A connection to the server itself, in autocommit."""
    url = server_url(vendor)
    if vendor == "postgresql" and not url.database:
        url = url.set(database="postgres")
    try:
        engine = create_engine(
            url, isolation_level="AUTOCOMMIT", poolclass=NullPool, connect_args={"connect_timeout": TIMEOUT}
        )
        with engine.connect() as connection:
            yield connection
    except (SQLAlchemyError, ImportError) as error:
        raise Unavailable(f"{vendor} at {url.render_as_string()}: {str(error).splitlines()[0]}") from error


@cache
def problem(vendor: str) -> str | None:
    """Why a vendor's databases cannot be used now; None when they can. Asked once per process."""
    if vendor == "sqlite":
        return None
    try:
        with _connection(vendor) as connection:
            connection.execute(text("SELECT 1"))
    except Unavailable as error:
        return str(error)
    return None


def available() -> list[str]:
    """The vendors whose databases can be used; Unavailable when a required one cannot."""
    if missing := [problem(vendor) for vendor in VENDORS if vendor in required() and problem(vendor)]:
        raise Unavailable("; ".join(map(str, missing)))
    return [vendor for vendor in VENDORS if problem(vendor) is None]


def database_url(vendor: str, name: str, folder: Path | None = None) -> str:
    """The URL of the database with this name."""
    if vendor == "sqlite":
        return f"sqlite:///{(folder or Path.cwd()).resolve() / name}.sqlite3"
    return server_url(vendor).set(database=name).render_as_string(hide_password=False)


def create(vendor: str, name: str, folder: Path | None = None) -> str:
    """Make an empty database in the place of any that has this name; answer its URL."""
    drop(vendor, name, folder)
    if vendor != "sqlite":
        _execute(vendor, CREATE[vendor], name)
    return database_url(vendor, name, folder)


def drop(vendor: str, name: str, folder: Path | None = None) -> None:
    """Remove a database, if there is one, whoever is still connected."""
    if vendor == "mysql":
        _kill_mysql_users(name)
    if vendor != "sqlite":
        _execute(vendor, DROP[vendor], name)
        return
    for suffix in ("", "-wal", "-shm", "-journal"):
        ((folder or Path.cwd()) / f"{name}.sqlite3{suffix}").unlink(missing_ok=True)


@contextmanager
def temporary(vendor: str, folder: Path | None = None) -> Iterator[str]:
    """The URL of a new, empty database that is dropped when the block is left."""
    name = f"d8_test_{secrets.token_hex(6)}"
    try:
        yield create(vendor, name, folder)
    finally:
        drop(vendor, name, folder)


def _check(name: str) -> None:
    if not name.replace("_", "").isalnum():
        raise ValueError(f"not a name for a test database: {name!r}")


def _execute(vendor: str, statement: str, name: str) -> None:
    _check(name)
    with _connection(vendor) as connection:
        connection.execute(text(statement.format(name=name)))


def _kill_mysql_users(name: str) -> None:
    _check(name)
    with _connection("mysql") as connection:
        for (number,) in connection.execute(text(MYSQL_USERS.format(name=name))).all():
            with suppress(SQLAlchemyError):  # gone by now
                connection.execute(text(f"KILL {number}"))


def _list() -> None:
    for vendor in VENDORS:
        print(f"{vendor}: {problem(vendor) or 'answers'}")


def main() -> None:
    """Run one command of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.databases", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="print which servers answer")
    actions: dict[str, Callable[[str, str, Path], object]] = {
        "create": lambda vendor, name, folder: print(create(vendor, name, folder)),
        "drop": drop,
    }
    for action in actions:
        command = commands.add_parser(action)
        command.add_argument("vendor", choices=VENDORS)
        command.add_argument("name")
        command.add_argument("--folder", type=Path, default=Path.cwd(), help="where SQLite databases lie")
    options = parser.parse_args()
    if options.command == "list":
        _list()
    else:
        actions[options.command](options.vendor, options.name, options.folder)


if __name__ == "__main__":
    main()
