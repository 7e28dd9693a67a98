"""A project that speaks standard SCIM, on each database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.scim.service import Scim, service


@pytest.fixture(scope="module")
def scim(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scim]:
    """A new project on each database; the tests of a module share it."""
    with service(module_vendor, tmp_path_factory.mktemp("home")) as made:
        yield made
