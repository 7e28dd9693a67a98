"""Requests that make and change tables, as the tests of the schema send them."""

from __future__ import annotations

from typing import Any

from tests.api.people import People

ID = {
    "field": "id", "type": "integer", "datatype": "INT", "length": 11, "primary_key": True, "auto_increment": True,
    "interface": "primary-key",
}  # fmt: skip


def text(name: str, length: int = 50, **more: Any) -> dict[str, Any]:
    return {"field": name, "type": "string", "datatype": "VARCHAR", "length": length, **more}


def whole(name: str, type: str = "integer", **more: Any) -> dict[str, Any]:
    return {"field": name, "type": type, "datatype": "INT", "length": 10, **more}


class Api:
    """Requests of the administrator: what is answered, or the status and numeric code."""

    def __init__(self, folks: People) -> None:
        self.folks = folks

    def __call__(self, method: str, path: str, body: Any = None, token: str | None = None) -> Any:
        answer = self.folks.ask(method, path, body, self.folks.admin if token is None else token)
        if answer.status_code >= 400:
            assert answer.status_code < 500, answer.text
            error = answer.get_json()["error"]
            return answer.status_code, error["code"], error["message"]
        return answer.get_json()["data"] if answer.status_code == 200 else answer.status_code

    def code(self, method: str, path: str, body: Any = None, token: str | None = None) -> tuple[int, int]:
        answered = self(method, path, body, token)
        assert isinstance(answered, tuple), answered
        return answered[0], answered[1]

    def make(self, name: str, *fields: Any, **more: Any) -> Any:
        made = self("POST", "/collections", {"collection": name, "fields": [ID, *fields], **more})
        assert isinstance(made, dict), made
        return made

    def relate(self, *parts: str | None) -> int:
        names = ("collection_many", "field_many", "collection_one", "field_one", "junction_field")
        made = self("POST", "/relations", dict(zip(names, (*parts, *[None] * 5), strict=False)))
        assert isinstance(made, dict), made
        return int(made["id"])

    def own(self) -> list[str]:
        """The tables that are not the system's."""
        return [c["collection"] for c in self("GET", "/collections") if not c["collection"].startswith("directus_")]

    def plain(self, name: str, *columns: str) -> None:
        """A table nobody manages."""
        listed = ", ".join(columns)
        with self.folks.project.database.engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, {listed})")
        self.folks.project.stamps.forget()
