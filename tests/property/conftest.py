"""The world, opened once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.property.examples import examples
from tests.property.world import World, open_world

settings.register_profile(
    "directus8",
    max_examples=examples(300),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("directus8")


@pytest.fixture(scope="session")
def world(database_vendors: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The same rows in every database that answers."""
    with open_world(database_vendors, tmp_path_factory.mktemp("world")) as made:
        yield made
