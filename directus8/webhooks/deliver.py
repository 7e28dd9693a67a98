"""Delivers what is in an outbox: due messages, in order for each webhook, several webhooks at once."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

from directus8.config.table import Webhooks
from directus8.db.engine import Database
from directus8.webhooks import outbox
from directus8.webhooks.outbox import Delivery
from directus8.webhooks.send import Failed, send

log = logging.getLogger("directus8.webhooks")
AT_ONCE = 8  # webhooks served at the same time
BATCH = 64
LONGEST = 6 * 3600  # seconds between two attempts


class Courier:
    """Delivers the messages of one project."""

    def __init__(
        self, database: Database, config: Webhooks, private: bool, clock: Callable[[], float] = time.time
    ) -> None:
        self.database = database
        self.config = config
        self.private = private
        self.clock = clock

    def run(self) -> int | None:
        """Delivers all that is due; when there is more to do, None when never."""
        while self._round():
            pass
        outbox.forget(self.database, self._now - self.config.keep_days * 86400)
        return outbox.next_due(self.database)

    @property
    def _now(self) -> int:
        return int(self.clock())

    @property
    def _lease(self) -> int:
        return 2 * self.config.timeout + 3

    def _round(self) -> bool:
        """One batch; was there anything?"""
        holder, taken = outbox.take(self.database, self._now, self._lease, BATCH)
        if not taken:
            return False
        ordered = sorted(taken, key=lambda each: (each.webhook, each.id))
        groups = [list(group) for _, group in groupby(ordered, key=lambda each: each.webhook)]
        if len(groups) == 1:
            self._serve(groups[0], holder)
        else:
            with ThreadPoolExecutor(min(AT_ONCE, len(groups))) as pool:
                list(pool.map(lambda group: self._serve(group, holder), groups))
        return True

    def _serve(self, group: list[Delivery], holder: str) -> None:
        """The messages of one webhook, one after the other. When nobody answers, the rest waits too."""
        for position, each in enumerate(group):
            if not outbox.keep(self.database, each.id, holder, self._now + self._lease):
                continue
            due = self._try(each, holder)
            if due is not None:
                outbox.release(self.database, [later.id for later in group[position + 1 :]], holder, due)
                return

    def _try(self, each: Delivery, holder: str) -> int | None:
        """One attempt; when the receiver is tried again, if he can't be reached at all."""
        told = self.config.hooks.get(str(each.webhook))
        secret = (told.secret if told else "") or self.config.secret
        headers = {**self.config.headers, **(told.headers if told else {})}
        attempts = each.attempts + 1
        try:
            status = send(each, headers, secret, self._now, self.config.timeout, self.private)
        except Failed as error:
            return self._failed(each, holder, attempts, error)
        outbox.finish(self.database, each.id, holder, outbox.DELIVERED, attempts, status, "")
        if each.attempts:
            outbox.hurry(self.database, each.webhook, self._now)
        return None

    def _failed(self, each: Delivery, holder: str, attempts: int, error: Failed) -> int | None:
        if error.final or attempts >= self.config.attempts:
            log.error("webhook %s: %s of %s is given up: %s", each.webhook, each.event, each.collection, error)
            outbox.finish(self.database, each.id, holder, outbox.FAILED, attempts, error.status, str(error))
            return None
        log.warning("webhook %s: %s of %s comes later: %s", each.webhook, each.event, each.collection, error)
        due = self._now + pause(self.config.retry_after, attempts)
        outbox.postpone(self.database, each.id, holder, due, attempts, error.status, str(error))
        return due if error.status is None else None


def pause(first: int, attempts: int) -> int:
    """Seconds until the next attempt: four times as long each time."""
    return int(min(first * 4 ** min(attempts - 1, 10), LONGEST))
