"""Looks for known vulnerabilities of the installed packages (pip-audit), for ``make check``.

Where no advisory service can be reached nothing is known, which is told and fails nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from importlib.metadata import version
from typing import Any

SERVICE = os.environ.get("DIRECTUS8_ADVISORIES", "https://pypi.org/pypi/{name}/{version}/json")
PROBE = "flask"


def unreachable() -> str | None:
    """Why the service says nothing of a package that it must know; None when it does."""
    url = SERVICE.format(name=PROBE, version=version(PROBE))
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            known = "vulnerabilities" in json.load(answer)
    except (OSError, urllib.error.URLError, ValueError) as error:
        return f"{url}: {error}"
    return None if known else f"{url} tells of no vulnerabilities"


def verdict(report: dict[str, Any]) -> tuple[int, list[str]]:
    """How many packages were looked at, and a line for each vulnerability found."""
    looked = [package for package in report["dependencies"] if "skip_reason" not in package]
    lines = [
        f"{package['name']} {package['version']}: {found['id']}, fixed in {', '.join(found['fix_versions']) or 'none'}"
        for package in looked
        for found in package["vulns"]
    ]
    return len(looked), lines


def main() -> int:
    """Runs pip-audit; 1 when something was found."""
    if why := unreachable():
        print(f"pip-audit: SKIPPED, there is no service to ask ({why})")
        return 0
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--skip-editable"]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        count, lines = verdict(json.loads(done.stdout))
    except ValueError:
        print(f"pip-audit: SKIPPED, it failed: {done.stderr.strip()[-300:]}")
        return 0
    print("\n".join([*lines, f"pip-audit: {count} packages looked at, {len(lines)} vulnerabilities"]))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
