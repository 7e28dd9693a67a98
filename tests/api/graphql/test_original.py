"""/gql as the original has it: administrators, reading only. What was recorded is in tests/conformance."""

from __future__ import annotations

import pytest
from graphql import build_client_schema, get_introspection_query, validate_schema

from tests.api.graphql.conftest import Shop


@pytest.mark.parametrize("who", ["public", "editor"])
def test_admin_only(original: Shop, who: str) -> None:
    answer = original.send("POST", "/gql", {"query": "{books{data{id}}}"}, who)
    assert answer.status_code == 401
    assert answer.get_json() == {"error": {"code": 3, "message": "Permission denied: Admin Only"}}


def test_the_schema_is_valid(original: Shop) -> None:
    schema = build_client_schema(original.data(get_introspection_query()))
    assert validate_schema(schema) == []
    assert schema.mutation_type is None
    assert list(schema.type_map["Books"].fields) == ["data", "meta"]  # type: ignore[attr-defined]
    names = list(schema.type_map["BooksItem"].fields)  # type: ignore[attr-defined]
    assert names == [
        "id", "status", "title", "_2nd_title", "pages", "price", "in_print", "extra", "keywords", "secret", "writer",
        "owner", "cover", "tags",
    ]  # fmt: skip


def test_two_conditions_on_one_field(original: Shop) -> None:
    found = original.data("{books(filter:{or:[{id_eq:1},{id_eq:3}]}){data{id}}}")
    assert found == {"books": {"data": [{"id": "1"}, {"id": "3"}]}}
    found = original.data("{books(filter:{pages_gt:100,pages_lt:300}){data{id}}}")
    assert found == {"books": {"data": [{"id": "2"}]}}


def test_filters_of_one_root_stay_there(original: Shop) -> None:
    found = original.data("{books(filter:{pages_gt:200}){data{id}} writers{data{id}}}")
    assert found == {"books": {"data": [{"id": "3"}]}, "writers": {"data": [{"id": "1"}, {"id": "2"}]}}


def test_names_that_graphql_does_not_know(original: Shop) -> None:
    found = original.data('{books(filter:{_2nd_title_eq:"A"}){data{_2nd_title}}}')
    assert found == {"books": {"data": [{"_2nd_title": "A"}]}}


def test_operation_name(original: Shop) -> None:
    query = "query a{tags{data{label}}} query b{writers{data{name}}}"
    answer = original.send("POST", "/gql", {"query": query, "operationName": "b"}).get_json()
    assert answer == {"data": {"writers": {"data": [{"name": "Ann"}, {"name": "Bob"}]}}}
    assert original.error(query)["message"] == ("Must provide operation name if query contains multiple operations.")


def test_get(original: Shop) -> None:
    query = {"query": "query($n:Int){writers(limit:$n){data{name}}}", "variables": '{"n":1}'}
    assert original.send("GET", "/gql", query_string=query).get_json() == {
        "data": {"writers": {"data": [{"name": "Ann"}]}}
    }
    assert original.send("GET", "/gql").status_code == 405


def test_users_and_roles(original: Shop) -> None:
    found = original.data("{directus_users(id:2){data{roles{name users{email}} avatar{id}}}}")
    role = {"name": "Editor", "users": [{"email": "editor@example.com"}]}
    assert found == {"directus_users": {"data": [{"roles": [role], "avatar": None}]}}


def test_collections_and_fields_cost_nothing(original: Shop) -> None:
    query = '{directus_collections(name:"tags"){data{collection managed fields{field type collection{collection}}}}}'
    assert original.data(query)["directus_collections"]["data"] == [
        {
            "collection": "tags",
            "managed": True,
            "fields": [
                {"field": "id", "type": "integer", "collection": {"collection": "tags"}},
                {"field": "label", "type": "string", "collection": {"collection": "tags"}},
                {"field": "books", "type": "O2M", "collection": {"collection": "tags"}},
            ],
        }
    ]
    assert original.cost(query) == []


def test_every_system_collection_answers(original: Shop) -> None:
    schema = build_client_schema(original.data(get_introspection_query()))
    assert schema.query_type is not None
    for name, field in schema.query_type.fields.items():
        item = field.type.fields["data"].type.of_type  # type: ignore[union-attr]
        plain = [n for n, f in item.fields.items() if not getattr(getattr(f.type, "of_type", f.type), "fields", None)]
        answer = original.ask(
            f"{{{name}(limit:3){{data{{{' '.join(plain)}}}}}}}"
            if "limit" in field.args
            else f"{{{name}{{data{{{' '.join(plain)}}}}}}}"
        )
        assert "errors" not in answer, (name, answer["errors"][:2])


def test_broken_metadata_is_left_out_and_reported(original: Shop, caplog: pytest.LogCaptureFixture) -> None:
    row = {"collection_many": "books", "field_many": "pages", "collection_one": "nowhere"}
    id = original.send("POST", "/relations", row).get_json()["data"]["id"]
    for _ in range(2):  # told once
        assert original.data("{tags(id:1){data{label}}}") == {"tags": {"data": [{"label": "red"}]}}
    assert original.data("{books(id:1){data{pages}}}") == {"books": {"data": [{"pages": 100}]}}
    told = [r for r in caplog.records if r.name == "directus8.graphql"]
    assert [(r.levelname, "books.pages" in r.getMessage()) for r in told] == [("WARNING", True)], told
    original.send("DELETE", f"/relations/{id}")
