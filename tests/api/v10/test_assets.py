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
    ],
)  # fmt: skip
def test_images(blog: Blog, picture: int, query: dict[str, str], size: tuple[int, int], form: str) -> None:
    answer = blog.send("GET", f"/assets/{picture}", query_string=query)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    with Image.open(io.BytesIO(answer.get_data())) as image:
        assert (image.size, image.format) == (size, form)


@pytest.mark.parametrize(
    "query",
    [
        {"width": "x"},
        {"fit": "stretch"},
        {"format": "gif87"},
        {"quality": "-1"},
        {"key": "nothing"},
        {"width": "99999999"},
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
