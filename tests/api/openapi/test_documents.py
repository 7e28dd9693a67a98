"""Both documents are valid, complete, and tell a caller of nothing he may not use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from directus8.api.app import create_app
from directus8.api.v8.router import ROUTES
from directus8.cli import create_project
from directus8.config import Home

ADMIN = {"Authorization": "Bearer admin-token"}
KEY = {"field": "id", "type": "integer", "datatype": "INT", "length": 11, "primary_key": True,
       "auto_increment": True, "interface": "primary-key"}  # fmt: skip
TEXT = {"type": "string", "datatype": "VARCHAR", "length": 100, "interface": "text-input"}


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    monkeypatch.setenv("DIRECTUS8_HOME", str(tmp_path))
    create_project("demo", "admin@example.com", "password", token="admin-token")
    app = create_app(Home(tmp_path))
    client = app.test_client()
    for name in ("notes", "secrets"):
        fields = [KEY, {"field": "title", **TEXT}, {"field": "hidden", **TEXT}]
        made = client.post("/demo/collections", json={"collection": name, "fields": fields}, headers=ADMIN)
        assert made.status_code == 200, made.text
    rule = {"role": 2, "collection": "notes", "read": "full", "read_field_blacklist": ["hidden"]}
    assert client.post("/demo/permissions", json=rule, headers=ADMIN).status_code == 200
    yield client
    app.extensions["directus8"].close()


def test_the_fixed_document_is_valid_and_complete(client: FlaskClient) -> None:
    document = client.get("/server/docs/openapi.json").json
    validate(document)
    operations = [(m, p) for p, path in document["paths"].items() for m in path]
    assert len(operations) == len({(r.method, r.path, r.root) for r in ROUTES}) + 6


def schema_of(document: Any, name: str) -> Any:
    return document["components"]["schemas"][name]["properties"]


def test_a_project_as_its_administrator_sees_it(client: FlaskClient) -> None:
    document = client.get("/demo/openapi.json", headers=ADMIN).json
    validate(document)
    assert set(document["paths"]["/demo/items/notes"]) == {"get", "post", "patch"}
    assert set(document["paths"]["/demo/items/secrets/{key}"]) == {"get", "patch", "delete"}
    assert "hidden" in schema_of(document, "notes")
    assert not any(name.startswith("directus_") for name in document["components"]["schemas"])


def test_a_project_as_anybody_sees_it(client: FlaskClient) -> None:
    answer = client.get("/demo/openapi.json")
    validate(answer.json)
    assert set(answer.json["paths"]) == {"/demo/items/notes", "/demo/items/notes/{key}"}
    assert set(answer.json["paths"]["/demo/items/notes"]) == {"get"}
    assert set(schema_of(answer.json, "notes")) == {"id", "title"}
    assert b"secrets" not in answer.data and b"hidden" not in answer.data


def test_the_page_asks_nobody_else(client: FlaskClient) -> None:
    assert client.get("/server/docs").headers["Location"] == "./docs/"
    with client.get("/server/docs/") as page:
        assert page.status_code == 200 and b"http" not in page.data
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "docs.js", "docs.css", "favicon-32x32.png"):
        with client.get(f"/server/docs/{name}") as file:
            assert file.status_code == 200, name
    assert client.get("/server/docs/none.js").status_code == 404
