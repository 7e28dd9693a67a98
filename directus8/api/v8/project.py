"""/{project}/: what anybody may know of a project before logging in. Source: server_projects.md §2."""

from __future__ import annotations

from typing import Any

from directus8 import DIRECTUS_VERSION, names
from directus8.api.v8.answer import Answer
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.errors import Unauthorized
from directus8.files.urls import NEEDS
from directus8.filters import Condition
from directus8.query.ast import Computed, Entry, Node, Query
from directus8.services.session import Session

SHOWN = (
    "project_logo", "project_color", "project_foreground", "project_background", "project_public_note",
    "default_locale", "telemetry", "project_name",
)  # fmt: skip
FILES = ("project_logo", "project_foreground", "project_background")


@route("GET", "/")
def info(request: V8Request) -> Answer:
    """Settings of the login page; for users also the version, for administrators the platform."""
    session = request.session
    role = request.project.state.access.roles.get(session.who.role)
    api: dict[str, Any] = {"requires2FA": bool(role and role.enforce_2fa and not session.who.is_public)}
    if not session.who.is_public:
        api = {"version": DIRECTUS_VERSION, **api, "database": request.project.database.dialect.name}
    api.update({name: _value(name, session.settings[name]) for name in SHOWN if name in session.settings})
    api.update(_pictures(session))
    data: dict[str, Any] = {"api": api}
    if not session.who.is_public:
        data["server"] = {"max_upload_size": request.http.max_content_length or 100 * 1024 * 1024}
        if session.who.is_admin:
            data["server"]["general"] = {"php_version": "7.4.33", "php_api": "fpm-fcgi"}
    return Answer(data)


def _pictures(session: Session) -> dict[str, Any]:
    """The addresses of the login page's pictures, for everybody."""
    keys = {name: session.settings.get(name) for name in FILES}
    wanted = tuple({k for k in keys.values() if k})
    if not wanted:
        return {}
    node = Node(names.FILES, (Entry("id"), Entry("data", Computed(NEEDS))))
    found = session.read(Query(node, Condition(("id",), "in", wanted)), system=True)
    told = ("full_url", "url", "asset_url")
    data = {str(row["id"]): {n: row["data"][n] for n in told if n in row["data"]} for row in found}
    return {name: data.get(str(key)) for name, key in keys.items() if key}


def _value(name: str, stored: Any) -> Any:
    if name == "telemetry":
        return stored not in (None, "", "0")
    if name in FILES:
        return None  # told by _pictures
    return (stored or None) if name == "project_public_note" else stored


@route("POST", "/update")
def update(request: V8Request) -> Answer:
    """Upgrades the system tables, for administrators. They are always current here: a start refuses old ones."""
    if not request.session.who.is_admin:
        raise Unauthorized("Permission denied: Admin Only")
    return Answer()
