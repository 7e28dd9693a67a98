"""A route that was found once is found again, and nothing of one request gets into another."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from directus8.api.http.matching import LONGEST, Routes


@pytest.fixture
def routes() -> Routes:
    get, post = (
        Rule("/items/<name>", endpoint="get", methods=["GET"]),
        Rule("/items/<name>", endpoint="post", methods=["POST"]),
    )
    return Routes(Map([get, post, Rule("/files/<path:path>", endpoint="file")], merge_slashes=False))


def find(routes: Routes, method: str, path: str) -> Any:
    request: Any = SimpleNamespace(method=method, path=path, view_args=None)
    routes.find(request)
    return request


@pytest.mark.parametrize("name", ["books", "b" * LONGEST])
def test_each_request_has_values_of_its_own(routes: Routes, name: str) -> None:
    for _ in range(2):
        found = find(routes, "GET", f"/items/{name}")
        assert (found.url_rule.endpoint, found.view_args, found.routing_exception) == ("get", {"name": name}, None)
        found.view_args["name"] = "changed"
    assert find(routes, "POST", f"/items/{name}").url_rule.endpoint == "post"


def test_what_has_no_route_is_told_each_time(routes: Routes) -> None:
    for _ in range(2):
        missing, wrong = find(routes, "GET", "/nothing"), find(routes, "PUT", "/items/books")
        assert isinstance(missing.routing_exception, NotFound) and isinstance(wrong.routing_exception, MethodNotAllowed)
        assert missing.url_rule is None and wrong.url_rule is None


def test_no_more_is_remembered_than_said(routes: Routes) -> None:
    for number in range(5000):
        assert find(routes, "GET", f"/files/{number}").view_args == {"path": str(number)}
    assert routes._known.cache_info().currsize == 4096
