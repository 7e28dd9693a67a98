"""Every event that is declared is told by something, and every write of the system's tables is told of."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pytest

from directus8.events.spec import EVENTS
from directus8.webhooks import outbox
from tests.api.extensions.conftest import ARTICLES, Site
from tests.api.people import EDITOR, PASSWORD, people

LISTENS = """
    from directus8.events.spec import EVENTS, for_collection

    told = []

    def note(name):
        return lambda *given: told.append((name, given))

    def passed(name):
        def pass_on(payload):
            told.append((name, (payload.attribute("collection_name"),)))
            return payload
        return pass_on

    def register(hooks, context):
        for event in EVENTS:
            names = [event.name]
            if event.by_collection:
                names += [for_collection(event.name, each) for each in context.env.get("listen", ["articles"])]
            for name in names:
                if event.kind == "action":
                    hooks.action(name, note(name))
                else:
                    hooks.filter(name, passed(f"filter {name}"))
"""


def listen(site: Site) -> list[tuple[str, tuple[Any, ...]]]:
    """What listeners to everything are told from now on."""
    site.write("hooks/all.py", LISTENS)
    assert not site.folks.project.extended.broken
    told: list[tuple[str, tuple[Any, ...]]] = sys.modules["directus8_extensions.demo.hooks.all"].told  # type: ignore[attr-defined]
    return told


def upload(site: Site, path: str = "/files", method: str = "POST", name: str = "a.txt") -> Any:
    data = {"file": (io.BytesIO(name.encode()), name)}
    token = {"Authorization": f"Bearer {site.folks.admin}"}
    return site.folks.client.open(f"/demo{path}", method=method, data=data, headers=token).get_json()["data"]


def everything(site: Site) -> None:
    """Requests of every kind there are events for."""

    def ask(method: str, path: str, body: Any = None) -> Any:
        answer = site.ask(method, path, body, site.folks.admin)
        assert answer.status_code < 300, answer.text
        return (answer.get_json() or {}).get("data") if answer.content_length else None

    key = ask("POST", "/items/articles", {"title": "a"})["id"]
    ask("GET", f"/items/articles/{key}")
    ask("PATCH", f"/items/articles/{key}", {"title": "b"})
    ask("PUT", f"/api/1.1/tables/articles/rows/{key}", {"title": "c"})
    ask("SEARCH", "/v10/items/articles", {"query": {"limit": 1}})
    ask("DELETE", f"/items/articles/{key}")
    ask("POST", "/fields/articles", {"field": "text", "type": "string", "datatype": "VARCHAR", "length": 20})
    ask("PATCH", "/fields/articles/text", {"note": "x"})
    ask("DELETE", "/fields/articles/text")
    field = {"field": "id", "type": "integer", "datatype": "INT", "length": 11, "primary_key": True}
    ask("POST", "/collections", {"collection": "notes", "fields": [field]})
    ask("PATCH", "/collections/notes", {"note": "x"})
    ask("DELETE", "/collections/notes")
    file = upload(site)["id"]
    upload(site, f"/files/{file}", "PATCH", "b.txt")
    ask("DELETE", f"/files/{file}")
    site.folks.login()
    site.folks.login(password="wrong")
    ask("DELETE", f"/api/1.1/tables/articles/rows/{ask('POST', '/items/articles', {'title': 'd'})['id']}")


def test_every_declared_event_is_told(site: Site) -> None:
    told = listen(site)
    everything(site)
    names = {name for name, _ in told}
    wanted = {("filter " if event.kind == "filter" else "") + event.name for event in EVENTS}
    wanted |= {
        f"{'filter ' if e.kind == 'filter' else ''}{e.name.partition(':')[0]}.articles{''.join(e.name.partition(':')[1:])}"
        for e in EVENTS
        if e.by_collection
    }
    assert wanted - names == set()


def test_events_of_files(site: Site) -> None:
    told = listen(site)
    file = upload(site, name="one.txt")
    upload(site, f"/files/{file['id']}", "PATCH", "second.txt")
    site.ask("DELETE", f"/files/{file['id']}", None, site.folks.admin)
    found = [(name, given) for name, given in told if name.startswith("file.")]
    assert [name for name, _ in found] == [
        f"file.{action}{phase}" for action in ("save", "update", "delete") for phase in ("", ":after")
    ]
    assert found[0][1] == (file["filename_disk"], len("one.txt"))
    assert found[2][1][1] == len("second.txt")
    assert str(found[4][1][0]["id"]) == str(file["id"])


WRITES: dict[str, tuple[str, ...]] = {
    "activity": ("create", "update"), "revisions": ("create",), "user_sessions": ("create",),
    "collections": ("create", "update", "delete"), "fields": ("create", "update", "delete"),
    "relations": ("create", "update", "delete"), "users": ("create", "update", "delete"),
    "roles": ("create", "update", "delete"), "permissions": ("create", "update", "delete"),
    "settings": ("create", "update", "delete"), "folders": ("create", "update", "delete"),
    "collection_presets": ("create", "update", "delete"), "webhooks": ("create", "update", "delete"),
    "files": ("create", "update", "delete"),
}  # fmt: skip
BODIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "users": ({"email": "new@example.com", "password": "hush hush", "role": 3}, {"password": "other hush"}),
    "roles": ({"name": "Guests"}, {"name": "Visitors"}),
    "permissions": ({"role": 3, "collection": "articles", "read": "full"}, {"read": "none"}),
    "settings": ({"key": "mood", "value": "good"}, {"value": "better"}),
    "folders": ({"name": "Pictures"}, {"name": "Films"}),
    "collection_presets": ({"collection": "articles", "title": "Mine"}, {"title": "Ours"}),
    "webhooks": ({"url": "https://example.com/", "collection": "articles", "directus_action": "x"}, {"url": "https://x.y/"}),
    "relations": (
        {"collection_many": "articles", "field_many": "author", "collection_one": "directus_users"},
        {"field_one": "articles"},
    ),
}  # fmt: skip


@pytest.fixture
def watched(database_vendor: str, tmp_path: Path) -> Any:
    """A project whose listeners are told of all system tables."""
    values = {"ext": {"listen": [f"directus_{name}" for name in WRITES]}}
    with people(database_vendor, tmp_path, values) as folks:
        site = Site(folks, tmp_path)
        site.context.services.CollectionsService(schema=site.context.get_schema()).create_one(ARTICLES)
        yield site


def test_every_write_of_the_systems_tables_is_told(watched: Site) -> None:
    told = listen(watched)
    everything(watched)
    for name, (new, changes) in BODIES.items():
        made = watched.ask("POST", f"/{name}", new, watched.folks.admin)
        assert made.status_code == 200, (name, made.text)
        path = f"/{name}/{made.get_json()['data']['id']}"
        assert watched.ask("PATCH", path, changes, watched.folks.admin).status_code == 200, name
        assert watched.ask("DELETE", path, None, watched.folks.admin).status_code == 204, name
    article = watched.ask("POST", "/items/articles", {"title": "a"}, watched.folks.admin).get_json()["data"]["id"]
    comment = {"collection": "articles", "item": str(article), "comment": "Well done"}
    id = watched.ask("POST", "/activity/comment", comment, watched.folks.admin).get_json()["data"]["id"]
    watched.ask("PATCH", f"/activity/comment/{id}", {"comment": "Better"}, watched.folks.admin)
    names = {name for name, _ in told}
    wanted = {
        f"item.{action}.directus_{name}{phase}"
        for name, actions in WRITES.items()
        for action in actions
        for phase in (":before", "", ":after")
    }
    assert wanted - names == set()
    assert not any(word in str(told) for word in ("hush", "$2y$", watched.folks.admin[-40:]))


def test_what_services_write_by_themselves_is_told(watched: Site) -> None:
    """Page tracking, resets, invitations, suspensions, and users of the other dialects."""
    told = listen(watched)

    def heard(method: str, path: str, body: Any, token: str = "", **more: Any) -> set[tuple[str, str]]:
        told.clear()
        answer = watched.ask(method, path, body, token, **more)
        assert answer.status_code < 300, answer.text
        users = [(n, given) for n, given in told if n.startswith("item.") and n.endswith("directus_users:after")]
        return {(n.split(".")[1], str(given[0].get("id"))) for n, given in users}

    admin, folks = watched.folks.admin, watched.folks
    assert heard("PATCH", "/users/1/tracking/page", {"last_page": "/x"}, admin) == {("update", "1")}
    assert heard("POST", "/auth/password/request", {"email": EDITOR}) == {("update", "2")}
    token = folks.rows("SELECT password_reset_token FROM directus_users WHERE id = 2")[0][0]
    assert heard("POST", "/auth/password/reset", {"token": token, "password": PASSWORD}) == {("update", "2")}
    assert heard("POST", "/users/invite", {"email": "guest@example.com"}, admin) == {("create", "3")}
    assert heard("POST", "/v10/users", {"email": "v10@example.com"}, admin) == {("create", "4")}
    assert heard("POST", "/api/1.1/users", {"email": "v1@example.com", "password": "x", "group": 3}, admin) == {
        ("create", "5")
    }
    scim = {"userName": "scim@example.com", "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]}
    assert heard("POST", "/scim/v2/Users", scim, admin) == {("create", "6")}


def test_the_log_is_told_under_its_own_name_only(watched: Site) -> None:
    told = listen(watched)
    watched.ask("POST", "/items/articles", {"title": "a"}, watched.folks.admin)
    general = [given[0] for name, given in told if name in ("item.create", "item.create:after")]
    assert general == ["articles", "articles"]
    assert [given[0]["action"] for name, given in told if name == "item.create.directus_activity:after"] == ["create"]


def test_a_filter_of_the_log_counts_and_a_veto_undoes_the_item(site: Site) -> None:
    site.write(
        "hooks/log.py",
        """
        def hide(payload):
            payload["ip"] = "hidden"
            return payload

        def refuse(row):
            if row["collection"] == "articles" and row["action"] == "delete":
                raise ValueError("nothing is ever deleted")

        hooks = {
            "filters": {"item.create.directus_activity:before": hide},
            "actions": {"item.create.directus_activity": refuse},
        }
        """,
    )
    key = site.ask("POST", "/items/articles", {"title": "a"}, site.folks.admin).get_json()["data"]["id"]
    assert site.folks.rows("SELECT ip FROM directus_activity WHERE collection = 'articles'") == [("hidden",)]
    assert site.ask("DELETE", f"/items/articles/{key}", None, site.folks.admin).status_code == 500
    assert site.titles() == ["a"]


def test_webhooks_of_the_systems_tables(site: Site) -> None:
    for name in ("directus_activity", "directus_collections", "directus_users"):
        for action in ("item.create:after", "item.update:after"):
            row = {
                "status": "active",
                "http_action": "post",
                "collection": name,
                "directus_action": action,
                "url": "http://127.0.0.1:9/",
            }
            assert site.ask("POST", "/webhooks", row, site.folks.admin).status_code == 200
    before = len(outbox.log(site.folks.project.database, 100))
    site.ask("PATCH", "/collections/articles", {"note": "x"}, site.folks.admin)
    site.ask("PATCH", "/users/2/tracking/page", {"last_page": "/x"}, site.folks.admin)
    found = outbox.log(site.folks.project.database, 100)[: -before or None]
    assert sorted((row["event"], row["collection"]) for row in found) == [
        ("item.create:after", "directus_activity"),
        ("item.update:after", "directus_collections"),
        ("item.update:after", "directus_users"),
    ]
