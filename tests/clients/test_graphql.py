"""GraphQL as applications and people use it: npm graphql-request, and the page at /gql in Chromium.

The packages are installed by ``npm ci`` in tests/clients/graphql, the page's bundle by ``make graphiql``. What is missing
is skipped and said so.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from directus8.api.graphql import page
from directus8.cli import create_project
from directus8.config import Home
from tests.api.graphql.conftest import TOKENS, fill_over
from tests.servers import directus8, free_port, running

HERE = Path(__file__).parent / "graphql"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The shop of tests/api/graphql on a server of its own."""
    home = tmp_path_factory.mktemp("home")
    create_project("shop", "admin@example.com", "secret", token=TOKENS["admin"], home=home)
    with Home(home).project_file("shop").open("a") as file:
        file.write("\n[graphql]\nextended = true\n")
    port = free_port()
    with running(directus8(port, workers=1), port, home / "log.txt", {"DIRECTUS8_HOME": str(home)}) as server:
        fill_over(f"{server.base}/shop")
        yield f"{server.base}/shop/gql"


def _run(*command: str) -> Any:
    if shutil.which("node") is None or not (HERE / "node_modules").is_dir():
        pytest.skip("node, or `npm ci` in tests/clients/graphql, is missing")
    done = subprocess.run(["node", *command], cwd=HERE, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def told(url: str) -> Any:
    """What client.js saw."""
    return _run("client.js", url, TOKENS["admin"], TOKENS["editor"])


def test_introspection(told: Any) -> None:
    assert "type BooksItem {" in told["schema"] and "  create_books(" in told["schema"]
    assert "WritersItem" in told["public"] and "Book" not in told["public"]


def test_query(told: Any) -> None:
    assert told["query"] == {
        "books": {
            "data": [
                {"id": "4", "title": "Delta", "writer": None, "tags": []},
                {"id": "3", "title": "Gamma", "writer": {"name": "Bob"}, "tags": [{"tag": {"label": "blue"}}]},
            ],
            "meta": {"filter_count": 4},
        }
    }


def test_mutations(told: Any) -> None:
    created = told["created"]["create_books"]
    assert (created["title"], created["writer"]) == ("From npm", {"name": "Zoe"})
    assert [link["tag"]["label"] for link in created["tags"]] == ["npm", "red"]
    assert told["updated"] == {"update_books": {"title": "Changed"}}
    assert told["deleted"] is True


def test_errors(told: Any) -> None:
    assert told["unknown"]["errors"][0]["extensions"] == {"category": "graphql"}
    assert told["missing"]["errors"][0]["extensions"] == {"category": "directus", "code": 203, "status": 404}
    assert told["missing"]["errors"][0]["path"] == ["books"]
    assert told["denied"]["errors"][0]["extensions"]["status"] == 422
    assert "secret" in told["hidden"]["errors"][0]["message"]
    assert told["anonymous"] == {"data": {"writers": {"data": [{"name": "Ann"}, {"name": "Bob"}, {"name": "Zoe"}]}}}


# --- the page --------------------------------------------------------------------------------------------------


def test_the_page_loads_nothing_from_elsewhere(url: str) -> None:
    if not page.is_built():
        pytest.skip("`make graphiql` was not run")
    html = requests.get(url, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert html.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in html.headers["Content-Security-Policy"]
    assert "http" not in html.text
    for name in page.FILES:
        assert requests.get(f"{url}/{name}").status_code == 200
    assert requests.get(f"{url}/../index.html").status_code == 404
    assert requests.get(f"{url}/nothing.js").status_code == 404
    assert requests.get(url, headers={"Accept": "application/json"}).status_code == 405


def test_the_page_in_chromium(url: str, tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None or not page.is_built():
        pytest.skip("Chromium, or the bundle of `make graphiql`, is missing")
    seen = _run("browser.js", chromium, url, TOKENS["admin"], str(tmp_path / "page.png"))
    assert seen["result"]["data"]["writers"]["data"][1] == {"name": "Bob", "books": [{"title": "Gamma"}]}
    assert "Query" in seen["documentation"]
    assert seen["failed"] == [] and seen["complaints"] == []
    base = url.rsplit("/", 2)[0]
    assert all(asked.startswith((base, "data:")) for asked in seen["asked"]), seen["asked"]
