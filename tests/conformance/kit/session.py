"""Runs the steps of one scenario against one server."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from . import mails
from .answer import cookie_value, from_response
from .scenario import Filler, MissingVariable, Scenario, Step, builtins

EMAIL = "admin@example.com"
PASSWORD = "password"


class SetupFailed(Exception):
    """The fresh project, its admin login or a shared setup step did not work."""


@dataclass(frozen=True)
class Target:
    """The server under test and what the kit may do there."""

    base: str
    create: Callable[[str, str, str], object]  # project, e-mail, password: makes an empty project
    drop: Callable[[str], object] | None = None
    mails: Path | None = None  # folder that receives every mail the server sends, one file each
    super_admin_token: str | None = None
    new_database: Callable[[str], dict[str, Any]] | None = None  # makes an empty database for a project to be made


@dataclass(frozen=True)
class Outcome:
    """What came of a step; no answer: skipped, or nothing was answered."""

    step: Step
    answer: dict[str, Any] | None
    reason: str = ""


def find(path: str, body: Any) -> Any:
    """The value at a path such as "data.0.id" or "data[0].id"; KeyError when absent."""
    for part in re.sub(r"\[(\d+)\]", r".\1", path).split("."):
        if isinstance(body, list) and part.lstrip("-").isdigit() and int(part) < len(body):
            body = body[int(part)]
        elif isinstance(body, dict) and part in body:
            body = body[part]
        else:
            raise KeyError(path)
    return body


def pick(body: Any, parts: list[str]) -> Any:
    """What stands at a path; "*" is every entry of a list, "[key=value]" the entry with that value; else "(absent)"."""
    if not parts:
        return body
    part, rest = parts[0], parts[1:]
    if part == "*" and isinstance(body, list):
        return [pick(entry, rest) for entry in body]
    if part[0] == "[" and isinstance(body, list):
        key, _, value = part[1:-1].partition("=")
        return next((pick(e, rest) for e in body if isinstance(e, dict) and str(e.get(key)) == value), "(absent)")
    if isinstance(body, list) and part.lstrip("-").isdigit() and int(part) < len(body):
        return pick(body[int(part)], rest)
    if isinstance(body, dict) and part in body:
        return pick(body[part], rest)
    return "(absent)"


def _query_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def query_string(query: Any) -> str:
    """Keys keep their brackets; values keep what browsers leave alone in a query; None has no "="."""
    pairs = list(query.items()) if isinstance(query, dict) else list(query or [])
    return "&".join(
        quote(str(key), safe="[]*.,:-_")
        + ("" if value is None else "=" + quote(_query_value(value), safe="*,:.-_~?/@"))
        for key, value in pairs
    )


class Session:
    """One scenario on one project: variables, tokens, one HTTP connection."""

    def __init__(self, target: Target, project: str, scenario: Scenario) -> None:
        self.target = target
        self.scenario = scenario
        self.dialect = scenario.suite.dialect
        self.base = target.base.rstrip("/")
        self.mount = self.dialect.mount(project)
        self.started = time.time()
        self.variables = builtins(self.base, project)
        self.variables["api"] = self.mount
        if target.super_admin_token:
            self.variables["super_admin_token"] = target.super_admin_token
        self.filler = Filler(self.variables, scenario.variables, scenario.suite.fixtures)
        # verify=False: no certificates are used, and loading them takes longer than many a scenario step.
        self.client = httpx.Client(
            timeout=120, verify=False, headers={"User-Agent": "directus-conformance", "Accept-Encoding": "identity"}
        )

    def run(self) -> Iterator[Outcome]:
        """Log in, run the setup, then every step in order."""
        if lacking := [name for name in self.scenario.needs if not getattr(self.target, name)]:
            option = "--" + lacking[0].replace("_", "-")
            yield from (Outcome(step, None, f"needs {option}") for step in self.scenario.steps)
            return
        self._login()
        self._make_database()
        for step in self.scenario.setup:
            self._set_up(step)
        for step in self.scenario.steps:
            yield self._outcome(step)

    def _login(self) -> None:
        url = self.base + self.mount + self.dialect.login
        body = {"email": EMAIL, "password": PASSWORD, **self.dialect.login_extra}
        response = self.client.post(url, json=body)
        try:
            self.variables["admin"] = response.json()["data"][self.dialect.token_key]
        except (ValueError, KeyError, TypeError):
            raise SetupFailed(f"admin login answered {response.status_code}: {response.text[:200]}") from None

    def _make_database(self) -> None:
        """Scenarios that use {db_name} get an empty database."""
        used = any("{db_" in str(step.request) for step in self.scenario.steps)
        if used and self.target.new_database:
            made = self.target.new_database(self.variables["project"])
            self.variables.update({f"db_{key}": value for key, value in made.items()})

    def _set_up(self, step: Step) -> None:
        try:
            response = self._send(step)
        except MissingVariable as missing:
            raise SetupFailed(f"setup step {step.name!r} needs {{{missing}}}, which no step saved") from None
        refused = self.dialect.success_flag and '"success":false' in response.text.replace(" ", "")
        if response.status_code >= 400 or refused:
            raise SetupFailed(f"setup step {step.name!r} answered {response.status_code}: {response.text[:1500]}")
        self._keep(step, response)

    def _outcome(self, step: Step) -> Outcome:
        try:
            response = self._send(step)
        except MissingVariable as missing:
            return Outcome(step, None, f"needs {{{missing}}}, which no earlier step could save")
        except httpx.HTTPError as error:
            return Outcome(step, None, f"no answer: {error!r}")
        self._keep(step, response)
        answer = from_response(response, step.headers)
        if step.only and answer["kind"] == "json" and answer["status"] < 400:
            answer["body"] = {path: pick(answer["body"], path.split(".")) for path in step.only}
        return Outcome(step, answer)

    def _send(self, step: Step) -> httpx.Response:
        request = {key: self.filler.fill(value) for key, value in step.request.items()}
        if request["method"] == "MAIL":
            return self._mail(step, request["path"])
        url = self.base + (self.mount if self.dialect.short_paths else "") + request["path"]
        if request.get("query"):
            url += ("&" if "?" in url else "?") + query_string(request["query"])
        headers = {key: str(value) for key, value in (request.get("headers") or {}).items()}
        if step.actor != "public":
            if step.actor not in self.variables:
                raise MissingVariable(step.actor)
            headers.setdefault("Authorization", f"Bearer {self.variables[step.actor]}")
        body = self._body(request)
        time.sleep(step.wait)
        self.client.cookies.clear()
        return self.client.request(request["method"], url, headers=headers, **body)

    def _body(self, request: dict[str, Any]) -> dict[str, Any]:
        """The arguments of httpx for the body of a request."""
        form = {key: str(value) for key, value in (request.get("form") or {}).items()}
        if "json" in request:
            return {"json": request["json"]}
        if "files" in request:
            return {"files": {field: self._file(spec) for field, spec in request["files"].items()}, "data": form}
        if "form" in request:
            return {"data": form}
        return {"content": str(request["raw"]).encode()} if "raw" in request else {}

    def _file(self, spec: dict[str, str]) -> tuple[str, bytes, str]:
        content = (self.scenario.suite.fixtures / spec["path"]).read_bytes()
        name = spec.get("filename", spec["path"].rsplit("/", 1)[-1])
        return name, content, spec.get("type", "application/octet-stream")

    def _mail(self, step: Step, address: str) -> httpx.Response:
        """The pseudo request MAIL reads the newest mail to an address."""
        if self.target.mails is None:
            raise MissingVariable("mail")
        time.sleep(step.wait)
        mail = mails.find(self.target.mails, address, self.started - 1)
        return httpx.Response(200 if mail else 404, json=mail)

    def _keep(self, step: Step, response: httpx.Response) -> None:
        """Save the variables a step asks for; one that is not there stays unset."""
        for name, path in step.save.items():
            value = self._saved(path, response)
            if value is None:
                self.variables.pop(name, None)
            else:
                self.variables[name] = value

    def _saved(self, path: str, response: httpx.Response) -> Any:
        if path.startswith("@cookie:"):
            return cookie_value(response, self.filler.fill(path[8:]))
        if path.startswith("@header:"):
            return response.headers.get(path[8:])
        try:
            return find(path, response.json())
        except (ValueError, KeyError):
            return None
