"""``lang``: of translations only those languages are told, in the original's shape all of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.graphql.conftest import KEY, Shop


def _made(shop: Shop) -> str:
    fields: list[dict[str, Any]] = [
        KEY,
        {"field": "page", "type": "m2o", "datatype": "INT", "length": 10},
        {"field": "language", "type": "lang", "datatype": "VARCHAR", "length": 5},
        {"field": "text", "type": "string", "datatype": "VARCHAR", "length": 50},
    ]
    if shop.send("GET", "/fields/pages_t").status_code != 200:
        shop.post("/collections", {"collection": "pages", "fields": [KEY, {"field": "texts", "type": "translation"}]})
        shop.post("/collections", {"collection": "pages_t", "fields": fields})
        relation = {"collection_many": "pages_t", "field_many": "page", "collection_one": "pages", "field_one": "texts"}
        shop.post("/relations", relation)
        shop.post("/items/pages", {"texts": [{"language": "en", "text": "one"}, {"language": "de", "text": "eins"}]})
    return "{pages(%s){data{texts{text}}}}"


@pytest.mark.parametrize(
    ("lang", "expected"),
    [("", "one eins"), ('lang:"de"', "eins"), ('lang:"en,de"', "one eins"), ('lang:"*"', "one eins")],
)
def test_extended(shop: Shop, lang: str, expected: str) -> None:
    found = shop.data(_made(shop) % f"limit:1 {lang}")["pages"]["data"][0]["texts"]
    assert [text["text"] for text in found] == expected.split()


def test_original(original: Shop) -> None:
    found = original.data(_made(original) % 'lang:"de"')["pages"]["data"][0]["texts"]
    assert [text["text"] for text in found] == ["one", "eins"]
