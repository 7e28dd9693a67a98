"""One value, from a file or from the environment, as the type of its option."""

from __future__ import annotations

import json
import re
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from directus8.config.faults import Wrong
from directus8.config.options import Option


@dataclass(frozen=True, slots=True)
class Setting:
    """A checked value and where it came from."""

    value: Any
    source: str


Layer = dict[str, Setting]


def from_file(option: Option, value: Any) -> Any:
    """A TOML value as the option's type; no conversions."""
    if option.type == tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Wrong
        return tuple(value)
    if option.type == Mapping[str, Any]:
        if not isinstance(value, dict):
            raise Wrong
        return types.MappingProxyType(value)
    if type(value) is not option.type:
        raise Wrong
    return _checked(option, value)


def _checked(option: Option, value: Any) -> Any:
    if option.meta.choices and value not in option.meta.choices:
        raise Wrong
    if option.meta.minimum is not None and value < option.meta.minimum:
        raise Wrong
    return value


def from_text(option: Option, text: str, lenient: bool = False) -> Any:
    """An environment value as the option's type; ``lenient``: any other text is true, as in the original."""
    if option.type is bool:
        return _flag(text, lenient)
    if text == "" and option.optional:
        return None
    if option.type is int:
        if not re.fullmatch(r"\s*[-+]?\d{1,18}\s*", text):
            raise Wrong
        return _checked(option, int(text))
    if option.type is str:
        return _checked(option, text)
    return from_file(option, _structure(option, text))


def _flag(text: str, lenient: bool) -> bool:
    word = text.strip().lower()
    if word in ("", "0", "false", "off", "no", "null"):
        return False
    if lenient or word in ("1", "true", "on", "yes"):
        return True
    raise Wrong


def _structure(option: Option, text: str) -> Any:
    """A list (JSON or comma separated) or a table (JSON) from an environment value."""
    if option.type == tuple[str, ...] and not text.lstrip().startswith("["):
        return [word.strip() for word in text.split(",") if word.strip()]
    try:
        return json.loads(text)
    except ValueError:
        raise Wrong from None


def merged(layers: Iterable[Layer]) -> Layer:
    """All layers in one, the later the stronger."""
    return {path: setting for layer in layers for path, setting in layer.items()}
