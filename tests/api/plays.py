"""Tables of requests, asked row by row.

Each row is (who, method, path, body, what): who is a(dministrator), e(ditor), p(ublic); what is a status, a status and
a code, a status and a message, or a status and the data that must be in the answer.
"""

from __future__ import annotations

from typing import Any

from tests.api.people import People

Row = tuple[str, str, str, Any, Any]


def play(folks: People, rows: list[Row]) -> None:
    """Asks row by row; all that is not as told."""
    known = {"a": folks.admin, "e": folks.token(), "p": ""}
    wrong = []
    for who, method, path, body, what in rows:
        answer = folks.ask(method, path, body, known.get(who, who))
        if not _is(answer, what):
            wrong.append(f"{who} {method} {path} {body}: {answer.status_code} {answer.get_data(as_text=True)}")
    assert not wrong, "\n".join(wrong)


def _is(answer: Any, what: Any) -> bool:
    status, told = what if isinstance(what, tuple) else (what, ...)
    if answer.status_code != status:
        return False
    body = answer.get_json(silent=True) or {}
    if told is ...:
        return True
    if type(told) is int:
        return bool(body["error"]["code"] == told)
    if isinstance(told, str):
        return bool(body["error"]["message"] == told)
    return _holds(body.get("data"), told)


def _holds(data: Any, told: Any) -> bool:
    if isinstance(told, dict) and isinstance(data, dict):
        return all(name in data and _holds(data[name], value) for name, value in told.items())
    if isinstance(told, list) and isinstance(data, list):
        return len(told) == len(data) and all(map(_holds, data, told))
    return bool(data == told and type(data) is type(told))


def play_as(folks: People, token: str, rows: list[tuple[str, str, Any, Any]]) -> None:
    """Asks row by row with this token."""
    for method, path, body, what in rows:
        answer = folks.ask(method, path, body, token)
        assert _is(answer, what), f"{method} {path} {body}: {answer.status_code} {answer.get_data(as_text=True)}"
