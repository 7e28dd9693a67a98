"""The projects of an installation: which keys they may have, and which files are theirs."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from directus8.config.announce import announce
from directus8.config.faults import ConfigError, Fault
from directus8.config.table import Environ, Home
from directus8.config.toml import to_toml, write_whole

ENV_KEY = "_"  # the one project of the single-project environment mode
KEY = re.compile(r"[0-9A-Za-z_-]+")
# The original's own first path segments, then ours: web roots, the Directus 6 API, operations.
_ORIGINAL = {"server", "interfaces", "modules", "layouts", "types", "projects"}
RESERVED = frozenset(_ORIGINAL | {"admin", "uploads", "downloads", "extensions", "assets", "api", "health", "metrics"})


def single_project(environ: Environ) -> bool:
    """Whether the environment describes the one project of this installation."""
    return environ.get("DIRECTUS_USE_ENV") == "1"


def valid_key(key: str) -> bool:
    """Whether a project may have this key: letters, digits, ``_``, ``-``, and no name the server needs itself."""
    return KEY.fullmatch(key) is not None and key.lower() not in RESERVED


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """A configuration file of a project."""

    key: str
    path: Path
    private: bool = False  # config/private.<key>.toml

    @property
    def hidden(self) -> bool:
        """Whether it begins with ``_``: served, but counted nowhere."""
        return self.key.startswith("_") and len(self.key) > 1

    @property
    def listed(self) -> bool:
        return not self.private and not self.hidden


def project_keys(home: Home) -> tuple[ProjectFile, ...]:
    """The configured projects by key; the private one of two with the same key."""
    found: dict[str, ProjectFile] = {}
    with contextlib.suppress(FileNotFoundError):
        for path in sorted(home.config.iterdir()):
            private = path.name.startswith("private.")
            key = path.name.removeprefix("private." if private else "").removesuffix(".toml")
            usable = path.suffix == ".toml" and path != home.server_file and KEY.fullmatch(key)
            if usable and (private or key not in found):
                found[key] = ProjectFile(key, path, private)
    return tuple(found[key] for key in sorted(found))


def find_project(home: Home, key: str) -> ProjectFile | None:
    """The configuration file of one project."""
    if valid_key(key):
        for private in (True, False):
            path = home.project_file(key, private)
            if path.is_file():
                return ProjectFile(key, path, private)
    return None


def write_project(home: Home, key: str, values: Mapping[str, Any], private: bool = False, replace: bool = True) -> Path:
    """Write a project's file, whole or not at all, readable by its owner only; FileExistsError if not ``replace``."""
    if not valid_key(key):
        raise ConfigError([Fault(key, "not a key a project may have", "project")])
    path = home.project_file(key, private)
    write_whole(path, to_toml(values), replace)
    announce(home)
    return path


def write_super_admin_token(home: Home, token: str) -> None:
    """Keep the super admin token where the original keeps it."""
    write_whole(home.token_file, json.dumps({"super_admin_token": token}) + "\n", replace=True)
