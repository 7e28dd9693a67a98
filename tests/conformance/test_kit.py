"""The kit itself: comparing, placeholders, filling in, loading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.kit import mails
from tests.conformance.kit.answer import image_size
from tests.conformance.kit.compare import compare, differences, ignored
from tests.conformance.kit.placeholders import matches, shape, specialise
from tests.conformance.kit.scenario import Filler, MissingVariable, Scenario, Step, select
from tests.conformance.kit.session import find, pick, query_string
from tests.conformance.kit.suite import SUITES, V1, V8, V10


def answer(body: Any, status: int = 200, **more: Any) -> dict[str, Any]:
    base = {"status": status, "content_type": "application/json", "charset": "", "headers": {}, "kind": "json"}
    return {**base, "body": body, **more}


def verdict(expected: dict[str, Any], actual: dict[str, Any], **step: Any) -> str:
    return compare(Step("s", {}, **step), expected, actual).result


def error(text: str, code: int = 3) -> dict[str, Any]:
    return answer({"error": {"code": code, "message": text}}, 401)


def v10_error(text: str) -> dict[str, Any]:
    return answer({"errors": [{"message": text, "extensions": {"reason": text, "code": "X"}}]}, 400)


def test_key_order_and_number_types_do_not_matter() -> None:
    assert verdict(answer({"a": 1, "b": [1.0]}), answer({"b": [1], "a": 1})) == "passed"


@pytest.mark.parametrize(
    ("want", "got"),
    [(1, "1"), (1, True), ([], {}), ([1, 2], [2, 1]), ({"a": 1}, {"a": 1, "b": None}), (None, 0)],
)
def test_types_and_list_order_matter(want: Any, got: Any) -> None:
    assert verdict(answer({"data": want}), answer({"data": got})) == "failed"


@pytest.mark.parametrize(
    ("want", "got"),
    [
        (answer({}), answer({}, 201)),
        (answer({}), answer({}, content_type="text/html")),
        (answer({}, headers={"Location": "/a"}), answer({}, headers={"Location": "/b"})),
    ],
)
def test_status_media_type_and_headers_matter(want: dict[str, Any], got: dict[str, Any]) -> None:
    assert verdict(want, got) == "failed"


def test_soft_headers_are_counted_apart() -> None:
    soft = compare(Step("s", {}), answer({}), answer({}, headers={"Cache-Control": "no-store"}))
    assert (soft.result, len(soft.header_differences)) == ("passed", 1)


@pytest.mark.parametrize(
    ("want", "got", "result"),
    [
        (error("a"), error("b"), "message"),
        (error("a"), error("a", code=4), "failed"),
        (v10_error("a"), v10_error("b"), "message"),
    ],
)
def test_another_error_text_is_a_class_of_its_own(want: dict[str, Any], got: dict[str, Any], result: str) -> None:
    assert verdict(want, got) == result


@pytest.mark.parametrize(
    ("quirk", "status", "result"),
    [(True, 200, "quirk"), ("4xx", 200, "failed"), ("4xx", 422, "quirk"), (True, 500, "failed")],
)
def test_quirks(quirk: bool | str, status: int, result: str) -> None:
    assert verdict(answer({}, 500), answer({}, status), quirk=quirk) == result


def test_ignored_paths() -> None:
    want, got = answer({"data": [{"id": 1, "x": 1}]}), answer({"data": [{"id": 9, "x": 1}]})
    assert verdict(want, got, ignore=("data.*.id",)) == "passed"
    assert verdict(want, got, ignore=("data.*.x",)) == "failed"
    assert ignored("$.data.0.id.deep", ("data[*].id",))


def test_shape_compares_names_and_types_of_the_first_entry() -> None:
    shaped = answer(shape({"data": [{"id": 1}, {"id": 2}]}))
    assert verdict(shaped, answer({"data": [{"id": 7}]}), compare="shape") == "passed"
    assert verdict(shaped, answer({"data": [{"id": "7"}]}), compare="shape") == "failed"


def test_the_first_difference_names_the_path() -> None:
    assert next(differences({"a": [{"b": 1}]}, {"a": [{"b": 2}]})).path == "$.a.0.b"


@pytest.mark.parametrize(
    ("template", "actual", "fits"),
    [
        ("<int>", 5, True),
        ("<int>", "5", False),
        ("<int>", True, False),
        ("<datetime>", "2020-01-01T00:00:00+00:00", True),
        ("<datetime>", "2020-01-01 00:00:00", False),
        ("at <time>!", "at 10:00:00!", True),
        ("a.c", "abc", False),
        ("<any>", None, True),
        ("<key>", 7, True),
        ("<key>", "abc", True),
        ("<key>", None, False),
        ("<key>", "", False),
        ("<key>", True, False),
        ("<key>", 1.5, False),
        ("<key>", [], False),
    ],
)
def test_placeholders(template: str, actual: Any, fits: bool) -> None:
    assert matches(template, actual) is fits


def test_keys_of_v10_are_uuids_there_and_integers_here() -> None:
    one = "11111111-2222-3333-4444-555555555555"
    assert shape({"id": one}, uuid_keys=True) == {"id": "<key>"}
    assert shape({"id": one}) == {"id": "<string>"}
    step = Step("s", {}, compare="shape")
    assert compare(step, answer({"id": "<key>"}), answer({"id": one}), V10).result == "passed"
    assert compare(step, answer({"id": "<key>"}), answer({"id": 3}), V10).result == "passed"
    assert compare(step, answer({"id": "<key>"}), answer({"id": None}), V10).result == "failed"


def test_recordings_carry_the_values_of_the_run() -> None:
    assert specialise({"u": "{base}/{project}/x"}, {"project": "cf_1", "base": "http://h"}) == {"u": "http://h/cf_1/x"}


def test_fill_keeps_types_and_foreign_braces() -> None:
    filler = Filler({"id": 5}, {"id", "later"})
    assert filler.fill({"a": "{id}", "b": "x{id}"}) == {"a": 5, "b": "x5"}
    assert filler.fill("{ items { title } } {title}") == "{ items { title } } {title}"
    with pytest.raises(MissingVariable):
        filler.fill("/{later}")


def test_fill_calls_functions(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a:b")
    filler = Filler({"user": "a", "secret": "JBSWY3DPEHPK3PXP"}, (), tmp_path)
    assert filler.fill("Basic {basic(user,b)}") == "Basic YTpi"
    assert filler.fill("{base64(a.txt)}") == "YTpi"
    assert len(filler.fill("{totp(secret,-1)}")) == 6


def test_query_string() -> None:
    query = {"filter[a.b][eq]": "x y&ü", "fields": "*.*,a", "yes": True}
    assert query_string(query) == "filter[a.b][eq]=x%20y%26%C3%BC&fields=*.*,a&yes=true"
    assert query_string([["a[]", 1], ["a[]", None]]) == "a[]=1&a[]"


def test_find_and_pick() -> None:
    body = {"data": [{"a": 1, "b": {"c": 2}}, {"a": 3}]}
    assert find("data[1].a", body) == 3
    assert pick(body, ["data", "*", "a"]) == [1, 3]
    assert pick(body, ["data", "[a=1]", "b", "c"]) == 2
    assert pick(body, ["data", "1", "b"]) == "(absent)"


def test_image_size() -> None:
    files = SUITES["v8"].fixtures / "files"
    sizes = {path.name: image_size(path.read_bytes()) for path in files.iterdir()}
    assert sizes["icon.png"] == ("png", 8, 8) or sizes["icon.png"] is not None
    assert [name for name, size in sizes.items() if size and size[0] == "webp"] == ["wide.webp"]
    assert sizes["note.txt"] is None


def test_mails_are_found_by_receiver_newest_first(tmp_path: Path) -> None:
    for number, subject in enumerate(("old", "new")):
        (tmp_path / f"{number}.eml").write_text(
            f"From: A <a@example.com>\nTo: b@example.com\nSubject: {subject}\nContent-Type: text/html\n\n"
            f'<a href="https://x.example.com/#/p?token=t&amp;n={number}">x</a> [[mark]]\n'
        )
    (tmp_path / "2.eml").write_text("not yet whole")
    mail = mails.find(tmp_path, "B@example.com", 0)
    assert mail is not None
    assert (mail["from"], mail["to"], mail["subject"]) == ("A <a@example.com>", ["b@example.com"], "new")
    assert mail["links"] == [{"url": "https://x.example.com/#/p?token=t&n=1", "query": {"token": "t", "n": "1"}}]
    assert mail["marked"] == ["mark"]
    assert mails.find(tmp_path, "c@example.com", 0, patience=0) is None


SCENARIOS = select()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[f"{s.suite.name}-{s.id}" for s in SCENARIOS])
def test_every_scenario_is_recorded(scenario: Scenario) -> None:
    assert scenario.expected_file.exists()


def test_mounts() -> None:
    assert [d.mount("a") for d in (V8, V10, V1)] == ["/a", "/a/v10", "/a/api/1.1"]
