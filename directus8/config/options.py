"""The table of settings, flat: every setting by its path, and the page that lists them."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from directus8.config.table import EMPTY, PREFIX, Meta, ProjectConfig, ServerConfig
from directus8.config.toml import toml_value

KINDS: Mapping[Any, str] = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    tuple[str, ...]: "a list of texts",
    Mapping[str, Any]: "a table",
}


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the table; a ``*`` in the path stands for any name."""

    path: str
    type: Any
    optional: bool
    default: Any
    meta: Meta

    @property
    def expected(self) -> str:
        """What a value must be, in words."""
        if self.meta.choices:
            return "one of " + ", ".join(repr(choice) for choice in self.meta.choices)
        least = "" if self.meta.minimum is None else f" of at least {self.meta.minimum}"
        return KINDS[self.type] + least


@dataclass(frozen=True, slots=True)
class Member:
    """One field of a class of the table: a setting, a group, or groups under free names."""

    attribute: str
    option: Option | None = None
    group: type | None = None
    groups: type | None = None


@cache
def members(cls: type) -> Mapping[str, Member]:
    """The fields of a class of the table by the names users write (``from`` for ``from_``)."""
    hints = typing.get_type_hints(cls)
    given = [each for each in dataclasses.fields(cls) if _default_of(each) is not dataclasses.MISSING]
    return {each.name.rstrip("_"): _member(each, hints[each.name]) for each in given}


def _default_of(item: dataclasses.Field[Any]) -> Any:
    factory = item.default_factory
    return factory() if factory is not dataclasses.MISSING else item.default


def _member(item: dataclasses.Field[Any], annotation: Any) -> Member:
    if meta := item.metadata.get("option"):
        optional = isinstance(annotation, types.UnionType)
        kind = typing.get_args(annotation)[0] if optional else annotation
        return Member(item.name, option=Option(item.name.rstrip("_"), kind, optional, _default_of(item), meta))
    if dataclasses.is_dataclass(annotation):
        return Member(item.name, group=typing.cast(type, annotation))
    return Member(item.name, groups=typing.get_args(annotation)[1])


def _walk(cls: type, prefix: str) -> Iterator[Option]:
    for name, member in members(cls).items():
        if member.option:
            yield dataclasses.replace(member.option, path=prefix + name)
        elif member.group:
            yield from _walk(member.group, f"{prefix}{name}.")
        elif member.groups:
            yield from _walk(member.groups, f"{prefix}{name}.*.")


@cache
def project_options() -> Mapping[str, Option]:
    """Every setting of a project by path."""
    return {each.path: each for each in _walk(ProjectConfig, "")}


@cache
def server_options() -> Mapping[str, Option]:
    """Every setting of the process by path."""
    return {each.path: each for each in _walk(ServerConfig, "server.")}


# --- names in the environment ----------------------------------------------------------------------------------


def name_of(path: str) -> str:
    """The environment name of a setting, without its prefix."""
    return path.replace(".", "_").upper()


def legacy_name_of(path: str) -> str:
    """The same as the original spells it: no underscores inside a part."""
    return path.replace("_", "").replace(".", "_").upper()


# --- the page ------------------------------------------------------------------------------------------------


def options_table() -> str:
    """Every setting as Markdown tables, for docs/configuration.md."""
    lines: list[str] = []
    for title, options in (("The server", server_options()), ("A project", project_options())):
        lines += [f"### {title}", "", "| Key | Value | Default | Environment | |", "|---|---|---|---|---|"]
        lines += [_row(each) for each in options.values()]
        lines.append("")
    return "\n".join(lines)


def _row(each: Option) -> str:
    name = PREFIX + name_of(each.path).replace("*", "<NAME>")
    kind = ", ".join(f"`{choice}`" for choice in each.meta.choices if choice) or each.expected
    note = each.meta.help + (" **(secret)**" if each.meta.secret else "") + (" **(required)**" * each.meta.required)
    return f"| `{each.path.replace('*', '<name>')}` | {kind} | {_default(each.default)} | `{name}` | {note} |"


def _default(value: Any) -> str:
    if value in (None, "", (), EMPTY):
        return "—"
    return f"`{toml_value(value)}`"
