"""The npm packages of the v9/v10 SDK in Chromium, on a page of another origin than the API's, with cookies.

Once the page is of the same site (another port), then of another: 127.0.0.1 asks localhost, which takes TLS; in a browser
that takes the cookies of other sites, and in one that blocks them unless they are kept apart (Partitioned).

A small server gives the page and the packages and takes what the page saw. Without Chromium or the packages (``npm ci``
in tests/clients/sdk_v10) this is skipped and says so.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from directus8.cli import create_project
from directus8.config import Home
from tests.clients.test_sdk_v10 import FOLDER, PACKAGES
from tests.servers import directus8, free_port, running, with_certificate

EMAIL, PASSWORD = "admin@example.com", "secret"
PAGE = b'<!doctype html><title>page</title><script type="module" src="/browser.mjs"></script>'
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--ignore-certificate-errors", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE = 240.0


class _Site:
    """The other origin: its page, the packages, and what the page saw."""

    def __init__(self) -> None:
        self.settings: dict[str, Any] = {"email": EMAIL, "password": PASSWORD, "packages": PACKAGES}
        self.seen: Any = None
        self.done = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    def _handler(site) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kind, content = site.file(self.path)
                self.send_response(200 if content is not None else 404)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(content or b"")

            def do_POST(self) -> None:
                site.seen = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(204)
                self.end_headers()
                site.done.set()

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        return Handler

    def file(self, path: str) -> tuple[str, bytes | None]:
        """What stands at a path of the site."""
        if path == "/":
            return "text/html", PAGE
        if path == "/settings":
            return "application/json", json.dumps(self.settings).encode()
        if path == "/browser.mjs":
            return "text/javascript", (FOLDER / "browser.mjs").read_bytes()
        _, package, *rest = path.split("/")
        if package in PACKAGES and rest == ["sdk.esm.min.js"]:
            return "text/javascript", (FOLDER / "node_modules" / package / "dist" / rest[0]).read_bytes()
        return "text/plain", None


@contextmanager
def _site() -> Iterator[_Site]:
    site = _Site()
    thread = threading.Thread(target=site.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.server.shutdown()
        site.server.server_close()
        thread.join()


def _visit(chromium: str, site: _Site, profile: Path, cookies: int) -> Any:
    """What a browser sees of the page."""
    (profile / "Default").mkdir()
    (profile / "Default" / "Preferences").write_text(json.dumps({"profile": {"cookie_controls_mode": cookies}}))
    command = [chromium, *FLAGS, f"--user-data-dir={profile}", "--remote-debugging-port=0", f"{site.origin}/"]
    browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert site.done.wait(PATIENCE), "the page did not come to its end"
    finally:
        browser.terminate()
        browser.wait(20)
    return site.seen


#: What a project is told beside the origin of its pages.
OTHER = '\n[cookie]\nsame_site = "None"\nsecure = true\n'
SITES = {"same site": "", "other site": OTHER, "other site, blocked": f"{OTHER}partitioned = true\n"}
#: What a browser does with cookies of other sites (`cookie_controls_mode` of its profile).
TAKES, BLOCKS = 0, 1


@contextmanager
def _served(site: str, home: Path) -> Iterator[str]:
    """The API, as pages of a site reach it."""
    port, environment = free_port(), {"DIRECTUS8_HOME": str(home)}
    if site == "same site":
        with running(directus8(port, workers=1), port, home / "log.txt", environment) as server:
            yield server.base
    else:
        command, more = with_certificate(home, port)
        with running(command, port, home / "log.txt", {**environment, **more}, base="https://localhost") as server:
            yield server.base


@pytest.fixture(scope="module", params=SITES)
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the page saw with each of the packages."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None or not (FOLDER / "node_modules").is_dir():
        pytest.skip("Chromium, or `npm ci` in tests/clients/sdk_v10, is missing")
    home = tmp_path_factory.mktemp("home")
    create_project("demo", EMAIL, PASSWORD, home=home)
    with _site() as site:
        with Home(home).project_file("demo").open("a") as file:
            file.write(f'\n[cors]\norigin = ["{site.origin}"]\ncredentials = true\n{SITES[request.param]}')
        with _served(request.param, home) as base:
            site.settings["base"] = f"{base}/demo/v10"
            cookies = BLOCKS if "blocked" in request.param else TAKES
            return _visit(chromium, site, tmp_path_factory.mktemp("profile"), cookies)


@pytest.mark.parametrize("package", PACKAGES)
def test_logging_in_by_cookie_from_another_origin(seen: Any, package: str) -> None:
    told, me = seen[package], {"email": EMAIL}
    assert told == {
        "beforehand": {"failed": "INVALID_PAYLOAD", "status": 400},
        "login": ["access_token", "expires"],
        "visible": "",
        "me": me,
        "renewed": ["access_token", "expires"],
        "still": me,
        "file": {"title": package, "type": "text/plain"},
        "uploaded": True,
        "changed": f"{package}!",
        "deleted": None,
        "graphql": {"users_me": me},
        "logout": None,
        "afterwards": {"failed": "INVALID_PAYLOAD", "status": 400},
    }
