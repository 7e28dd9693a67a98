"""Layers to configurations."""

from __future__ import annotations

import json
import os
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import make_url

from directus8.config.database import anchored, database_url
from directus8.config.environment import (
    common_variables,
    legacy_server_variables,
    legacy_variables,
    own_variables,
    server_variables,
)
from directus8.config.faults import ConfigError, Fault, unknown
from directus8.config.files import file_layer, read_toml
from directus8.config.options import Option, members, project_options
from directus8.config.projects import ENV_KEY, find_project, project_keys, single_project, valid_key
from directus8.config.table import Environ, Home, ProjectConfig, ServerConfig
from directus8.config.values import Layer, Setting, merged

T = TypeVar("T")


def load_server(home: Home, environ: Environ | None = None) -> ServerConfig:
    """The settings of the process. The project defaults are checked too."""
    environ = os.environ if environ is None else environ
    faults: list[Fault] = []
    _common_layers(home, environ, faults)
    layers = [_token_layer(home, faults), *_server_layers(home, environ, faults)]
    if faults:
        raise ConfigError(faults)
    values = {path: each.value for path, each in merged(layers).items()}
    return build(ServerConfig, values, "server.", home=home)


def _server_layers(home: Home, environ: Environ, faults: list[Fault]) -> Iterator[Layer]:
    content = _server_content(home, [])  # its own faults are told with the project defaults
    yield file_layer(ServerConfig, content["server"], "server.", str(home.server_file), faults)
    if single_project(environ):
        yield legacy_server_variables().layer(environ, faults)
    yield server_variables().layer(environ, faults)


def _common_layers(home: Home, environ: Environ, faults: list[Fault]) -> list[Layer]:
    """What is said of every project."""
    content = _server_content(home, faults)
    file = file_layer(ProjectConfig, content["project"], "", str(home.server_file), faults)
    return [file, common_variables().layer(environ, faults)]


def _server_content(home: Home, faults: list[Fault]) -> dict[str, dict[str, Any]]:
    """The two tables of server.toml."""
    content, source = read_toml(home.server_file, faults), str(home.server_file)
    tables: dict[str, dict[str, Any]] = {"server": {}, "project": {}}
    for name, table in content.items():
        if name not in tables:
            faults.append(unknown(name, tables, source))
        elif not isinstance(table, dict):
            faults.append(Fault(name, "expected a table", source))
        else:
            tables[name] = table
    return tables


def _token_layer(home: Home, faults: list[Fault]) -> Layer:
    """The super admin token where the original keeps it."""
    try:
        content = json.loads(home.token_file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        faults.append(Fault("server.super_admin_token", "the file cannot be read", str(home.token_file)))
        return {}
    token = content.get("super_admin_token") if isinstance(content, dict) else None
    return {"server.super_admin_token": Setting(str(token), str(home.token_file))} if token else {}


def load_project(home: Home, key: str, environ: Environ | None = None) -> ProjectConfig:
    """The settings of one project; a ``ConfigError`` if it has none."""
    environ = os.environ if environ is None else environ
    if single_project(environ):
        return build_project(home, ENV_KEY, {}, environ=environ, source="environment")
    if not valid_key(key):
        raise ConfigError([Fault(key, "not a key a project may have", "project")])
    file = find_project(home, key)
    if file is None:
        raise ConfigError([Fault(key, "no such project", str(home.project_file(key)))])
    faults: list[Fault] = []
    table = read_toml(file.path, faults)
    if faults:
        raise ConfigError(faults)
    return build_project(home, key, table, file.private, environ, str(file.path))


def every_fault(home: Home, environ: Environ | None = None) -> tuple[Fault, ...]:
    """All that is wrong with the configuration of the server and of every project."""
    environ = os.environ if environ is None else environ
    keys = [ENV_KEY] if single_project(environ) else [each.key for each in project_keys(home)]
    loads: list[Callable[[], object]] = [partial(load_server, home, environ)]
    loads += [partial(load_project, home, key, environ) for key in keys]
    return tuple(dict.fromkeys(fault for load in loads for fault in _faults_of(load)))


def _faults_of(load: Callable[[], object]) -> tuple[Fault, ...]:
    try:
        load()
    except ConfigError as error:
        return error.faults
    return ()


def build_project(
    home: Home,
    key: str,
    table: Mapping[str, Any],
    private: bool = False,
    environ: Environ | None = None,
    source: str = "given",
) -> ProjectConfig:
    """The settings of a project whose file would hold ``table``."""
    environ = os.environ if environ is None else environ
    faults: list[Fault] = []
    layers = _common_layers(home, environ, faults)
    layers.append(file_layer(ProjectConfig, table, "", source, faults))
    own = legacy_variables() if single_project(environ) else own_variables(key)
    layers.append(own.layer(environ, faults))
    layers = [{path: _filled(path, each, key) for path, each in layer.items()} for layer in layers]
    values = merged(layers)
    faults += _required(project_options(), values, {fault.key for fault in faults}, source)
    faults += _same_keys(values)
    url = database_url(layers, home, faults)
    if faults:
        raise ConfigError(faults)
    plain = {path: each.value for path, each in values.items()}
    return build(ProjectConfig, _resolved(plain, url, home, key), "", **_identity(home, key, private))


def _identity(home: Home, key: str, private: bool) -> dict[str, Any]:
    return {"key": key, "folder": home.project_folder(key), "private": private}


def _same_keys(values: Layer) -> Iterator[Fault]:
    secret, public = values.get("auth.secret_key"), values.get("auth.public_key")
    if secret and public and secret.value and secret.value == public.value:
        yield Fault("auth.public_key", "must not be the secret key", public.source)


def _option_of(path: str) -> Option:
    options = project_options()
    return options.get(path) or options[re.sub(r"(social_providers|webhooks\.hooks)\.[^.]+", r"\1.*", path)]


def _filled(path: str, setting: Setting, key: str) -> Setting:
    """A setting with ``{project}`` replaced where its option allows it."""
    if not _option_of(path).meta.template or "{project}" not in setting.value:
        return setting
    return Setting(setting.value.replace("{project}", key), setting.source)


def _resolved(values: dict[str, Any], url: str | None, home: Home, key: str) -> dict[str, Any]:
    """The values with the defaults that depend on the project, and with paths made absolute."""
    made = dict(values)
    local = made.get("storage.adapter", "local") == "local"
    for path, each in project_options().items():
        if each.meta.template and path not in made and "*" not in path:
            made[path] = each.default.replace("{project}", key)
    if not local:  # inside a bucket the folder of this host means nothing
        made["storage.root"] = values.get("storage.root", f"{key}/originals")
        made["storage.thumb_root"] = values.get("storage.thumb_root", f"{key}/generated")
    made["database.url"] = url or anchored(make_url(made["database.url"]), home).render_as_string(hide_password=False)
    folders = ("storage.root", "storage.thumb_root") if local else ()
    for path in (*folders, "cache.pool.path", "mail.default.path"):
        made[path] = str(home.root / made[path]) if made[path] else ""
    return made


# --- building ------------------------------------------------------------------------------------------------


def build(cls: type[T], values: Mapping[str, Any], prefix: str, **given: Any) -> T:
    """An instance of a class of the table from flat values."""
    made = dict(given)
    for name, member in members(typing.cast(type, cls)).items():
        path = prefix + name
        if member.option and path in values:
            made[member.attribute] = values[path]
        elif member.group:
            made[member.attribute] = build(member.group, values, f"{path}.")
        elif member.groups:
            made[member.attribute] = _build_named(member.groups, values, f"{path}.")
    return cls(**made)


def _build_named(cls: type[T], values: Mapping[str, Any], prefix: str) -> Mapping[str, T]:
    names = dict.fromkeys(path[len(prefix) :].split(".")[0] for path in values if path.startswith(prefix))
    return types.MappingProxyType({name: build(cls, values, f"{prefix}{name}.") for name in names})


def _required(options: Mapping[str, Option], values: Layer, faulty: set[str], source: str) -> Iterator[Fault]:
    for path, each in options.items():
        missing = path not in values or not values[path].value
        if each.meta.required and missing and path not in faulty:
            yield Fault(path, f"expected {each.expected}, found nothing", source)
