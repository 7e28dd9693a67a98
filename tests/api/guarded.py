"""A project with private things in it, and what its editor (user 2, role 3) may do there."""

from __future__ import annotations

import io
from itertools import count
from typing import Any

from tests.api.people import People
from tests.api.v8.test_schema import Api, text, whole

#: In every private place that ``plant`` knows.
CANARY = "canary-4f1c"
STATUSES = {
    "published": {"name": "Published"},
    "draft": {"name": "Draft"},
    "gone": {"name": "Gone", "soft_delete": True},
}


def leaked(hardened: bool, url: str, text: str) -> str | None:
    """The canary in an answer to somebody who may not see it; None when there is none.

    Without ``security.hardened`` everybody reads the revisions of all collections, as recorded
    (activity-of-revisions-unreadable): there only what is secret even then counts.
    """
    words = [CANARY] if hardened or "revisions" not in url else [f"{CANARY}-token"]
    return next((text[max(0, text.index(w) - 80) :][:200] for w in words if w in text), None)


class Guarded(Api):
    """Collections of a project and what its editor (user 2, role 3) may do there."""

    def __init__(self, folks: People) -> None:
        super().__init__(folks)
        self.editor = folks.token()
        self.hardened = folks.project.config.security.hardened
        self.closed: list[str] = []

    def open(self, *fields: Any, **words: Any) -> str:
        """A new collection with a title, which the editor reads and writes as the words say."""
        name = f"notes_{next(self.folks.others.setdefault('numbers', count(1)))}"
        self.make(name, text("title"), *fields)
        if words:
            self.grant(name, **words)
        return name

    def grant(self, collection: str, **words: Any) -> None:
        made = self("POST", "/permissions", {"collection": collection, "role": 3, **words})
        assert isinstance(made, dict), made

    def add(self, collection: str, **values: Any) -> int:
        made = self("POST", f"/items/{collection}", values)
        assert isinstance(made, dict), made
        return int(made["id"])

    def mine(self, method: str, path: str, body: Any = None) -> Any:
        """A request of the editor."""
        return self(method, path, body, self.editor)

    def titles(self, path: str) -> list[str]:
        listed = self.mine("GET", path)
        assert isinstance(listed, list), listed
        return [row["title"] for row in listed]

    def column(self, collection: str, name: str) -> list[Any]:
        """What is stored, whoever may see it."""
        return [row[0] for row in self.folks.rows(f"SELECT {name} FROM {collection} ORDER BY id")]

    def write(self, name: str, content: bytes, **form: Any) -> dict[str, Any]:
        """The row of a file, uploaded by the administrator."""
        data = {"file": (io.BytesIO(content), name), **form}
        bearer = {"Authorization": f"Bearer {self.folks.admin}"}
        made = self.folks.client.post("/demo/files", data=data, headers=bearer, content_type="multipart/form-data")
        assert made.status_code == 200, made.text
        row: dict[str, Any] = made.get_json()["data"]
        return row


def owner() -> dict[str, Any]:
    return {**whole("owner"), "type": "owner"}


def status() -> dict[str, Any]:
    return {**text("status", 20), "type": "status", "options": {"status_mapping": STATUSES}}


def pin() -> dict[str, Any]:
    return {**text("pin", 200), "type": "hash"}


def plant(api: Guarded) -> None:
    """Puts a canary into every private place; ``api.closed``: the collections some of them are in."""
    closed = api.open(text("secret"))
    key = api.add(closed, title=f"{CANARY} closed", secret=CANARY)
    hidden = api.open(text("secret"), read="full", read_field_blacklist=["secret"])
    api.add(hidden, title="seen", secret=f"{CANARY} hidden")
    owned = api.open(owner(), read="mine")
    api.add(owned, title=f"{CANARY} owned", owner=1)
    drafts = api.open(status())
    api.grant(drafts, status="published", read="full")
    api.add(drafts, title=f"{CANARY} draft", status="draft")
    related = api.open(whole("far", "m2o"), read="full")
    api.relate(related, "far", closed)
    api.add(related, title="seen", far=key)
    api("PATCH", f"/items/{closed}/{key}", {"title": f"{CANARY} again"})
    api("POST", "/activity/comment", {"collection": closed, "item": key, "comment": f"{CANARY} comment"})
    api("POST", "/webhooks", {"url": f"https://example.com/{CANARY}", "collection": closed, "directus_action": "x"})
    _plant_in_users(api)
    api.closed = [closed, hidden, owned, drafts, related]


def _plant_in_users(api: Guarded) -> None:
    api("PATCH", "/users/1", {"token": f"{CANARY}-token", "password": f"{CANARY} password", "last_page": f"/{CANARY}"})
    api.folks.others["admin"] = f"{CANARY}-token"
    database = api.folks.project.database
    with database.transaction() as connection:
        secret = database.dialect.quote("2fa_secret")
        connection.execute(
            f"UPDATE directus_users SET password_reset_token = '{CANARY}', {secret} = '{CANARY}' WHERE id = 1"
        )
    api.folks.project.stamps.forget()
