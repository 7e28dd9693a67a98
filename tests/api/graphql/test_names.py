"""GraphQL names: legal whatever a database calls its tables and columns, and never the same twice."""

from __future__ import annotations

import pytest
from graphql import validate_schema
from hypothesis import given, settings
from hypothesis import strategies as st

from directus8.api.graphql.names import distinct, legal, pascal
from directus8.api.graphql.schema import build
from directus8.api.graphql.view import Shape, View
from directus8.context import ADMIN_ROLE
from directus8.db.model import Column, Table
from directus8.permissions.rules import Rules
from directus8.schema.load import build as catalog_of
from directus8.types.sqltype import SqlType

WORDS = st.one_of(
    st.sampled_from(["or", "and", "data", "meta", "id", "__typename", "Query", "type", "books", "Books", "books_item"]),
    st.text(st.sampled_from("ab_1 -.Ü"), min_size=1, max_size=6),
)


@pytest.mark.parametrize(
    ("name", "told", "type"),
    [
        ("my_books", "my_books", "MyBooks"),
        ("books", "books", "Books"),
        ("2fa", "_2fa", "_2fa"),
        ("__x", "_x", "X"),
        ("a b", "a_b", "AB"),
        ("Ünder", "_nder", "Nder"),
        ("...", "_", "_"),
    ],
)
def test_names(name: str, told: str, type: str) -> None:
    assert (legal(name), pascal(name)) == (told, type)


def test_names_that_would_be_the_same() -> None:
    assert distinct(["a-b", "a_b", "a b"]) == {"a-b": "a_b2", "a_b": "a_b", "a b": "a_b3"}


def _column(name: str, key: bool) -> Column:
    type = SqlType("INT", "11") if key else SqlType("VARCHAR", "50")
    return Column(name, type, nullable=not key, primary_key=key, auto_increment=key)


@settings(max_examples=150, deadline=None)
@given(
    tables=st.dictionaries(WORDS, st.lists(WORDS, min_size=1, max_size=5, unique=True), max_size=5),
    links=st.lists(st.tuples(WORDS, WORDS, WORDS, WORDS), max_size=4),
    extended=st.booleans(),
)
def test_a_schema_can_always_be_made(
    tables: dict[str, list[str]], links: list[tuple[str, str, str, str]], extended: bool
) -> None:
    """Of any tables, and of metadata that says anything."""
    made = {n: Table(n, tuple(_column(c, i == 0) for i, c in enumerate(columns))) for n, columns in tables.items()}
    collections = [{"collection": name, "managed": 1} for name in (*tables, "nowhere")]
    fields = [_field_row(n, c, i) for i, (n, columns) in enumerate(tables.items()) for c in columns]
    fields += [{**_field_row(a, d, 99), "type": "o2m"} for a, _, _, d in links]
    relations = [
        {"id": i, "collection_many": a, "field_many": b, "collection_one": c, "field_one": d, "junction_field": None}
        for i, (a, b, c, d) in enumerate(links)
    ]
    catalog = catalog_of(made, collections, fields, relations)
    built = build(View(catalog, Rules(ADMIN_ROLE, ()), Shape(extended)))
    built.schema.assume_valid, built.schema._validation_errors = False, None
    assert validate_schema(built.schema) == []


def _field_row(collection: str, field: str, id: int) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(
        ("interface", "options", "locked", "validation", "required", "readonly", "hidden_detail", "hidden_browse",
         "sort", "width", "group", "note", "translation")
    )  # fmt: skip
    return {**row, "id": id, "collection": collection, "field": field, "type": "string"}
