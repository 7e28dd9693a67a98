"""The repository itself: vulnerabilities of its packages are told, and it holds no secret."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools import audit

ROOT = Path(__file__).parents[2]

#: What secrets look like; each must name a thing that is one whoever finds it.
SECRETS = {
    "private key": r"-----BEGIN (?:RSA |EC |OPENSSH |DSA |ENCRYPTED )?PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}",
    "AWS key": r"\bAKIA[0-9A-Z]{16}\b",
    "GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{36}\b",
    "Slack token": r"\bxox[baprs]-[A-Za-z0-9-]{20,}",
    "Google key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "Stripe key": r"\bsk_live_[0-9a-zA-Z]{24,}",
    "PyPI token": r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}",
    "password in a URL": r"\b(?:postgresql|mysql|redis|amqp)(?:\+\w+)?://\w+:(?!password@|secret@|\$|\{|<)[^@\s\"'/]{12,}@(?!localhost|127\.|\{|host)",
}
FILES = (".env", "id_rsa", ".pypirc", ".netrc", "credentials.json")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name]


def test_no_secret_is_in_the_repository() -> None:
    found = [str(path) for path in tracked() if path.name in FILES or path.suffix in (".pem", ".p12", ".key")]
    for path in tracked():
        text = path.read_bytes().decode("utf-8", "ignore") if path.is_file() else ""
        found += [f"{path}: {name}" for name, pattern in SECRETS.items() if re.search(pattern, text)]
    assert found == []


@pytest.mark.parametrize(
    "secret", ["AKIAIOSFODNN7EXAMPL" + "E", "ghp_" + "a1" * 18, "-----BEGIN PRIVATE KEY-----\n" + "MIIEvg" * 10]
)
def test_a_secret_would_be_found(secret: str) -> None:
    assert any(re.search(pattern, f"key = {secret}\n") for pattern in SECRETS.values())


def test_configured_secrets_of_examples_are_empty_or_placeholders() -> None:
    for path in (ROOT / "config").glob("*.toml"):
        for name, value in re.findall(
            r'^\s*(\w*(?:secret|password|token|key)\w*)\s*=\s*"([^"]*)"', path.read_text(), re.M
        ):
            assert not re.fullmatch(r"[A-Za-z0-9+/_=-]{24,}", value), f"{path}: {name}"


REPORT: dict[str, Any] = {
    "dependencies": [
        {"name": "good", "version": "1.0", "vulns": []},
        {"name": "bad", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]},
        {"name": "own", "skip_reason": "it is editable"},
    ]
}


def test_vulnerabilities_are_told() -> None:
    assert audit.verdict(REPORT) == (2, ["bad 2.0: PYSEC-1, fixed in 2.1"])


def test_without_network_nothing_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(audit, "SERVICE", "http://127.0.0.1:9/{name}/{version}")
    assert audit.main() == 0
    assert "SKIPPED" in capsys.readouterr().out
