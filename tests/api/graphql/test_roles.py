"""With graphql.extended every role has a schema of its own: what it may read and write, nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import build_client_schema, get_introspection_query, validate_schema

from directus8.api.graphql import engine
from directus8.api.graphql.schema import Built, build
from directus8.api.graphql.view import View
from tests.api.graphql.conftest import Shop


def _schema(shop: Shop, who: str) -> Any:
    schema = build_client_schema(shop.data(get_introspection_query(), as_=who))
    assert validate_schema(schema) == []
    return schema


@pytest.mark.parametrize("who", ["admin", "editor", "nobody", "public"])
def test_every_schema_is_valid(shop: Shop, who: str) -> None:
    _schema(shop, who)


def test_the_public_sees_what_it_may(shop: Shop) -> None:
    schema = _schema(shop, "public")
    assert list(schema.query_type.fields) == ["writers"]
    assert list(schema.mutation_type.fields) == ["create_messages", "create_messages_batch"]
    assert "books" not in schema.type_map["WritersItem"].fields
    assert shop.data("{writers{data{name}}}", as_="public") == {"writers": {"data": [{"name": "Ann"}, {"name": "Bob"}]}}


def test_hidden_fields_are_not_there(shop: Shop) -> None:
    schema = _schema(shop, "editor")
    assert "secret" not in schema.type_map["BooksItem"].fields
    assert not [n for n in schema.type_map["BooksFilter"].fields if n.startswith("secret")]
    assert "price" not in schema.type_map["BooksInput"].fields
    assert "TagsItem" not in schema.type_map
    assert str(schema.type_map["BooksTagsItem"].fields["tag"].type) == "Int"
    for query in ("{books{data{secret}}}", '{books(filter:{secret_eq:"s1"}){data{id}}}'):
        assert shop.error(query, as_="editor")["extensions"] == {"category": "graphql"}
    error = shop.error('{books(sort:["secret"]){data{id}}}', as_="editor")
    assert error["extensions"]["code"] == 202


def test_secrets_of_users_are_for_nobody(shop: Shop) -> None:
    schema = _schema(shop, "admin")
    assert "password" not in schema.type_map["DirectusUserItem"].fields
    names = [n for n in schema.type_map["DirectusUsersFilter"].fields if n.startswith(("password", "token", "_2fa"))]
    assert names == []
    assert shop.error('{directus_users(sort:["password"]){data{id}}}')["extensions"]["code"] == 202
    assert shop.data('{directus_users(q:"admin-tok"){data{id}}}') == {"directus_users": {"data": []}}
    assert not [n for n in schema.query_type.fields if "session" in n or "migration" in n]


def test_rows_are_those_of_the_role(shop: Shop) -> None:
    assert shop.data("{directus_users{data{email token}}}", as_="editor")["directus_users"]["data"] == [
        {"email": "admin@example.com", "token": None},
        {"email": "editor@example.com", "token": "editor-token"},
        {"email": "nobody@example.com", "token": None},
    ]
    assert shop.data('{directus_users(id:"me"){data{email}}}', as_="editor")["directus_users"]["data"] == [
        {"email": "editor@example.com"}
    ]


def test_permissions_count_at_once(shop: Shop) -> None:
    assert "errors" in shop.ask("{tags{data{label}}}", as_="editor")
    row = shop.send("POST", "/permissions", {"role": 3, "collection": "tags", "read": "full"}).get_json()["data"]
    assert shop.data("{tags(id:1){data{label}}}", as_="editor") == {"tags": {"data": [{"label": "red"}]}}
    shop.send("DELETE", f"/permissions/{row['id']}")
    assert "errors" in shop.ask("{tags{data{label}}}", as_="editor")


def test_a_schema_is_made_once_for_each_catalog_and_set_of_rules(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def counted(view: View) -> Built:
        made.append(view.rules.role)
        return build(view)

    def asked() -> list[int]:
        """The roles for which a schema was made, while everybody asked twice."""
        made.clear()
        for who in ("admin", "editor", "public", "admin", "editor", "public"):
            shop.data("{__typename}", as_=who)
        return sorted(made)

    monkeypatch.setattr(engine, "build", counted)
    asked()
    assert asked() == []
    shop.send("PATCH", "/fields/tags/label", {"note": "another catalog"})
    assert asked() == [1, 2, 3]
    row = shop.send("GET", "/permissions?filter[role]=3&filter[collection]=writers").get_json()["data"][0]["id"]
    shop.send("PATCH", f"/permissions/{row}", {"update": "full"})
    assert 3 in asked()
    assert asked() == []
    shop.send("PATCH", f"/permissions/{row}", {"update": "none"})


def test_nothing_at_all(shop: Shop) -> None:
    rows = shop.send("GET", "/permissions?filter[role]=2&limit=-1").get_json()["data"]
    for row in rows:
        shop.send("PATCH", f"/permissions/{row['id']}", {"read": "none", "create": "none"})
    answer = shop.send("POST", "/gql", {"query": "{writers{data{id}}}"}, "public")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, 3)
    for row in rows:
        shop.send("PATCH", f"/permissions/{row['id']}", {"read": row["read"], "create": row["create"]})


# --- asking ----------------------------------------------------------------------------------------------------


def _ids(shop: Shop, arguments: str) -> list[str]:
    return [row["id"] for row in shop.data(f"{{books({arguments}){{data{{id}}}}}}")["books"]["data"]]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('sort:["-pages"]', "3214"),
        ('sort:"-pages",limit:1,page:2', "2"),
        ('q:"alph"', "1"),
        ('status:["draft"]', "4"),
        ('status:["*"]', "1234"),
        ('filter:{title_in:"Alpha,Beta"}', "12"),
        ("filter:{in_print_neq:true}", ""),
        ('filter:{price_null:"1"}', "34"),
        ('filter:{writer:{name_eq:"Ann"}}', "12"),
        ('filter:{tags:{tag:{label_eq:"blue"}}}', "13"),
        ('filter:{tags_has:"2"}', "1"),
        ('filter:{or:[{pages_lt:150},{and:[{pages_gt:250},{writer:{name_eq:"Bob"}}]}]}', "13"),
        ("filter:{title_eq:null}", ""),
        ("filter:{title_contains:null}", "1234"),
        ('filter:{keywords_contains:"y"}', "1"),
    ],
)
def test_lists(shop: Shop, arguments: str, expected: str) -> None:
    assert "".join(_ids(shop, arguments)) == expected


def test_meta(shop: Shop) -> None:
    query = "{books(limit:1,filter:{pages_gt:100}){meta{result_count total_count filter_count status_count type}}}"
    assert shop.data(query)["books"]["meta"] == {
        "result_count": 1,
        "total_count": 4,
        "filter_count": 2,
        "status_count": {"published": 3, "draft": 1, "deleted": 0},
        "type": "collection",
    }


def test_related_lists_have_pages_of_their_own(shop: Shop) -> None:
    query = """{writers{data{
        first: books(limit:1){title} last: books(limit:1,sort:["-id"]){title}
        long: books(filter:{pages_gt:150}){title} books{id}}}}"""
    ann = shop.data(query)["writers"]["data"][0]
    assert ann == {
        "first": [{"title": "Alpha"}],
        "last": [{"title": "Beta"}],
        "long": [{"title": "Beta"}],
        "books": [{"id": "1"}, {"id": "2"}],
    }


def test_directives_and_fragments(shop: Shop) -> None:
    query = """query($no:Boolean!){books(id:1){data{...a ... on BooksItem{pages} title @skip(if:$no)}}}
        fragment a on BooksItem{writer{...b}} fragment b on WritersItem{name}"""
    assert shop.data(query, {"no": True})["books"]["data"] == [{"writer": {"name": "Ann"}, "pages": 100}]


# --- statements ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "budget"),
    [
        ("{books{data{id title writer{name}}}}", 1),
        ("{books(id:1){data{id title}}}", 1),
        ("{books{data{title tags{tag{label}}}}}", 2),
        ("{writers{data{name books{title tags{tag{label}}}}}}", 3),
        ("{writers{data{name books{title writer{name books{id}} tags{tag{label books{id}}}}}}}", 5),
        ("{a:books{data{id}} b:books{data{title}} writers{data{name}}}", 3),
        ("{books{data{id} meta{total_count filter_count}}}", 2),
        ("{books{meta{total_count}}}", 1),
        ("{books{data{id} meta{result_count type}}}", 1),
        ("{__schema{types{name}}}", 0),
        ("{directus_users{data{email avatar{title} roles{name}}}}", 1),
    ],
)
def test_statements(shop: Shop, query: str, budget: int) -> None:
    seen = shop.cost(query)
    assert len(seen) == budget, seen
