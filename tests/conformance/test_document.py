"""API 1.1: what the document says may stand for what the running server answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.kit.compare import as_documented, compare
from tests.conformance.kit.scenario import Step
from tests.conformance.kit.suite import V1, V8, Dialect


def answer(body: Any, status: int = 200) -> dict[str, Any]:
    head = {"status": status, "content_type": "application/json", "charset": "utf-8", "headers": {}}
    return {**head, "kind": "json", "body": body}


def step(**values: Any) -> Step:
    return Step(name="s", request={"method": "GET", "path": "/"}, **values)


def result(s: Step, recorded: dict[str, Any], actual: dict[str, Any], dialect: Dialect = V1) -> str:
    return compare(s, recorded, actual, dialect).result


@pytest.mark.parametrize(
    ("actual", "wanted"),
    [
        (answer({"success": False}), "passed"),
        (answer({"meta": {}, "data": {"id": 1, "url": None}}), "passed"),
        (answer({"data": {"id": 2, "url": "x"}}), "failed"),
        (answer({"data": {"id": 1, "url": "x"}}, 404), "failed"),
    ],
)
def test_whole_answer(actual: dict[str, Any], wanted: str) -> None:
    s = step(document={"status": 200, "body": {"data": {"id": 1, "url": "<any>"}}})
    assert result(s, answer({"success": False}), actual) == wanted


def test_status_alone() -> None:
    s = step(document={"status": 404})
    assert as_documented(s, answer({"anything": 1}, 404))
    assert not as_documented(s, answer({"anything": 1}, 400))


def test_a_quirk_with_a_document_must_be_as_documented() -> None:
    s = step(quirk=True, document={"status": 200, "body": {"data": [{"id": 3}]}})
    recorded = answer({"success": False}, 500)
    assert result(s, recorded, answer({"data": [{"id": 3, "title": "x"}]})) == "passed"
    assert result(s, recorded, answer({"data": []})) == "failed"
    assert result(s, recorded, recorded) == "failed"


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"meta": {"type": "item"}, "data": {"id": 1}}, "passed"),
        ({"meta": {"type": "x"}, "data": {"id": 1}}, "failed"),
        ({"meta": {"type": "item"}, "data": {"id": 2}}, "failed"),
    ],
)
def test_single_paths(body: Any, wanted: str) -> None:
    s = step(document={"paths": {"meta.type": "item", "success": "<absent>"}})
    recorded = answer({"success": True, "meta": {"type": "entry"}, "data": {"id": 1}})
    assert result(s, recorded, answer(body)) == wanted


@pytest.mark.parametrize(
    ("data", "wanted"),
    [({"id": 1, "active": 1}, "passed"), ({"id": 1, "other": 1}, "failed"), ({"invite_token": None}, "failed")],
)
def test_keys_of_one_side(data: Any, wanted: str) -> None:
    recorded = answer({"meta": {}, "data": {"id": 1, "invite_token": None}})
    assert result(step(), recorded, answer({"meta": {}, "data": data})) == wanted
    assert result(step(), recorded, answer({"meta": {}, "data": data}), V8) == "failed"
