"""scim2-tester, an independent checker of RFC 7643 and 7644, against a real server on each database."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import pytest
from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from tests import databases, servers
from tests.api.scim.service import TOKEN, project

#: What the checker says beyond success; there is nothing of that kind.
DEVIATIONS: set[tuple[str, str]] = set()


@pytest.mark.parametrize("vendor", databases.VENDORS)
def test_scim2_tester(vendor: str, database_vendors: list[str], tmp_path: Path) -> None:
    if vendor not in database_vendors:
        pytest.skip(f"no database: {databases.problem(vendor)}")
    name, port = f"d8_test_{secrets.token_hex(6)}", servers.free_port()
    project(databases.create(vendor, name, tmp_path), tmp_path)
    environment = {"DIRECTUS8_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(["."])}
    try:
        with servers.running(servers.directus8(port), port, tmp_path / "log", environment):
            http = Client(base_url=f"http://127.0.0.1:{port}/p/scim/v2", headers={"Authorization": f"Bearer {TOKEN}"})
            client = SyncSCIMClient(http)
            client.discover()
            results = check_server(client, raise_exceptions=False)
            http.close()
    finally:
        databases.drop(vendor, name, tmp_path)
    assert len(results) >= 75
    bad = [f"{r.status.name} {r.title}: {r.reason}" for r in results if r.status in (Status.ERROR, Status.CRITICAL)]
    assert not bad, "\n".join(bad)
    others = {(r.status.name, r.title) for r in results if r.status not in (Status.SUCCESS, Status.COMPLIANT)}
    assert others == DEVIATIONS
