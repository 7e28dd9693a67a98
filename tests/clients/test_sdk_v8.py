"""Every method of the real npm package of the Directus 8 SDK against a running server, on every database."""

from __future__ import annotations

from pathlib import Path

from tests.clients.sdk import call_every_method, serving
from tests.conformance.kit.session import EMAIL, PASSWORD

FOLDER = Path(__file__).parent / "sdk_v8"


def test_every_method(database_vendor: str, tmp_path: Path) -> None:
    with serving(database_vendor, tmp_path) as place:
        place.shop.create("sdk", EMAIL, PASSWORD)
        try:
            told = call_every_method(FOLDER, "client.cjs", place.base, "sdk", EMAIL, PASSWORD, str(place.mails))
        finally:
            place.shop.drop("sdk")
    assert told["passed"] > 30
