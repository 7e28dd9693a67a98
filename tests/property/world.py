"""A small world of related collections, the same in every database and in plain Python."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from directus8.cli import create_project
from directus8.config import Home
from directus8.context import SYSTEM_ACCOUNTABILITY, Accountability
from directus8.permissions.rules import Rules
from directus8.project import Project
from directus8.registry import ProjectRegistry
from directus8.services.collections import CollectionsService
from directus8.services.items import ItemsService
from directus8.services.session import Session
from tests import databases

Row = dict[str, Any]
STATUSES = {"published": {"name": "P"}, "draft": {"name": "D"}, "deleted": {"name": "X", "soft_delete": True}}
KEY = {"field": "id", "type": "integer", "datatype": "INT", "length": 11, "primary_key": True, "auto_increment": True}


def text(name: str, length: int = 60) -> Row:
    return {"field": name, "type": "string", "datatype": "VARCHAR", "length": length}


def number(name: str) -> Row:
    return {"field": name, "type": "integer", "datatype": "INT", "length": 10, "signed": True}


def link(name: str) -> Row:
    return {"field": name, "type": "m2o", "datatype": "INT", "length": 10}


COLLECTIONS: dict[str, list[Row]] = {
    "authors": [KEY, text("name"), number("age"), {"field": "books", "type": "o2m"}],
    "books": [
        KEY,
        {"field": "status", "type": "status", "datatype": "VARCHAR", "length": 20, "default_value": "draft",
         "options": {"status_mapping": STATUSES}},
        {"field": "owner", "type": "owner", "datatype": "INT", "length": 10},
        text("title"),
        number("pages"),
        {"field": "price", "type": "decimal", "datatype": "DECIMAL", "length": "8,2", "signed": True},
        {"field": "published", "type": "date", "datatype": "DATE"},
        {"field": "shown", "type": "boolean", "datatype": "TINYINT", "length": 1},
        link("author"),
        {"field": "tags", "type": "o2m"},
    ],
    "tags": [KEY, text("label"), {"field": "books", "type": "o2m"}],
    "books_tags": [KEY, link("book"), link("tag")],
}  # fmt: skip
RELATIONS = (
    ("books", "author", "authors", "books", None),
    ("books_tags", "book", "books", "tags", "tag"),
    ("books_tags", "tag", "tags", "books", "book"),
)
TITLES = (
    None, "", "Alpha", "alpha", "ALPHA", "Álpha", "beta", "Beta 100%", "b_ta", "über", "UBER", "zoé", "Zoe", "10", "9",
    "a b", "x_y", "it's", 'say "hi"', "back\\slash",
)  # fmt: skip


def rows() -> dict[str, list[Row]]:
    """The data, the same every time."""
    authors = [
        {"id": i + 1, "name": TITLES[(i * 7) % len(TITLES)], "age": None if i % 5 == 4 else i * 9 - 20}
        for i in range(8)
    ]
    books = [
        {
            "id": i + 1,
            "status": ("published", "draft", "deleted", "published")[i % 4],
            "owner": (i % 3) + 1,
            "title": TITLES[i % len(TITLES)],
            "pages": None if i % 6 == 5 else (i * 37) % 50 - 10,
            "price": None if i % 7 == 6 else round((i * 13 % 40) / 4, 2),
            "published": None if i % 8 == 7 else f"20{10 + i % 12:02}-0{1 + i % 9}-1{i % 10}",
            "shown": (None, 0, 1)[i % 3],
            "author": None if i % 9 == 8 else (i * 5) % 8 + 1,
        }
        for i in range(40)
    ]
    tags = [{"id": i + 1, "label": TITLES[(i * 3 + 2) % len(TITLES)]} for i in range(6)]
    joins = [
        {"id": n + 1, "book": book, "tag": tag}
        for n, (book, tag) in enumerate((b, t) for b in range(1, 41) for t in range(1, 7) if (b * t) % 5 == 1)
    ]
    return {"authors": authors, "books": books, "tags": tags, "books_tags": joins}


@dataclass(repr=False)
class World:
    """The world in every database that answers."""

    projects: Mapping[str, Project]
    data: Mapping[str, list[Row]] = field(default_factory=rows)

    def session(self, vendor: str, rules: Rules | None = None, who: Accountability = SYSTEM_ACCOUNTABILITY) -> Session:
        """A session of a caller with rules of our making."""
        session = Session(self.projects[vendor], who)
        if rules is not None:
            session._pinned["rules"] = rules
        return session


@contextmanager
def open_world(vendors: list[str], folder: Path) -> Iterator[World]:
    """Makes the world on each vendor and removes it afterwards."""
    with ExitStack() as stack:
        registry = ProjectRegistry(Home(folder))
        projects = {}
        for vendor in vendors:
            url = stack.enter_context(databases.temporary(vendor, folder))
            create_project(vendor, "admin@example.com", "password", database_url=url, home=folder)
            project = stack.enter_context(registry.use(vendor))
            assert project is not None
            fill(project)
            projects[vendor] = project
        stack.callback(registry.close)
        yield World(projects)


def fill(project: Project) -> None:
    """Collections, relations and rows, through the services."""
    for name, fields in COLLECTIONS.items():
        CollectionsService(Session(project, SYSTEM_ACCOUNTABILITY)).create({"collection": name, "fields": fields})
    columns = ("collection_many", "field_many", "collection_one", "field_one", "junction_field")
    session = Session(project, SYSTEM_ACCOUNTABILITY)
    ItemsService(session, "directus_relations").create([dict(zip(columns, r, strict=True)) for r in RELATIONS])
    people = [{"email": f"u{i}@example.com", "status": "active", "role": 3 + i % 2} for i in range(2, 5)]
    ItemsService(session, "directus_roles").create([{"name": "Three"}, {"name": "Four"}])
    ItemsService(session, "directus_users").create(people)
    session = Session(project, SYSTEM_ACCOUNTABILITY)
    with session.transaction() as connection:
        for name, listed in rows().items():
            connection.insert(name, listed, "id")


def folded(value: Any) -> str:
    """Case and accents do not count."""
    plain = unicodedata.normalize("NFD", str(value))
    return "".join(c for c in plain if not unicodedata.combining(c)).upper()
