"""A project that speaks standard SCIM, on each database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import databases
from tests.api.scim.service import Scim, make


@pytest.fixture(scope="module", params=databases.VENDORS)
def scim(
    request: pytest.FixtureRequest, database_vendors: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scim]:
    """A new project on each database; the tests of a module share it."""
    vendor: str = request.param
    if vendor not in database_vendors:
        pytest.skip(f"no database: {databases.problem(vendor)}")
    folder = tmp_path_factory.mktemp("home")
    made, name = make(vendor, folder)
    yield made
    made.registry.close()
    databases.drop(vendor, name, folder)
