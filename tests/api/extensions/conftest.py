"""A project with extension files, on each database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from directus8.extensions import Context, context_of
from tests.api.people import People, people

ARTICLES = {
    "collection": "articles",
    "fields": [
        {"field": "title", "type": "string"},
        {"field": "slug", "type": "string"},
        {"field": "author", "type": "integer"},
    ],
}


class Site:
    """A project whose extension files a test writes; the first use loads them."""

    def __init__(self, folks: People, root: Path) -> None:
        self.folks = folks
        self.ask = folks.ask
        self.root = root
        folks.registry.trust = 0  # files are looked at with every request

    @property
    def folder(self) -> Path:
        return self.folks.project.config.extensions

    def write(self, path: str, code: str) -> None:
        """Writes an extension of the project; it is loaded anew."""
        self.put(self.folder / path, code)

    def put(self, file: Path, code: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(code))
        self.reload()

    def reload(self) -> None:
        self.folks.registry.close()

    @property
    def context(self) -> Context:
        return context_of(self.folks.project)

    def titles(self) -> list[str]:
        found = self.context.services.ItemsService("articles", schema=self.context.get_schema()).read_by_query()
        return [item["title"] for item in found]


@pytest.fixture
def site(database_vendor: str, tmp_path: Path) -> Iterator[Site]:
    with people(database_vendor, tmp_path) as folks:
        made = Site(folks, tmp_path)
        made.context.services.CollectionsService(schema=made.context.get_schema()).create_one(ARTICLES)
        yield made


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Site]:
    """The same on SQLite only."""
    with people("sqlite", tmp_path) as folks:
        made = Site(folks, tmp_path)
        made.context.services.CollectionsService(schema=made.context.get_schema()).create_one(ARTICLES)
        yield made


Make = Callable[[], Site]
