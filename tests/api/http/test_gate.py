"""Projects, paths, methods, bodies, origins, proxies: server_projects.md §1, §5, §6; security.md."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from directus8.config import Home
from directus8.config import maintenance as flag

from .conftest import ADMIN, Serve, notes

NOTE = "/demo/items/notes/1"


def code(response: Any) -> tuple[int, int | None]:
    """Status and numeric code."""
    return response.status_code, response.json["error"]["code"]


def claim(project: str) -> dict[str, str]:
    payload = base64.urlsafe_b64encode(json.dumps({"project": project}).encode()).rstrip(b"=").decode()
    return {"Authorization": f"Bearer e30.{payload}.x"}


# --- paths -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/demo", (404, 1)),
        ("/demo/users/", (404, 1)),
        ("/demo//users", (404, 1)),
        ("/demo/items//notes", (404, 1)),
        ("/demo/nothing", (404, 1)),
        ("/nobody", (401, 3)),
        ("/nobody/", (401, 3)),
        ("/nobody/items/notes", (401, 3)),
        ("/server", (401, 3)),
        ("/server/nothing", (401, 3)),
        ("/types", (401, 3)),
        ("/a b/items/x", (401, 3)),
        ("/../etc/passwd", (401, 3)),
    ],
)
def test_paths_are_exact(client: FlaskClient, path: str, expected: tuple[int, int]) -> None:
    assert code(client.get(path)) == expected


def test_wrong_methods(client: FlaskClient) -> None:
    assert code(client.post("/server/ping")) == (405, 6)
    assert code(client.put("/demo/items/notes", json={})) == (405, 6)
    assert code(client.open("/demo/users", method="PURGE")) == (405, 6)
    assert code(client.post("/nobody/users")) == (401, 3)
    assert "Allow" not in client.post("/server/ping").headers


def test_root_leads_to_the_app(client: FlaskClient) -> None:
    response = client.get("/")
    assert (response.status_code, response.headers["Location"], response.json) == (302, "./admin/", {"public": True})


@pytest.mark.parametrize(
    ("query", "headers", "expected"),
    [
        ("?project=demo", {}, 108),
        ("", {"X-Directus-Project": "demo"}, 108),
        ("?project=demo", claim("nobody"), 3),  # a token beats both
        ("", claim("demo"), 108),  # nothing is verified before the project is open
        ("?project=demo", {"Authorization": "Bearer nonsense"}, 3),  # no project, and no fallback
        ("?project=demo", {"Authorization": "Basic eA=="}, 108),
        ("?project=nobody", {"X-Directus-Project": "demo"}, 3),
        ("?project[]=demo", {}, 3),
    ],
)
def test_root_paths_name_their_project(client: FlaskClient, query: str, headers: dict[str, str], expected: int) -> None:
    assert code(client.get(f"/types{query}", headers=headers)) == (401, expected)


def test_default_project(serve: Serve) -> None:
    assert code(serve(SERVER_DEFAULT_PROJECT="demo").get("/types")) == (401, 108)


def test_reserved_names_are_no_projects(client: FlaskClient) -> None:
    body = {"project": "server", "super_admin_token": "super", "db_name": "x", "db_user": "x"}
    body |= {"user_email": "a@example.com", "user_password": "x"}
    assert code(client.post("/server/projects", json=body)) == (422, 4)


# --- methods and bodies ----------------------------------------------------------------------------------------


def test_method_override_by_header(client: FlaskClient) -> None:
    assert client.patch(NOTE, headers={**ADMIN, "X-Http-Method-Override": "DELETE"}).status_code == 204
    assert client.get(NOTE, headers=ADMIN).status_code == 404


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_method_override_on_get(client: FlaskClient, method: str) -> None:
    client.open(NOTE, method=method, headers={**ADMIN, "X-Http-Method-Override": "DELETE"})
    assert client.get(NOTE, headers=ADMIN).status_code == 200


def test_method_override_in_a_body(client: FlaskClient) -> None:
    assert client.post(NOTE, json={"_METHOD": "patch", "title": "x"}, headers=ADMIN).status_code in (200, 422)
    assert client.post(NOTE, data={"_METHOD": "DELETE"}, headers=ADMIN).status_code == 204


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_csrf_method_override_field(client: FlaskClient, kind: str) -> None:
    client.set_cookie("directus-demo-session", "x")
    assert code(client.post(NOTE, data={"_METHOD": "DELETE"}, headers=ADMIN, content_type=kind)) == (405, 6)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"title":'),
        ("application/json", b'"text"'),
        ("application/json", b"null"),
        ("application/json", b"[" * 100_000),
        ("application/json", b'{"title":"\xff"}'),
        ("text/plain", b'{"title":"x"}'),
        ("application/xml", b"<title>x</title>"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        ("", b'{"title":"x"}'),
    ],
)
def test_bodies_that_are_none(client: FlaskClient, kind: str, body: bytes) -> None:
    response = client.post("/demo/items/notes", data=body, content_type=kind, headers=ADMIN)
    assert 400 <= response.status_code < 500 and response.json["error"]["code"] == 13


def test_bodies_have_a_limit(serve: Serve) -> None:
    client = serve(SERVER_BODY_LIMIT="2000")
    notes(client)
    for response in (
        client.post("/demo/items/notes", json={"title": "x" * 3000}, headers=ADMIN),
        client.post("/demo/items/notes", data={"title": "x" * 3000}, headers=ADMIN),
    ):
        assert code(response) == (413, 601)


def test_head_has_no_body(client: FlaskClient) -> None:
    response = client.head("/demo/items/notes", headers=ADMIN)
    assert (response.status_code, response.data) == (200, b"") and response.headers["Content-Length"] != "0"


def test_errors_are_ascii_and_answers_are_not(client: FlaskClient) -> None:
    made = client.post("/demo/items/notes", json={"title": "é/⚡"}, headers=ADMIN)
    assert "é\\/⚡".encode() in made.data and made.headers["Content-Type"] == "application/json"
    assert rb"\u00e9" in client.get("/demo/items/é", headers=ADMIN).data


def test_outside_of_production_errors_tell_where(serve: Serve) -> None:
    error = serve(ENV="development").get("/demo/nothing").json["error"]
    assert set(error) == {"code", "message", "class", "file", "line"}


# --- origins ---------------------------------------------------------------------------------------------------

SITE, EVIL = "https://site.example", "https://evil.example"


def test_options_to_any_path(client: FlaskClient) -> None:
    for path in ("/demo/items/notes", "/demo/nothing", "/nobody/x", "/server/x", "/"):
        response = client.options(path, headers={"Origin": SITE})
        assert (response.status_code, response.data, response.mimetype) == (200, b"", "text/html")
        assert response.headers["Access-Control-Allow-Origin"] == SITE
        assert response.headers["Access-Control-Allow-Methods"] == "GET,POST,PUT,PATCH,DELETE,HEAD"
        allowed = response.headers.getlist("Access-Control-Allow-Headers")
        assert allowed == ["X-Directus-Project", "Content-Type", "Authorization"]


def test_cors_credentials_any_origin(serve: Serve) -> None:
    client = serve(CORS_CREDENTIALS="true", CORS_ORIGIN=f"*,{SITE}")
    for origin, expected in ((SITE, "true"), (EVIL, None)):
        response = client.get("/demo/", headers={"Origin": origin})
        assert response.headers["Access-Control-Allow-Origin"] == origin
        assert response.headers.get("Access-Control-Allow-Credentials") == expected
        assert response.headers["Vary"] == "Origin"


@pytest.mark.parametrize("path", ["/demo/", "/demo/users", "/demo/nothing"])
def test_cors_on_errors(serve: Serve, path: str) -> None:
    client = serve(CORS_ORIGIN=SITE)
    assert "Access-Control-Allow-Origin" not in client.get(path, headers={"Origin": EVIL}).headers
    assert client.get(path, headers={"Origin": SITE}).headers["Access-Control-Allow-Origin"] == SITE


def test_cors_switched_off(serve: Serve) -> None:
    client = serve(CORS_ENABLED="false")
    assert code(client.options("/demo/items/notes")) == (405, 6)
    assert "Access-Control-Allow-Origin" not in client.get("/demo/", headers={"Origin": SITE}).headers


# --- proxies ---------------------------------------------------------------------------------------------------


def test_forwarded_host(serve: Serve) -> None:
    headers = {**ADMIN, "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    client = serve()
    notes(client)
    path = "/demo/items/notes?meta=page&limit=1"
    links = client.get(path, headers=headers).json["meta"]["links"]
    assert links["self"] == "http://localhost/demo/items/notes"
    client = serve(SERVER_TRUSTED_PROXIES="127.0.0.0/8")
    links = client.get(path, headers=headers).json["meta"]["links"]
    assert links["self"] == "https://evil.example/demo/items/notes"
    links = client.get(path, headers={**headers, "X-Forwarded-Host": "e\\vil/x"}).json["meta"]["links"]
    assert links["self"] == "https://localhost/demo/items/notes"


@pytest.mark.parametrize(
    ("port", "host"),
    [
        ("8443", "localhost:8443"),
        ("443", "localhost"),
        *((no, "localhost") for no in ("0", "65536", "x", "²", "9" * 5000)),
    ],
)
def test_forwarded_port(serve: Serve, port: str, host: str) -> None:
    client = serve(SERVER_TRUSTED_PROXIES="127.0.0.1")
    notes(client)
    headers = {**ADMIN, "X-Forwarded-Proto": "https", "X-Forwarded-Port": port}
    links = client.get("/demo/items/notes?meta=page&limit=1", headers=headers).json["meta"]["links"]
    assert links["self"].startswith(f"https://{host}/demo/")


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("9.9.9.9, 1.2.3.4", "1.2.3.4"),  # what stands further left the client may have written
        ("1.2.3.4, 127.0.0.7", "1.2.3.4"),
        ("nonsense", "localhost"),
        ("", "localhost"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
    ],
)
def test_the_client_behind_proxies(serve: Serve, home: Home, forwarded: str, expected: str) -> None:
    client = serve(SERVER_TRUSTED_PROXIES="127.0.0.1,127.0.0.7")
    notes(client)
    headers = {**ADMIN, "X-Forwarded-For": forwarded}
    assert client.post("/demo/items/notes", json={"title": "x"}, headers=headers).status_code == 200
    assert client.get("/demo/activity?sort=-id&limit=1", headers=ADMIN).json["data"][0]["ip"] == expected


def test_a_strangers_forwarding_is_not_believed(client: FlaskClient) -> None:
    headers = {**ADMIN, "X-Forwarded-For": "1.2.3.4", "Client-Ip": "1.2.3.4", "X-Request-Id": "mine"}
    response = client.post("/demo/items/notes", json={"title": "x"}, headers=headers)
    assert response.headers["X-Request-Id"] != "mine"
    assert client.get("/demo/activity?sort=-id&limit=1", headers=ADMIN).json["data"][0]["ip"] == "localhost"


# --- maintenance and the rest ----------------------------------------------------------------------------------


def test_maintenance(client: FlaskClient, home: Home) -> None:
    for key in (None, "demo"):
        flag.switch(home, True, key)
        response = client.get("/demo/", headers={"Origin": SITE})
        assert code(response) == (503, 21) and "Access-Control-Allow-Origin" not in response.headers
        assert client.get("/server/ping").data == b"pong"
        flag.switch(home, False, key)
        assert client.get("/demo/").status_code == 200


def test_a_faulty_project_is_no_answer_in_html(client: FlaskClient, home: Home) -> None:
    home.project_file("broken").write_text("[database]\nprot = 3\n")
    assert code(client.get("/broken/")) == (503, 24)
    assert client.get("/demo/").status_code == 200


def test_answers_carry_their_marks(client: FlaskClient) -> None:
    headers = client.get("/demo/", headers=ADMIN).headers
    assert headers["X-Content-Type-Options"] == "nosniff" and len(headers["X-Request-Id"]) == 16
    assert "work;dur=" in headers["Server-Timing"] and "total;dur=" in headers["Server-Timing"]


def test_the_admin_app(serve: Serve, home: Home) -> None:
    assert code(serve().get("/admin/")) == (404, 1)
    folder = home.root / "app"
    (folder / "js").mkdir(parents=True)
    (folder / "index.html").write_text("<html>app</html>")
    (folder / "js" / "app.js").write_text("1")
    client = serve(SERVER_ADMIN_APP="app")
    assert client.get("/admin").headers["Location"] == "./admin/"
    for path in ("/admin/", "/admin/demo/collections", "/admin/index.html", "/admin/demo/users/1"):
        assert client.get(path, buffered=True).data == b"<html>app</html>", path
    assert client.get("/admin/js/app.js", buffered=True).data == b"1"
    for path in ("/admin/js/none.js", "/admin/../config/demo.toml", "/admin/%2e%2e/config/demo.toml"):
        assert b"secret_key" not in client.get(path, buffered=True).data
    assert client.get("/admin/js/none.js").status_code == 404


def test_extensions_for_the_app(client: FlaskClient, home: Home) -> None:
    folder = home.root / "extensions" / "custom" / "interfaces" / "stars"
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text('{"name": "Stars", "id": "other"}')
    (folder / "input.js").write_text("1")
    (folder / "secret.py").write_text("1")
    listed = client.get("/interfaces", headers={**ADMIN, "X-Directus-Project": "demo"})
    assert listed.status_code == 401  # a token that is none of a project names none
    found = client.get("/interfaces?project=demo&access_token=admin-token").json["data"]
    assert found == [{"id": "stars", "path": "extensions/custom/interfaces/stars/meta.json", "name": "Stars"}]
    assert client.get("/extensions/custom/interfaces/stars/input.js", buffered=True).data == b"1"
    assert client.get("/extensions/custom/interfaces/stars/secret.py").status_code == 404
