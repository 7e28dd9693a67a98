"""One tenant: its configuration, and all that it is composed of."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

from directus8.auth.hashers import Hashers, core
from directus8.auth.limits import Limits, open_limits
from directus8.config import (
    ProjectConfig,
)
from directus8.db.dialect import local_file
from directus8.db.engine import Database
from directus8.events.bus import Bus
from directus8.extended import Extended, fingerprint
from directus8.files.adapters import open_stores
from directus8.files.storage import Stores
from directus8.mail import Mail
from directus8.schema.version import Stamps, open_stamps
from directus8.state import State
from directus8.system import own

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outside:
    """What those above do for a project.

    extend  loads its extensions
    post    hears that there are webhooks to deliver
    opened  hears that it is open
    closed  hears that all projects were closed
    """

    extend: Callable[[Project], Extended] = lambda project: Extended()
    post: Callable[[Project], None] = lambda project: None
    opened: Callable[[Project], None] = lambda project: None
    closed: Callable[[], None] = lambda: None


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
        return Mail(self.config.mail.default, self.mail_folders)

    @property
    def mail_folders(self) -> tuple[Path, ...]:
        """Where templates of mails may be, the first that has one counts."""
        own, common = self.config.extensions, self.config.app_extensions / "custom"
        return own / "mails", own / "mail", common / "mail"

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
