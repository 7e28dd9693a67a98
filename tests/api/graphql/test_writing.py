"""Mutations: everything ItemsService does, all of a document or nothing of it."""

from __future__ import annotations

from tests.api.graphql.conftest import Shop


def test_create_update_delete(shop: Shop) -> None:
    made = shop.data('mutation{create_tags(data:{label:"green"},comment:"why"){id label}}')["create_tags"]
    assert made["label"] == "green"
    query = 'mutation($id:ID!){update_tags(id:$id,data:{label:"lime"}){id label}}'
    assert shop.data(query, {"id": made["id"]})["update_tags"] == {"id": made["id"], "label": "lime"}
    activity = shop.send("GET", f"/activity?filter[collection]=tags&filter[item]={made['id']}").get_json()["data"]
    assert [(row["action"], row["comment"]) for row in activity] == [("create", "why"), ("update", None)]
    assert shop.data("mutation($id:ID!){delete_tags(id:$id)}", {"id": made["id"]}) == {"delete_tags": made["id"]}
    error = shop.error("mutation($id:ID!){delete_tags(id:$id)}", {"id": made["id"]})
    assert error["extensions"] == {"category": "directus", "code": 203, "status": 404}


def test_batches(shop: Shop) -> None:
    made = shop.data('mutation{create_tags_batch(data:[{label:"a"},{label:"b"}]){id label}}')["create_tags_batch"]
    assert [tag["label"] for tag in made] == ["a", "b"]
    ids = [tag["id"] for tag in made]
    query = "mutation($data:[TagsInput!]!){update_tags_batch(data:$data){label id}}"
    changed = shop.data(query, {"data": [{"id": ids[1], "label": "bb"}, {"id": ids[0], "label": "aa"}]})
    assert [tag["label"] for tag in changed["update_tags_batch"]] == ["bb", "aa"]
    assert shop.data("mutation($ids:[ID!]!){delete_tags_batch(ids:$ids)}", {"ids": ids}) == {"delete_tags_batch": ids}


def test_nested(shop: Shop) -> None:
    query = """mutation{create_books(data:{title:"Nested",writer:{name:"Eve"},tags:[{tag:{label:"new"}},{tag:{id:1}}]}){
        id writer{name} tags{id tag{label}}}}"""
    made = shop.data(query)["create_books"]
    assert made["writer"] == {"name": "Eve"}
    assert [link["tag"]["label"] for link in made["tags"]] == ["new", "red"]
    query = """mutation($id:ID!,$link:ID){
        update_books(id:$id,data:{writer:null,tags:[{id:$link,_delete:true}]}){writer{id} tags{id}}}"""
    changed = shop.data(query, {"id": made["id"], "link": made["tags"][0]["id"]})["update_books"]
    assert changed == {"writer": None, "tags": [{"id": made["tags"][1]["id"]}]}
    shop.data("mutation($id:ID!){delete_books(id:$id)}", {"id": made["id"]})


def test_json_and_lists(shop: Shop) -> None:
    query = """mutation($extra:JSON){
        create_books(data:{title:"J",extra:$extra,keywords:["p","q"],in_print:true,price:1.5}){id extra keywords in_print price}}"""
    made = shop.data(query, {"extra": {"a": [1, {"b": None}]}})["create_books"]
    id = made.pop("id")
    assert made == {"extra": {"a": [1, {"b": None}]}, "keywords": ["p", "q"], "in_print": True, "price": 1.5}
    shop.data("mutation($id:ID!){delete_books(id:$id)}", {"id": id})


def test_all_or_nothing(shop: Shop) -> None:
    before = shop.data("{tags{meta{total_count}}}")
    answer = shop.ask(
        'mutation{a:create_tags(data:{label:"x"}){id} b:delete_tags(id:999) c:create_tags(data:{label:"y"}){id}}'
    )
    assert answer["data"] is None
    assert [error["path"] for error in answer["errors"]] == [["b"], ["c"]]
    assert [error["extensions"]["code"] for error in answer["errors"]] == [203, 12]
    assert shop.data("{tags{meta{total_count}}}") == before


def test_errors_have_their_codes(shop: Shop) -> None:
    error = shop.error("mutation{create_writers(data:{}){id}}")
    assert (error["message"], error["extensions"]["code"]) == ("name: This value should not be blank.", 4)
    error = shop.error('mutation{update_tags_batch(data:[{label:"x"}]){id}}')
    assert error["extensions"]["code"] == 4


def test_rights(shop: Shop) -> None:
    assert shop.data('mutation{create_messages(data:{text:"hi"})}', as_="public") == {"create_messages": True}
    assert shop.error('mutation{update_writers(id:1,data:{name:"x"}){id}}', as_="editor")["extensions"] == {
        "category": "graphql"
    }
    made = shop.data('mutation{create_books(data:{title:"E"}){id owner{email}}}', as_="editor")["create_books"]
    assert made["owner"] == {"email": "editor@example.com"}
    error = shop.error('mutation{create_books(data:{title:"E",writer:{name:"new"}}){id}}', as_="editor")
    assert error["extensions"] in ({"category": "directus", "code": 301, "status": 403}, {"category": "graphql"})
    shop.data("mutation($id:ID!){delete_books(id:$id)}", {"id": made["id"]}, as_="editor")


def test_users(shop: Shop) -> None:
    query = """mutation{create_directus_users(data:{email:"new@example.com",password:"secret",status:"active",role:{id:3}}){
        id email role{name}}}"""
    made = shop.data(query)["create_directus_users"]
    assert made["role"] == {"name": "Editor"}
    error = shop.error("mutation{update_directus_users(id:2,data:{role:{id:1}}){id}}", as_="editor")
    assert error["extensions"]["status"] == 403
    shop.data("mutation($id:ID!){delete_directus_users(id:$id)}", {"id": made["id"]})


def test_a_written_item_that_may_not_be_read(shop: Shop) -> None:
    made = shop.data('mutation{create_books(data:{title:"gone",status:"deleted"}){id}}')
    assert made == {"create_books": None}


def test_get_changes_nothing(shop: Shop) -> None:
    answer = shop.send("GET", "/gql", query_string={"query": 'mutation{create_tags(data:{label:"x"}){id}}'})
    assert answer.status_code == 405
