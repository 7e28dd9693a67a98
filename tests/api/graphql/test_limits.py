"""What a document may not do: be too deep, too wide, too large, too curious."""

from __future__ import annotations

import pytest

from tests.api.graphql.conftest import Make, Shop


@pytest.fixture(scope="module")
def strict(make: Make) -> Shop:
    """Small limits."""
    return make(
        "extended = true", "introspection = false", "graphiql = false", "max_depth = 6", "max_aliases = 3",
        "max_complexity = 2500", "max_body = 4000",
    )  # fmt: skip


def test_depth(strict: Shop) -> None:
    assert strict.data("{books(limit:1){data{writer{books{id}}}}}")
    error = strict.error("{books(limit:1){data{writer{books{writer{books{id}}}}}}}")
    assert error["extensions"]["code"] == 12
    assert "7 levels" in error["message"]


def test_aliases(strict: Shop) -> None:
    assert strict.data("{a:tags{data{id}} b:tags{data{id}}}")
    assert "4 aliases" in strict.error("{a:tags{data{id}} b:tags{data{c:id d:id}}}")["message"]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{writers{data{books{tags{id}}}}}", {}),
        ("{writers(limit:-1){data{books{id}}}}", {}),
        ("query($n:Int){writers(limit:$n){data{books{id}}}}", {"n": 1000}),
        (
            "{writers(limit:200){data{...a}}} fragment a on WritersItem{books{...b}} fragment b on BooksItem{tags{id}}",
            {},
        ),
        ("{writers(limit:5){data{books(limit:500){id}}}}", {}),
    ],
)
def test_complexity(strict: Shop, query: str, variables: dict[str, int]) -> None:
    error = strict.error(query, variables)
    assert error["extensions"]["code"] == 12
    assert "2500 are allowed" in error["message"]


def test_complexity_within_limits(strict: Shop) -> None:
    assert strict.data("{writers(limit:20){data{books{tags{id}}}}}")
    assert strict.data("{writers(id:1){data{books{tags{id}}}}}")


def test_a_bomb_of_fragments(strict: Shop) -> None:
    bomb = " ".join(f"fragment f{n} on BooksItem{{writer{{books{{...f{n + 1} ...f{n + 1}}}}}}}" for n in range(20))
    answer = strict.ask(f"{{books{{data{{...f0}}}}}} {bomb} fragment f20 on BooksItem{{id}}")
    assert "levels deep" in answer["errors"][0]["message"]
    loop = "{books{data{...a}}} fragment a on BooksItem{writer{books{...a}}}"
    assert strict.error(loop)["extensions"] == {"category": "graphql"}


def test_introspection(strict: Shop) -> None:
    for error in strict.ask("{__schema{types{name}}}")["errors"]:
        assert "introspection" in error["message"]
    assert strict.data("{__typename}") == {"__typename": "Query"}


def test_the_page_can_be_taken_away(strict: Shop, shop: Shop) -> None:
    as_browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    assert strict.send("GET", "/gql", headers=as_browser).status_code == 405
    assert strict.send("GET", "/gql/app.js", headers=as_browser).status_code == 404
    with shop.send("GET", "/gql", headers=as_browser) as told:
        assert told.status_code == 200 and told.content_type.startswith("text/html")


def test_body(strict: Shop) -> None:
    answer = strict.send("POST", "/gql", {"query": "{tags{data{id}}}" + " " * 5000})
    assert answer.status_code == 413


def test_words(shop: Shop) -> None:
    assert shop.error("{" + "a " * 30000 + "}")["extensions"] == {"category": "graphql"}
    assert shop.error("{" * 5000)["extensions"] == {"category": "graphql"}


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"[{}]", b'"x"', b"{", b'{"query":1}', b'{"query":"{tags{data{id}}}","variables":[]}',
        b'{"query":null,"operationName":3}', b"\xff\xfe", b'{"query":"\\ud800"}', b'{"query":"{a\\u0000}"}',
    ],
)  # fmt: skip
def test_bodies(shop: Shop, body: bytes) -> None:
    answer = shop.client.post("/shop/gql", data=body, headers={"Authorization": "Bearer admin-token"})
    assert answer.status_code == 200
    assert set(answer.get_json()) & {"errors", "data"}


@pytest.mark.parametrize(
    "arguments",
    [
        "limit:99999999999", "limit:99999999999999999999999", "offset:-5", "offset:99999999999", "page:-1,limit:2",
        "page:9999999999,limit:9999999999", "id:-1", "id:9223372036854775807", 'sort:["nope"]', 'sort:["tags"]',
        'sort:["?"]', 'sort:[""]', 'status:["nope"]', 'filter:{id_in:"x"}', 'filter:{id_between:"1"}',
        'filter:{price_eq:1e308}', 'filter:{tags_has:"x"}', 'filter:{title_contains:"\\u0000"}', "filter:{}",
        "filter:{or:[]}", "filter:{or:[{}]}", "filter:{and:[null]}", "filter:{writer:{}}", "filter:{writer:null}",
        'filter:{extra_eq:"x"}', 'lang:"en"', 'q:"%"', "filter:null", "limit:null", "limit:0",
    ],
)  # fmt: skip
def test_no_argument_is_the_servers_fault(shop: Shop, arguments: str) -> None:
    answer = shop.ask(f"{{books({arguments}){{data{{id tags{{id}}}} meta{{result_count filter_count}}}}}}")
    assert not [e for e in answer.get("errors", ()) if e["extensions"]["category"] == "internal"], answer


@pytest.mark.parametrize(
    "data",
    [
        "{id:99999999999999999999}", '{title:"\\u0000"}', "{pages:99999999999}", "{price:1e300}", "{extra:1}",
        '{extra:"x"}', "{extra:{a:99999999999999999999999}}", "{keywords:[null]}", "{writer:{}}", "{tags:[]}",
        "{tags:[{}]}", "{tags:[{tag:{id:999}}]}", "{writer:{id:999}}", '{status:"nope"}', "{_delete:true}", "{}",
        '{writer:{id:"x"}}', "{owner:{id:1}}", "{cover:{id:5}}", '{tags:[{id:"x",_delete:true}]}',
    ],
)  # fmt: skip
def test_no_payload_is_the_servers_fault(shop: Shop, data: str) -> None:
    for query in (f"create_books(data:{data}){{id}}", f"update_books(id:2,data:{data}){{id}}"):
        answer = shop.ask(f"mutation{{{query}}}")
        assert not [e for e in answer.get("errors", ()) if e["extensions"]["category"] == "internal"], answer
