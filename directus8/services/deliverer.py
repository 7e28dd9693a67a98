"""Who delivers: a thread of the server, begun by the first message, or ``directus8 worker``."""

from __future__ import annotations

import logging
import threading
import time

from directus8.project import Project
from directus8.registry import ProjectRegistry
from directus8.system import own
from directus8.webhooks.deliver import Courier

log = logging.getLogger("directus8.webhooks")
PATIENCE = 10  # seconds until it is tried again where not even the outbox can be asked


def deliver(project: Project) -> int | None:
    """Delivers what is due in a project; when there is more to do, None when never."""
    if not project.state.webhooks and not own.is_there(project.database, own.OUTBOX):
        return None
    own.ensure(project.database, own.OUTBOX)
    config = project.config
    return Courier(project.database, config.webhooks, config.security.allow_private_addresses).run()


class Deliverer:
    """Delivers in a thread of this process."""

    def __init__(self) -> None:
        self.registry: ProjectRegistry | None = None
        self._due: dict[str, float] = {}
        self._rests = 0
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def post(self, project: Project) -> None:
        """There is something to deliver."""
        if project.config.webhooks.delivery != "server":
            return
        with self._changed:
            self._due[project.key] = 0
            if self._thread is None:  # here, and so after any fork
                self._thread = threading.Thread(target=self._run, name="directus8-webhooks", daemon=True)
                self._thread.start()
            self._changed.notify()

    def rest(self) -> None:
        """All projects were closed: none is opened again before its next message."""
        with self._changed:
            self._due.clear()
            self._rests += 1

    def _run(self) -> None:
        while True:
            key, rests = self._next()
            try:
                due = self._deliver(key)
            except Exception as error:
                log.error("the webhooks of %s can't be delivered now", key, exc_info=error)
                due = int(time.time()) + PATIENCE
            with self._changed:
                if due is not None and rests == self._rests:
                    self._due[key] = min(due + 1, self._due.get(key, due + 1))

    def _next(self) -> tuple[str, int]:
        """The next project with something to do, when its time has come; and how many rests there were before."""
        with self._changed:
            while True:
                key = min(self._due, key=self._due.__getitem__, default=None)
                wait = None if key is None else self._due[key] - time.time()
                if key is not None and wait is not None and wait <= 0:
                    del self._due[key]
                    return key, self._rests
                self._changed.wait(wait)

    def _deliver(self, key: str) -> int | None:
        assert self.registry is not None
        with self.registry.use(key) as project:
            return deliver(project) if project is not None else None
