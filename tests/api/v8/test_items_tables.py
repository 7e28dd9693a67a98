"""Values of fields as they are sent, kept and told: requests and answers in a table. On each database.

Source: items.md §6.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.people import People, people

FIELDS = [
    {"field": "id", "type": "uuid", "datatype": "char", "length": 36, "primary_key": True, "interface": "primary-key"},
    {"field": "moment", "type": "datetime", "datatype": "datetime", "interface": "datetime"},
    {"field": "day", "type": "date", "datatype": "date", "interface": "date"},
    {"field": "clock", "type": "time", "datatype": "time", "interface": "time"},
]
ONE = "0b4ba2ba-1d3b-4f0c-9f0e-0d6a1c1f6a01"


@pytest.fixture(scope="module")
def diary(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """A project with one item whose key is a uuid."""
    with people(module_vendor, tmp_path_factory.mktemp("diary")) as made:
        answer = made.ask("POST", "/collections", {"collection": "diary", "fields": FIELDS}, made.admin)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        assert made.ask("POST", "/items/diary", {"id": ONE}, made.admin).status_code == 200
        yield made


#: field, value, what is told (or the message)
VALUES: tuple[tuple[str, Any, int, Any], ...] = (
    ("moment", "2026-11-27 10:00:00", 200, "2026-11-27 10:00:00"),
    ("moment", "2026-11-27T10:00:00+02:00", 200, "2026-11-27 08:00:00"),
    ("moment", "2026-11-27T10:00:00Z", 200, "2026-11-27 10:00:00"),
    ("moment", "20261127T100000Z", 200, "2026-11-27 10:00:00"),
    ("moment", "2026-11-27T10:00:00-0530", 200, "2026-11-27 15:30:00"),
    ("moment", "", 200, None),
    ("moment", None, 200, None),
    ("moment", "2026-11-27", 422, "moment: This value is not a valid datetime."),
    ("moment", "2026-11-27T10:00:00.5Z", 422, "moment: This value is not a valid datetime."),
    ("moment", "2026-02-30 10:00:00", 422, "moment: This value is not a valid datetime."),
    ("day", "2026-11-27", 200, "2026-11-27"),
    ("day", "2026-11-27 10:00:00", 422, "day: This value is not a valid date."),
    ("day", "2026-13-01", 422, "day: This value is not a valid date."),
    ("clock", "10:00:01", 200, "10:00:01"),
    ("clock", "10:00", 422, "clock: This value is not a valid time."),
    ("clock", "25:00:00", 422, "clock: This value is not a valid time."),
)


def test_values(diary: People) -> None:
    wrong = []
    for field, value, status, expected in VALUES:
        answer = diary.ask("PATCH", f"/items/diary/{ONE}", {field: value}, diary.admin)
        told = answer.get_json()
        got = told["error"]["message"] if "error" in told else told["data"][field]
        if (answer.status_code, got) != (status, expected):
            wrong.append((field, value, answer.status_code, got))
    assert not wrong, "\n".join(map(str, wrong))


def test_a_key_that_is_a_uuid(diary: People) -> None:
    missing = diary.ask("POST", "/items/diary", {"day": "2026-11-27"}, diary.admin)
    assert (missing.status_code, missing.get_json()["error"]["message"]) == (422, "id: This value should not be blank.")
    again = diary.ask("POST", "/items/diary", {"id": ONE}, diary.admin)
    assert (again.status_code, again.get_json()["error"]["code"]) == (409, 204)
    assert diary.ask("GET", f"/items/diary/{ONE}?fields=id", None, diary.admin).get_json()["data"] == {"id": ONE}
