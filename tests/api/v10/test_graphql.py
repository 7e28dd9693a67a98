"""/graphql and /graphql/system of v10: what REST gives, in the shape that is asked for."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import build_schema

from tests.api.v10.conftest import Blog


def _codes(answer: Any) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


# --- reading ---------------------------------------------------------------------------------------------------


def test_values_of_every_type(blog: Blog) -> None:
    told = blog.graph(
        "{ articles_by_id(id: 1) { id title views price published published_on day big more words author { name } } }"
    )
    assert told["articles_by_id"] == {
        "id": "1",
        "title": "Alpha",
        "views": 10,
        "price": 9.5,
        "published": True,
        "published_on": "2020-01-05T10:00:00.000Z",
        "day": "2020-02-29",
        "big": "9007199254740993",
        "more": {"a": [1]},
        "words": ["x", "y"],
        "author": {"name": "Anna"},
    }


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ("filter: {views: {_gt: 10}}", [2, 3]),
        ('filter: {views: {_in: ["10", 30]}}', [1, 3]),
        ("filter: {views: {_between: [15, 25]}}", [2]),
        ("filter: {author: {name: {_eq: \"Anna\"}}}", [1, 2]),
        ("filter: {author: {age: {_null: true}}}", [3, 4]),
        ('filter: {tags: {tags_id: {label: {_eq: "red"}}}}', [1]),
        ('filter: {tags: {_none: {tags_id: {label: {_eq: "blue"}}}}}', [3, 4]),
        ('filter: {tags: {_some: {tags_id: {label: {_eq: "blue"}}}}}', [1, 2]),
        ("filter: {published_on_func: {year: {_eq: 2021}}}", [2]),
        ("filter: {tags_func: {count: {_gte: 2}}}", [1]),
        ("filter: {published: {_eq: true}}", [1]),
        ("filter: {_or: [{views: {_eq: 10}}, {_and: [{views: {_gt: 20}}, {title: {_nnull: true}}]}]}", [1, 3]),
        ('filter: {published_on: {_gte: "$NOW(-1 year)"}}', []),
        ('search: "bet"', [2]),
        ('sort: ["-views"], limit: 2', [3, 2]),
        ('sort: ["views"], limit: 1, page: 3', [2]),
        ("offset: 3", [4]),
    ],
)  # fmt: skip
def test_lists(blog: Blog, arguments: str, found: list[int]) -> None:
    told = blog.graph(f"{{ articles({arguments}) {{ id }} }}")
    assert [int(item["id"]) for item in told["articles"]] == found


def test_aliases_fragments_and_directives(blog: Blog) -> None:
    told = blog.graph(
        """
        query ($no: Boolean!) {
          first: authors(limit: 1) { called: name one: articles(limit: 1) { ...a } two: articles(sort: ["-id"]) { ...a } }
          title: articles_by_id(id: 2) { title: secret secret: title author @include(if: $no) { name } __typename }
        }
        fragment a on articles { id year: published_on_func { y: year } }
        """,
        {"no": False},
    )
    one, two = {"id": "1", "year": {"y": 2020}}, {"id": "2", "year": {"y": 2021}}
    assert told == {
        "first": [{"called": "Anna", "one": [one], "two": [two, one]}],
        "title": {"title": "s2", "secret": "Beta", "__typename": "articles"},
    }


def test_nested_lists_have_filters(blog: Blog) -> None:
    told = blog.graph('{ authors(sort: ["id"]) { articles(filter: {views: {_gt: 10}}) { views author { name } } } }')
    assert told["authors"] == [
        {"articles": [{"views": 20, "author": {"name": "Anna"}}]},
        {"articles": [{"views": 30, "author": {"name": "Bert"}}]},
    ]


def test_aggregates(blog: Blog) -> None:
    told = blog.graph(
        """{ articles_aggregated(groupBy: ["author"], sort: ["author"], filter: {author: {id: {_nnull: true}}}) {
          group countAll count { id } sum { views } avg { views } max { views } } }"""
    )
    assert told["articles_aggregated"] == [
        {"group": {"author": 1}, "countAll": 2, "count": {"id": 2}, "sum": {"views": 30}, "avg": {"views": 15},
         "max": {"views": 20}},
        {"group": {"author": 2}, "countAll": 1, "count": {"id": 1}, "sum": {"views": 30}, "avg": {"views": 30},
         "max": {"views": 30}},
    ]  # fmt: skip
    assert blog.graph("{ articles_aggregated { countAll } }") == {"articles_aggregated": [{"countAll": 4}]}
    assert blog.graph('{ articles_aggregated(groupBy: ["year(published_on)"]) { group } }')["articles_aggregated"] == [
        {"group": {"published_on_year": None}},
        {"group": {"published_on_year": 2020}},
        {"group": {"published_on_year": 2021}},
    ]


def test_a_list_is_one_statement_and_one_more_for_each_level(blog: Blog) -> None:
    assert len(blog.cost("{ articles { id title author { name } } }")) == 1
    assert len(blog.cost("{ authors { name articles { title tags { tags_id { label } } } } }")) == 3


# --- writing ---------------------------------------------------------------------------------------------------


def test_nested_writes(blog: Blog) -> None:
    made = blog.graph(
        """mutation ($data: create_articles_input!) {
          create_articles_item(data: $data) { id title author { name } tags { tags_id { label } } }
        }""",
        {"data": {"title": "New", "author": {"name": "Cleo"}, "tags": [{"tags_id": {"id": 1}},
                                                                       {"tags_id": {"label": "green"}}]}},
    )["create_articles_item"]  # fmt: skip
    key = made.pop("id")
    assert made == {
        "title": "New",
        "author": {"name": "Cleo"},
        "tags": [{"tags_id": {"label": "red"}}, {"tags_id": {"label": "green"}}],
    }
    changed = blog.graph(f'mutation {{ update_articles_batch(data: [{{id: {key}, title: "Newer"}}]) {{ title }} }}')
    assert changed == {"update_articles_batch": [{"title": "Newer"}]}
    gone = blog.graph(f"mutation {{ delete_articles_item(id: {key}) {{ id }} }}")
    assert gone == {"delete_articles_item": {"id": key}}
    assert blog.graph(f"{{ articles_by_id(id: {key}) {{ id }} }}") == {"articles_by_id": None}


def test_all_of_a_document_or_none(blog: Blog) -> None:
    before = blog.get("/items/tags")
    answer = blog.ask(
        'mutation { a: create_tags_item(data: {label: "x"}) { id } b: create_authors_item(data: {age: 1}) { id } }'
    )
    assert answer["data"] is None
    assert _codes(answer) == ["FAILED_VALIDATION"]
    assert answer["errors"][0]["extensions"]["field"] == "name"
    assert answer["errors"][0]["path"] == ["b"]
    assert blog.get("/items/tags") == before


def test_singletons(blog: Blog) -> None:
    assert blog.graph("{ about { headline } }") == {"about": {"headline": "About us"}}
    assert blog.graph('mutation { update_about(data: {headline: "We"}) { headline } }')["update_about"] == {
        "headline": "We"
    }
    assert blog.get("/items/about")["headline"] == "We"


# --- rights ----------------------------------------------------------------------------------------------------


def test_a_schema_holds_what_its_reader_may_see(blog: Blog) -> None:
    of_editor = build_schema(blog.send("GET", "/server/specs/graphql", as_="editor").get_data(as_text=True))
    articles = of_editor.get_type("articles")
    assert articles is not None
    assert {"id", "title", "author"} <= set(articles.fields)  # type: ignore[attr-defined]
    assert "secret" not in articles.fields  # type: ignore[attr-defined]
    assert of_editor.query_type is not None and set(of_editor.query_type.fields) == {
        f"{name}{end}" for name in ("articles", "authors") for end in ("", "_by_id", "_aggregated")
    }
    assert of_editor.mutation_type is not None and set(of_editor.mutation_type.fields) == {
        "create_articles_item", "create_articles_items", "update_articles_item", "update_articles_items",
        "update_articles_batch", "create_tags_item", "create_tags_items",
    }  # fmt: skip
    of_admin = build_schema(blog.send("GET", "/server/specs/graphql/system").get_data(as_text=True))
    assert of_admin.query_type is not None and "users_me" in of_admin.query_type.fields


def test_hidden_fields_are_in_no_filter_and_no_order(blog: Blog) -> None:
    hidden = blog.ask('{ articles(filter: {secret: {_eq: "s1"}}) { id } }', as_="editor")
    assert _codes(hidden) == ["GRAPHQL_VALIDATION"]
    assert _codes(blog.ask('{ articles(sort: ["secret"]) { id } }', as_="editor")) == ["FORBIDDEN"]
    assert _codes(blog.ask('{ articles_aggregated(groupBy: ["secret"]) { group } }', as_="editor")) == ["FORBIDDEN"]


def test_what_may_be_written_but_not_read_tells_only_that_it_was(blog: Blog) -> None:
    assert blog.graph('mutation { create_tags_item(data: {label: "e"}) }', as_="editor") == {"create_tags_item": True}


def test_the_public_sees_nothing(blog: Blog) -> None:
    answer = blog.send("POST", "/graphql", {"query": "{ articles { id } }"}, as_="public")
    assert answer.status_code == 400
    told = answer.get_json()["errors"][0]["extensions"]["errors"][0]["message"]
    assert "Cannot query field" in told and "articles" in told


# --- what is no good document ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "INVALID_PAYLOAD"),
        ({"query": 3}, "INVALID_PAYLOAD"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION"),
        ({"query": "{ articles { id }"}, "GRAPHQL_VALIDATION"),
        ({"query": "query a { articles { id } } query b { articles { id } }"}, "GRAPHQL_VALIDATION"),
        ({"query": "query ($n: Int!) { articles(limit: $n) { id } }", "variables": {"n": "x"}}, "GRAPHQL_VALIDATION"),
        ({"query": "subscription { articles { id } }"}, "GRAPHQL_VALIDATION"),
        ({"query": "{ " + "articles { author { " * 8 + "id" + " } }" * 8 + " }"}, "GRAPHQL_VALIDATION"),
    ],
)
def test_bad_documents(blog: Blog, body: Any, code: str) -> None:
    answer = blog.send("POST", "/graphql", body)
    assert answer.status_code == 400
    assert _codes(answer.get_json()) == [code]


def test_get_changes_nothing(blog: Blog) -> None:
    query = {"query": "mutation { delete_articles_item(id: 1) { id } }"}
    assert blog.send("GET", "/graphql", query_string=query).status_code == 405
    query = {"query": "query ($i: ID!) { articles_by_id(id: $i) { title } }", "variables": '{"i": 1}'}
    assert blog.send("GET", "/graphql", query_string=query).get_json()["data"] == {"articles_by_id": {"title": "Alpha"}}
    assert blog.send("GET", "/graphql", query_string={**query, "variables": "{"}).status_code == 400


def test_errors_of_a_query_leave_the_rest(blog: Blog) -> None:
    answer = blog.ask('{ a: articles_by_id(id: 1) { id } b: articles_by_id(id: 1) { tags(sort: ["nope"]) { id } } }')
    assert answer["data"] == {"a": {"id": "1"}, "b": None}
    assert _codes(answer) == ["INVALID_QUERY"]


# --- the system ------------------------------------------------------------------------------------------------


def test_oneself(blog: Blog) -> None:
    assert blog.system("{ users_me { email role { name } } }") == {
        "users_me": {"email": "admin@example.com", "role": {"name": "Administrator"}}
    }
    told = blog.system('mutation { update_users_me(data: {title: "Boss", location: "Here"}) { title location } }')
    assert told == {"update_users_me": {"title": "Boss", "location": "Here"}}
    assert blog.system("{ users_me { id } }", as_="editor")["users_me"]["id"]
    assert _codes(blog.ask("{ users_me { id } }", as_="public", path="/graphql/system")) == ["INVALID_CREDENTIALS"]


def test_system_items(blog: Blog) -> None:
    made = blog.system(
        """mutation { create_roles_item(data: {name: "R", icon: "x"}) { id name icon }
                      create_folders_item(data: {name: "F"}) { id name } }"""
    )
    assert made["create_roles_item"]["icon"] == "x"
    role, folder = made["create_roles_item"]["id"], made["create_folders_item"]["id"]
    listed = blog.system(f"{{ roles(filter: {{id: {{_eq: {role}}}}}) {{ name users {{ id }} }} }}")
    assert listed == {"roles": [{"name": "R", "users": []}]}
    blog.system(f"mutation {{ delete_roles_item(id: {role}) {{ id }} delete_folders_item(id: {folder}) {{ id }} }}")
    log = blog.system(
        '{ activity(filter: {action: {_eq: "delete"}}, sort: ["-id"], limit: 1) { collection user { email } } }'
    )
    assert log == {"activity": [{"collection": "directus_folders", "user": {"email": "admin@example.com"}}]}


def test_logging_in_and_out(blog: Blog) -> None:
    login = """mutation ($p: String!, $m: auth_mode) {
      auth_login(email: "editor@example.com", password: $p, mode: $m) { access_token expires refresh_token } }"""
    wrong = blog.ask(login, {"p": "wrong"}, as_="public", path="/graphql/system")
    assert _codes(wrong) == ["INVALID_CREDENTIALS"]
    pair = blog.system(login, {"p": "secret"}, as_="public")["auth_login"]
    assert pair["expires"] == "900000"
    renewed = blog.system(
        "mutation ($t: String) { auth_refresh(refresh_token: $t) { refresh_token } }",
        {"t": pair["refresh_token"]},
        as_="public",
    )["auth_refresh"]
    out = "mutation ($t: String) { auth_logout(refresh_token: $t) }"
    assert blog.system(out, {"t": renewed["refresh_token"]}, as_="public") == {"auth_logout": True}
    answer = blog.send(
        "POST", "/graphql/system", {"query": login, "variables": {"p": "secret", "m": "cookie"}}, "public"
    )
    assert "directus_refresh_token=" in answer.headers["Set-Cookie"] and "HttpOnly" in answer.headers["Set-Cookie"]
    assert answer.get_json()["data"]["auth_login"]["refresh_token"] is None
    blog.client.delete_cookie("directus_refresh_token", path="/blog/v10")


def test_a_wrong_password_counts_though_its_document_fails(blog: Blog) -> None:
    """Guesses are counted outside of the mutation's transaction."""
    login = 'mutation { auth_login(email: "guessed@example.com", password: "no") { expires } }'
    person = {"email": "guessed@example.com", "password": "secret", "role": 1, "status": "active"}
    key = blog.data("POST", "/users", person)["id"]
    blog.data("PATCH", "/settings", {"auth_login_attempts": 3})
    for _ in range(4):
        blog.ask(login, as_="public", path="/graphql/system")
    blog.data("PATCH", "/settings", {"auth_login_attempts": 25})
    assert blog.get(f"/users/{key}")["status"] == "suspended"


def test_tables_and_fields(blog: Blog) -> None:
    blog.system(
        'mutation { create_collections_item(data: {collection: "made", schema: {}, meta: {note: "n"}}) { collection } }'
    )
    blog.system(
        'mutation { create_fields_item(collection: "made", data: {field: "f", type: "string", schema: {}}) { type } }'
    )
    told = blog.system(
        """{ collections_by_name(name: "made") { collection meta { note singleton } schema { name } }
             fields_in_collection(collection: "made") { field type schema { is_primary_key } } }"""
    )
    assert told["collections_by_name"] == {
        "collection": "made", "meta": {"note": "n", "singleton": False}, "schema": {"name": "made"},
    }  # fmt: skip
    assert [(f["field"], f["schema"]["is_primary_key"]) for f in told["fields_in_collection"]] == [
        ("id", True), ("f", False),
    ]  # fmt: skip
    assert blog.graph('mutation { create_made_item(data: {f: "v"}) { f } }') == {"create_made_item": {"f": "v"}}
    gone = blog.system('mutation { delete_collections_item(collection: "made") { collection } }')
    assert gone == {"delete_collections_item": {"collection": "made"}}


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("{ server_ping }", {"server_ping": "pong"}),
        ("{ server_health }", {"server_health": {"status": "ok"}}),
        ("{ settings { project_name auth_login_attempts } }",
         {"settings": {"project_name": "Directus", "auth_login_attempts": 25}}),
        ('mutation { update_settings(data: {project_name: "Directus"}) { project_name } }',
         {"update_settings": {"project_name": "Directus"}}),
        ('{ relations_by_name(collection: "articles", field: "author") { related_collection meta { one_field } } }',
         {"relations_by_name": {"related_collection": "authors", "meta": {"one_field": "articles"}}}),
        ("mutation { utils_cache_clear }", {"utils_cache_clear": True}),
    ],
)  # fmt: skip
def test_functions(blog: Blog, call: str, told: Any) -> None:
    answer = blog.system(call)
    if call.startswith("{ settings"):
        answer["settings"]["project_name"] = "Directus"
    assert answer == told


def test_comments_permissions_and_hashes(blog: Blog) -> None:
    made = blog.system(
        'mutation { create_comment(collection: "articles", item: 1, comment: "hm") { id comment user { email } } }'
    )["create_comment"]
    key = made.pop("id")
    assert made == {"comment": "hm", "user": {"email": "admin@example.com"}}
    assert blog.system(f"mutation {{ delete_comment(id: {key}) {{ id }} }}") == {"delete_comment": {"id": key}}
    listed = blog.system('{ permissions(filter: {collection: {_eq: "authors"}}) { action fields } }')
    assert listed == {"permissions": [{"action": "read", "fields": ["*"]}]}
    hashed = blog.system('mutation { utils_hash_generate(string: "s") }')["utils_hash_generate"]
    verify = 'mutation ($h: String!) { utils_hash_verify(string: "s", hash: $h) }'
    assert blog.system(verify, {"h": hashed}) == {"utils_hash_verify": True}
    assert len(blog.system("{ utils_random_string(length: 12) }")["utils_random_string"]) == 12


def test_files_are_listed(blog: Blog) -> None:
    assert blog.system("{ files { id filename_download folder { name } uploaded_by { id } } }") == {"files": []}
    refused = blog.ask('mutation { import_file(url: "http://127.0.0.1:1/x.png") { id } }', path="/graphql/system")
    assert refused["data"] == {"import_file": None} and len(refused["errors"]) == 1


def test_reverting(blog: Blog) -> None:
    made = blog.graph('mutation { create_authors_item(data: {name: "Old"}) { id } }')["create_authors_item"]["id"]
    blog.graph(f'mutation {{ update_authors_item(id: {made}, data: {{name: "New"}}) {{ id }} }}')
    asked = f'{{ revisions(filter: {{collection: {{_eq: "authors"}}, item: {{_eq: "{made}"}}}}, sort: ["id"], limit: 1) {{ id }} }}'
    (first,) = blog.system(asked)["revisions"]
    assert blog.system(f"mutation {{ utils_revert(revision: {first['id']}) }}") == {"utils_revert": True}
    assert blog.get(f"/items/authors/{made}")["name"] == "Old"
    blog.graph(f"mutation {{ delete_authors_items(ids: [{made}]) {{ ids }} }}")
