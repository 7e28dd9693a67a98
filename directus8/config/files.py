"""Settings from TOML files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from directus8.config.faults import Fault, Wrong, unknown, wrong
from directus8.config.options import Member, members, project_options, server_options
from directus8.config.values import Layer, Setting, from_file


def read_toml(path: Path, faults: list[Fault]) -> dict[str, Any]:
    """The content of a TOML file; a fault if it cannot be read, empty if there is none."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        faults.append(Fault("-", f"the file cannot be read: {error.strerror}", str(path)))
    except ValueError as error:
        faults.append(Fault("-", f"the file is not TOML: {error}", str(path)))
    return {}


def without_none(table: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a file would hold of values given by a program."""
    return {name: value for name, value in table.items() if value is not None}


def file_layer(cls: type, table: Mapping[str, Any], prefix: str, source: str, faults: list[Fault]) -> Layer:
    """The settings in a TOML table of class ``cls``."""
    layer: Layer = {}
    for name, value in without_none(table).items():
        path, member = prefix + name, members(cls).get(name, Member(""))
        if member.option:
            try:
                layer[path] = Setting(from_file(member.option, value), source)
            except Wrong:
                faults.append(wrong(path, member.option, value, source))
        elif not (member.group or member.groups):
            faults.append(unknown(path, server_options() if path.startswith("server.") else project_options(), source))
        elif not isinstance(value, dict):
            faults.append(Fault(path, "expected a table", source))
        elif member.group:
            layer |= file_layer(member.group, value, f"{path}.", source, faults)
        elif member.groups:
            layer |= _named_layer(member.groups, value, f"{path}.", source, faults)
    return layer


def _named_layer(cls: type, table: Mapping[str, Any], prefix: str, source: str, faults: list[Fault]) -> Layer:
    """The settings in a TOML table of tables of class ``cls``."""
    layer: Layer = {}
    for name, value in table.items():
        if isinstance(value, dict):
            layer |= file_layer(cls, value, f"{prefix}{name}.", source, faults)
        else:
            faults.append(Fault(prefix + name, "expected a table", source))
    return layer
