"""scim2-tester, an independent checker of RFC 7643 and 7644, against a real server on each database."""

from __future__ import annotations

import os
from pathlib import Path

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from directus8.cli import create_project
from directus8.config import Home
from tests import servers
from tests.api.scim.service import STANDARD, TOKEN

#: What the checker says beyond success; there is nothing of that kind.
DEVIATIONS: set[tuple[str, str]] = set()


def test_scim2_tester(database_url: str, tmp_path: Path) -> None:
    create_project("p", "admin@example.com", "secret", database_url=database_url, token=TOKEN, home=tmp_path)
    with Home(tmp_path).project_file("p").open("a") as file:
        file.write(f"\n{STANDARD}")
    port = servers.free_port()
    environment = {"DIRECTUS8_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(["."])}
    with servers.running(servers.directus8(port), port, tmp_path / "log", environment):
        http = Client(base_url=f"http://127.0.0.1:{port}/p/scim/v2", headers={"Authorization": f"Bearer {TOKEN}"})
        client = SyncSCIMClient(http)
        client.discover()
        results = check_server(client, raise_exceptions=False)
        http.close()
    assert len(results) >= 75
    bad = [f"{r.status.name} {r.title}: {r.reason}" for r in results if r.status in (Status.ERROR, Status.CRITICAL)]
    assert not bad, "\n".join(bad)
    others = {(r.status.name, r.title) for r in results if r.status not in (Status.SUCCESS, Status.COMPLIANT)}
    assert others == DEVIATIONS
