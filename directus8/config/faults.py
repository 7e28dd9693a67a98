"""What is wrong with a configuration."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from directus8.config.options import Option


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: which key, what was expected, where it stands."""

    key: str
    problem: str
    source: str

    def __str__(self) -> str:
        return f"{self.key}: {self.problem} ({self.source})"


class ConfigError(Exception):
    """Everything that is wrong with a configuration, one line each."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(dict.fromkeys(faults))
        super().__init__("\n".join(map(str, self.faults)))


class Wrong(ValueError):
    """A value that is not what its option expects."""


def _shown(value: Any, option: Option) -> str:
    kinds = {str: "a text", bool: "true or false", int: "a whole number", float: "a number", list: "a list"}
    if option.meta.secret or not isinstance(value, str | int | float | bool):
        return kinds.get(type(value), "a table" if isinstance(value, dict) else type(value).__name__)
    return json.dumps(value, ensure_ascii=False)


def wrong(path: str, option: Option, value: Any, source: str) -> Fault:
    """A value that is not what its option expects; a secret is not shown."""
    return Fault(path, f"expected {option.expected}, found {_shown(value, option)}", source)


def unknown(path: str, known: Iterable[str], source: str) -> Fault:
    """A key that does not exist, with the nearest that does."""
    near = difflib.get_close_matches(path, known, 1, 0.6)
    return Fault(path, "unknown key" + (f", did you mean {near[0]}?" if near else ""), source)
