"""Settings from environment variables, ours and the original's."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from directus8.config.faults import Fault, Wrong, unknown, wrong
from directus8.config.options import Option, legacy_name_of, name_of, project_options, server_options
from directus8.config.table import PREFIX, Environ
from directus8.config.values import Layer, Setting, from_text

LEGACY_PREFIX = "DIRECTUS_"


@cache
def _names(of: Callable[[], Mapping[str, Option]], naming: Callable[[str], str]) -> Mapping[str, Option]:
    """Options by the rest of their environment names; those with a ``*`` keep it."""
    aliases = {each.meta.alias: each for each in of().values() if each.meta.alias}
    return aliases | {naming(path): each for path, each in of().items()}


def _target(rest: str, names: Mapping[str, Option]) -> tuple[str, Option] | None:
    """(path, option) of an environment name without its prefix."""
    if rest in names:
        return names[rest].path, names[rest]
    stars = [(name.split("*_"), each) for name, each in names.items() if "*" in name]
    for (head, tail), each in sorted(stars, key=lambda star: -len(star[0][1])):
        if rest.startswith(head) and rest.endswith(f"_{tail}") and len(rest) > len(head) + len(tail) + 1:
            middle = rest[len(head) : -len(tail) - 1].lower()
            return each.path.replace("*", middle), each
    return None


def _part(rest: str, names: Mapping[str, Option]) -> tuple[Option, str] | None:
    """(option, part) of a name that gives one part of a list (``CORS_ORIGIN_0``) or of a table (``EXT_COLOUR``)."""
    for name, each in names.items():
        if rest.startswith(f"{name}_"):
            part = rest[len(name) + 1 :]
            if each.type == Mapping[str, Any] or (each.type == tuple[str, ...] and part.isdecimal()):
                return each, part
    return None


@dataclass(frozen=True, slots=True)
class Variables:
    """A family of environment names: their prefix, what they may name, and how strict they are."""

    prefix: str
    names: Mapping[str, Option]
    lenient: bool = False  # the original's: others of its names are no fault, any word is true

    def layer(self, environ: Environ, faults: list[Fault]) -> Layer:
        """The settings in the environment; a name ending in _FILE gives the file of its value and wins."""
        ours = {name[len(self.prefix) :]: environ[name] for name in sorted(environ) if name.startswith(self.prefix)}
        plain: Layer = {}
        secret: Layer = {}
        parts: dict[str, dict[str, str]] = {}
        for rest, text in ours.items():
            name = self.prefix + rest
            if target := _target(rest, self.names):
                self._put(plain, *target, text, name, faults)
            elif target := _target(rest.removesuffix("_FILE"), self.names):
                self._put_file(secret, *target, text, f"{name}={text}", faults)
            elif found := _part(rest, self.names):
                parts.setdefault(found[0].path, {})[found[1]] = text
            elif self._meant(rest):
                faults.append(unknown(name, [self.prefix + each for each in self.names], "environment"))
        return {**self._joined(parts), **plain, **secret}

    def _put(self, layer: Layer, path: str, option: Option, text: str, name: str, faults: list[Fault]) -> None:
        try:
            layer[path] = Setting(from_text(option, text, self.lenient), name)
        except Wrong:
            faults.append(wrong(path, option, text, name))

    def _put_file(self, layer: Layer, path: str, option: Option, file: str, source: str, faults: list[Fault]) -> None:
        try:
            text = Path(file).read_text("utf-8").removesuffix("\n").removesuffix("\r")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not a UTF-8 text"
            faults.append(Fault(path, f"the secret file cannot be read: {reason}", source))
        else:
            self._put(layer, path, option, text, source, faults)

    def _joined(self, parts: Mapping[str, Mapping[str, str]]) -> Layer:
        layer: Layer = {}
        for path, values in parts.items():
            source = f"{self.prefix}{name_of(path)}_*"
            if all(part.isdecimal() for part in values):
                layer[path] = Setting(tuple(values[part] for part in sorted(values, key=int)), source)
            else:
                table = {part.lower(): text for part, text in values.items()}
                layer[path] = Setting(types.MappingProxyType(table), source)
        return layer

    def _meant(self, rest: str) -> bool:
        """Whether an unknown name was meant for us: others also set names with our prefix (Kubernetes does)."""
        first = {name.split("_")[0] for name in self.names}
        return not self.lenient and rest.split("_")[0] in first


def server_variables() -> Variables:
    """``DIRECTUS8_SERVER_<NAME>``."""
    return Variables(PREFIX, _names(server_options, name_of))


def legacy_server_variables() -> Variables:
    """``DIRECTUS_SUPER_ADMIN_TOKEN``, the only one the original has."""
    return Variables(LEGACY_PREFIX, _names(server_options, legacy_name_of), lenient=True)


def common_variables() -> Variables:
    """``DIRECTUS8_<PATH>``: for every project."""
    return Variables(PREFIX, _names(project_options, name_of))


def own_variables(key: str) -> Variables:
    """``DIRECTUS8_PROJECT_<KEY>__<PATH>``: for one project."""
    return Variables(f"{PREFIX}PROJECT_{key.upper().replace('-', '_')}__", _names(project_options, name_of))


def legacy_variables() -> Variables:
    """``DIRECTUS_<PATH>``: the original's, for its one project."""
    return Variables(LEGACY_PREFIX, _names(project_options, legacy_name_of), lenient=True)
