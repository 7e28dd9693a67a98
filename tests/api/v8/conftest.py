"""One project for all tests of the schema on a database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.people import people
from tests.api.v8.tables import Api


@pytest.fixture(scope="module")
def shared(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """One project for all tests of a database."""
    with people(module_vendor, tmp_path_factory.mktemp("schema")) as made:
        yield Api(made)


@pytest.fixture
def api(shared: Api) -> Iterator[Api]:
    """The project, emptied afterwards."""
    yield shared
    for table in shared.own():
        assert shared("DELETE", f"/collections/{table}") == 204
    for row in shared("GET", "/relations?limit=-1&filter[id][gt]=11"):
        shared("DELETE", f"/relations/{row['id']}")
