"""The npm packages a test needs: installed once, as its folder's package-lock.json says."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from pathlib import Path

import pytest

SECONDS = 180


def node(folder: Path) -> str:
    """The node program, with the folder's packages beside it; skips the test, and says why, where they can't be had."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None:
        pytest.skip("node is missing")
    with (folder / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run side by side
        if not (folder / "node_modules").is_dir():
            if npm is None:
                pytest.skip(f"npm is missing, and nobody ran `npm ci` in {folder}")
            _install(npm, folder)
    return program


def _install(npm: str, folder: Path) -> None:
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=SECONDS)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        shutil.rmtree(folder / "node_modules", ignore_errors=True)
        pytest.skip(f"`npm ci` in {folder} failed: {error}")
