"""/server and /projects: the process itself, and the making and removing of projects. Source: server_projects.md §3."""

from __future__ import annotations

import hmac
import os
import platform
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from directus8 import DIRECTUS_VERSION, errors, validation
from directus8.api.http.response import Response
from directus8.api.http.visit import current
from directus8.api.v8.answer import Answer, respond
from directus8.config import (
    ConfigError,
    Environ,
    ServerConfig,
    is_file_database,
    load_server,
    project_keys,
    single_project,
    valid_key,
    write_super_admin_token,
)
from directus8.registry import ProjectRegistry

NAME = validation.regex("/^[0-9a-z_-]+$/i")
TEXTS = (
    "db_host", "db_password", "db_socket", "mail_from", "timezone", "locale", "logs_path", "project_name", "app_url",
    "user_token", "db_type", "auth_secret", "auth_public",
)  # fmt: skip
OBJECTS = ("cache", "storage", "auth", "rate_limit", "mail", "cors", "cookie")
FLAGS = ("private", "force", "existing", "cors_enabled")
#: What the original's installer writes into a new configuration and we have another default for.
CORS = {"enabled": True, "max_age": 600, "credentials": True}


def mount(app: Flask, server: ServerConfig, registry: ProjectRegistry) -> None:
    """Add the routes."""
    desk = ServerDesk(server, registry)
    routes: tuple[tuple[str, str, Callable[..., Response]], ...] = (
        ("GET", "/", desk.root),
        ("GET", "/server/ping", desk.ping),
        ("GET", "/server/info", desk.info),
        ("GET", "/server/projects", desk.projects),
        ("POST", "/server/projects", desk.create),
        ("POST", "/projects", desk.create),
        ("DELETE", "/server/projects/<name>", desk.delete),
    )
    for number, (method, path, view) in enumerate(routes):
        app.add_url_rule(path, f"server.{number}", view_func=view, methods=[method], provide_automatic_options=False)


class ServerDesk:
    """The handlers of routes that belong to no project."""

    def __init__(self, server: ServerConfig, registry: ProjectRegistry) -> None:
        self.server = server
        self.registry = registry

    def root(self) -> Response:
        """To the admin app."""
        return respond(Answer(status=302, headers=(("Location", "./admin/"),)), public=True)

    def ping(self) -> Response:
        """A sign of life."""
        return Response("pong", mimetype="text/html")

    def projects(self) -> Response:
        """The keys of the listed projects. NotInstalled (14) when there is none at all."""
        keys = list(self.registry.keys())
        if not keys and not self._has_projects():
            raise errors.NotInstalled()
        return respond(Answer(keys), public=True)

    def info(self) -> Response:
        """Facts for the installer page; for the super administrator once there is a project."""
        if self._has_projects():
            self._check_token(current().parameters)
        return respond(Answer(_facts(self.server)), public=True)

    def create(self) -> Response:
        """Makes a project with its first administrator."""
        payload = current().payload
        if payload is None:
            raise errors.InvalidPayload()
        body = payload if isinstance(payload, dict) else {}
        self._check_open(self.registry.environ)
        validation.require(body, _rules(body))
        self._check_new(body)
        try:
            self.registry.create(str(body["project"]), **_how(body))
        except ConfigError as error:
            raise errors.InvalidRequest("; ".join(f"{f.key}: {f.problem}" for f in error.faults)) from error
        return respond(Answer(), public=True)

    def delete(self, name: str) -> Response:
        """Removes a project: its system tables and configuration; its own tables and files stay."""
        self._check_token(current().parameters)
        self._check_open(self.registry.environ)
        self.registry.delete(name)
        return respond(Answer(), public=True)

    # --- who may -----------------------------------------------------------------------------------------------

    def _has_projects(self) -> bool:
        if single_project(self.registry.environ):
            return True
        return any(not each.hidden for each in project_keys(self.server.home))

    def _token(self) -> str:
        """The super admin token as it is now: the first project made over HTTP sets it."""
        return load_server(self.server.home, self.registry.environ).super_admin_token

    def _check_token(self, given: Mapping[str, Any]) -> None:
        validation.require(given, {"super_admin_token": [validation.required, validation.string]})
        token = self._token()
        if not token or not hmac.compare_digest(str(given["super_admin_token"]).encode(), token.encode()):
            raise errors.Unauthorized("Permission denied: Superadmin Only")

    def _check_open(self, environ: Environ) -> None:
        if not self.server.project_creation or (self.server.home.root / ".lock").exists():
            raise errors.Forbidden("Creating new instance is locked")
        if single_project(environ):
            raise errors.Forbidden("Project creation is disabled under environment variables.")

    def _check_new(self, body: Mapping[str, Any]) -> None:
        """The first project of an installation without a token sets the token."""
        if self._token() or self._has_projects():
            self._check_token(body)
        if not valid_key(str(body["project"])):
            raise errors.InvalidRequest("project: This value is not valid.")
        if is_file_database(str(body.get("db_type") or "")) and body.get("db_user"):
            raise errors.InvalidDatabaseConnection()  # such a database knows no users
        if not self._token():
            write_super_admin_token(self.server.home, str(body["super_admin_token"]))


def _rules(body: Mapping[str, Any]) -> validation.Rules:
    text = [validation.required, validation.string]
    user = [validation.string] if is_file_database(str(body.get("db_type") or "")) else text
    return {
        "project": [*text, NAME],
        **{name: [validation.boolean] for name in ("private", "force", "existing")},
        "super_admin_token": text,
        **{name: [validation.string] for name in ("db_host",)},
        "db_port": [validation.numeric],
        "db_name": text,
        "db_user": user,
        "user_email": [validation.required, validation.email],
        "user_password": text,
        "cors_enabled": [validation.boolean],
        **{name: [validation.string] for name in TEXTS if name != "db_host"},
        **{name: [validation.array] for name in OBJECTS},
    }


def _how(body: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of ``project.create``."""
    return {
        "email": body["user_email"],
        "password": body["user_password"],
        "values": _values(body),
        "private": bool(body.get("private")),
        "name": body.get("project_name") or "Directus",
        "app_url": body.get("app_url") or "",
        "token": body.get("user_token") or None,
        "force": bool(body.get("force")) and not body.get("existing"),
        "existing": bool(body.get("existing")),
        "profile": {name: body[name] for name in ("timezone", "locale") if body.get(name)},
    }


def _values(body: Mapping[str, Any]) -> dict[str, Any]:
    """The content of the configuration file."""
    database = {
        "type": body.get("db_type") or None,
        "host": body.get("db_host") or "localhost",
        "port": int(float(body["db_port"])) if body.get("db_port") else None,
        "name": body["db_name"],
        "username": body["db_user"],
        "password": body.get("db_password") or "",
        "socket": body.get("db_socket") or "",
    }
    cors = {**CORS, **({"enabled": body["cors_enabled"]} if body.get("cors_enabled") is not None else {})}
    values: dict[str, Any] = {"database": database, "cors": cors}
    if body.get("mail_from"):
        values["mail"] = {"default": {"from": body["mail_from"]}}
    if body.get("logs_path"):
        values["logger"] = {"path": body["logs_path"]}
    for name in OBJECTS:
        given = body.get(name)
        if isinstance(given, dict) and name != "auth":
            values[name] = {**values.get(name, {}), **given}
    if auth := _auth(body):
        values["auth"] = auth
    return values


def _auth(body: Mapping[str, Any]) -> dict[str, Any]:
    given = body["auth"] if isinstance(body.get("auth"), dict) else {}
    found = {
        "secret_key": body.get("auth_secret") or given.get("secret"),
        "public_key": body.get("auth_public") or given.get("public"),
        "ttl": body.get("ttl") or given.get("ttl"),
        "social_providers": given.get("social_providers"),
    }
    return {name: value for name, value in found.items() if value}


# --- facts -----------------------------------------------------------------------------------------------------


def _facts(server: ServerConfig) -> dict[str, Any]:
    """What the installer page wants to know: it looks for a PHP that can run the original, so we name one."""
    home = server.home
    extensions = ("pdo", "mysqli", "curl", "gd", "fileinfo", "mbstring", "json")
    return {
        "directus": DIRECTUS_VERSION,
        "server": {
            "type": os.environ.get("SERVER_SOFTWARE", "wsgi"),
            "rewrites": None,
            "os": platform.system(),
            "os_version": platform.release(),
        },
        "php": {
            "version": "7.4.33",
            "max_upload_size": server.body_limit,
            "extensions": dict.fromkeys(extensions, True),
        },
        "permissions": {
            "public": _mode(home.root),
            "logs": _mode(home.root / "logs"),
            "uploads": _mode(home.projects),
        },
    }


def _mode(folder: Path) -> str:
    """The permissions of a folder, or of the one it would be made in."""
    while not folder.exists():
        folder = folder.parent
    return f"{folder.stat().st_mode & 0o7777:04o}"
