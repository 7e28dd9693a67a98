"""Every method of the real npm package directus-sdk-javascript (2.15.0 and 1.1.3) against a running server."""

from __future__ import annotations

from pathlib import Path

from tests.clients.sdk import call_every_method, serving
from tests.conformance.kit.session import EMAIL, PASSWORD
from tests.conformance.workshop import V1_TOKEN

FOLDER = Path(__file__).parent / "sdk_v1"


def test_every_method(database_vendor: str, tmp_path: Path) -> None:
    with serving(database_vendor, tmp_path) as place:
        place.shop.create_v1("sdk_v1", EMAIL, PASSWORD)
        try:
            told = call_every_method(FOLDER, "client.js", f"{place.base}/sdk_v1", V1_TOKEN, EMAIL, PASSWORD)
        finally:
            place.shop.drop("sdk_v1")
    assert told["passed"] > 120
