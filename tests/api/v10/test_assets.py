"""Assets with the parameters of v10."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.api.v10.conftest import TOKENS, Blog


@pytest.fixture(scope="module")
def picture(blog: Blog) -> int:
    """A picture of 60 by 40."""
    content = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(content, "PNG")
    content.seek(0)
    headers = {"Authorization": f"Bearer {TOKENS['admin']}"}
    form = {"title": "P", "file": (content, "p.png", "image/png")}
    answer = blog.client.post("/blog/v10/files", data=form, headers=headers)
    return int(answer.get_json()["data"]["id"])


@pytest.mark.parametrize(
    ("query", "size", "form"),
    [
        ({}, (60, 40), "PNG"),
        ({"width": "30"}, (30, 20), "PNG"),
        ({"height": "20"}, (30, 20), "PNG"),
        ({"width": "20", "height": "20"}, (20, 20), "PNG"),
        ({"width": "20", "height": "20", "fit": "cover"}, (20, 20), "PNG"),
        ({"width": "30", "height": "30", "fit": "inside"}, (30, 20), "PNG"),
        ({"width": "600", "withoutEnlargement": "true"}, (60, 40), "PNG"),
        ({"width": "30", "format": "jpg", "quality": "50"}, (30, 20), "JPEG"),
        ({"width": "30", "format": "webp"}, (30, 20), "WEBP"),
        ({"width": "30", "format": "tiff"}, (30, 20), "TIFF"),
        ({"transforms": '[["rotate",90]]'}, (40, 60), "PNG"),
        ({"transforms": '[["rotate",90],["resize",{"width":20}]]', "format": "jpg"}, (20, 30), "JPEG"),
        ({"transforms": '[["extract",{"left":10,"top":5,"width":20,"height":10}]]', "width": "10"}, (10, 5), "PNG"),
        ({"transforms": '[["extend",{"right":4,"bottom":2}],["blur"]]'}, (64, 42), "PNG"),
        ({"transforms": "[]", "width": "30"}, (30, 20), "PNG"),
    ],
)  # fmt: skip
def test_images(blog: Blog, picture: int, query: dict[str, str], size: tuple[int, int], form: str) -> None:
    answer = blog.send("GET", f"/assets/{picture}", query_string=query)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    with Image.open(io.BytesIO(answer.get_data())) as image:
        assert (image.size, image.format) == (size, form)


RED, CYAN, GRAY, BLUE = (255, 0, 0), (0, 255, 255), (76, 76, 76), (0, 0, 255)


@pytest.mark.parametrize(
    ("steps", "where", "colour"),
    [
        ('[["negate"]]', (0, 0), CYAN),
        ('[["grayscale"]]', (0, 0), GRAY),
        ('[["greyscale"],["negate"]]', (0, 0), (179, 179, 179)),
        ('[["extend",{"top":2,"background":"blue"}]]', (0, 0), BLUE),
        ('[["extend",{"top":2,"background":{"r":0,"g":0,"b":255}}],["flip"]]', (0, 41), BLUE),
        ('[["extend",{"left":2,"background":"#00f"}],["flop"]]', (61, 0), BLUE),
        ('[["rotate",45,{"background":"#0000ff"}],["flatten"]]', (0, 0), BLUE),
        ('[["rotate",45],["flatten",{"background":"blue"}]]', (0, 0), BLUE),
        ('[["extend",{"left":2,"background":"#00f"}],["rotate",180]]', (61, 0), BLUE),
        ('[["tint","rgb(0, 0, 255)"]]', (0, 0), (0, 0, 152)),
        ('[["sharpen"],["normalise"],["sharpen",2],["resize",10,10]]', (0, 0), RED),
    ],
)
def test_transforms(blog: Blog, picture: int, steps: str, where: tuple[int, int], colour: tuple[int, ...]) -> None:
    answer = blog.send("GET", f"/assets/{picture}", query_string={"transforms": steps})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    with Image.open(io.BytesIO(answer.get_data())) as image:
        assert image.convert("RGB").getpixel(where) == colour


@pytest.mark.parametrize(
    "query",
    [
        {"width": "x"},
        {"fit": "stretch"},
        {"format": "gif87"},
        {"quality": "-1"},
        {"key": "nothing"},
        {"width": "99999999"},
        {"transforms": "x"},
        {"transforms": '["blur"]'},
        {"transforms": '[["composite",[]]]'},
        {"transforms": '[["blur",4000]]'},
        {"transforms": '[["blur",3,4]]'},
        {"transforms": '[["tint","no colour"]]'},
        {"transforms": '[["extract",{"left":1}]]'},
        {"transforms": '[["extract",{"left":50,"top":0,"width":20,"height":10}]]'},
        {"transforms": '[["extend",{"left":10000}]]', "width": "5"},
        {"transforms": '[["flip"],["flip"],["flip"],["flip"],["flip"],["flip"]]'},
    ],
)
def test_bad_parameters(blog: Blog, picture: int, query: dict[str, str]) -> None:
    answer = blog.send("GET", f"/assets/{picture}", query_string=query)
    assert answer.status_code == 400, answer.get_data(as_text=True)
    assert answer.get_json()["errors"][0]["extensions"]["code"] in ("INVALID_QUERY", "INVALID_PAYLOAD")


def test_downloads_and_strangers(blog: Blog, picture: int) -> None:
    answer = blog.send("GET", f"/assets/{picture}", query_string={"download": ""})
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert blog.send("GET", f"/assets/{picture}", as_="public").status_code == 403
    assert blog.send("GET", "/assets/999").status_code == 403
