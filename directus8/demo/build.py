"""Fills a project with the demo: all of it in one transaction, through the services, as clients would."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Any

from directus8 import names
from directus8.context import ADMIN_ROLE, Accountability
from directus8.demo import people, schema
from directus8.demo.articles import ARTICLES, EDITOR, Article
from directus8.demo.pictures import drawn
from directus8.project import Project
from directus8.services.collections import CollectionsService
from directus8.services.files import FilesService
from directus8.services.items import ItemsService
from directus8.services.session import Session

#: On whose behalf all is made: the first administrator.
ADMINISTRATOR = Accountability(user=1, role=ADMIN_ROLE)


def is_filled(project: Project) -> bool:
    """Whether the project has any collection of its own."""
    return any(collection.registered for collection in project.state.schema.catalog)


def fill(project: Project) -> None:
    """Makes the collections of the demo with their items, roles, permissions and users, all or nothing."""
    session = Session(project, ADMINISTRATOR)
    with session.transaction(ddl=True):
        _make_collections(session)
        for name, items in chinook():
            _create(session, name, items)
        roles = _make_roles(session)
        _create(session, names.PERMISSIONS, list(people.permissions(roles)))
        users = _make_users(session, roles)
        pictures = _upload(session.acting(users[EDITOR]))
        for email, articles in ARTICLES.items():
            _create(session.acting(users[email]), "articles", [_illustrated(a, pictures) for a in articles])


def chinook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The items of the music shop by collection, targets of relations first."""
    tables = json.loads(gzip.decompress(files(__package__).joinpath("chinook.json.gz").read_bytes()))
    for name, table in tables.items():
        yield name, [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def _make_collections(session: Session) -> None:
    service = CollectionsService(session)
    for definition in schema.COLLECTIONS:
        service.create(definition)
    _create(session, names.RELATIONS, list(schema.relations()))
    session.forget("schema")


def _make_roles(session: Session) -> dict[str, Any]:
    """The ids of the roles by name."""
    rows = [{"name": name, "description": description} for name, description in people.ROLES.items()]
    return dict(zip(people.ROLES, _create(session, names.ROLES, rows), strict=True))


def _make_users(session: Session, roles: dict[str, Any]) -> dict[str, Accountability]:
    """The new users by e-mail, as callers."""
    rows = list(people.users(roles))
    ids = _create(session, names.USERS, rows)
    return {row["email"]: Accountability(id, row["role"]) for id, row in zip(ids, rows, strict=True)}


def _upload(session: Session) -> dict[str, Any]:
    """The ids of the pictures by title."""
    service = FilesService(session)
    return {fields["title"]: service.upload(fields, content) for fields, content in drawn()}


def _illustrated(article: Article, pictures: dict[str, Any]) -> Article:
    """The article with its picture, which it names by title."""
    return {**article, "image": pictures[article["image"]]} if "image" in article else article


def _create(session: Session, collection: str, items: Sequence[dict[str, Any]]) -> list[Any]:
    return ItemsService(session, collection).create(items)
