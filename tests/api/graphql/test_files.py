"""Files: their addresses as in REST, nested anywhere; their words are changed, their contents not."""

from __future__ import annotations

import base64

from tests.api.graphql.conftest import Shop

PIXEL = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001"
        "05fe02fea7569b0000000049454e44ae426082"
    )
).decode()


def _upload(shop: Shop) -> str:
    body = {"data": PIXEL, "filename_disk": "dot.png", "filename_download": "dot.png"}
    answer = shop.send("POST", "/files", body)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return str(answer.get_json()["data"]["id"])


def _check(shop: Shop) -> None:
    id = _upload(shop)
    shop.send("PATCH", "/items/books/1", {"cover": int(id)})
    data = shop.send("GET", f"/files/{id}").get_json()["data"]["data"]
    query = "{books(id:1){data{cover{id type full_url url thumbnails{url dimension width} uploaded_by{email}}}}}"
    cover = shop.data(query)["books"]["data"][0]["cover"]
    assert cover["full_url"] == data["full_url"] and cover["url"] == data["url"]
    assert [t["dimension"] for t in cover["thumbnails"] or []] == [t["dimension"] for t in data["thumbnails"] or []]
    assert cover["uploaded_by"] == {"email": "admin@example.com"}
    assert len(shop.cost(query)) == 1
    shop.send("PATCH", "/items/books/1", {"cover": None})
    shop.send("DELETE", f"/files/{id}")


def test_addresses_as_the_original_has_them(original: Shop) -> None:
    _check(original)


def test_addresses(shop: Shop) -> None:
    _check(shop)


def test_words_are_written(shop: Shop) -> None:
    id = _upload(shop)
    query = 'mutation($id:ID!){update_directus_files(id:$id,data:{title:"Dot"}){title data}}'
    changed = shop.data(query, {"id": id})["update_directus_files"]
    assert changed["title"] == "Dot" and changed["data"]["full_url"]
    assert shop.data("mutation($id:ID!){delete_directus_files(id:$id)}", {"id": id}) == {"delete_directus_files": id}
    assert shop.send("GET", f"/files/{id}").status_code == 404
    assert "create_directus_files" not in str(shop.data("{__schema{mutationType{fields{name}}}}"))
