"""A configuration of the original as one of ours. Source: server_projects.md §4.

Keys are compared as the original does it: without case, ``_`` and ``-``. What is not understood is told, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from directus8.config.options import Option, project_options
from directus8.config.php import read

#: Why a part of the original's configuration has no place here.
NO_PLACE = {
    "hooks": "hooks written in PHP cannot run here: see docs/migrating-from-directus-8.md",
    "tableblacklist": "had no effect in the original",
    "feedback": "was not used by the original",
    "session": "was not used by the original",
}


@dataclass(slots=True)
class Imported:
    """The content of a configuration file, and what the operator should know."""

    values: dict[str, Any]
    notices: list[str] = field(default_factory=list)


def imported(file: Path, database_url: str | None = None, base: Path | None = None) -> Imported:
    """The configuration in a PHP file; relative folders are below ``base``. NotAnArray; OSError."""
    parsed = read(file.read_text("utf-8", "replace"))
    result = Imported({}, [f"line {line}: {reason}" for line, reason in parsed.left_out])
    for path, value in _flat(parsed.values, ()):
        _take(result, path, value)
    if database_url:
        result.values["database"] = {"url": database_url}
    _anchor(result, (base or file.parent.parent).absolute())
    # Others may write into this database: the original itself, its cron jobs.
    result.values.setdefault("cache", {})["etags"] = "content"
    return result


def _flat(values: Mapping[Any, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value with its path; arrays that are values are not entered."""
    for key, value in values.items():
        inner = (*path, str(key))
        if isinstance(value, dict) and _option(inner) is None:
            if _folded(inner[:1]) in NO_PLACE:
                if any(value.values()):
                    yield inner, value
            else:
                yield from _flat(value, inner)
        else:
            yield inner, value


def _take(result: Imported, path: tuple[str, ...], value: Any) -> None:
    found = _option(path)
    name = ".".join(path)
    if found is None:
        reason = NO_PLACE.get(_folded(path[:1]), "there is no such setting")
        result.notices.append(f"{name}: left out, {reason}")
        return
    option, own_path = found
    try:
        converted = _converted(option, value)
    except (TypeError, ValueError):
        result.notices.append(f"{name}: left out, expected {option.expected}")
        return
    if converted is not None and not (converted == "" and option.default == ""):
        _put(result.values, own_path, converted)


def _option(path: tuple[str, ...]) -> tuple[Option, tuple[str, ...]] | None:
    """The setting behind a path, and its path as we write it."""
    exact = _options().get(_folded(path))
    if exact is not None:
        return exact, tuple(exact.path.split("."))
    if len(path) == 4 and _folded(path[:2]) == "auth.socialproviders":
        starred = _options().get(f"auth.socialproviders.*.{_folded(path[3:])}")
        if starred is not None:
            return starred, ("auth", "social_providers", path[2], starred.path.rsplit(".", 1)[1])
    return None


@cache
def _options() -> Mapping[str, Option]:
    return {_folded(path.split(".")): option for path, option in project_options().items()}


def _folded(path: tuple[str, ...] | list[str]) -> str:
    return ".".join(re.sub("[_-]", "", part).lower() for part in path)


def _converted(option: Option, value: Any) -> Any:
    """A value as the original casts it. TypeError, ValueError."""
    if value is None:
        return None
    if option.type is bool:
        return value not in (False, 0, "", "0", "false", "off", "no")
    if option.type is int:
        return None if value == "" else int(float(value))
    if option.type is str:
        text = _text(value)
        if text and option.meta.choices and text not in option.meta.choices:
            raise ValueError(text)
        return text
    if not isinstance(value, dict):
        raise TypeError
    return [_text(each) for each in value.values()] if option.type == tuple[str, ...] else _plain(value)


def _text(value: Any) -> str:
    if isinstance(value, (dict, list)):
        raise TypeError
    return str(value)


def _plain(value: Any) -> Any:
    """An array as a list or a table."""
    if not isinstance(value, dict):
        return value
    inner = {str(key): _plain(each) for key, each in value.items() if each is not None}
    return list(inner.values()) if inner and list(inner) == [str(i) for i in range(len(inner))] else inner


def _put(values: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    *groups, last = path
    for group in groups:
        values = values.setdefault(group, {})
    values[last] = value


def _anchor(result: Imported, base: Path) -> None:
    """Folders are relative to the original's base folder, the one above ``config``; its log folder may be gone."""
    storage = result.values.get("storage", {})
    if storage.get("adapter", "local") == "local":
        for name in ("root", "thumb_root"):
            if name in storage:
                storage[name] = str(base / storage[name])
                if not Path(storage[name]).is_dir():
                    result.notices.append(f"storage.{name}: there is no folder {storage[name]}")
    path = result.values.get("logger", {}).get("path", "")
    if path and not path.startswith("php://") and not Path(path).is_dir():
        del result.values["logger"]
        result.notices.append(f"logger.path: left out, there is no folder {path}")
