"""What extension files, scripts and the shell work with.

from directus8.extensions import open_project

with open_project("demo") as context:
    articles = context.services.ItemsService("articles", schema=context.get_schema())
    articles.create_one({"title": "Hello world!"})
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from directus8.config import Home
from directus8.context import Accountability
from directus8.errors import Error, Forbidden, InvalidPayload, ItemNotFound, NotFound
from directus8.events.payload import Payload
from directus8.extensions.context import SERVICES, Context
from directus8.extensions.items import ADMINISTRATOR, ItemsService, Schema
from directus8.extensions.load import extend
from directus8.extensions.schema import CollectionsService, FieldsService, RelationsService
from directus8.extensions.system import (
    ActivityService,
    AssetsService,
    FilesService,
    FoldersService,
    MailService,
    PermissionsService,
    PresetsService,
    RevisionsService,
    RolesService,
    ServerService,
    SettingsService,
    UsersService,
    WebhooksService,
)
from directus8.project import Outside, Project
from directus8.registry import ProjectRegistry
from directus8.router import Request, Response, Router, Upload


def context_of(project: Project, owner: str = "script") -> Context:
    """What an extension of this project would be given."""
    return Context(project, owner, project.bus)


@contextmanager
def open_project(key: str, home: Home | None = None) -> Iterator[Context]:
    """A project with its extensions, for scripts. KeyError when there is none."""
    registry = ProjectRegistry(home or Home.find(), outside=Outside(extend))
    try:
        with registry.use(key) as project:
            if project is None:
                raise KeyError(key)
            yield context_of(project)
    finally:
        registry.close()


__all__ = [
    "ADMINISTRATOR",
    "SERVICES",
    "Accountability",
    "ActivityService",
    "AssetsService",
    "CollectionsService",
    "Context",
    "Error",
    "FieldsService",
    "FilesService",
    "FoldersService",
    "Forbidden",
    "InvalidPayload",
    "ItemNotFound",
    "ItemsService",
    "MailService",
    "NotFound",
    "Payload",
    "PermissionsService",
    "PresetsService",
    "RelationsService",
    "Request",
    "Response",
    "RevisionsService",
    "RolesService",
    "Router",
    "Schema",
    "ServerService",
    "SettingsService",
    "Upload",
    "UsersService",
    "WebhooksService",
    "context_of",
    "extend",
    "open_project",
]
