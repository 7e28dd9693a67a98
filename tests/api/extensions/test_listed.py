"""What of extensions is listed or reported: interfaces, layouts, modules, broken ones, deliveries of webhooks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from directus8.cli import main
from tests.api.extensions.conftest import ARTICLES, Site
from tests.api.people import people


@pytest.mark.parametrize("kind", ["interfaces", "layouts", "modules"])
def test_listed_from_their_folders(plain: Site, kind: str) -> None:
    metas = {
        f"core/{kind}/clock": '{"id": "other", "name": "Clock", "icon": "watch"}',
        f"custom/{kind}/stars": '{"name": "Stars", "options": {"max": 5}}',
        f"custom/{kind}/broken": "{",
        f"custom/{kind}/_skipped": '{"name": "Skipped"}',
        f"custom/{kind}/empty/deeper": '{"name": "Too deep"}',
    }
    for folder, meta in metas.items():
        plain.put(plain.root / "extensions" / folder / "meta.json", meta)

    def told(path: str) -> object:
        answer = plain.folks.client.get(path, headers={"Authorization": f"Bearer {plain.folks.admin}"})
        return answer.get_json()["data"] if answer.status_code == 200 else answer.status_code

    wanted = [
        {"id": "clock", "path": f"extensions/core/{kind}/clock/meta.json", "name": "Clock", "icon": "watch"},
        {"id": "broken", "path": f"extensions/custom/{kind}/broken/meta.json"},
        {"id": "stars", "path": f"extensions/custom/{kind}/stars/meta.json", "name": "Stars", "options": {"max": 5}},
    ]
    assert told(f"/{kind}?project=demo") == wanted
    assert plain.folks.client.get(f"/{kind}?project=demo").status_code == 401
    file = plain.folks.client.get(f"/extensions/custom/{kind}/stars/meta.json")
    assert json.loads(file.data) == {"name": "Stars", "options": {"max": 5}}
    file.close()


def test_health_warns_of_broken_extensions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIRECTUS8_SUPER_ADMIN_TOKEN", "a super secret token")
    with people("sqlite", tmp_path) as folks:
        site = Site(folks, tmp_path)
        site.write("hooks/typo.py", 'hooks = {"actions": {"item.made": print}}')
        assert site.ask("GET", "/server/ping").status_code in (200, 404)
        site.ask("GET", "/")
        told = folks.client.get("/server/health?super_admin_token=a super secret token")
        check = told.get_json()["checks"]["demo:extensions"]
        assert (told.status_code, told.get_json()["status"], check["status"]) == (200, "ok", "warn")
        assert "hooks/typo" in check["broken"][0] and "item.made" in check["broken"][0]
        assert "checks" not in folks.client.get("/server/health").get_json()


def test_deliveries_are_listed_and_hurried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = {"security": {"allow_private_addresses": True}, "webhooks": {"delivery": "worker", "retry_after": 3600}}
    monkeypatch.setenv("DIRECTUS8_HOME", str(tmp_path))

    def run(*words: str) -> str:
        done = CliRunner().invoke(main, list(words))
        assert done.exit_code == 0, done.output
        return done.output

    with people("sqlite", tmp_path, config) as folks:
        assert run("webhooks", "log", "demo") == "" and run("webhooks", "retry", "demo").startswith("0 ")
        site = Site(folks, tmp_path)
        site.context.services.CollectionsService(schema=site.context.get_schema()).create_one(ARTICLES)
        row = {"status": "active", "http_action": "post", "collection": "articles", "url": "http://127.0.0.1:9/",
               "directus_action": "item.create:after"}  # fmt: skip
        site.ask("POST", "/webhooks", row, folks.admin)
        site.ask("POST", "/items/articles", {"title": "a"}, folks.admin)
        run("worker", "demo", "--once")
        (listed,) = json.loads(run("webhooks", "log", "demo", "--json"))
        assert (listed["status"], listed["attempts"], listed["event"]) == ("waiting", 1, "item.create:after")
        assert "waiting   item.create:after articles → http://127.0.0.1:9/" in run("webhooks", "log", "demo")
        assert run("webhooks", "retry", "demo") == "1 deliveries are due now.\n"
        run("worker", "demo", "--once")
        assert json.loads(run("webhooks", "log", "demo", "--json"))[0]["attempts"] == 2
