"""Fixtures that run a test on every database that answers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import databases

DATABASES = databases.VENDORS
# Hashes that are quick to make; what the default costs has a test of its own.
os.environ.setdefault("DIRECTUS8_AUTH_BCRYPT_COST", "4")


def pytest_configure(config: pytest.Config) -> None:
    """A required database server that does not answer ends the run before its first test."""
    if hasattr(config, "workerinput"):
        return  # an xdist worker: the controller has asked
    try:
        databases.available()
    except databases.Unavailable as error:
        raise pytest.UsageError(f"a required database is missing: {error}") from None
    if os.environ.get("DIRECTUS8_REQUIRE_CLIENTS") and (missing := _missing_clients()):
        raise pytest.UsageError(f"clients are missing: {', '.join(missing)} (make clients)")


def _missing_clients() -> list[str]:
    """What the tests of clients would be skipped for."""
    locks = sorted((Path(__file__).parent / "clients").glob("*/package-lock.json"))
    missing = [lock.parent.name for lock in locks if not (lock.parent / "node_modules").is_dir()]
    return missing + [name for name in ("node", "chromium") if shutil.which(name) is None]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which databases were used, and why the others were not."""
    for vendor in DATABASES:
        state = databases.problem(vendor)
        terminalreporter.write_line(f"database {vendor}: {'used' if state is None else f'SKIPPED ({state})'}")


@pytest.fixture(scope="session")
def database_vendors() -> list[str]:
    """The vendors whose databases can be used in this run."""
    return databases.available()


def _each_vendor(request: pytest.FixtureRequest, database_vendors: list[str]) -> str:
    """Each vendor in turn; those that do not answer are skipped."""
    vendor: str = request.param
    if vendor not in database_vendors:
        pytest.skip(f"no database: {databases.problem(vendor)}")
    return vendor


database_vendor = pytest.fixture(params=DATABASES)(_each_vendor)
#: The same for what the tests of a module, or of a package, share.
module_vendor = pytest.fixture(scope="module", params=DATABASES)(_each_vendor)
package_vendor = pytest.fixture(scope="package", params=DATABASES)(_each_vendor)


@pytest.fixture
def database_url(database_vendor: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a new, empty database of each vendor, dropped afterwards."""
    with databases.temporary(database_vendor, tmp_path) as url:
        yield url
