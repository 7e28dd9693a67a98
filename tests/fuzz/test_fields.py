"""What a field, a collection or a relation says of itself may be anything: items are answered all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.people import People, people
from tests.fuzz.anything import ANYTHING, tried
from tests.fuzz.judge import VALUES
from tests.property.world import fill

FIELD = ("options", "validation", "length", "default_value", "width", "note", "translation", "group", "sort", "required",
         "readonly", "hidden_detail", "hidden_browse", "interface", "locked", "managed", "signed", "unique", "type")  # fmt: skip
COLLECTION = ("hidden", "single", "note", "icon", "translation", "managed", "item_name_template")
READS = (
    "/items/books", "/items/books?fields=*.*&meta=*", "/items/books/1", "/items/books?status=*&q=a", "/fields/books",
    "/collections", "/collections/books", "/v10/items/books", "/v10/fields/books", "/v10/collections", "/api/1.1/tables",
    "/api/1.1/tables/books/rows", "/api/1.1/tables/books/columns", "/gql?query={items{books{id,title,status}}}",
    "/openapi.json", "/v10/server/specs/oas", "/items/books/1/revisions",
)  # fmt: skip
ITEM = {"title": "new", "status": "draft", "pages": 3}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[People]:
    with people("sqlite", tmp_path, VALUES) as folks:
        fill(folks.project)
        yield folks


def _ask(world: People, told: object, method: str, path: str, body: Any = None) -> Any:
    answer = world.ask(method, path, body, world.admin)
    assert answer.status_code < 500, (told, method, path)
    return answer


def _use(world: People, told: object) -> None:
    for path in READS:
        _ask(world, told, "GET", path)
    made = _ask(world, told, "POST", "/items/books", ITEM)
    if made.status_code == 200 and isinstance(data := made.get_json()["data"], dict) and "id" in data:
        _ask(world, told, "PATCH", f"/items/books/{data['id']}", {"title": "newer", "status": "published"})
        _ask(world, told, "DELETE", f"/items/books/{data['id']}")


@pytest.mark.parametrize("name", FIELD)
@pytest.mark.parametrize("field", ["title", "status"])
def test_a_field_may_say_anything(world: People, field: str, name: str) -> None:
    for value in tried(ANYTHING):
        changed = _ask(world, value, "PATCH", f"/fields/books/{field}", {name: value})
        if changed.status_code == 200:
            _use(world, (field, name, value))


@pytest.mark.parametrize("name", COLLECTION)
def test_a_collection_may_say_anything(world: People, name: str) -> None:
    for value in tried(ANYTHING):
        changed = _ask(world, value, "PATCH", "/collections/books", {name: value})
        if changed.status_code == 200:
            _use(world, (name, value))
