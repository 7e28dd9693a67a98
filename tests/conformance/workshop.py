"""Makes the projects of a run in this process, which is much quicker than a command for each."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import column, create_engine, table
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from tests import databases

from .kit.session import SetupFailed
from .kit.suite import SUITES

SUPER_ADMIN_TOKEN = "super_admin_token"
#: What the recorded Directus 6 came with.
V1_TOKEN = "admin_token_0123456789abcdef"
V1_ROLES = {
    1: "Admins have access to all managed data within the system by default",
    2: "This sets the data that is publicly available through the API without a token",
}
LEGACY = SUITES["legacy"].folder
# What the v8 API calls the databases.
API_TYPES = {"sqlite": "sqlite", "mysql": "mysql", "postgresql": "pgsql"}
LEGACY_CONFIG = """\
[database]
url = {url}

[storage]
root = {originals}
root_url = "/uploads/{project}/originals"
thumb_root = {generated}

[auth]
secret_key = "oracle-secret-key-0123456789"
public_key = "oracle-public-key-0123456789"
"""


def _database(project: str) -> str:
    return f"d8_{project}"


@contextmanager
def setting_up(what: str) -> Iterator[None]:
    """Any error in the block is one scenario's failed setup, not the end of the run."""
    try:
        yield
    except Exception as error:
        raise SetupFailed(f"{what}: {''.join(traceback.format_exception(error))[-1500:]}") from error


@dataclass(frozen=True)
class Workshop:
    """The projects of one server: its home folder and the kind of database they get."""

    vendor: str
    home: Path

    @property
    def config(self) -> Path:
        """The folder of the project configurations."""
        return self.home / "config"

    def create(self, project: str, email: str, password: str, name: str = "Conformance") -> None:
        """An empty project with one administrator."""
        with setting_up("create_project"):
            cli = import_module("directus8.cli")  # here: a package that cannot be imported shows up in the results
            url = None if self.vendor == "sqlite" else databases.create(self.vendor, _database(project))
            cli.create_project(project, email, password, database_url=url, name=name)

    def create_v1(self, project: str, email: str, password: str) -> None:
        """As ``create``, with what the recorded Directus 6 came with: texts, a time zone, an administrator's token."""
        with setting_up("create_project"):
            cli = import_module("directus8.cli")
            url = None if self.vendor == "sqlite" else databases.create(self.vendor, _database(project))
            cli.create_project(project, email, password, database_url=url, name="Conformance", token=V1_TOKEN)
            engine = create_engine(url or f"sqlite:///{self.home}/projects/{project}/data.sqlite3", poolclass=NullPool)
            roles, users = (
                table("directus_roles", column("id"), column("description")),
                table("directus_users", column("id"), column("timezone")),
            )
            with engine.begin() as connection:
                for role, text in V1_ROLES.items():
                    connection.execute(roles.update().where(roles.c.id == role).values(description=text))
                connection.execute(users.update().values(timezone="America/New_York"))
            engine.dispose()

    def drop(self, project: str) -> None:
        """Remove a project, and those that scenarios made beside it ({project}_new); what stays is told, no more."""
        for file in self.config.glob(f"*{project}*"):
            file.unlink()
        for folder in self.home.glob(f"projects/{project}*"):
            shutil.rmtree(folder, ignore_errors=True)
        for name in (project, f"{project}_new"):
            try:
                databases.drop(self.vendor, _database(name), self.home)
            except databases.Unavailable as error:
                print(f"database of {name} not dropped: {error}", file=sys.stderr)

    def new_database(self, project: str) -> dict[str, Any]:
        """An empty database for the project that a scenario makes itself."""
        with setting_up("new database"):
            url = make_url(databases.create(self.vendor, _database(f"{project}_new"), self.home))
        return {
            "type": API_TYPES[self.vendor],
            "host": url.host or "",
            "port": url.port or 0,
            "name": url.database,
            "user": url.username or "",
            "password": url.password or "",
        }

    def restore(self, project: str, email: str, password: str) -> None:
        """The legacy installation as it was dumped: database, uploads and configuration."""
        with setting_up("restore"):
            url = databases.create(self.vendor, _database(project))
            load_dump(url, LEGACY / "chinook.sql")
        uploads = self.home / "projects" / project / "uploads"
        shutil.copytree(LEGACY / "uploads", uploads)
        self.config.mkdir(parents=True, exist_ok=True)
        (self.config / f"{project}.toml").write_text(
            LEGACY_CONFIG.format(
                url=json.dumps(url),
                project=project,
                originals=json.dumps(str(uploads / "originals")),
                generated=json.dumps(str(uploads / "generated")),
            )
        )


def load_dump(url: str, dump: Path) -> None:
    """Run a MySQL dump, without the mysql client."""
    from pymysql.constants import CLIENT

    engine = create_engine(url, poolclass=NullPool, connect_args={"client_flag": CLIENT.MULTI_STATEMENTS})
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(dump.read_text())
        while cursor.nextset():  # each runs the next statement
            pass
        connection.commit()
    finally:
        connection.close()


class MailBox:
    """An SMTP server that keeps each mail as a file of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._count = 0
        self._lock = threading.Lock()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Store the content under its final name at once, so that no reader sees half of it."""
        with self._lock:
            self._count += 1
            name = f"{self._count:05}.eml"
        partial = self.folder.parent / f"{name}.part"
        partial.write_bytes(envelope.content.replace(b"\r\n", b"\n"))
        partial.rename(self.folder / name)
        return "250 OK"


@contextmanager
def mail_server(box: MailBox, port: int) -> Iterator[None]:
    """Receive mails on a port until the block is left."""
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


def environment(home: Path, mail_port: int) -> dict[str, str]:
    """The settings that the server under test and the makers of its projects share."""
    return {
        "DIRECTUS8_HOME": str(home),
        "DIRECTUS8_SUPER_ADMIN_TOKEN": SUPER_ADMIN_TOKEN,
        # Scenarios come and go: without this the projects that are gone would use up the servers' connections.
        "DIRECTUS8_SERVER_MAX_OPEN_PROJECTS": "6",
        "DIRECTUS8_MAIL_DEFAULT_TRANSPORT": "smtp",
        "DIRECTUS8_MAIL_DEFAULT_HOST": "127.0.0.1",
        "DIRECTUS8_MAIL_DEFAULT_PORT": str(mail_port),
        "DIRECTUS8_MAIL_DEFAULT_FROM": "conformance@example.com",
    }


@contextmanager
def environ(values: dict[str, str]) -> Iterator[None]:
    """Set environment variables of this process for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
