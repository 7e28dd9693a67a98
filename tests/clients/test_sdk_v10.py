"""Every method of the real npm packages of the v9/v10 SDK against a running server, on every database.

Calls a version of the SDK does not have are told as skipped by client.mjs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.sdk import Place, call_every_method, serving
from tests.conformance.kit.session import EMAIL, PASSWORD

FOLDER = Path(__file__).parent / "sdk_v10"
PACKAGES = ("sdk-10-3-5", "sdk-9-14-2", "sdk-9-5-0")


@pytest.fixture
def place(database_vendor: str, tmp_path: Path) -> Iterator[Place]:
    """A server that may import files from this machine."""
    with serving(database_vendor, tmp_path, {"DIRECTUS8_SECURITY_ALLOW_PRIVATE_ADDRESSES": "true"}) as made:
        yield made


@pytest.mark.parametrize("package", PACKAGES)
def test_every_method(place: Place, package: str) -> None:
    project = f"sdk_{package.replace('-', '_')}"
    place.shop.create(project, EMAIL, PASSWORD, name="Directus")
    try:
        base = f"{place.base}/{project}/v10"
        told = call_every_method(FOLDER, "client.mjs", package, base, EMAIL, PASSWORD, str(place.mails))
    finally:
        place.shop.drop(project)
    assert told["passed"] > 70
