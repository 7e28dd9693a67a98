"""The table of settings: one ``option`` is one setting."""

from __future__ import annotations

import os
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Environ = Mapping[str, str]
PREFIX = "DIRECTUS8_"
EMPTY: Mapping[str, Any] = types.MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Meta:
    """What an option says beyond its name, type and default."""

    help: str
    secret: bool = False
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    template: bool = False  # "{project}" stands for the project's key
    alias: str = ""  # one more environment name, without the prefix


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
        "mysql", "Database server, when no url is given", choices=("mysql", "mariadb", "postgresql", "pgsql", "sqlite")
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
    etags: str = option(
        "stamps",
        "How ETags are checked: `stamps` without asking the database, `content` for databases that others write too",
        choices=("stamps", "content", "off"),
    )
    stamps_url: str = option("", "`redis://…` shared by several hosts; empty for a file of this host", secret=True)
    pool: CachePool = field(default_factory=CachePool)


@dataclass(frozen=True, slots=True)
class StorageOptions:
    acl: str = option("public-read", "Access list of new objects (S3)")
    cache_control: str = option("max-age=604800", "Cache-Control of new objects")


@dataclass(frozen=True, slots=True)
class Storage:
    adapter: str = option("local", "Kind of storage", choices=("local", "s3", "azure", "aliyun-oss", "gcs"))
    extension: str = option("", "Name of a storage extension, instead of the adapter")
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
    timeout: int = option(30, "Seconds an object store may be silent", minimum=1)
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
    partitioned: bool = option(
        False, "Keep the session cookie apart for each site whose pages ask, as browsers want it that block others"
    )


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
    adapter: str = option(
        "redis", "Where requests are counted; `memory`: by each worker for itself", choices=("redis", "memory")
    )
    host: str = option("127.0.0.1", "Host of redis")
    port: int = option(6379, "Port of redis", minimum=1)
    timeout: int = option(10, "Seconds to wait for redis", minimum=0)


@dataclass(frozen=True, slots=True)
class Limits:
    guesses: int = option(100, "Wrong passwords, codes and tokens of an address in 5 minutes; 0: any", minimum=0)
    refreshes: int = option(100, "Tokens renewed for a user in 5 minutes, for an address ten times; 0: any", minimum=0)
    resets: int = option(10, "Password mails to a user in an hour, from an address ten times; 0: any", minimum=0)
    invitations: int = option(500, "Invitations by a user in an hour, from an address ten times; 0: any", minimum=0)
    mails: int = option(500, "Recipients of a user's mails in an hour, of an address ten times; 0: any", minimum=0)
    utils: int = option(200, "Requests of /utils by a user in 5 minutes, by an address ten times; 0: any", minimum=0)


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
    authorize_url: str = option("", "Where people are sent (any other OAuth 2 provider)")
    token_url: str = option("", "Where codes are exchanged (any other OAuth 2 provider)")
    userinfo_url: str = option("", "Where the e-mail is asked for (any other OAuth 2 provider)")
    create_users: bool = option(False, "Make users of people who are not known yet")
    default_role: int | None = option(None, "Role of users made so", minimum=1)
    scopes: tuple[str, ...] = option((), "Scopes asked for, instead of the usual ones")
    callback_url: str = option("", "Callback address, instead of /<project>/auth/sso/<name>/callback", template=True)


@dataclass(frozen=True, slots=True)
class Auth:
    secret_key: str = option("", "Signs every token of the project", secret=True, required=True)
    public_key: str = option("", "Name of the installation inside tokens")
    bcrypt_cost: int = option(10, "Cost of new password hashes (bcrypt), 4 to 12", minimum=4)
    ttl: int = option(20, "Kept for the original; the session lasts as long as the setting auth_token_ttl", minimum=1)
    social_providers: Mapping[str, SocialProvider] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Security:
    hardened: bool = option(False, "Close the original's defects that its recorded answers show (docs/security.md)")
    allow_private_addresses: bool = option(False, "Imports, embeds and webhooks may reach private addresses")


@dataclass(frozen=True, slots=True)
class WebhookOptions:
    envelope: bool | None = option(None, "The body says event, collection and user too, for this webhook")
    secret: str = option("", "Signs what this webhook is told (Standard Webhooks)", secret=True)
    headers: Mapping[str, Any] = option(EMPTY, "Headers this webhook is sent", secret=True)


@dataclass(frozen=True, slots=True)
class Webhooks:
    delivery: str = option("server", "Who delivers: a thread of the server, or `worker`", choices=("server", "worker"))
    timeout: int = option(10, "Seconds a receiver has to answer", minimum=1)
    attempts: int = option(12, "Attempts before a message is given up", minimum=1)
    retry_after: int = option(5, "Seconds before the second attempt; four times as long before each further", minimum=1)
    keep_days: int = option(7, "Days the log of deliveries is kept", minimum=0)
    envelope: bool = option(False, "The body says event, collection and user too; the original's is the bare data")
    secret: str = option("", "Signs what webhooks are told (Standard Webhooks)", secret=True)
    headers: Mapping[str, Any] = option(EMPTY, "Headers every webhook is sent", secret=True)
    hooks: Mapping[str, WebhookOptions] = field(default_factory=dict)  # by id


@dataclass(frozen=True, slots=True)
class Scim:
    standard: bool = option(False, "SCIM as in RFC 7643 and 7644 instead of as the original answers (docs/scim.md)")


@dataclass(frozen=True, slots=True)
class GraphQL:
    extended: bool = option(False, "More than the original: every role, mutations, all operators (docs/graphql.md)")
    introspection: bool = option(True, "Clients may ask for the schema")
    graphiql: bool = option(True, "Browsers get a page to write queries on at /<project>/gql")
    max_depth: int = option(12, "Levels of fields in a document", minimum=1)
    max_aliases: int = option(100, "Aliases in a document", minimum=0)
    max_complexity: int = option(1_000_000, "Items a document may ask for, as estimated", minimum=1)
    max_body: int = option(1024 * 1024, "Largest body in bytes", minimum=1)


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
    limits: Limits = field(default_factory=Limits)
    auth: Auth = field(default_factory=Auth)
    security: Security = field(default_factory=Security)
    webhooks: Webhooks = field(default_factory=Webhooks)
    scim: Scim = field(default_factory=Scim)
    graphql: GraphQL = field(default_factory=GraphQL)
    ext: Mapping[str, Any] = option(EMPTY, "Free settings for extensions", secret=True)

    @property
    def extensions(self) -> Path:
        return self.folder / "extensions"

    @property
    def app_extensions(self) -> Path:
        """What the admin app may load, for all projects: extensions/{core,custom}/{interfaces,layouts,modules}."""
        return self.folder.parents[1] / "extensions"


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """Everything the process is told from outside; paths begin with ``server.``."""

    home: Home
    super_admin_token: str = option(
        "", "Opens /server/info and the making of projects", secret=True, alias="SUPER_ADMIN_TOKEN"
    )
    default_project: str = option("", "Project of requests that name none")
    trusted_proxies: tuple[str, ...] = option((), "Addresses or networks whose X-Forwarded-* headers are believed")
    project_creation: bool = option(True, "POST and DELETE /server/projects are served")
    max_open_projects: int = option(200, "Projects a process keeps open", minimum=1)
    body_limit: int = option(100 * 1024 * 1024, "Largest request body in bytes", minimum=1)
    upload_limit: int = option(100 * 1024 * 1024, "Largest upload (multipart body) in bytes", minimum=1)
    host: str = option("127.0.0.1", "Address `directus8 serve` listens on")
    port: int = option(8055, "Its port", minimum=0)
    workers: int = option(0, "Processes; 0: as many as processors", minimum=0)
    threads: int = option(4, "Threads per process", minimum=1)
    timeout: int = option(60, "Seconds after which a silent worker is replaced", minimum=1)
    log_level: str = option(
        "info", "Least level that is logged", choices=("debug", "info", "warning", "error", "critical")
    )
    log_format: str = option(
        "auto", "Form of log lines; `auto`: JSON unless on a terminal", choices=("auto", "json", "text")
    )
    access_log: bool = option(True, "One log line for each request")
    timing: bool = option(True, "Tell in Server-Timing where the time of a request went")
    slow_query_ms: int = option(500, "Statements that take longer are logged; 0: none", minimum=0)
    metrics_token: str = option("", "Opens /metrics (as a Bearer token); empty: there is no such page", secret=True)
    cache_size: int = option(64 * 1024 * 1024, "Bytes of kept answers and small files per process", minimum=0)
    hsts: int = option(0, "Seconds browsers shall insist on HTTPS; 0: not said", minimum=0)
    admin_app: str = option("", "Folder of a built admin app, served at /admin/")
