"""A project's schema as YAML: taken, compared, carried from any database to any other without loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from directus8 import names
from directus8.cli import main
from directus8.cli.schema import dumped, problems_of
from directus8.demo.build import fill
from directus8.errors import InvalidRequest
from directus8.project import Project
from directus8.schema import snapshot as pure
from directus8.services import snapshot
from directus8.services.collections import CollectionsService
from directus8.services.fields import FieldsService
from tests.schema.helpers import KEY, TITLE, MakeProject, session

TYPES: list[dict[str, Any]] = [
    {"field": "status", "type": "status", "datatype": "VARCHAR", "length": 20, "default_value": "draft",
     "options": {"status_mapping": {"draft": {"name": "Entwürfe / ~"}, "on": {"name": "on"}}}},
    {"field": "price", "type": "decimal", "datatype": "DECIMAL", "length": "8,2", "default_value": "1.50"},
    {"field": "small", "type": "boolean", "datatype": "TINYINT", "length": 1, "default_value": "1", "signed": True},
    {"field": "large", "type": "integer", "datatype": "BIGINT", "length": 20, "unique": True},
    {"field": "weight", "type": "decimal", "datatype": "DOUBLE"},
    {"field": "shade", "type": "string", "datatype": "ENUM", "length": "light,dark"},
    {"field": "text", "type": "string", "datatype": "LONGTEXT", "required": True},
    {"field": "day", "type": "date", "datatype": "DATE", "default_value": "2020-02-29"},
    {"field": "seen", "type": "datetime", "datatype": "DATETIME"},
    {"field": "moment", "type": "datetime", "datatype": "TIMESTAMP"},
    {"field": "hour", "type": "time", "datatype": "TIME"},
    {"field": "blob", "type": "binary", "datatype": "BLOB"},
    {"field": "bits", "type": "binary", "datatype": "VARBINARY", "length": 20},
    {"field": "data", "type": "json", "datatype": "TEXT", "note": "Any JSON: \"quoted\", ünïcode"},
    {"field": "box", "type": "group"},
    {"field": "inside", "type": "string", "datatype": "CHAR", "length": 5,
     "translation": [{"locale": "de-DE", "translation": "Innen"}]},
]  # fmt: skip


def rich(project: Project) -> None:
    """The demo, and a collection with what the demo does not have."""
    fill(project)
    made = session(project)
    CollectionsService(made).create({"collection": "thïngs", "fields": [KEY, TITLE, *TYPES], "icon": "box"})
    box = made.catalog["thïngs"].fields["box"].id
    service = FieldsService(session(project))
    service.update("thïngs", "inside", {"group": box})
    service.create(names.USERS, {"field": "nick", "type": "string", "datatype": "VARCHAR", "length": 30})
    service.update(names.USERS, "title", {"note": "Job"})
    with session(project).transaction() as connection:
        connection.insert(names.PRESETS, [{"collection": "albums", "title": "Mine", "filters": '[{"a":1}]'}], "id")


def taken(project: Project) -> Any:
    project.stamps.forget()
    return yaml.safe_load(dumped(snapshot.take(session(project))))


ROUND = [("sqlite", "mysql"), ("mysql", "postgresql"), ("postgresql", "sqlite")]


@pytest.mark.parametrize(("source", "target"), ROUND)
def test_a_schema_is_carried_without_loss(make_project: MakeProject, source: str, target: str) -> None:
    first, second = make_project("first", source), make_project("second", target)
    rich(first)
    wanted = taken(first)
    snapshot.apply(session(second), wanted)
    assert [str(c) for c in pure.changes(taken(second), wanted)] == []
    assert taken(second) == wanted
    assert problems_of(second) == []
    assert snapshot.apply(session(second), wanted, removing=True) == []


def test_a_difference_is_told_and_made(project: Project) -> None:
    service, wanted = CollectionsService(session(project)), taken(project)
    service.create({"collection": "books", "fields": [KEY, TITLE]})
    before = taken(project)
    FieldsService(session(project)).update("books", "title", {**TITLE, "length": 80})
    service.create({"collection": "more", "fields": [KEY]})
    told = [str(c) for c in snapshot.plan(session(project), before)]
    assert any(line.startswith("~ field books.title") and "VARCHAR(80)" in line for line in told)
    assert "- collection more" in told and "- field more.id" in told
    assert not any(c.removes for c in snapshot.apply(session(project), before))
    assert "more" in session(project).catalog
    snapshot.apply(session(project), before, removing=True)
    assert taken(project) == before
    snapshot.apply(session(project), wanted, removing=True)
    assert taken(project) == wanted and "books" not in session(project).catalog and problems_of(project) == []


def test_a_failed_application_changes_nothing(project: Project) -> None:
    before = taken(project)
    wanted = taken(project)
    wanted["collections"].append({"collection": "books", "managed": True})
    column = {"type": "INT(11) UNSIGNED", "nullable": False, "primary_key": True, "auto_increment": True}
    wanted["fields"].append({"collection": "books", "field": "id", "type": "integer", "column": column})
    wanted["permissions"].append({"role": "no number", "collection": "books"})
    with pytest.raises(Exception):  # noqa: B017 – each database has its own
        snapshot.apply(session(project), wanted)
    assert taken(project) == before and problems_of(project) == []


@pytest.mark.parametrize(
    "text", ["", "a: 1", "directus8: 2", "directus8: 1\nfields: [{}]", "directus8: 1\nfields: [x]"]
)
def test_other_files_are_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        pure.parts(yaml.safe_load(text))


def test_the_commands(project: Project, tmp_path: Path) -> None:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["schema", *arguments], env={"DIRECTUS8_HOME": str(tmp_path)})

    file = str(tmp_path / "schema.yaml")
    assert run("snapshot", "demo", "--output", file).exit_code == 0
    assert run("diff", "demo", file).output == "No difference.\n"
    CollectionsService(session(project)).create({"collection": "books", "fields": [KEY, TITLE]})
    assert "- collection books" in run("diff", "demo", file).output and run("diff", "demo", file).exit_code == 1
    assert "Nothing was changed" in run("apply", "demo", file, "--remove").output
    assert "books" in session(project).catalog
    assert "Done." in run("apply", "demo", file, "--remove", "--yes").output
    assert "books" not in session(project).catalog
    assert run("check", "demo").output == "Tables and metadata agree.\n"
    assert run("check", "demo", "--repair").exit_code == 0
