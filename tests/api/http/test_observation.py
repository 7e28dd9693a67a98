"""What an operator sees of the server: metrics behind a token, log lines, slow statements, health."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from .conftest import ADMIN, Serve, notes

SECRET = "word-that-must-not-be-logged"
LOG: dict[str, str] = {"SERVER_LOG_FORMAT": "json", "LOGGER_PATH": "php://stdout"}


def lines(capsys: pytest.CaptureFixture[str], event: str) -> list[dict[str, Any]]:
    """What was logged since the last look."""
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    return [line for line in found if line["event"] == event]


def counted(client: FlaskClient, **labels: str) -> float:
    """The requests of these labels, as Prometheus reads them."""
    text = client.get("/metrics", headers={"Authorization": "Bearer measure"}).text
    found = 0.0
    for told, number in re.findall(r"^directus8_requests_total\{(.*)\} (\S+)$", text, re.MULTILINE):
        if all(f'{name}="{value}"' in told for name, value in labels.items()):
            found += float(number)
    return found


def test_metrics_want_a_token(serve: Serve) -> None:
    closed = serve()
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer measure"}, ADMIN):
        assert closed.get("/metrics", headers=headers).status_code == 401
    client = serve(SERVER_METRICS_TOKEN="measure")
    for token in ("", "Bearer ", "Bearer wrong", "Bearer measur", ADMIN["Authorization"]):
        assert client.get("/metrics", headers={"Authorization": token}).status_code == 401, token
    answer = client.get("/metrics", headers={"Authorization": "Bearer measure"})
    assert answer.status_code == 200 and answer.mimetype.startswith("text/plain")


def test_metrics_count_projects_and_no_strangers(serve: Serve) -> None:
    client = serve(SERVER_METRICS_TOKEN="measure")
    good, bad = (counted(client, project="demo", method="GET", status=s) for s in ("200", "404"))
    for _ in range(3):
        assert client.get("/demo/users/me", headers=ADMIN).status_code == 200
    client.get("/demo/nothing", headers=ADMIN)
    client.get("/strange-name/items")
    assert counted(client, project="demo", method="GET", status="200") == good + 3
    assert counted(client, project="demo", method="GET", status="404") == bad + 1
    text = client.get("/metrics", headers={"Authorization": "Bearer measure"}).text
    assert "strange-name" not in text and "directus8_statements_total" in text
    assert 'directus8_request_seconds_bucket{le="0.1",route="' in text


def test_a_line_of_the_log_names_request_project_and_user(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    client = serve(**LOG, SERVER_ACCESS_LOG="true")
    capsys.readouterr()
    answer = client.get(f"/demo/users/me?q={SECRET}", headers=ADMIN)
    (line,) = lines(capsys, "request")
    assert line["request"] == answer.headers["X-Request-Id"]
    assert (line["project"], line["user"], line["status"], line["method"]) == ("demo", 1, 200, "GET")
    assert line["path"] == "/demo/users/me" and line["ms"] > 0 and line["level"] == "info"
    client.get("/server/ping")
    client.get(f"/demo/users/invite/{SECRET}")
    assert SECRET not in capsys.readouterr().out


def test_slow_statements_are_logged_without_values(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    client = serve(**LOG, SERVER_SLOW_QUERY_MS="1")
    notes(client)
    rows = [{"title": f"{SECRET} {n}"} for n in range(2500)]
    for _ in range(4):
        assert client.post("/demo/items/notes", json=rows, headers=ADMIN).status_code == 200
    capsys.readouterr()
    path = f"/demo/items/notes?limit=-1&filter[title][contains]={SECRET}"
    answer = client.get(path, headers=ADMIN)
    assert len(answer.json["data"]) == 10_000
    text = capsys.readouterr()
    slow = [json.loads(line) for line in text.out.splitlines() if '"slow statement"' in line]
    assert slow and slow[0]["ms"] >= 1 and "SELECT" in slow[0]["sql"] and "notes" in slow[0]["sql"]
    assert (slow[0]["project"], slow[0]["request"]) == ("demo", answer.headers["X-Request-Id"])
    assert SECRET not in text.out and SECRET not in text.err
    client = serve(SERVER_SLOW_QUERY_MS="0")
    client.get(path, headers=ADMIN)
    assert lines(capsys, "slow statement") == []


def test_health_tells_strangers_no_more_than_needed(serve: Serve) -> None:
    client = serve()
    client.get("/demo/")
    answer = client.get("/server/health")
    assert (answer.status_code, answer.json, answer.mimetype) == (200, {"status": "ok"}, "application/health+json")
    told = client.get("/server/health?super_admin_token=super").json
    assert told["checks"]["demo:database"] == {"status": "ok"} and told["checks"]["configuration"] == {"status": "ok"}
    assert "checks" not in client.get("/server/health?super_admin_token=wrong").json
