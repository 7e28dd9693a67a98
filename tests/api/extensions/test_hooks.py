"""Hooks: what they may do, when they are told, and what becomes of a request they spoil."""

from __future__ import annotations

from typing import Any

import pytest

from directus8.events.bus import Bus, UnknownEvent
from tests.api.extensions.conftest import Site

CHANGES = """
    def stamp(payload):
        payload["slug"] = payload["title"].lower().replace(" ", "-")
        return payload

    hooks = {"filters": {"item.create.articles:before": stamp}}
"""
VETOES = """
    class Refused(Exception):
        code, status = 1234, 422

    def check(collection, data):
        if data.get("title") == "bad":
            raise Refused("No bad titles")

    hooks = {"actions": {"item.create": check, "item.update": check}}
"""


def create(site: Site, **values: Any) -> Any:
    return site.ask("POST", "/items/articles", values, site.folks.admin)


def test_a_filter_changes_a_payload(site: Site) -> None:
    site.write("hooks/stamp.py", CHANGES)
    assert create(site, title="Hello World").get_json()["data"]["slug"] == "hello-world"


def test_a_veto_leaves_nothing(site: Site) -> None:
    site.write("hooks/veto.py", VETOES)
    answer = create(site, title="bad")
    assert (answer.status_code, answer.get_json()["error"]) == (422, {"code": 1234, "message": "No bad titles"})
    assert site.titles() == []
    key = create(site, title="good").get_json()["data"]["id"]
    changed = site.ask("PATCH", f"/items/articles/{key}", {"title": "bad"}, site.folks.admin)
    assert (changed.status_code, site.titles()) == (422, ["good"])


def test_a_failure_after_the_commit_changes_nothing(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.write(
        "hooks/late.py",
        """
        def late(data):
            raise RuntimeError("too late")

        hooks = {"actions": {"item.create.articles:after": late}}
        """,
    )
    assert create(site, title="kept").status_code == 200
    assert site.titles() == ["kept"]
    assert "too late" in caplog.text and "hooks/late" in caplog.text


def test_services_in_a_hook_join_the_transaction(site: Site) -> None:
    site.write(
        "hooks/twin.py",
        """
        def register(hooks, context):
            @hooks.action("item.create.articles")
            def twin(data):
                articles = context.services.ItemsService("articles", schema=context.get_schema())
                if not data["title"].startswith("twin"):
                    assert articles.count() == 1  # the item itself, not committed yet
                    articles.create_one({"title": "twin of " + data["title"]})
                if data["title"] == "bad":
                    raise ValueError("both go")
        """,
    )
    assert create(site, title="one").status_code == 200
    assert site.titles() == ["one", "twin of one"]


def test_what_a_hook_wrote_goes_with_a_veto(site: Site) -> None:
    site.write(
        "hooks/twin.py",
        """
        def register(hooks, context):
            @hooks.action("item.create.articles")
            def twin(data):
                articles = context.services.ItemsService("articles", schema=context.get_schema())
                if data["title"] == "bad":
                    articles.create_one({"title": "twin"})
                    raise ValueError("both go")
        """,
    )
    answer = create(site, title="bad")
    assert (answer.status_code, answer.get_json()["error"]["message"]) == (500, "both go")
    assert site.titles() == []


EVERY = """
    told = []

    def register(hooks, context):
        for phase in (":before", "", ":after"):
            for action in ("create", "update", "delete"):
                for what in ("item", "field", "collection"):
                    name = f"{what}.{action}{phase}"
                    hooks.action(name, lambda *given, name=name: told.append((name, *given)))
                name = f"item.{action}.articles{phase}"
                hooks.action(name, lambda data, name=name: told.append((name, data)))
        context.project.told = told
"""


def test_all_events_of_items_in_order(site: Site) -> None:
    site.write("hooks/every.py", EVERY)
    key = create(site, title="a").get_json()["data"]["id"]
    told = site.folks.project.told  # type: ignore[attr-defined]
    assert told[0] == ("item.create:before", "articles", {"title": "a"})
    assert [name for name, *_ in told] == [
        "item.create:before", "item.create.articles:before", "item.create", "item.create.articles",
        "item.create:after", "item.create.articles:after",
    ]  # fmt: skip
    assert told[3][1] == {"id": key, "title": "a", "slug": None, "author": None}
    told.clear()
    site.ask("PATCH", f"/items/articles/{key}", {"title": "b"}, site.folks.admin)
    assert told[0] == ("item.update:before", "articles", {"title": "b", "id": str(key)})
    assert sorted({name for name, *_ in told}) == [
        "item.update", "item.update.articles", "item.update.articles:after", "item.update.articles:before",
        "item.update:after", "item.update:before",
    ]  # fmt: skip
    told.clear()
    site.ask("DELETE", f"/items/articles/{key}", None, site.folks.admin)
    assert told[0] == ("item.delete:before", "articles", {"id": key})
    assert told[2] == ("item.delete", "articles", {"id": str(key), "title": "b", "slug": None, "author": None})


def test_events_of_the_schema(site: Site) -> None:
    site.write("hooks/every.py", EVERY)
    told = site.folks.project.told if hasattr(site.folks.project, "told") else None
    fields = [{"field": "id", "type": "integer", "datatype": "INT", "length": 11, "primary_key": True}]
    site.ask("POST", "/collections", {"collection": "notes", "fields": fields}, site.folks.admin)
    told = site.folks.project.told  # type: ignore[attr-defined]
    field = {"field": "text", "type": "string", "datatype": "VARCHAR", "length": 100}
    site.ask("POST", "/fields/notes", field, site.folks.admin)
    site.ask("PATCH", "/fields/notes/text", {"note": "x"}, site.folks.admin)
    site.ask("DELETE", "/fields/notes/text", None, site.folks.admin)
    site.ask("DELETE", "/collections/notes", None, site.folks.admin)
    found = [(name, *given[:2]) for name, *given in told if not name.startswith("item.")]
    assert [each[0] for each in found] == [
        f"{event}{phase}"
        for event in ("collection.create", "field.create", "field.update", "field.delete", "collection.delete")
        for phase in (":before", "", ":after")
    ]
    assert found[0] == ("collection.create:before", "notes") and found[3] == ("field.create:before", "notes", "text")


def test_reads_are_filtered(site: Site) -> None:
    create(site, title="a", slug="s")
    site.write(
        "hooks/read.py",
        """
        def fewer(payload):
            payload["columns"] = [name for name in payload["columns"] if name != "slug"]
            return payload

        def louder(payload):
            assert payload.attribute("collection_name") == "articles"
            for row in payload:
                row["title"] = row["title"].upper()
            return payload

        hooks = {"filters": {"item.read.articles:before": fewer, "item.read.articles": louder}}
        """,
    )
    data = site.ask("GET", "/items/articles", token=site.folks.admin).get_json()["data"]
    assert data == [{"id": 1, "title": "A", "author": None}]


def test_answers_logins_and_errors(plain: Site) -> None:
    plain.write(
        "hooks/others.py",
        """
        told = []

        def note(*names):
            return {name: (lambda *given, name=name: told.append((name, given))) for name in names}

        def more(payload):
            payload["more"] = payload.attribute("request")["method"]
            return payload

        def get_only(payload):
            payload["got"] = True
            return payload

        hooks = {
            "actions": note("application.boot", "application.error", "auth.request:credentials", "auth.success",
                            "auth.fail", "response"),
            "filters": {"response": more, "response.GET": get_only},
        }

        def names():
            return [name for name, _ in told]
        """,
    )
    import sys

    body = plain.ask("GET", "/items/articles", token=plain.folks.admin).get_json()
    assert (body["more"], body["got"]) == ("GET", True)
    told = sys.modules["directus8_extensions.demo.hooks.others"].told
    told.clear()
    plain.folks.token()
    assert [name for name, _ in told] == ["application.boot", "auth.request:credentials", "auth.success", "response"]
    assert told[2][1][1] == "app" and told[2][1][0]["email"] == "editor@example.com"
    told.clear()
    plain.folks.login(password="wrong")
    assert [name for name, _ in told] == ["application.boot", "auth.fail", "application.error", "response"]
    facts, data = told[-1][1]
    assert (facts["path"], facts["status"], data["code"]) == ("/demo/auth/authenticate", 404, 100)
    told.clear()
    plain.ask("GET", "/nowhere", token=plain.folks.admin)
    assert [name for name, _ in told] == ["application.boot", "response"]


def test_no_secret_is_told(plain: Site) -> None:
    plain.write(
        "hooks/users.py",
        """
        told = []

        def look(payload):
            told.append(dict(payload.data))
            return payload

        hooks = {
            "filters": {"item.create.directus_users:before": look, "item.update.directus_users:before": look},
            "actions": {f"item.{a}.directus_users{p}": told.append for a in ("create", "update", "delete")
                        for p in (":before", "", ":after")},
        }
        """,
    )
    import sys

    user = {"email": "x@example.com", "password": "very secret", "token": "open-sesame", "role": 3, "status": "active"}
    key = plain.ask("POST", "/users", user, plain.folks.admin).get_json()["data"]["id"]
    plain.ask("PATCH", f"/users/{key}", {"password": "more secret"}, plain.folks.admin)
    plain.ask("DELETE", f"/users/{key}", None, plain.folks.admin)
    told = sys.modules["directus8_extensions.demo.hooks.users"].told
    assert len(told) >= 9
    assert not any(word in str(told) for word in ("secret", "sesame", "$2y$"))


def test_nested_items_pass_the_filters_too(site: Site) -> None:
    context = site.context
    context.services.CollectionsService(schema=context.get_schema()).create_one(
        {"collection": "authors", "fields": [{"field": "name", "type": "string"}]}
    )
    context.services.FieldsService(schema=context.get_schema()).create_field(
        "authors", {"field": "articles", "type": "o2m"}
    )
    context.services.RelationsService(schema=context.get_schema()).create_one(
        {
            "collection": "articles",
            "field": "author",
            "related_collection": "authors",
            "meta": {"one_field": "articles"},
        }
    )
    site.write("hooks/stamp.py", CHANGES)
    site.ask("POST", "/items/authors", {"name": "A", "articles": [{"title": "My Text"}]}, site.folks.admin)
    data = site.ask("GET", "/items/articles?fields=title,slug,author", token=site.folks.admin).get_json()["data"]
    assert data == [{"title": "My Text", "slug": "my-text", "author": 1}]


def test_an_endless_loop_is_told(plain: Site) -> None:
    plain.write(
        "hooks/loop.py",
        """
        def register(hooks, context):
            @hooks.action("item.create.articles")
            def again(data):
                context.services.ItemsService("articles", schema=context.get_schema()).create_one({"title": "again"})
        """,
    )
    answer = create(plain, title="once")
    assert answer.status_code == 500
    assert "hooks/loop" in answer.get_json()["error"]["message"]
    assert plain.titles() == []


def test_unknown_events_are_refused() -> None:
    bus = Bus()
    for wrong in ("item.made", "item.read", "response.articles", "item.create.articles.more", "custom."):
        with pytest.raises(UnknownEvent):
            bus.on(wrong, print)
    with pytest.raises(UnknownEvent):
        bus.filter("item.delete:before", lambda payload: payload)
    with pytest.raises(TypeError):
        bus.on("item.create", "print")  # type: ignore[arg-type]


def test_events_of_ones_own(plain: Site) -> None:
    plain.write(
        "hooks/own.py",
        """
        def register(hooks, context):
            hooks.filter("custom.price", lambda payload: payload.data + 1)
            hooks.action("item.create.articles", lambda data: told.append(context.emitter.emit_filter("custom.price", 1)))

        told = []
        """,
    )
    import sys

    create(plain, title="a")
    assert sys.modules["directus8_extensions.demo.hooks.own"].told == [2]
