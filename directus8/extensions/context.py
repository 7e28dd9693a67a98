"""What every extension is given: services, the database, the schema, the configuration, a log, the emitter."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import sqlalchemy

from directus8.context import Accountability
from directus8.events.bus import Action, Bus, Filter
from directus8.extensions import items, schema, system
from directus8.extensions.items import Desk, ItemsService, Schema
from directus8.project import Project
from directus8.services.current import session_of

#: The services by name.
SERVICES: Mapping[str, type] = {
    each.__name__: each
    for each in (
        ItemsService, schema.CollectionsService, schema.FieldsService, schema.RelationsService, system.ActivityService,
        system.AssetsService, system.FilesService, system.FoldersService, system.MailService, system.PermissionsService,
        system.PresetsService, system.RevisionsService, system.RolesService, system.ServerService,
        system.SettingsService, system.UsersService, system.WebhooksService,
    )
}  # fmt: skip


class Emitter:
    """The project's events, and events of an extension's own, whose names begin with ``custom.``"""

    def __init__(self, bus: Bus, owner: str) -> None:
        self._bus = bus
        self._owner = owner

    def on_action(self, event: str, listener: Action) -> None:
        """Tells the listener of an event. UnknownEvent."""
        self._bus.on(event, listener, self._owner)

    def on_filter(self, event: str, listener: Filter) -> None:
        """Lets the listener change the payloads of an event. UnknownEvent."""
        self._bus.filter(event, listener, self._owner)

    def emit_action(self, event: str, *arguments: Any) -> None:
        """Tells an event of one's own to other extensions."""
        self._bus.emit(event, *arguments)

    def emit_filter(self, event: str, payload: Any, attributes: Mapping[str, Any] | None = None) -> Any:
        """Passes a payload through the filters of an event of one's own."""
        return self._bus.apply(event, payload, attributes)


@dataclass(frozen=True)
class Context:
    """What ``register(…, context)`` gets; also usable like a map: ``context["services"]``."""

    project: Project
    owner: str
    bus: Bus

    @property
    def services(self) -> SimpleNamespace:
        """All services: ``context.services.ItemsService``."""
        return SimpleNamespace(**SERVICES)

    @property
    def database(self) -> sqlalchemy.Connection | sqlalchemy.Engine:
        """The connection of the open transaction, else the engine. Past all permissions, hooks and caches."""
        found = session_of(self.project)
        if found is not None and found.in_transaction:
            with found.connection() as connection:
                return connection.sa
        return self.project.database.engine

    def get_schema(self) -> Schema:
        """What services are made with."""
        return Schema(self.project)

    @property
    def accountability(self) -> Accountability | None:
        """Who is at work right now; None when nobody is known, as in a script."""
        found = session_of(self.project)
        return found.who if found is not None else None

    @property
    def env(self) -> Mapping[str, Any]:
        """The free settings of the project: the table ``ext`` of its configuration."""
        return self.project.config.ext

    @property
    def logger(self) -> logging.Logger:
        """A log of the extension's own."""
        return logging.getLogger(f"directus8.extensions.{self.owner.replace('/', '.')}")

    @property
    def emitter(self) -> Emitter:
        """The events."""
        return Emitter(self.bus, self.owner)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that services do in the block happens, or none of it."""
        with Desk(self.project, self.accountability or items.ADMINISTRATOR).together():
            yield

    def __getitem__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(self, name):
            raise KeyError(name)
        return getattr(self, name)
