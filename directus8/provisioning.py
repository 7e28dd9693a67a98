"""Making and removing projects: configuration, system tables, first administrator; all of it or nothing."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from directus8 import errors
from directus8.auth.passwords import hash_password
from directus8.config import (
    Environ,
    Home,
    ProjectFile,
    build_project,
    find_project,
    load_project,
    single_project,
    valid_key,
    write_project,
)
from directus8.config.announce import announce
from directus8.db import ddl
from directus8.db.dialect import local_file
from directus8.db.engine import Database
from directus8.db.model import Table
from directus8.project import Project
from directus8.system import install


class AlreadyInstalled(errors.Refusal):
    """The original answered 500; what a caller may mend is a 4xx here."""

    code = 0
    status = 409
    text = 'The "{database}" database already contains Directus system tables.'


def create(
    home: Home,
    key: str,
    *,
    email: str,
    password: str,
    values: Mapping[str, Any] | None = None,
    private: bool = False,
    name: str | None = None,
    app_url: str = "",
    token: str | None = None,
    force: bool = False,
    existing: bool = False,
    profile: Mapping[str, Any] | None = None,
    environ: Environ | None = None,
) -> None:
    """Make a project: its configuration, system tables and first administrator. All of it or nothing.

    ``force`` replaces a project or system tables that are there; ``existing`` adopts system tables that are there,
    with their users. ``profile`` is more of the administrator: ``timezone``, ``locale``.
    """
    environ = os.environ if environ is None else environ
    if single_project(environ):
        raise errors.Forbidden("Project creation is disabled under environment variables.")
    if not valid_key(key):
        raise errors.InvalidRequest(f'"{key}" cannot be the key of a project.')
    with _alone(home):
        file = find_project(home, key)
        if file and (existing or not force):
            raise errors.ProjectAlreadyExists(project=key)
        table = with_keys(values or {})
        project = Project(build_project(home, key, table, private, environ, f"project {key}"))
        with ExitStack() as undo:
            _prepare(project, undo)
            undo.callback(project.close)
            if _ready(project, force and not existing, existing, undo):
                _install(project, email, password, name or key, app_url, token, profile)
            _write(home, file, key, table, private)
            undo.pop_all()
        project.close()


def install_project(
    project: Project, *, email: str, password: str, name: str | None = None, app_url: str = "", token: str | None = None
) -> None:
    """Install the system tables of a project that is configured but has none yet."""
    if _state(project) != "empty":
        raise AlreadyInstalled(database=make_url(project.config.database.url).database)
    _install(project, email, password, name or project.key, app_url, token)
    project.stamps.forget()


def _install(
    project: Project,
    email: str,
    password: str,
    name: str,
    app_url: str,
    token: str | None,
    profile: Mapping[str, Any] | None = None,
) -> None:
    if not email:
        raise errors.InvalidRequest("An empty database needs an administrator: email and password.")
    install.install(
        project.database,
        email=email,
        password_hash=hash_password(password, project.config.auth.bcrypt_cost),
        project_name=name,
        app_url=app_url,
        token=token,
        profile=profile,
    )


def with_keys(values: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a new configuration file, with secrets of its own."""
    keys = {"secret_key": secrets.token_urlsafe(64), "public_key": str(uuid.uuid4())}
    return {**values, "auth": {**keys, **values.get("auth", {})}}


def _prepare(project: Project, undo: ExitStack) -> None:
    """Make the folders; what was not there before goes again if anything fails."""
    file = local_file(project.config.database.url)
    if file and not file.exists():
        for suffix in ("", "-wal", "-shm", "-journal"):
            undo.callback(Path(f"{file}{suffix}").unlink, missing_ok=True)
    if not project.folder.exists():
        undo.callback(shutil.rmtree, project.folder, ignore_errors=True)
    (project.folder / "extensions").mkdir(parents=True, exist_ok=True)
    if project.config.storage.adapter == "local":
        for folder in (project.config.storage.root, project.config.storage.thumb_root):
            Path(folder).mkdir(parents=True, exist_ok=True)


def _ready(project: Project, force: bool, existing: bool, undo: ExitStack) -> bool:
    """Whether the system tables are to be installed; after this there are none."""
    state = _state(project)
    if state == "installed" and existing:
        return False
    if state != "empty":
        if not force:
            raise AlreadyInstalled(database=make_url(project.config.database.url).database)
        install.uninstall(project.database)
    undo.callback(_uninstall_quietly, project)
    return True


def _state(project: Project) -> str:
    try:
        return install.state(project.database)
    except Exception as error:
        raise errors.InvalidDatabaseConnection from error


def _uninstall_quietly(project: Project) -> None:
    with suppress(Exception):
        install.uninstall(project.database)


def _write(home: Home, old: ProjectFile | None, key: str, table: Mapping[str, Any], private: bool) -> None:
    path = write_project(home, key, table, private)
    if old and old.path != path:
        old.path.unlink()
        announce(home)


def delete(home: Home, key: str, purge: bool = False, environ: Environ | None = None) -> None:
    """Remove a project: system tables and configuration; with ``purge`` also its own tables and files."""
    environ = os.environ if environ is None else environ
    if single_project(environ):
        raise errors.Forbidden("Projects cannot be removed under environment variables.")
    with _alone(home):
        file = find_project(home, key)
        if file is None:
            raise errors.NotFound(f"Unknown Project: {key}")
        project = Project(load_project(home, key, environ))
        try:
            install.uninstall(project.database)
            if purge:
                _drop_tables(project.database)
            project.stamps.forget()
        finally:
            project.close()
        file.path.unlink()
        announce(home)
        if purge:
            shutil.rmtree(project.folder, ignore_errors=True)


def _drop_tables(database: Database) -> None:
    """Drop every view and table of the database, those first that others do not refer to."""
    with database.transaction(ddl=True) as connection:
        found = connection.dialect.reflect(connection)
        for name in (name for name, table in found.items() if table.is_view):
            connection.execute(f"DROP VIEW {connection.dialect.quote(name)}")
        for name in _referring_first([table for table in found.values() if not table.is_view]):
            ddl.drop_table(connection, name)


def _referring_first(tables: Sequence[Table]) -> list[str]:
    """The names of tables in an order in which they can be dropped; any order if they refer to each other."""
    names = {table.name for table in tables}
    referred = {table.name: {other for _, other, _ in table.foreign_keys} & names - {table.name} for table in tables}
    try:
        return [*TopologicalSorter(referred).static_order()][::-1]
    except CycleError:
        return sorted(names)


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """One making or removing at a time, over all processes."""
    home.config.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home.config / ".projects.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
