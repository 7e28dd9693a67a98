"""Random schema edits, good and bad: tables and metadata are never apart, and are what was asked for."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from directus8 import names
from directus8.cli.schema import problems_of
from directus8.errors import Error
from directus8.project import Project
from directus8.services.collections import CollectionsService
from directus8.services.fields import FieldsService
from tests.schema.helpers import KEY, columns, session

STEPS = 40
EDITS = int(os.environ.get("DIRECTUS8_EDITS", "120"))  # 500 by hand
SHRINK = "DIRECTUS8_SHRINK" in os.environ  # takes minutes: by hand, to make a failure short

COLLECTIONS = st.sampled_from(["books", "shelves", "a-b", "zwei Wörter"])
FIELDS = st.sampled_from(["title", "pages", "shelf", "books", "x"])
SHAPES: list[dict[str, Any]] = [
    {"type": "string", "datatype": "VARCHAR", "length": 50},
    {"type": "string", "datatype": "TEXT", "note": 'Long: it\'s "so"'},
    {"type": "integer", "datatype": "INT", "length": 10, "signed": True, "default_value": 3},
    {"type": "integer", "datatype": "BIGINT", "length": 20, "unique": True},
    {"type": "decimal", "datatype": "DECIMAL", "length": "8,2"},
    {"type": "boolean", "datatype": "TINYINT", "length": 1, "required": True, "default_value": "1"},
    {"type": "datetime", "datatype": "DATETIME"},
    {"type": "m2o", "datatype": "INT", "length": 10},
    {"type": "o2m"},
    {"type": "alias", "interface": "divider"},
]
BAD: list[dict[str, Any]] = [
    {"type": "nope", "datatype": "INT"},
    {"type": "string", "datatype": "VARCHAR"},
    {"type": "string", "datatype": "NOPE"},
    {"type": "integer", "datatype": "INT", "default_value": "abc"},
    {"type": "string", "datatype": "VARCHAR", "length": 50, "sort": "no number"},
    {"type": "integer", "datatype": "INT", "auto_increment": True},
]


class Edits(RuleBasedStateMachine):
    """What there should be: collection → field → has it a column?"""

    project: Project

    @initialize()
    def begin(self) -> None:
        """Removes what a former run has left."""
        self.there: dict[str, dict[str, bool]] = {}
        for collection in session(self.project).catalog:
            if not names.is_reserved(collection.name):
                CollectionsService(session(self.project)).delete(collection.name)

    @rule(name=COLLECTIONS, shape=st.sampled_from(SHAPES), field=FIELDS)
    def create(self, name: str, shape: dict[str, Any], field: str) -> None:
        made = {"collection": name, "fields": [KEY, {"field": field, **shape}]}
        try:
            CollectionsService(session(self.project)).create(made)
        except Error as error:
            assert name in self.there and error.status < 500
        else:
            assert name not in self.there
            self.there[name] = {"id": True, field: "datatype" in shape}

    @rule(name=COLLECTIONS, shape=st.sampled_from(BAD))
    def create_badly(self, name: str, shape: dict[str, Any]) -> None:
        refused(lambda: CollectionsService(session(self.project)).create(
            {"collection": name, "fields": [KEY, {"field": "bad", **shape}]}
        ))  # fmt: skip

    @rule(name=COLLECTIONS)
    def delete(self, name: str) -> None:
        if self.there.pop(name, None) is None:
            refused(lambda: CollectionsService(session(self.project)).delete(name))
        else:
            CollectionsService(session(self.project)).delete(name)

    @rule(name=COLLECTIONS, field=FIELDS, shape=st.sampled_from(SHAPES))
    def put_field(self, name: str, field: str, shape: dict[str, Any]) -> None:
        service = FieldsService(session(self.project))
        try:
            if field in self.there.get(name, ()):
                service.update(name, field, shape)
            else:
                service.create(name, {"field": field, **shape})
        except Error as error:
            assert error.status < 500
        else:
            self.there[name][field] = "datatype" in shape

    @rule(name=COLLECTIONS, field=FIELDS, shape=st.sampled_from(BAD))
    def put_field_badly(self, name: str, field: str, shape: dict[str, Any]) -> None:
        service = FieldsService(session(self.project))
        if field in self.there.get(name, ()):
            refused(lambda: service.update(name, field, shape))
        else:
            refused(lambda: service.create(name, {"field": field, **shape}))

    @rule(name=COLLECTIONS, field=FIELDS)
    def delete_field(self, name: str, field: str) -> None:
        service = FieldsService(session(self.project))
        if field in self.there.get(name, ()):
            service.delete(name, field)
            del self.there[name][field]
        else:
            refused(lambda: service.delete(name, field))

    @rule(name=COLLECTIONS)
    def write(self, name: str) -> None:
        """Rows make some changes impossible."""
        if name in self.there:
            with session(self.project).transaction() as connection:
                connection.insert(name, [{"id": None}], "id")

    @invariant()
    def agree(self) -> None:
        assert problems_of(self.project) == []
        found = {c.name: c for c in session(self.project).catalog if not names.is_reserved(c.name)}
        assert {n: {f.name: f.column is not None for f in c.fields.values()} for n, c in found.items()} == self.there
        for name, fields in self.there.items():
            assert set(columns(self.project, name)) == {f for f, has_column in fields.items() if has_column}


def refused(edit: Any) -> None:
    """A client's mistake: an error of his."""
    try:
        edit()
    except Error as error:
        assert error.status < 500, error
    else:
        raise AssertionError("not refused")


@pytest.mark.parametrize("shape", BAD, ids=str)
def test_a_refused_field_leaves_nothing(project: Project, shape: dict[str, Any]) -> None:
    """New, and in the place of one of another kind."""
    CollectionsService(session(project)).create({"collection": "a-b", "fields": [KEY, {"field": "x", "type": "o2m"}]})
    refused(lambda: FieldsService(session(project)).create("a-b", {"field": "shelf", **shape}))
    refused(lambda: FieldsService(session(project)).update("a-b", "x", shape))
    assert problems_of(project) == []
    assert set(columns(project, "a-b")) == {"id"}
    assert set(session(project).catalog["a-b"].fields) == {"id", "x"}


def test_tables_and_metadata_are_never_apart(project: Project) -> None:
    machine = type("Machine", (Edits,), {"project": project})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=-(-EDITS // STEPS),
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=[Phase.generate, Phase.shrink] if SHRINK else [Phase.generate],
        ),
    )
