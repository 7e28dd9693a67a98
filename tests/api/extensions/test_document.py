"""The examples of docs/extensions.md, run."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from click.testing import CliRunner

from directus8.cli import main
from directus8.extensions.load import LOADERS
from tests.api.extensions.conftest import Site

ROOT = Path(__file__).parents[3]
EXAMPLES = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```", (ROOT / "docs/extensions.md").read_text(), re.M | re.S))


def install(site: Site) -> None:
    for name, code in EXAMPLES.items():
        if name.endswith("meta.json"):
            site.put(site.root / "extensions" / name, code)
        elif "/" in name:
            site.write(name, code)


def test_every_kind_has_its_example() -> None:
    shown = {Path(name).parts[-3] if name.endswith("meta.json") else Path(name).parts[0] for name in EXAMPLES}
    assert {*LOADERS, "mails", "interfaces"} <= shown


def test_every_example_of_a_file_is_loaded(plain: Site) -> None:
    install(plain)
    extended = plain.folks.project.extended
    assert extended.broken == []
    assert sorted(extended.endpoints) == [("custom", "greet"), ("custom", "hello"), ("custom", "shop")]
    assert (list(extended.hashers), list(extended.embeds)) == (["reverse"], ["tube"])
    assert (list(extended.storages), list(extended.providers)) == (["memory"], ["corp"])


def test_services_hooks_and_endpoints(plain: Site) -> None:
    install(plain)
    exec(EXAMPLES["service"], {"context": plain.context})
    made = plain.ask("POST", "/items/articles", {"title": "My Text"}, plain.folks.admin).get_json()["data"]
    assert made["slug"] == "my-text"
    assert plain.ask("GET", "/custom/hello").text == "Hello, World!"
    path = f"/custom/hello/articles/{made['id']}"
    assert plain.ask("GET", path, token=plain.folks.admin).get_json()["title"] == "My Text"
    assert plain.ask("GET", path).status_code in (401, 403)
    assert plain.ask("GET", "/custom/greet/goodbye").text == "Goodbye!"
    assert plain.ask("POST", "/custom/shop/orders/5").get_json() == {"id": "5"}
    assert plain.ask("GET", "/custom/shop/admin/csv").mimetype == "text/csv"


def test_a_script_and_the_shell(plain: Site, monkeypatch: object, capsys: object) -> None:
    plain.reload()
    import os

    os.environ["DIRECTUS8_HOME"] = str(plain.root)
    try:
        exec(EXAMPLES["script"], {})
        line = 'ItemsService("articles", schema=schema).create_one({"title": "from the shell"})'
        told = CliRunner().invoke(main, ["shell", "demo", "-c", line])
        assert told.exit_code == 0, told.output
        assert plain.titles() == ["from the shell"]
        plain.write("hooks/broken.py", "nonsense(")
        checked = CliRunner().invoke(main, ["check"])
        assert checked.exit_code == 1 and "hooks/broken" in checked.output
    finally:
        del os.environ["DIRECTUS8_HOME"]


def test_the_other_kinds(plain: Site) -> None:
    install(plain)
    hashed = plain.ask("POST", "/utils/hash", {"string": "abc", "hasher": "reverse"}, plain.folks.admin)
    assert hashed.get_json()["data"]["hash"] == "cba"
    film = plain.ask("POST", "/files", {"data": "https://tube.example/42"}, plain.folks.admin).get_json()["data"]
    assert (film["type"], film["embed"], film["title"]) == ("embed/tube", "42", "Film 42")
    assert "Welcome to Demo, Ada!" in plain.folks.project.mail.write(
        "welcome", {"settings": {"project_name": "Demo"}, "name": "Ada"}
    )
    config = plain.root / "config/demo.toml"
    told = config.read_text() + '\n[auth.social_providers.corp]\nclient_id = "me"\nclient_secret = "x"\n'
    config.write_text(told + '\n[storage]\nextension = "memory"\n')
    assert plain.ask("GET", "/auth/sso").get_json()["data"][0]["name"] == "corp"
    kept = plain.ask(
        "POST",
        "/files",
        {"data": "aGVsbG8=", "filename_disk": "a.txt", "filename_download": "a.txt"},
        plain.folks.admin,
    )
    assert kept.status_code == 200
    stars = plain.folks.client.get("/interfaces?project=demo", headers={"Authorization": f"Bearer {plain.folks.admin}"})
    assert [(each["id"], each["name"]) for each in stars.get_json()["data"]] == [("stars", "Stars")]


def test_the_configuration_is_right(plain: Site) -> None:
    told = tomllib.loads(EXAMPLES["webhooks"])["webhooks"]
    config = plain.root / "config/demo.toml"
    config.write_text(config.read_text() + "\n" + EXAMPLES["webhooks"])
    plain.reload()
    read = plain.folks.project.config.webhooks
    assert read.secret == told["secret"] and read.envelope and read.hooks["7"].envelope is False
    assert dict(read.headers) == {"Authorization": "Bearer abc"}
