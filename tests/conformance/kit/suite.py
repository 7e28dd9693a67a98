"""The suites of recordings, and the dialect that each of them speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Dialect:
    """How the kit logs in, where the API is mounted, and which liberties a target has."""

    name: str
    prefix: str  # what {api} stands for; {project} in it is the project key
    login: str
    token_key: str
    login_extra: Mapping[str, str] = field(default_factory=dict)
    short_paths: bool = False  # paths of the scenarios lack the prefix
    success_flag: bool = False  # an error may hide in an answer 200 as {"success": false}
    document_keys: bool = False  # some keys are known to one of the two truths only
    uuid_keys: bool = False  # recorded keys are uuids; a target may use integers

    def mount(self, project: str) -> str:
        """The prefix for one project."""
        return self.prefix.replace("{project}", project)


V8 = Dialect("v8", "/{project}", "/auth/authenticate", "token")
V10 = Dialect("v10", "/{project}/v10", "/auth/login", "access_token", {"mode": "json"}, uuid_keys=True)
V1 = Dialect(
    "v1", "/{project}/api/1.1", "/auth/request-token", "token", short_paths=True, success_flag=True, document_keys=True
)


@dataclass(frozen=True)
class Suite:
    """A folder with scenarios/, expected/ and fixtures/, recorded in one dialect."""

    name: str
    folder: Path
    dialect: Dialect = V8

    @property
    def scenarios(self) -> Path:
        """The folder of the scenario files, one sub-folder for each family."""
        return self.folder / "scenarios"

    @property
    def expected(self) -> Path:
        """The folder of the recorded answers."""
        return self.folder / "expected"

    @property
    def fixtures(self) -> Path:
        """The folder of the files that scenarios upload."""
        return self.folder / "fixtures"


SUITES = {
    suite.name: suite
    for suite in (
        Suite("v8", ROOT / "v8"),
        Suite("v10", ROOT / "v10", V10),
        Suite("v1", ROOT / "v1", V1),
        Suite("legacy", ROOT / "legacy"),
    )
}
