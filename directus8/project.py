"""Project: the composition of one tenant. ProjectRegistry: opens them when asked for, closes the longest unused.

A project costs nothing until a request names it. A file that appeared is served, one that changed is opened anew, one
that vanished is closed: with the next request where directus8 itself made the change (config/announce.py), else within
the moment for which an open project is taken as it was.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import shutil
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

from sqlalchemy import make_url

from directus8 import errors
from directus8.auth.hashers import Hashers, core
from directus8.auth.limits import Limits, open_limits
from directus8.auth.passwords import hash_password
from directus8.config import (
    ENV_KEY,
    ConfigError,
    Environ,
    Home,
    ProjectConfig,
    ProjectFile,
    build_project,
    find_project,
    load_project,
    project_keys,
    single_project,
    valid_key,
    write_project,
)
from directus8.config.announce import Announcements, announce
from directus8.db import ddl
from directus8.db.dialect import local_file
from directus8.db.engine import Database
from directus8.db.model import Table
from directus8.events.bus import Bus
from directus8.extended import Extended, fingerprint
from directus8.files.adapters import open_stores
from directus8.files.storage import Stores
from directus8.mail import Mail
from directus8.schema import edit
from directus8.schema.version import Stamps, open_stamps
from directus8.state import State
from directus8.system import install, own

log = logging.getLogger("directus8.project")
T = TypeVar("T")


class AlreadyInstalled(errors.Error):
    """The original answered 500; what a caller may mend is a 4xx here."""

    code = 0
    status = 409
    text = 'The "{database}" database already contains Directus system tables.'


# --- one project -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outside:
    """What those above do for a project.

    extend  loads its extensions
    post    hears that there are webhooks to deliver
    opened  hears that it is open
    """

    extend: Callable[[Project], Extended] = lambda project: Extended()
    post: Callable[[Project], None] = lambda project: None
    opened: Callable[[Project], None] = lambda project: None


class lazy(Generic[T]):
    """An attribute made at its first use, once, under the lock of its own instance."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self.make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, project: None, owner: type) -> lazy[T]: ...
    @overload
    def __get__(self, project: Project, owner: type) -> T: ...
    def __get__(self, project: Project | None, owner: type) -> lazy[T] | T:
        if project is None:
            return self
        with project.lock:
            if self.name not in project.made:
                project.made[self.name] = self.make(project)
            made: T = project.made[self.name]
            project.__dict__[self.name] = made  # from now on found without coming here
            return made


class Project:
    """One tenant: its configuration, and what is made from it when it is first needed."""

    def __init__(self, config: ProjectConfig, outside: Outside | None = None) -> None:
        self.config = config
        self.outside = outside or Outside()
        self.lock = threading.RLock()
        self.made: dict[str, Any] = {}

    @property
    def key(self) -> str:
        """The key of the configuration; under environment configuration ``_``, whatever the request says."""
        return self.config.key

    @property
    def folder(self) -> Path:
        """Where the project's own files are: projects/<key>."""
        return self.config.folder

    @lazy
    def database(self) -> Database:
        """The project's database; connections are opened when needed."""
        _make_local_file(self.config)
        told = self.config.database
        return Database(
            told.url,
            pool_size=told.pool_size,
            pool_timeout=told.pool_timeout,
            connect_args=dict(told.driver_options),
        )

    @lazy
    def stamps(self) -> Stamps:
        """The version stamps all workers of this project share."""
        return open_stamps(self.config.cache.stamps_url, self.folder / "stamps", self.key)

    @lazy
    def state(self) -> State:
        """What this process remembers: schema, access rules, settings."""
        edit.recover(self.database)
        return State(self.database, self.stamps, self.config.security.hardened)

    @lazy
    def stores(self) -> Stores:
        """Where uploads and the images made of them are kept; connected when needed, so never before a fork."""
        return open_stores(self.config, self.extended.storages if self.config.storage.extension else {})

    @lazy
    def extended(self) -> Extended:
        """What extensions add."""
        return self.outside.extend(self)

    @lazy
    def outbox(self) -> bool:
        """There is an outbox; what is left in it since the last time is delivered."""
        own.ensure(self.database, own.OUTBOX)
        self.outside.post(self)
        return True

    @lazy
    def bus(self) -> Bus:
        """The project's listeners."""
        return self.extended.bus

    @lazy
    def limits(self) -> Limits:
        """How much addresses and accounts may try, counted for all workers."""
        return open_limits(self.config)

    @lazy
    def mail(self) -> Mail:
        """How the project's mails are written and leave."""
        own, common = self.config.extensions, self.config.app_extensions / "custom"
        return Mail(self.config.mail.default, (own / "mails", own / "mail", common / "mail"))

    @lazy
    def hashers(self) -> Hashers:
        """The hashers of hash fields and of /utils/hash."""
        made = core(self.config.auth.bcrypt_cost)
        return made.extended(self.extended.hashers) if self.extended.hashers else made

    @property
    def is_outdated(self) -> bool:
        """Have its extensions been changed? Looked at outside of production only."""
        if self.config.env == "production" or "extended" not in self.made:
            return False
        return fingerprint(self.config) != self.extended.fingerprint

    def hash(self, text: str, hasher: str) -> str:
        """The hash of a text by a hasher's name; HasherNotFound (1000)."""
        return self.hashers.hash(hasher, text, {})

    def close(self) -> None:
        """Close what was made, last first; a later use makes it again."""
        with self.lock:
            made, self.made = self.made, {}
            for name, value in reversed(made.items()):
                self.__dict__.pop(name, None)
                if close := getattr(value, "close", None):
                    close()


def _make_local_file(config: ProjectConfig) -> None:
    """Make the file before SQLite does: it holds password hashes, others on this host need not read them."""
    file = local_file(config.database.url)
    if file and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(0o600)


# --- all projects ----------------------------------------------------------------------------------------------

Mark = tuple[Any, ...]  # what the configuration files looked like: (mtime, size, inode) of each


@dataclass(eq=False, slots=True)
class Entry:
    """An open project, who uses it, and what its files looked like."""

    project: Project
    mark: Mark
    users: int = 0
    retired: bool = field(default=False)  # no longer in the registry: the last user closes it
    word: int = -1  # what was announced when its files were last looked at
    until: float = 0.0  # when they are to be looked at again, whatever is announced


class ProjectRegistry:
    """The projects of a home folder; thread-safe.

    ``limit`` is how many stay open, ``trust`` for how many seconds the files of an open one are not looked at again.
    """

    def __init__(
        self,
        home: Home,
        environ: Environ | None = None,
        limit: int = 200,
        outside: Outside | None = None,
        trust: float = 0.0,
    ) -> None:
        self.home = home
        self.outside = outside
        self.environ = os.environ if environ is None else environ
        self.limit = limit
        self.trust = trust
        self._announced = Announcements(home)
        self._single = single_project(self.environ)
        self._folder = str(home.config)
        self._lock = threading.Lock()  # held for moments only, never while a project opens or closes
        self._open: OrderedDict[str, Entry] = OrderedDict()
        self._gates: dict[str, threading.Lock] = {}
        self._hidden: dict[str, tuple[Mark | None, bool]] = {}

    def use(self, key: str) -> Use:
        """The project of a key, kept open until the ``with`` block is left; None if there is none."""
        return Use(self, key)

    def get(self, key: str) -> Project | None:
        """The project of a key, not kept open: for those who are alone (commands, tests)."""
        with self.use(key) as project:
            return project

    def keys(self) -> tuple[str, ...]:
        """The keys anybody may see, in order."""
        if self._single:
            return (ENV_KEY,)
        return tuple(each.key for each in project_keys(self.home) if each.listed and not self._hides(each))

    def _hides(self, file: ProjectFile) -> bool:
        """Is a project hardened, and so told to nobody (security.md, project-list)? A faulty one is told."""
        mark = self._mark(file.key)
        kept = self._hidden.get(file.key)
        if kept is None or kept[0] != mark:
            try:
                hides = load_project(self.home, file.key, self.environ).security.hardened
            except ConfigError:
                hides = False
            self._hidden[file.key] = kept = (mark, hides)
        return kept[1]

    def open_keys(self) -> tuple[str, ...]:
        """The keys of the open projects, the longest unused first."""
        with self._lock:
            return tuple(self._open)

    def close(self) -> None:
        """Close all projects; those in use are closed by their last user."""
        with self._lock:
            doomed = [each for key in tuple(self._open) for each in self._retire(key)]
        _close(doomed)

    def create(self, key: str, **how: Any) -> None:
        """Make a project: see ``create``."""
        create(self.home, key, environ=self.environ, **how)

    def delete(self, key: str, purge: bool = False) -> None:
        """Remove a project: see ``delete``."""
        delete(self.home, key, purge, self.environ)

    # --- opening -----------------------------------------------------------------------------------------------

    def known(self, key: str) -> Entry | None:
        """One more user of a project that is open, if nothing can have changed since its files were looked at."""
        with self._lock:
            entry = self._open.get(ENV_KEY if self._single else key)
            if entry is None or entry.word != self._announced.read() or time.monotonic() >= entry.until:
                return None
            entry.users += 1
            return entry

    def acquire(self, key: str) -> Entry | None:
        """One more user of a project; None if there is none."""
        word, until = self._announced.read(), time.monotonic() + self.trust
        entry = self._acquire(key)
        if entry is not None:
            entry.word, entry.until = word, until
        return entry

    def _acquire(self, key: str) -> Entry | None:
        if not valid_key(key):
            return None
        if self._single:
            key = ENV_KEY
        mark = self._mark(key)
        if mark is None:
            with self._lock:
                doomed = self._retire(key)
            _close(doomed)
            return None
        with self._lock:
            if entry := self._current(key, mark):
                return entry
            gate = self._gates.setdefault(key, threading.Lock())
        with gate:
            return self._enter(key, mark)

    def _mark(self, key: str) -> Mark | None:
        """What the configuration files of a key look like now; None if it has none."""
        server = _rare(f"{self._folder}/server.toml")
        if self._single:
            return (server,)
        private = _rare(f"{self._folder}/private.{key}.toml")
        own = private or _look(f"{self._folder}/{key}.toml")
        return (server, private is not None, own) if own else None

    def _current(self, key: str, mark: Mark) -> Entry | None:
        """The open project if its files still look the same, with one more user."""
        entry = self._open.get(key)
        if entry is None or entry.mark != mark or entry.project.is_outdated:
            return None
        entry.users += 1
        self._open.move_to_end(key)
        return entry

    def _enter(self, key: str, mark: Mark) -> Entry:
        """Open a project, or open it anew; with a faulty file the one that is open stays."""
        with self._lock:
            if entry := self._current(key, mark):  # another thread was first
                return entry
        try:
            entry = Entry(Project(load_project(self.home, key, self.environ), self.outside), mark, users=1)
        except ConfigError as error:
            return self._keep(key, mark, error)
        entry.project.outside.opened(entry.project)
        with self._lock:
            doomed = self._retire(key)
            self._open[key] = entry
            doomed += self._surplus()
        _close(doomed)
        return entry

    def _keep(self, key: str, mark: Mark, error: ConfigError) -> Entry:
        with self._lock:
            entry = self._open.get(key)
            if entry is None:
                raise error
            entry.mark = mark  # so that this is said once
            entry.users += 1
        log.error("project %s keeps its former configuration, the new one is faulty:\n%s", key, error)
        return entry

    # --- closing: the lock is held, the closing itself happens outside ------------------------------------------

    def release(self, entry: Entry) -> None:
        """One user less."""
        with self._lock:
            entry.users -= 1
            doomed = [entry] if entry.retired and entry.users == 0 else self._surplus()
        if doomed:
            _close(doomed)

    def _retire(self, key: str) -> list[Entry]:
        """Take a project out; it is to be closed now if nobody uses it."""
        entry = self._open.pop(key, None)
        if entry is None:
            return []
        entry.retired = True
        return [] if entry.users else [entry]

    def _surplus(self) -> list[Entry]:
        """Take out the longest unused beyond the limit."""
        count = len(self._open) - self.limit
        if count <= 0:
            return []
        idle = [key for key, entry in self._open.items() if not entry.users]
        return [each for key in idle[:count] for each in self._retire(key)]


class Use:
    """A project in use; a class because a generator would cost each request more."""

    __slots__ = ("_entry", "_key", "_registry")

    def __init__(self, registry: ProjectRegistry, key: str) -> None:
        self._registry, self._key = registry, key

    def __enter__(self) -> Project | None:
        self._entry = self._registry.acquire(self._key)
        return self._entry.project if self._entry else None

    def __exit__(self, *_: object) -> None:
        if self._entry:
            self._registry.release(self._entry)


def _look(path: str) -> Mark | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _rare(path: str) -> Mark | None:
    """The same for a file that is mostly not there: asking costs less than an exception."""
    return _look(path) if os.access(path, os.F_OK) else None


def _close(doomed: list[Entry]) -> None:
    for entry in doomed:
        entry.project.close()


# --- making and removing ---------------------------------------------------------------------------------------


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
