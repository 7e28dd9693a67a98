"""The projects of an installation: opened when they are asked for, the longest unused closed.

A project costs nothing until a request names it. A file that appeared is served, one that changed is opened anew, one
that vanished is closed: with the next request where directus8 itself made the change (config/announce.py), else within
the moment for which an open project is taken as it was.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from directus8.config import (
    ENV_KEY,
    ConfigError,
    Environ,
    Home,
    ProjectFile,
    load_project,
    project_keys,
    single_project,
    valid_key,
)
from directus8.config.announce import Announcements
from directus8.project import Outside, Project
from directus8.provisioning import create, delete

log = logging.getLogger("directus8.registry")
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
        if self.outside is not None:
            self.outside.closed()

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
