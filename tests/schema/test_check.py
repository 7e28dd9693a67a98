"""``directus8 schema check`` names what fits nothing, and ``--repair`` mends it and nothing else, on every database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from directus8 import names
from directus8.cli import main
from directus8.db.dialect import Dialect
from directus8.project import Project
from directus8.services.collections import CollectionsService
from tests.schema.helpers import INTEGER, KEY, TITLE, columns, killed, rows, session

LEVELS = {"create": "full", "read": "full", "update": "none", "delete": "none"}
#: Table → a row that fits nothing, and what is said of it.
LOST: dict[str, list[tuple[dict[str, Any], str]]] = {
    names.COLLECTIONS: [({"collection": "ghosts", "managed": 1}, "ghosts has no table")],
    names.FIELDS: [
        ({"collection": "ghosts", "field": "x", "type": "string"}, "the field ghosts.x has no table"),
        ({"collection": "books", "field": "ghost", "type": "string"}, "the field books.ghost has no column"),
        ({"collection": "books", "field": "pages", "type": "o2m"}, "the field books.pages is of type o2m, but has a column"),
    ],
    names.RELATIONS: [
        ({"collection_many": "ghosts", "field_many": "x", "collection_one": "books"}, "the relation of ghosts.x has no column"),
        ({"collection_many": "books", "field_many": "title", "collection_one": "ghosts"}, "the relation of books.title leads to ghosts, which has no table"),
    ],
    names.PERMISSIONS: [({"collection": "ghosts", "role": 2, **LEVELS}, "is of ghosts, which has no table")],
    names.PRESETS: [({"collection": "ghosts", "view_type": "tabular"}, "is of ghosts, which has no table")],
}  # fmt: skip
GOOD = {
    names.PERMISSIONS: {"collection": "books", "role": 2, **LEVELS},
    names.PRESETS: {"collection": "books", "view_type": "x"},
}


def check(home: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["schema", "check", "demo", *options], env={"DIRECTUS8_HOME": str(home)})


def everything(project: Project) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the schema, without ids."""
    told = {
        names.COLLECTIONS: ("collection", "managed"),
        names.FIELDS: ("collection", "field", "type"),
        names.RELATIONS: ("collection_many", "field_many", "collection_one"),
        names.PERMISSIONS: ("collection", "role"),
        names.PRESETS: ("collection", "view_type"),
    }
    return {name: sorted(rows(project, name, *wanted), key=repr) for name, wanted in told.items()}


def test_orphans_are_named_and_repaired(project: Project, tmp_path: Path) -> None:
    CollectionsService(session(project)).create({"collection": "books", "fields": [KEY, TITLE]})
    dialect: Dialect = project.database.dialect
    with project.database.transaction() as connection:
        for name, row in GOOD.items():
            connection.insert(name, [row])
    before = everything(project)
    with project.database.transaction(ddl=True) as connection:
        connection.execute(f"ALTER TABLE {dialect.quote('books')} ADD COLUMN {dialect.quote('pages')} INT")
        for name, listed in LOST.items():
            for row, _ in listed:
                connection.insert(name, [row])
    project.stamps.forget()
    found = check(tmp_path)
    expected = [text for listed in LOST.values() for _, text in listed]
    assert found.exit_code == 1 and len(found.output.splitlines()) == len(expected), found.output
    for text in expected:
        assert text in found.output
    mended = check(tmp_path, "--repair")
    assert mended.exit_code == 0 and mended.output.count("repaired: ") == len(expected)
    again = check(tmp_path)
    assert (again.exit_code, again.output) == (0, "Tables and metadata agree.\n")
    after = everything(project)
    assert after.pop(names.FIELDS) == sorted([*before.pop(names.FIELDS), ("books", "pages", "integer")], key=repr)
    assert after == before, "what fits is left alone"


def test_an_unfinished_edit_is_named_and_repaired(project: Project, tmp_path: Path) -> None:
    """Where the database undid it with its transaction there is nothing to name."""
    CollectionsService(session(project)).create({"collection": "books", "fields": [KEY, TITLE]})
    before = columns(project, "books")
    killed(tmp_path, "add")
    found = check(tmp_path)
    if project.database.dialect.transactional_ddl:
        assert found.output == "Tables and metadata agree.\n"
    else:
        assert found.output == "an edit of books was never finished\n" and found.exit_code == 1
        assert INTEGER["field"] in columns(project, "books"), "checking changes nothing"
        assert check(tmp_path, "--repair").output == "repaired: an edit of books was never finished\n"
    assert check(tmp_path).exit_code == 0 and columns(project, "books") == before
