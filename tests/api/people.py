"""A project with an administrator and an editor, served in this very thread, for the tests of people."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from directus8.api.app import create_app
from directus8.config import Home
from directus8.project import Project
from directus8.provisioning import create
from directus8.registry import ProjectRegistry
from tests import databases

ADMIN, EDITOR = "admin@example.com", "editor@example.com"
PASSWORD = "a long password"
SECRET = "JBSWY3DPEHPK3PXP"


@dataclass
class People:
    """The API of the project ``demo``; users 1 (administrator) and 2 (editor, role 3)."""

    registry: ProjectRegistry
    client: FlaskClient
    others: dict[str, Any] = field(default_factory=dict)

    @property
    def project(self) -> Project:
        found = self.registry.get("demo")
        assert found is not None
        return found

    def ask(self, method: str, path: str, body: Any = None, token: str = "", **more: Any) -> TestResponse:
        """One request; ``token`` is sent as bearer."""
        headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **more.pop("headers", {})}
        return self.client.open(f"/demo{path}", method=method, json=body, headers=headers, **more)

    def login(self, email: str = EDITOR, password: str = PASSWORD, **more: Any) -> TestResponse:
        return self.ask("POST", "/auth/authenticate", {"email": email, "password": password, **more})

    def token(self, email: str = EDITOR, **more: Any) -> str:
        answer = self.login(email, **more)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return str(answer.get_json()["data"]["token"])

    @property
    def admin(self) -> str:
        """A token of the administrator."""
        if "admin" not in self.others:
            self.others["admin"] = self.token(ADMIN)
        return str(self.others["admin"])

    def knows(self, token: str) -> bool:
        """Whether requests with this token are somebody's."""
        return self.ask("GET", "/users/me", token=token).status_code == 200

    def set(self, key: str, value: Any) -> None:
        """Changes a setting."""
        rows = self.ask("GET", f"/settings?filter[key][eq]={key}", token=self.admin).get_json()["data"]
        answer = self.ask("PATCH", f"/settings/{rows[0]['id']}", {"value": value}, self.admin)
        assert answer.status_code == 200

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """What is in the database, whoever may see it."""
        with self.project.database.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql), values)]


@contextmanager
def people(vendor: str, folder: Path, values: Mapping[str, Any] | None = None) -> Iterator[People]:
    """A new project on a database of this vendor; ``values`` are its configuration."""
    home = Home(folder)
    with databases.temporary(vendor, folder) as url:
        told = {"database": {"url": url}, "mail": {"default": {"transport": "null"}}, **(values or {})}
        create(home, "demo", email=ADMIN, password=PASSWORD, values=told, name="Demo", environ=os.environ)
        app = create_app(home)
        registry: ProjectRegistry = app.extensions["directus8"]
        made = People(registry, app.test_client())
        try:
            role = made.ask("POST", "/roles", {"name": "Editor"}, made.admin).get_json()["data"]["id"]
            editor = {"email": EDITOR, "password": PASSWORD, "role": role, "status": "active", "first_name": "Ed"}
            assert made.ask("POST", "/users", editor, made.admin).status_code == 200
            made.client = app.test_client()
            yield made
        finally:
            registry.close()
