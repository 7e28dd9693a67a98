"""The flag that closes an installation, or one project of it, for a while: a file."""

from __future__ import annotations

import os
from pathlib import Path

from directus8.config.announce import announce
from directus8.config.projects import valid_key
from directus8.config.table import Home


def flag(home: Home, key: str | None = None) -> Path:
    """The file that stands for maintenance of everything (where the original has it), or of one project."""
    return (home.project_folder(key) if key else home.root / "logs") / "maintenance"


def is_on(home: Home, key: str) -> bool:
    """Is this project closed, by itself or with all the others?"""
    return os.access(f"{home.root}/logs/maintenance", os.F_OK) or (
        valid_key(key) and os.access(f"{home.root}/projects/{key}/maintenance", os.F_OK)
    )


def switch(home: Home, on: bool, key: str | None = None) -> None:
    """Close or open."""
    file = flag(home, key)
    if on:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    else:
        file.unlink(missing_ok=True)
    announce(home)
