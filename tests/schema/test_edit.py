"""Tables and metadata change together or not at all, on every database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from directus8 import names
from directus8.cli.schema import problems_of, repaired
from directus8.config import Home, load_project
from directus8.db import ddl
from directus8.errors import CollectionNotFound, Error, FieldEditFailed, UnprocessableEntity
from directus8.project import Project
from directus8.services import collections as collections_module
from directus8.services import fields as fields_module
from directus8.services.collections import CollectionsService
from directus8.services.fields import FieldsService
from tests.schema.helpers import INTEGER, KEY, TITLE, columns, killed, rows, session


class Broken(Exception):
    """What goes wrong in a test."""


def fail(*_: Any, **__: Any) -> None:
    raise Broken


@pytest.fixture
def books(project: Project) -> Project:
    CollectionsService(session(project)).create({"collection": "books", "fields": [KEY, TITLE]})
    return project


# --- failures ------------------------------------------------------------------------------------------------


def test_a_failed_creation_leaves_no_table(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collections_module, "write_collection", fail)
    with pytest.raises(Broken):
        CollectionsService(session(project)).create({"collection": "books", "fields": [KEY, TITLE]})
    assert "books" not in session(project).catalog
    assert ("books",) not in rows(project, names.FIELDS, "collection")
    assert problems_of(project) == []


@pytest.mark.parametrize("change", [INTEGER, {**TITLE, "length": 90}, {**TITLE, "unique": True}])
def test_a_failed_change_leaves_columns_as_they_were(
    books: Project, change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = columns(books, "books")
    unique = session(books).catalog["books"].fields["title"].column
    monkeypatch.setattr(fields_module, "write_fields", fail)
    service = FieldsService(session(books))
    with pytest.raises(Broken):
        if change["field"] == "pages":
            service.create("books", change)
        else:
            service.update("books", "title", change)
    assert columns(books, "books") == before
    books.stamps.forget()
    assert session(books).catalog["books"].fields["title"].column == unique
    assert problems_of(books) == []


def test_a_batch_changes_all_or_nothing(books: Project) -> None:
    service = FieldsService(session(books))
    with pytest.raises(Error):
        service.update_many("books", [{**TITLE, "length": 90}, {"field": "nope", "sort": 1}])
    with pytest.raises(Error):
        service.update_many("books", [{**TITLE, "length": 90}, {"field": "id", "sort": "x"}])
    assert columns(books, "books")["title"] == "VARCHAR(50)"


def test_a_key_is_not_dropped(books: Project) -> None:
    with pytest.raises(UnprocessableEntity):
        FieldsService(session(books)).delete("books", "id")


def test_nulls_keep_a_field_from_being_required(books: Project) -> None:
    made = session(books)
    with made.transaction() as connection:
        connection.insert("books", [{"title": None}], "id")
    with pytest.raises(FieldEditFailed):
        FieldsService(session(books)).update("books", "title", {"required": True, "length": 60})
    assert columns(books, "books")["title"] == "VARCHAR(50)"


# --- a killed process ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["create", "add", "alter"])
def test_what_a_killed_process_began_is_taken_back(books: Project, tmp_path: Path, what: str) -> None:
    before = columns(books, "books")
    killed(tmp_path, what)
    repaired(books)
    assert columns(books, "books") == before
    books.stamps.forget()
    assert "lost" not in session(books).catalog
    assert problems_of(books) == []


@pytest.mark.parametrize("what", ["drop", "remove"])
def test_metadata_follows_what_a_killed_process_dropped(books: Project, tmp_path: Path, what: str) -> None:
    killed(tmp_path, what)
    gone = problems_of(books) != []
    repaired(books)
    assert problems_of(books) == []
    books.stamps.forget()
    catalog = session(books).catalog
    if what == "drop":
        assert ("books" in catalog) is not gone
        assert (("books",) in rows(books, names.COLLECTIONS, "collection")) is not gone
    else:
        assert ("title" in catalog["books"].fields) is not gone


@pytest.mark.parametrize("what", ["create", "add", "alter"])
def test_the_next_start_mends_too(books: Project, tmp_path: Path, what: str) -> None:
    before = columns(books, "books")
    killed(tmp_path, what)
    started = Project(load_project(Home(tmp_path), "demo"))
    assert "lost" not in session(started).catalog and problems_of(started) == []
    assert columns(started, "books") == before
    started.close()


def test_who_loads_the_schema_mends_too(books: Project, tmp_path: Path) -> None:
    """No start and no edit is needed: a worker that lives on, as when it was the database that died."""
    before = columns(books, "books")
    killed(tmp_path, "add")
    books.stamps.forget()
    assert INTEGER["field"] not in books.state.schema.catalog["books"].fields
    assert columns(books, "books") == before


def test_the_next_edit_mends_too(books: Project, tmp_path: Path) -> None:
    killed(tmp_path, "add")
    other = {**INTEGER, "type": "decimal", "datatype": "DOUBLE", "length": None}
    made = FieldsService(session(books)).create("books", other)
    assert made.type == "decimal" and problems_of(books) == []


# --- what goes with a collection or field ----------------------------------------------------------------------


def relate(project: Project, **row: Any) -> None:
    with session(project).transaction() as connection:
        connection.insert(names.RELATIONS, [{"field_one": None, "junction_field": None, **row}], "id")
    project.stamps.forget()


@pytest.fixture
def shelf(books: Project) -> Project:
    """books.shelf → shelves, whose alias is shelves.books."""
    service = CollectionsService(session(books))
    service.create({"collection": "shelves", "fields": [KEY, {"field": "books", "type": "o2m"}]})
    FieldsService(session(books)).create("books", {"field": "shelf", "type": "m2o", "datatype": "INT", "length": 10})
    relate(books, collection_many="books", field_many="shelf", collection_one="shelves", field_one="books")
    return books


@pytest.mark.parametrize("gone", ["books", "shelves"])
def test_no_relation_outlives_a_collection(shelf: Project, gone: str) -> None:
    CollectionsService(session(shelf)).delete(gone)
    assert problems_of(shelf) == []
    left = session(shelf).catalog["shelves" if gone == "books" else "books"]
    assert not left.relations and "books" not in left.fields
    with pytest.raises(CollectionNotFound):
        session(shelf).catalog.collection(gone)


def test_a_many_to_one_takes_its_other_side_along(shelf: Project) -> None:
    FieldsService(session(shelf)).delete("books", "shelf")
    assert problems_of(shelf) == []
    assert "books" not in session(shelf).catalog["shelves"].fields


def test_a_one_to_many_leaves_the_key(shelf: Project) -> None:
    FieldsService(session(shelf)).delete("shelves", "books")
    relation = session(shelf).catalog["books"].relation("shelf")
    assert relation is not None and relation.related_field is None and problems_of(shelf) == []


def test_a_junction_goes_on_demand(books: Project) -> None:
    service = CollectionsService(session(books))
    service.create({"collection": "tags", "fields": [KEY, {"field": "books", "type": "o2m"}]})
    foreign = [{"field": f, "type": "m2o", "datatype": "INT", "length": 10} for f in ("book", "tag")]
    CollectionsService(session(books)).create({"collection": "books_tags", "fields": [KEY, *foreign]})
    FieldsService(session(books)).create("books", {"field": "tags", "type": "o2m"})
    junction = {"collection_many": "books_tags"}
    relate(books, **junction, field_many="book", collection_one="books", field_one="tags", junction_field="tag")
    relate(books, **junction, field_many="tag", collection_one="tags", field_one="books", junction_field="book")
    FieldsService(session(books)).delete("books", "tags", delete_junction=True)
    catalog = session(books).catalog
    assert "books_tags" not in catalog and "books" not in catalog["tags"].fields and problems_of(books) == []


def test_rows_of_a_lost_table_do_not_stand_in_the_way(books: Project) -> None:
    with books.database.transaction(ddl=True) as connection:
        ddl.drop_table(connection, "books")
    books.stamps.forget()
    assert problems_of(books)
    made = CollectionsService(session(books)).create({"collection": "books", "fields": [KEY, TITLE]})
    assert set(made.fields) == {"id", "title"} and problems_of(books) == []
