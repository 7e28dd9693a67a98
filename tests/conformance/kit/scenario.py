"""Scenario files: loading, checking and filling in variables."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from . import functions
from .suite import SUITES, Suite

DAYS = ("today", "yesterday", "tomorrow")
VARIABLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
FUNCTION = re.compile(r"\{(totp|basic|base64)\(([^(){}]*)\)\}")
# Given by the target; a step that uses one which was not given is skipped.
EXTERNAL = {"super_admin_token", "db_type", "db_host", "db_port", "db_name", "db_user", "db_password"}
STEP_KEYS = set("name as request save ignore note quirk compare binary headers wait only document".split())
REQUEST_KEYS = {"method", "path", "query", "headers", "json", "form", "files", "raw"}
DOCUMENT_KEYS = {"status", "body", "paths"}
YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ScenarioError(Exception):
    """A scenario file that cannot be used."""


class MissingVariable(Exception):
    """A step uses a variable that no earlier step managed to save."""


@dataclass(frozen=True)
class Step:
    """One request and how its answer is compared."""

    name: str
    request: dict[str, Any]
    actor: str = "admin"
    save: dict[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    quirk: bool | str = False  # True: anything but 5xx will do; "4xx": a 4xx will do
    compare: str = "full"  # full | shape | status
    binary: str = "exact"  # exact | image
    only: tuple[str, ...] = ()  # of a JSON answer below 400 keep only these paths
    headers: tuple[str, ...] = ()  # further headers that must be equal
    wait: float = 0.0
    document: dict[str, Any] | None = None  # what the document says, when the running server answers otherwise
    note: str = ""


@dataclass(frozen=True)
class Scenario:
    """A named list of steps, run in order on one fresh project."""

    suite: Suite
    family: str
    name: str
    about: str
    setup: tuple[Step, ...]
    steps: tuple[Step, ...]
    needs: tuple[str, ...] = ()  # what the target must offer, else the whole scenario is skipped

    @property
    def id(self) -> str:
        """family/name"""
        return f"{self.family}/{self.name}"

    @property
    def expected_file(self) -> Path:
        """Where the recorded answers lie."""
        return self.suite.expected / self.family / f"{self.name}.json"

    @property
    def variables(self) -> set[str]:
        """The names that steps may save, and those that the target gives."""
        return {name for step in self.setup + self.steps for name in step.save} | EXTERNAL


def _refuse(problem: bool, where: str, text: str) -> None:
    if problem:
        raise ScenarioError(f"{where}: {text}")


def _check_step(raw: dict[str, Any], where: str) -> None:
    """Refuse what the runner would otherwise pass over in silence."""
    strange = sorted(set(raw) - STEP_KEYS)
    _refuse(bool(strange), where, f"unknown step keys {strange}")
    request = raw.get("request")
    if not raw.get("name") or not isinstance(request, dict):
        raise ScenarioError(f"{where}: a step needs a name and a request")
    strange = sorted(set(request) - REQUEST_KEYS)
    _refuse(bool(strange), where, f"unknown request keys {strange}")
    _refuse("method" not in request or "path" not in request, where, "a request needs a method and a path")
    _refuse(raw.get("quirk", False) not in (False, True, "4xx"), where, "quirk is true or 4xx")
    _refuse(raw.get("compare", "full") not in ("full", "shape", "status"), where, "compare is full, shape or status")
    document = raw.get("document", {})
    known = isinstance(document, dict) and not set(document) - DOCUMENT_KEYS
    _refuse(not known, where, "document holds status, body, paths")


def _step(raw: dict[str, Any], where: str) -> Step:
    _check_step(raw, where)
    return Step(
        name=str(raw["name"]),
        request=raw["request"],
        actor=raw.get("as", "admin"),
        save=raw.get("save") or {},
        ignore=tuple(raw.get("ignore") or ()),
        only=tuple(raw.get("only") or ()),
        quirk=raw.get("quirk", False),
        compare=raw.get("compare", "full"),
        binary=raw.get("binary", "exact"),
        headers=tuple(raw.get("headers") or ()),
        wait=float(raw.get("wait", 0)),
        document=raw.get("document"),
        note=raw.get("note", ""),
    )


def _steps(document: dict[str, Any], where: str) -> tuple[Step, ...]:
    steps = tuple(_step(raw, f"{where} step {n}") for n, raw in enumerate(document["steps"], 1))
    names = [step.name for step in steps]
    twice = sorted({name for name in names if names.count(name) > 1})
    _refuse(bool(twice), where, f"step names used twice: {twice}")
    return steps


def _read(path: Path, where: str) -> dict[str, Any]:
    try:
        document: dict[str, Any] = yaml.load(path.read_text(), YAML_LOADER)  # both loaders are the safe one
    except yaml.YAMLError as error:
        raise ScenarioError(f"{where}: {error}") from error
    return document


def load(path: Path, suite: Suite) -> Scenario:
    """Read one scenario file with the setups that it names."""
    where = str(path.relative_to(suite.scenarios))
    document = _read(path, where)
    _refuse(document.get("name") != path.stem, where, f"name must be {path.stem!r}")
    setups = document.get("setup") or []
    setup: list[Step] = []
    for name in [setups] if isinstance(setups, str) else setups:
        shared = f"_setup/{name}"
        setup.extend(_steps(_read(suite.scenarios / f"{shared}.yaml", shared), shared))
    return Scenario(
        suite=suite,
        family=path.parent.name,
        name=path.stem,
        about=str(document.get("about", "")).strip(),
        setup=tuple(setup),
        steps=_steps(document, where),
        needs=tuple(document.get("needs") or ()),
    )


def select(
    suites: Iterable[Suite] | None = None,
    families: Collection[str] | None = None,
    names: Collection[str] | None = None,
) -> list[Scenario]:
    """The scenarios of the suites, only the given families, only those named (name or family/name)."""
    chosen: list[Scenario] = []
    for suite in SUITES.values() if suites is None else suites:
        for path in sorted(suite.scenarios.glob("*/*.yaml")):
            family, name = path.parent.name, path.stem
            if family.startswith("_") or (families and family not in families):
                continue
            if not names or name in names or f"{family}/{name}" in names:
                chosen.append(load(path, suite))
    return chosen


def builtins(base: str, project: str) -> dict[str, Any]:
    """Variables every step may use: {base}, {project}, {today}, {yesterday}, {tomorrow}, {now}."""
    now = datetime.now(UTC)
    day = timedelta(days=1)
    return {
        "base": base,
        "project": project,
        "today": f"{now:%Y-%m-%d}",
        "yesterday": f"{now - day:%Y-%m-%d}",
        "tomorrow": f"{now + day:%Y-%m-%d}",
        "now": f"{now:%Y-%m-%d %H:%M:%S}",
    }


@dataclass(frozen=True)
class Filler:
    """Replaces "{name}" and "{function(…)}" in every string of a value.

    A string that is just "{name}" keeps the value's type. Braces around a name that no step saves stay as they are,
    so GraphQL and JSON text survive.
    """

    variables: Mapping[str, Any]
    declared: Collection[str] = ()
    fixtures: Path = Path()

    def fill(self, value: Any) -> Any:
        """The value with every variable in place; MissingVariable when a declared one was never saved."""
        if isinstance(value, dict):
            return {self.fill(k): self.fill(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self.fill(v) for v in value]
        return self._text(value) if isinstance(value, str) else value

    def _known(self, name: str) -> bool:
        return name in self.variables or name in self.declared

    def _lookup(self, name: str) -> Any:
        if name in self.variables:
            return self.variables[name]
        raise MissingVariable(name)

    def _call(self, match: re.Match[str]) -> str:
        if match[1] == "base64":
            return functions.base64_of(self.fixtures / match[2])
        names = [name.strip() for name in match[2].split(",")]
        words = [str(self._lookup(name)) if self._known(name) else name for name in names]
        return functions.totp(*words) if match[1] == "totp" else functions.basic(*words)

    def _text(self, text: str) -> Any:
        text = FUNCTION.sub(self._call, text)
        whole = VARIABLE.fullmatch(text)
        if whole and self._known(whole[1]):
            return self._lookup(whole[1])
        return VARIABLE.sub(lambda m: str(self._lookup(m[1])) if self._known(m[1]) else m[0], text)
