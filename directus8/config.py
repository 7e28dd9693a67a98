"""Layered settings: defaults < files < environment < secret files, as frozen dataclasses.

The dataclasses below *are* the table of settings: each ``option`` gives a default, its kind (the annotation) and one
line of help; environment names, checks, messages and the page docs/configuration.md follow from them. A new setting
is one new line.

Layers, weakest first. What is said of one project beats what is said of all of them; within each, the environment
beats the file and a ``*_FILE`` secret beats both:

1. defaults
2. ``[project]`` of config/server.toml, ``DIRECTUS8_<PATH>``, ``DIRECTUS8_<PATH>_FILE``: for every project
3. config/<key>.toml, ``DIRECTUS8_PROJECT_<KEY>__<PATH>``, the same with ``_FILE``: for one project
   (with ``DIRECTUS_USE_ENV=1`` there are no project files and the original's ``DIRECTUS_<PATH>`` stand here)

A loader returns a complete configuration or raises one ``ConfigError`` that names every fault.
"""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import json
import os
import re
import tempfile
import tomllib
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

T = TypeVar("T")
Environ = Mapping[str, str]

PREFIX = "DIRECTUS8_"
LEGACY_PREFIX = "DIRECTUS_"
ENV_KEY = "_"  # the one project of the single-project environment mode
EMPTY: Mapping[str, Any] = types.MappingProxyType({})

# --- the table of settings -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Meta:
    """What an option says beyond its name, type and default."""

    help: str
    secret: bool = False
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    template: bool = False  # "{project}" stands for the project's key


def option(default: Any, help: str, **meta: Any) -> Any:
    """Declare one setting. Fields whose class is a dataclass of options are groups; those without default are given."""
    made = Meta(help, **meta)
    metadata = {"option": made}
    if isinstance(default, Mapping):
        return field(default_factory=lambda: default, repr=not made.secret, metadata=metadata)
    return field(default=default, repr=not made.secret, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Logger:
    path: str = option("stdout", "Folder or file of the log, or `stdout`, `stderr`", template=True)
    level: str = option("info", "Least level that is logged", choices=("debug", "info", "warning", "error", "critical"))


@dataclass(frozen=True, slots=True)
class Database:
    url: str = option(
        "sqlite:///projects/{project}/data.sqlite3",
        "`sqlite:///…`, `mysql://…` or `postgresql://…`; beats the single parts below",
        secret=True,
        template=True,
    )
    type: str = option(
        "mysql", "Database server, when no url is given", choices=("mysql", "mariadb", "postgresql", "sqlite")
    )
    host: str = option("localhost", "Its host")
    port: int | None = option(None, "Its port; by default the usual one of its type", minimum=1)
    name: str = option("directus", "Name of the database", template=True)
    username: str = option("root", "User name", template=True)
    password: str = option("root", "Password", secret=True)
    socket: str = option("", "Unix socket, instead of host and port")
    engine: str = option("InnoDB", "Table engine of new tables (MySQL, MariaDB)")
    charset: str = option("utf8mb4", "Character set of the connection (MySQL, MariaDB)")
    driver_options: Mapping[str, Any] = option(EMPTY, "Passed to the database driver as they are", secret=True)
    pool_size: int = option(8, "Connections kept open per process", minimum=1)
    pool_timeout: int = option(10, "Seconds to wait for a free connection", minimum=0)


@dataclass(frozen=True, slots=True)
class CachePool:
    adapter: str = option(
        "void",
        "Where answers are kept",
        choices=("void", "array", "apc", "apcu", "filesystem", "memcached", "memcache", "redis", "rediscluster"),
    )
    path: str = option("", "Folder of the filesystem adapter", template=True)
    host: str = option("localhost", "Host of the cache server")
    port: int = option(6379, "Port of the cache server", minimum=1)
    auth: str = option("", "Password of the cache server", secret=True)


@dataclass(frozen=True, slots=True)
class Cache:
    enabled: bool = option(False, "Keep answers of GET requests")
    response_ttl: int = option(3600, "Seconds an answer is kept", minimum=0)
    stamps_url: str = option("", "`redis://…` shared by several hosts; empty for a file of this host", secret=True)
    pool: CachePool = field(default_factory=CachePool)


@dataclass(frozen=True, slots=True)
class StorageOptions:
    acl: str = option("public-read", "Access list of new objects (S3)")
    cache_control: str = option("max-age=604800", "Cache-Control of new objects")


@dataclass(frozen=True, slots=True)
class Storage:
    adapter: str = option("local", "Kind of storage", choices=("local", "s3", "azure", "aliyun-oss"))
    root: str = option("projects/{project}/uploads/originals", "Folder (or prefix) of the uploads", template=True)
    root_url: str = option("/uploads/{project}/originals", "Where the uploads are seen from outside", template=True)
    thumb_root: str = option("projects/{project}/uploads/generated", "Folder (or prefix) of made images", template=True)
    private: bool = option(False, "Uploads and assets are given only to those who may read the file")
    proxy_downloads: bool = option(False, "Serve originals through /downloads/<project>/")
    key: str = option("", "Access key (S3)", secret=True)
    secret: str = option("", "Secret key (S3)", secret=True)
    region: str = option("", "Region (S3)")
    version: str = option("latest", "Kept for the original; not used")
    bucket: str = option("", "Bucket (S3)", template=True)
    endpoint: str = option("", "Address of an S3 server other than Amazon's")
    options: StorageOptions = field(default_factory=StorageOptions)
    oss_access_id: str = option("", "Access id (Aliyun OSS)")
    oss_access_key: str = option("", "Access key (Aliyun OSS)", secret=True)
    oss_bucket: str = option("", "Bucket (Aliyun OSS)", template=True)
    oss_endpoint: str = option("", "Endpoint (Aliyun OSS)")
    azure_connection_string: str = option("", "Connection string (Azure)", secret=True)
    azure_container: str = option("", "Container (Azure)", template=True)


@dataclass(frozen=True, slots=True)
class MailTransport:
    transport: str = option("sendmail", "How mail leaves", choices=("sendmail", "smtp", "file", "null"))
    from_: str = option("admin@example.com", "Sender of all mails")
    host: str = option("localhost", "Mail server (smtp)")
    port: int = option(25, "Its port (smtp)", minimum=1)
    username: str = option("", "User name (smtp)")
    password: str = option("", "Password (smtp)", secret=True)
    encryption: str = option("", "Encryption (smtp)", choices=("", "tls", "ssl"))
    path: str = option("", "Folder of the file transport", template=True)


@dataclass(frozen=True, slots=True)
class Mail:
    default: MailTransport = field(default_factory=MailTransport)


@dataclass(frozen=True, slots=True)
class Cookie:
    same_site: str = option("Lax", "SameSite of the session cookie", choices=("Lax", "Strict", "None"))
    secure: bool = option(False, "Send the session cookie over HTTPS only")


@dataclass(frozen=True, slots=True)
class Cors:
    enabled: bool = option(True, "Answer cross-origin requests")
    origin: tuple[str, ...] = option(("*",), "Allowed origins")
    methods: tuple[str, ...] = option(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"), "Allowed methods")
    headers: tuple[str, ...] = option((), "Allowed request headers")
    exposed_headers: tuple[str, ...] = option((), "Response headers a page may read")
    max_age: int | None = option(None, "Seconds a preflight answer is kept", minimum=0)
    credentials: bool = option(False, "Allow cookies from other origins")


@dataclass(frozen=True, slots=True)
class RateLimit:
    enabled: bool = option(False, "Limit requests by address and by user")
    limit: int = option(100, "Requests per interval", minimum=1)
    interval: int = option(60, "Seconds", minimum=1)
    adapter: str = option("redis", "Where requests are counted", choices=("redis", "memory"))
    host: str = option("127.0.0.1", "Host of redis")
    port: int = option(6379, "Port of redis", minimum=1)
    timeout: int = option(10, "Seconds to wait for redis", minimum=0)


@dataclass(frozen=True, slots=True)
class SocialProvider:
    enabled: bool = option(True, "Offer this provider")
    client_id: str = option("", "Client id (OAuth 2)")
    client_secret: str = option("", "Client secret (OAuth 2)", secret=True)
    base_url: str = option("", "Address of the authorisation server (Okta)")
    graph_api_version: str = option("", "Version of the Graph API (Facebook)")
    hosted_domain: str = option("", "Only accounts of this domain (Google)")
    use_oidc_mode: bool = option(False, "Use OpenID Connect (Google)")
    identifier: str = option("", "Consumer key (Twitter)")
    secret: str = option("", "Consumer secret (Twitter)", secret=True)
    discovery_url: str = option("", "Discovery document of any other OpenID Connect provider")
    scopes: tuple[str, ...] = option((), "Scopes asked for, instead of the usual ones")
    callback_url: str = option("", "Callback address, instead of /<project>/auth/sso/<name>/callback", template=True)


@dataclass(frozen=True, slots=True)
class Auth:
    secret_key: str = option("", "Signs every token of the project", secret=True, required=True)
    public_key: str = option("", "Name of the installation inside tokens")
    ttl: int = option(20, "Kept for the original; the session lasts as long as the setting auth_token_ttl", minimum=1)
    social_providers: Mapping[str, SocialProvider] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Security:
    hardened: bool = option(False, "Close the original's defects that its recorded answers show (docs/security.md)")
    allow_private_addresses: bool = option(False, "Imports, embeds and webhooks may reach private addresses")


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of an installation: config/ and projects/ inside."""

    root: Path

    @classmethod
    def find(cls, environ: Environ | None = None) -> Home:
        """DIRECTUS8_HOME, else the working folder."""
        environ = os.environ if environ is None else environ
        return cls(Path(environ.get(f"{PREFIX}HOME") or os.curdir).absolute())

    @property
    def config(self) -> Path:
        return self.root / "config"

    @property
    def projects(self) -> Path:
        return self.root / "projects"

    @property
    def server_file(self) -> Path:
        return self.config / "server.toml"

    @property
    def token_file(self) -> Path:
        """The original's own file of the super admin token."""
        return self.config / "__api.json"

    def project_file(self, key: str, private: bool = False) -> Path:
        return self.config / f"{'private.' if private else ''}{key}.toml"

    def project_folder(self, key: str) -> Path:
        return self.projects / key


@dataclass(frozen=True, slots=True)
class ProjectConfig:
    """Everything one project is told from outside."""

    key: str
    folder: Path  # projects/<key>
    private: bool
    env: str = option("production", "`production`, or anything else to see the place of an error in answers")
    public_url: str = option("", "Address of the API in links and mails", template=True)
    logger: Logger = field(default_factory=Logger)
    database: Database = field(default_factory=Database)
    cache: Cache = field(default_factory=Cache)
    storage: Storage = field(default_factory=Storage)
    mail: Mail = field(default_factory=Mail)
    cookie: Cookie = field(default_factory=Cookie)
    cors: Cors = field(default_factory=Cors)
    rate_limit: RateLimit = field(default_factory=RateLimit)
    auth: Auth = field(default_factory=Auth)
    security: Security = field(default_factory=Security)
    ext: Mapping[str, Any] = option(EMPTY, "Free settings for extensions", secret=True)

    @property
    def extensions(self) -> Path:
        return self.folder / "extensions"


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """Everything the process is told from outside; paths begin with ``server.``."""

    home: Home
    super_admin_token: str = option("", "Opens /server/info and the making of projects", secret=True)
    default_project: str = option("", "Project of requests that name none")
    trusted_proxies: tuple[str, ...] = option((), "Addresses or networks whose X-Forwarded-* headers are believed")
    project_creation: bool = option(True, "POST and DELETE /server/projects are served")
    max_open_projects: int = option(200, "Projects a process keeps open", minimum=1)
    body_limit: int = option(100 * 1024 * 1024, "Largest request body in bytes", minimum=1)
    host: str = option("127.0.0.1", "Address `directus8 serve` listens on")
    port: int = option(8055, "Its port", minimum=0)
    workers: int = option(0, "Processes; 0: as many as processors", minimum=0)
    threads: int = option(4, "Threads per process", minimum=1)
    timeout: int = option(60, "Seconds after which a silent worker is replaced", minimum=1)
    log_level: str = option(
        "info", "Least level that is logged", choices=("debug", "info", "warning", "error", "critical")
    )


# --- the table, flat -----------------------------------------------------------------------------------------

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
def _members(cls: type) -> Mapping[str, Member]:
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
    for name, member in _members(cls).items():
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


# --- faults --------------------------------------------------------------------------------------------------


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


class _Wrong(ValueError):
    """A value that is not what its option expects."""


def _shown(value: Any, option: Option) -> str:
    kinds = {str: "a text", bool: "true or false", int: "a whole number", float: "a number", list: "a list"}
    if option.meta.secret or not isinstance(value, str | int | float | bool):
        return kinds.get(type(value), "a table" if isinstance(value, dict) else type(value).__name__)
    return json.dumps(value, ensure_ascii=False)


def _wrong(path: str, option: Option, value: Any, source: str) -> Fault:
    return Fault(path, f"expected {option.expected}, found {_shown(value, option)}", source)


def _unknown(path: str, known: Iterable[str], source: str) -> Fault:
    near = difflib.get_close_matches(path, known, 1, 0.6)
    return Fault(path, "unknown key" + (f", did you mean {near[0]}?" if near else ""), source)


# --- values --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Setting:
    """A checked value and where it came from."""

    value: Any
    source: str


Layer = dict[str, Setting]


def _from_file(option: Option, value: Any) -> Any:
    """A TOML value as the option's type; no conversions."""
    if option.type == tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise _Wrong
        return tuple(value)
    if option.type == Mapping[str, Any]:
        if not isinstance(value, dict):
            raise _Wrong
        return types.MappingProxyType(value)
    if type(value) is not option.type:
        raise _Wrong
    return _checked(option, value)


def _checked(option: Option, value: Any) -> Any:
    if option.meta.choices and value not in option.meta.choices:
        raise _Wrong
    if option.meta.minimum is not None and value < option.meta.minimum:
        raise _Wrong
    return value


def _from_text(option: Option, text: str, lenient: bool = False) -> Any:
    """An environment value as the option's type; ``lenient``: any other text is true, as in the original."""
    if option.type is bool:
        return _flag(text, lenient)
    if text == "" and option.optional:
        return None
    if option.type is int:
        if not re.fullmatch(r"\s*[-+]?\d{1,18}\s*", text):
            raise _Wrong
        return _checked(option, int(text))
    if option.type is str:
        return _checked(option, text)
    return _from_file(option, _structure(option, text))


def _flag(text: str, lenient: bool) -> bool:
    word = text.strip().lower()
    if word in ("", "0", "false", "off", "no", "null"):
        return False
    if lenient or word in ("1", "true", "on", "yes"):
        return True
    raise _Wrong


def _structure(option: Option, text: str) -> Any:
    """A list (JSON or comma separated) or a table (JSON) from an environment value."""
    if option.type == tuple[str, ...] and not text.lstrip().startswith("["):
        return [word.strip() for word in text.split(",") if word.strip()]
    try:
        return json.loads(text)
    except ValueError:
        raise _Wrong from None


# --- layers from files ---------------------------------------------------------------------------------------


def _toml(path: Path, faults: list[Fault]) -> dict[str, Any]:
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


def _file_layer(cls: type, table: Mapping[str, Any], prefix: str, source: str, faults: list[Fault]) -> Layer:
    """The settings in a TOML table of class ``cls``."""
    layer: Layer = {}
    for name, value in table.items():
        path, member = prefix + name, _members(cls).get(name, Member(""))
        if member.option:
            try:
                layer[path] = Setting(_from_file(member.option, value), source)
            except _Wrong:
                faults.append(_wrong(path, member.option, value, source))
        elif not (member.group or member.groups):
            faults.append(_unknown(path, server_options() if path.startswith("server.") else project_options(), source))
        elif not isinstance(value, dict):
            faults.append(Fault(path, "expected a table", source))
        elif member.group:
            layer |= _file_layer(member.group, value, f"{path}.", source, faults)
        elif member.groups:
            layer |= _named_layer(member.groups, value, f"{path}.", source, faults)
    return layer


def _named_layer(cls: type, table: Mapping[str, Any], prefix: str, source: str, faults: list[Fault]) -> Layer:
    """The settings in a TOML table of tables of class ``cls``."""
    layer: Layer = {}
    for name, value in table.items():
        if isinstance(value, dict):
            layer |= _file_layer(cls, value, f"{prefix}{name}.", source, faults)
        else:
            faults.append(Fault(prefix + name, "expected a table", source))
    return layer


# --- layers from the environment -----------------------------------------------------------------------------


def _name(path: str) -> str:
    return path.replace(".", "_").upper()


def _legacy_name(path: str) -> str:
    return path.replace("_", "").replace(".", "_").upper()


@cache
def _names(of: Callable[[], Mapping[str, Option]], naming: Callable[[str], str]) -> Mapping[str, Option]:
    """Options by the rest of their environment names; those with a ``*`` keep it."""
    return {naming(path): each for path, each in of().items()}


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
class _Variables:
    """A family of environment names: their prefix, what they may name, and how strict they are."""

    prefix: str
    names: Mapping[str, Option]
    lenient: bool = False  # the original's: others of its names are no fault, any word is true

    def layer(self, environ: Environ, faults: list[Fault]) -> Layer:
        """The settings in the environment; a name ending in _FILE gives the file of its value and wins."""
        plain: Layer = {}
        secret: Layer = {}
        parts: dict[str, dict[str, str]] = {}
        for name in sorted(environ):
            if not name.startswith(self.prefix):
                continue
            rest, text = name[len(self.prefix) :], environ[name]
            if target := _target(rest, self.names):
                self._put(plain, *target, text, name, faults)
            elif rest.endswith("_FILE") and (target := _target(rest[:-5], self.names)):
                content = _secret_file(target[0], text, name, faults)
                if content is not None:
                    self._put(secret, *target, content, f"{name}={text}", faults)
            elif found := _part(rest, self.names):
                parts.setdefault(found[0].path, {})[found[1]] = text
            elif self._meant(rest):
                faults.append(_unknown(name, [self.prefix + each for each in self.names], "environment"))
        return {**self._joined(parts), **plain, **secret}

    def _put(self, layer: Layer, path: str, option: Option, text: str, name: str, faults: list[Fault]) -> None:
        try:
            layer[path] = Setting(_from_text(option, text, self.lenient), name)
        except _Wrong:
            faults.append(_wrong(path, option, text, name))

    def _joined(self, parts: Mapping[str, Mapping[str, str]]) -> Layer:
        layer: Layer = {}
        for path, values in parts.items():
            source = f"{self.prefix}{_name(path)}_*"
            if all(part.isdecimal() for part in values):
                layer[path] = Setting(tuple(values[part] for part in sorted(values, key=int)), source)
            else:
                table = {part.lower(): text for part, text in values.items()}
                layer[path] = Setting(types.MappingProxyType(table), source)
        return layer

    def _meant(self, rest: str) -> bool:
        """Whether an unknown name was meant for us: others also set names with our prefix (Kubernetes does)."""
        first = {name.split("_")[0] for name in self.names}
        return not self.lenient and (rest.split("_")[0] in first)


def _secret_file(path: str, file: str, name: str, faults: list[Fault]) -> str | None:
    """The text of a secret file without its last line end."""
    try:
        return Path(file).read_text("utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a UTF-8 text"
        faults.append(Fault(path, f"the secret file cannot be read: {reason}", f"{name}={file}"))
        return None


def single_project(environ: Environ) -> bool:
    """Whether the environment describes the one project of this installation."""
    return environ.get("DIRECTUS_USE_ENV") == "1"


def _server_variables() -> _Variables:
    return _Variables(PREFIX, _names(server_options, _name))


def _common_variables() -> _Variables:
    return _Variables(PREFIX, _names(project_options, _name))


def _own_variables(key: str, environ: Environ) -> _Variables:
    if single_project(environ):
        return _Variables(LEGACY_PREFIX, _names(project_options, _legacy_name), lenient=True)
    return _Variables(f"{PREFIX}PROJECT_{key.upper().replace('-', '_')}__", _names(project_options, _name))


# --- building ------------------------------------------------------------------------------------------------


def _build(cls: type[T], values: Mapping[str, Any], prefix: str, **given: Any) -> T:
    """An instance of a class of the table from flat values."""
    made = dict(given)
    for name, member in _members(typing.cast(type, cls)).items():
        path = prefix + name
        if member.option and path in values:
            made[member.attribute] = values[path]
        elif member.group:
            made[member.attribute] = _build(member.group, values, f"{path}.")
        elif member.groups:
            made[member.attribute] = _build_named(member.groups, values, f"{path}.")
    return cls(**made)


def _build_named(cls: type[T], values: Mapping[str, Any], prefix: str) -> Mapping[str, T]:
    names = dict.fromkeys(path[len(prefix) :].split(".")[0] for path in values if path.startswith(prefix))
    return types.MappingProxyType({name: _build(cls, values, f"{prefix}{name}.") for name in names})


def _merged(layers: Iterable[Layer]) -> Layer:
    merged: Layer = {}
    for layer in layers:
        merged.update(layer)
    return merged


def _required(options: Mapping[str, Option], values: Layer, source: str) -> Iterator[Fault]:
    for path, each in options.items():
        if each.meta.required and (path not in values or not values[path].value):
            yield Fault(path, f"expected {each.expected}, found nothing", source)


# --- the database address ------------------------------------------------------------------------------------

PARTS = ("type", "host", "port", "name", "username", "password", "socket")
SCHEMES = ("sqlite", "mysql", "mariadb", "postgresql")


def _database_url(layers: list[Layer], home: Home, faults: list[Fault]) -> str | None:
    """The url of the strongest layer that says where the database is; None: the default one."""
    for layer in reversed(layers):
        if given := layer.get("database.url"):
            return _complete(given, home, faults)
        if any(f"database.{part}" in layer for part in PARTS):
            return _assembled(_merged(layers), home)
    return None


def _complete(given: Setting, home: Home, faults: list[Fault]) -> str | None:
    try:
        url = make_url(given.value)
    except (ArgumentError, ValueError):
        faults.append(Fault("database.url", "expected a database url", given.source))
        return None
    scheme = "postgresql" if url.drivername == "postgres" else url.drivername
    if scheme.split("+")[0] not in SCHEMES:
        expected = " or ".join(f"{each}://" for each in SCHEMES)
        faults.append(Fault("database.url", f"expected {expected}, found {url.drivername}://", given.source))
        return None
    return _anchored(url.set(drivername=scheme), home).render_as_string(hide_password=False)


def _assembled(values: Layer, home: Home) -> str:
    defaults = {part: project_options()[f"database.{part}"].default for part in PARTS}
    part = {**defaults, **{p: values[f"database.{p}"].value for p in PARTS if f"database.{p}" in values}}
    if part["type"] == "sqlite":
        return _anchored(URL.create("sqlite", database=part["name"]), home).render_as_string()
    query = {"host" if part["type"] == "postgresql" else "unix_socket": part["socket"]} if part["socket"] else {}
    place = {} if query else {"host": part["host"], "port": part["port"]}
    url = URL.create(
        part["type"], part["username"], part["password"] or None, database=part["name"], query=query, **place
    )
    return url.render_as_string(hide_password=False)


def _anchored(url: URL, home: Home) -> URL:
    """A relative SQLite file is relative to the home folder, not to wherever the process was started."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith((":memory:", "file:")):
        return url
    return url.set(database=str(home.root / url.database))


# --- loading -------------------------------------------------------------------------------------------------

KEY = re.compile(r"[0-9A-Za-z_-]+")
# The original's own first path segments, then ours: web roots, the Directus 6 API, operations.
_ORIGINAL = {"server", "interfaces", "modules", "layouts", "types", "projects"}
RESERVED = frozenset(_ORIGINAL | {"admin", "uploads", "downloads", "extensions", "assets", "api", "health", "metrics"})


def valid_key(key: str) -> bool:
    """Whether a project may have this key: letters, digits, ``_``, ``-``, and no name the server needs itself."""
    return KEY.fullmatch(key) is not None and key.lower() not in RESERVED


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """A configuration file of a project."""

    key: str
    path: Path
    private: bool = False  # config/private.<key>.toml

    @property
    def hidden(self) -> bool:
        """Whether it begins with ``_``: served, but counted nowhere."""
        return self.key.startswith("_") and len(self.key) > 1

    @property
    def listed(self) -> bool:
        return not self.private and not self.hidden


def project_keys(home: Home) -> tuple[ProjectFile, ...]:
    """The configured projects by key; the private one of two with the same key."""
    found: dict[str, ProjectFile] = {}
    with contextlib.suppress(FileNotFoundError):
        for path in sorted(home.config.iterdir()):
            private = path.name.startswith("private.")
            key = path.name.removeprefix("private." if private else "").removesuffix(".toml")
            usable = path.suffix == ".toml" and path != home.server_file and KEY.fullmatch(key)
            if usable and (private or key not in found):
                found[key] = ProjectFile(key, path, private)
    return tuple(found[key] for key in sorted(found))


def find_project(home: Home, key: str) -> ProjectFile | None:
    """The configuration file of one project."""
    if valid_key(key):
        for private in (True, False):
            path = home.project_file(key, private)
            if path.is_file():
                return ProjectFile(key, path, private)
    return None


def load_server(home: Home, environ: Environ | None = None) -> ServerConfig:
    """The settings of the process. The project defaults are checked too."""
    environ = os.environ if environ is None else environ
    faults: list[Fault] = []
    _common_layers(home, environ, faults)
    layers = [_token_layer(home, faults), *_server_layers(home, environ, faults)]
    if faults:
        raise ConfigError(faults)
    values = {path: each.value for path, each in _merged(layers).items()}
    return _build(ServerConfig, values, "server.", home=home)


def _server_layers(home: Home, environ: Environ, faults: list[Fault]) -> Iterator[Layer]:
    table = _toml(home.server_file, []).get("server", {})
    yield _file_layer(ServerConfig, table, "server.", str(home.server_file), faults)
    if single_project(environ) and (token := environ.get("DIRECTUS_SUPER_ADMIN_TOKEN")):
        yield {"server.super_admin_token": Setting(token, "DIRECTUS_SUPER_ADMIN_TOKEN")}
    yield _server_variables().layer(environ, faults)


def _common_layers(home: Home, environ: Environ, faults: list[Fault]) -> list[Layer]:
    """What is said of every project."""
    content = _toml(home.server_file, faults)
    source = str(home.server_file)
    for name in sorted(content.keys() - {"server", "project"}):
        faults.append(_unknown(name, ("server", "project"), source))
    for name in ("server", "project"):
        if not isinstance(content.get(name, {}), dict):
            faults.append(Fault(name, "expected a table", source))
            content = {}
    file = _file_layer(ProjectConfig, content.get("project", {}), "", source, faults)
    return [file, _common_variables().layer(environ, faults)]


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
    table = _toml(file.path, faults)
    if faults:
        raise ConfigError(faults)
    return build_project(home, key, table, file.private, environ, str(file.path))


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
    layers.append(_file_layer(ProjectConfig, table, "", source, faults))
    layers.append(_own_variables(key, environ).layer(environ, faults))
    layers = [{path: _filled(path, each, key) for path, each in layer.items()} for layer in layers]
    values = _merged(layers)
    faults += _required(project_options(), values, source)
    faults += _same_keys(values)
    url = _database_url(layers, home, faults)
    if faults:
        raise ConfigError(faults)
    plain = {path: each.value for path, each in values.items()}
    return _build(ProjectConfig, _resolved(plain, url, home, key), "", **_identity(home, key, private))


def _identity(home: Home, key: str, private: bool) -> dict[str, Any]:
    return {"key": key, "folder": home.project_folder(key), "private": private}


def _same_keys(values: Layer) -> Iterator[Fault]:
    secret, public = values.get("auth.secret_key"), values.get("auth.public_key")
    if secret and public and secret.value and secret.value == public.value:
        yield Fault("auth.public_key", "must not be the secret key", public.source)


def _option_of(path: str) -> Option:
    options = project_options()
    return options.get(path) or options[re.sub(r"(social_providers)\.[^.]+", r"\1.*", path)]


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
    made["database.url"] = url or _anchored(make_url(made["database.url"]), home).render_as_string(hide_password=False)
    folders = ("storage.root", "storage.thumb_root") if local else ()
    for path in (*folders, "cache.pool.path", "mail.default.path"):
        made[path] = str(home.root / made[path]) if made[path] else ""
    return made


# --- writing -------------------------------------------------------------------------------------------------


def write_project(home: Home, key: str, values: Mapping[str, Any], private: bool = False, replace: bool = True) -> Path:
    """Write a project's file, whole or not at all, readable by its owner only; FileExistsError if not ``replace``."""
    if not valid_key(key):
        raise ConfigError([Fault(key, "not a key a project may have", "project")])
    path = home.project_file(key, private)
    _write(path, to_toml(values), replace)
    return path


def write_super_admin_token(home: Home, token: str) -> None:
    """Keep the super admin token where the original keeps it."""
    _write(home.token_file, json.dumps({"super_admin_token": token}) + "\n", replace=True)


def _write(path: Path, text: str, replace: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)  # 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(name, path)
        else:
            os.link(name, path)  # unlike a rename it refuses an existing name
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


def to_toml(values: Mapping[str, Any]) -> str:
    """A TOML document of nested tables; None is left out."""
    return "\n".join(_tables(values, ())) + "\n"


def _tables(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    inner = {name: value for name, value in table.items() if isinstance(value, Mapping)}
    plain = {name: value for name, value in table.items() if name not in inner and value is not None}
    if path and (plain or not inner):
        yield f"\n[{'.'.join(map(_toml_key, path))}]"
    for name, value in plain.items():
        yield f"{_toml_key(name)} = {_toml_value(value)}"
    for name, value in inner.items():
        yield from _tables(value, (*path, name))


def _toml_key(name: str) -> str:
    return name if KEY.fullmatch(name) and name.isascii() else _toml_value(name)


def _toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        pairs = (f"{_toml_key(name)} = {_toml_value(each)}" for name, each in value.items() if each is not None)
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    raise TypeError(f"a {type(value).__name__} cannot stand in a configuration file")


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
    name = PREFIX + _name(each.path).replace("*", "<NAME>")
    kind = ", ".join(f"`{choice}`" for choice in each.meta.choices if choice) or each.expected
    note = each.meta.help + (" **(secret)**" if each.meta.secret else "") + (" **(required)**" * each.meta.required)
    return f"| `{each.path.replace('*', '<name>')}` | {kind} | {_default(each.default)} | `{name}` | {note} |"


def _default(value: Any) -> str:
    if value in (None, "", (), EMPTY):
        return "—"
    return f"`{_toml_value(value)}`"
