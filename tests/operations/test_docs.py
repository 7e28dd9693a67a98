"""Every command block of the documents is run, line by line, as its reader would, on real databases."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from sqlalchemy.engine import make_url

from directus8.config import Home, every_fault, project_keys
from tests import databases, servers
from tests.conformance.workshop import LEGACY, load_dump
from tests.operations.conftest import ROOT, Place
from tests.operations.test_readme import DOCS, blocks

TOOLS = ("mysqldump", "pg_dump", "sqlite3")
#: No container engine runs where the tests do; the Dockerfile has tests of its own.
NOT_RUN = "docker "
PASSWORD = "correct horse"


def lines(page: str) -> list[str]:
    """The commands of a document, in order, without their comments."""
    text = "\n".join(block.command for block in blocks((ROOT / "docs" / f"{page}.md").read_text()))
    found = [re.sub(r"\s+#.*", "", line).strip() for line in text.splitlines()]
    return [line for line in found if line and not line.startswith(NOT_RUN)]


@dataclass
class Reader:
    """Who follows a document: an installation, and what stands for the names in the text."""

    place: Place
    names: Mapping[str, str]
    port: int = field(default_factory=servers.free_port)
    servers: ExitStack = field(default_factory=ExitStack)

    def follow(self, line: str) -> str:
        """Run a line; what it prints. A line that serves goes on until ``stop``."""
        for name, meant in {**self.names, "8055": str(self.port)}.items():
            line = line.replace(name, meant)
        before, _, serve = line.rpartition("&& ") if " serve" in line else ("", "", "")
        if line.startswith("gunicorn "):
            serve = line
        if not serve:
            return self._run(line)
        self._run(before.removesuffix("&& ") or "true")
        self.stop()
        log = self.place.home / "server.log"
        self.servers.enter_context(
            servers.running(["bash", "-c", f"exec {self._spelt(serve)}"], self.port, log, self._environment())
        )
        return ""

    def stop(self) -> None:
        """End the server that a line has started."""
        self.servers.close()

    def _spelt(self, line: str) -> str:
        line = re.sub(r"\bdirectus8 (?=[a-z])", f"{sys.executable} -m directus8.cli ", line)
        return line.replace("gunicorn -c", f"{sys.executable} -m gunicorn -c")

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.place.variables, "DIRECTUS8_SERVER_PORT": str(self.port)}

    def _run(self, line: str) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self._spelt(line)],
            cwd=self.place.home,
            env=self._environment(),
            input=f"{PASSWORD}\n{PASSWORD}\n",
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture
def shops(tmp_path: Path, database_vendors: list[str]) -> Iterator[SimpleNamespace]:
    """A new, empty database called "shop" by the documents, on both servers."""
    if missing := [vendor for vendor in ("mysql", "postgresql") if vendor not in database_vendors]:
        pytest.skip(f"no {missing}")
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        pytest.skip(f"no {missing}")
    name = f"d8_docs_{secrets.token_hex(4)}"
    made = {vendor: databases.create(vendor, name) for vendor in ("mysql", "postgresql")}
    yield SimpleNamespace(name=name, **made)
    for vendor in made:
        databases.drop(vendor, name)


def client_of(url: str) -> str:
    """The options by which the client of a vendor finds the database's server."""
    at = make_url(url)
    if at.get_backend_name() == "mysql":
        secret = f" --password={at.password}" if at.password else ""
        return f"--host={at.host} --port={at.port or 3306} --user={at.username}{secret}"
    return f"--host={at.host} --port={at.port or 5432} --username={at.username}"


def test_migrating(tmp_path: Path, shops: SimpleNamespace) -> None:
    original, backup, home = tmp_path / "original", tmp_path / "backup", tmp_path / "home"
    for folder in (backup, home, original / "config", original / "public"):
        folder.mkdir(parents=True)
    load_dump(shops.mysql, LEGACY / "chinook.sql")
    shutil.copytree(LEGACY / "uploads", original / "public" / "uploads" / "chinook")
    at = make_url(shops.mysql)
    php = (LEGACY / "config" / "chinook.php").read_text()
    for before, after in {
        "'host' => '127.0.0.1',\n        'port' => 3306": f"'host' => '{at.host}',\n        'port' => {at.port or 3306}",
        "'directus_chinook'": f"'{shops.name}'",
        "'username' => 'directus'": f"'username' => '{at.username}'",
        "'password' => 'directus'": f"'password' => '{at.password or ''}'",
    }.items():
        assert before in php
        php = php.replace(before, after, 1)
    (original / "config" / "shop.php").write_text(php)
    names = {
        "mysqldump": f"mysqldump {client_of(shops.mysql)}",
        "--routines shop": f"--routines {shops.name}",
        "/var/www/directus": str(original),
        "/backup/uploads": str(backup / "uploads"),
        "/srv/directus8": str(home),
        "postgresql://shop:…@db/shop": shops.postgresql,
    }
    reader, told = Reader(Place(home), names), {}
    try:
        for line in lines("migrating-from-directus-8"):
            told[line] = reader.follow(line)
    finally:
        reader.stop()
    assert (home / "shop.sql").stat().st_size > 100_000
    assert (backup / "uploads" / "chinook" / "originals").is_dir()
    assert '"api"' in told["curl http://127.0.0.1:8055/shop/"]
    assert {"shop", "shop2"} == {project.key for project in project_keys(Home(home))}


def test_operations(tmp_path: Path, shops: SimpleNamespace) -> None:
    for file in ("gunicorn.conf.py", "wsgi.py"):
        (tmp_path / file).symlink_to(ROOT / file)
    names = {
        "mysqldump": f"mysqldump {client_of(shops.mysql)}",
        "pg_dump": f"pg_dump {client_of(shops.postgresql)}",
        "--single-transaction shop": f"--single-transaction {shops.name}",
        "--format=custom shop": f"--format=custom {shops.name}",
        "postgresql://shop:…@db/shop": shops.postgresql,
        "[KEY]": "shop",
        "projects/shop/data": "projects/small/data",
    }
    place = Place(tmp_path)
    place.directus8("project", "create", "small", "--email", "a@example.com", "--password", PASSWORD)
    reader = Reader(place, names)
    try:
        for line in lines("operations"):
            told = reader.follow(line)
            if line.startswith("directus8 maintenance"):
                seen = httpx.get(f"http://127.0.0.1:{reader.port}/shop/").json()
                assert (seen.get("error", {}).get("code") == 21) == line.startswith("directus8 maintenance on"), told
    finally:
        reader.stop()
    for file in ("shop.sql", "shop.dump", "shop.sqlite3", "shop.zip"):
        assert (tmp_path / file).stat().st_size > 500, file


def test_no_document_has_commands_that_are_not_run_here() -> None:
    with_commands = {page.stem for page in DOCS if list(blocks(page.read_text()))}
    assert with_commands == {"operations", "migrating-from-directus-8"}


@pytest.mark.parametrize("page", DOCS, ids=lambda page: str(page.stem))
def test_every_configuration_shown_is_understood(page: Path, tmp_path: Path) -> None:
    for number, found in enumerate(re.findall(r"^```toml.*\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)):
        home = Home(tmp_path / str(number))
        file = home.config / ("server.toml" if "server" in tomllib.loads(found) else "shop.toml")
        file.parent.mkdir(parents=True)
        file.write_text(found)
        environment = {"DIRECTUS8_AUTH_SECRET_KEY": "secret", "DIRECTUS8_AUTH_PUBLIC_KEY": "public"}
        assert every_fault(home, environment) == ()


def named() -> list[str]:
    """Files, and what is defined in them, as the page on the architecture names them."""
    return re.findall(r"`((?:\w+/)*\w+\.py(?::\w+)?)`", (ROOT / "docs" / "architecture.md").read_text())


@pytest.mark.parametrize("name", dict.fromkeys(named()))
def test_what_the_architecture_names_is_there(name: str) -> None:
    path, _, defined = name.partition(":")
    (file,) = (base / path for base in (ROOT, ROOT / "directus8") if (base / path).exists())
    assert re.search(rf"^\s*(?:class|def) {defined}\b|^{defined}(?:: \w+)? =|^\s*{defined},?$", file.read_text(), re.M)
