"""Routes whose URL makers are compiled late."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, url_for
from werkzeug.routing import Rule

from directus8.api.http.rules import LazyRule


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The rules whose URL makers were compiled."""
    found: list[str] = []
    real = Rule._compile_builder

    def counted(rule: Rule, append_unknown: bool = True) -> Any:
        found.append(rule.rule)
        return real(rule, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", counted)
    return found


def test_urls_are_made_when_asked_for(compiled: list[str]) -> None:
    app = Flask("rules", static_folder=None)
    app.url_rule_class = LazyRule
    app.add_url_rule("/a/<int:number>", "a", lambda number: str(number))
    app.add_url_rule("/b", "b", lambda: "b")
    assert app.test_client().get("/a/7").text == "7"
    assert compiled == []
    with app.test_request_context():
        assert [url_for("a", number=7), url_for("a", number=8, q="x")] == ["/a/7", "/a/8?q=x"]
    assert set(compiled) == {"/a/<int:number>"}
