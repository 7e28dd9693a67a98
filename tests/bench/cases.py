"""What is measured, and the data it needs, made through the HTTP API."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

PARENTS, CHILDREN, ROWS = 100, 10, 1000
BATCH = 10
KEY = {
    "field": "id", "type": "integer", "datatype": "INT", "length": 11, "primary_key": True, "auto_increment": True,
    "interface": "primary-key", "signed": False,
}  # fmt: skip
TITLE = {"field": "title", "type": "string", "datatype": "VARCHAR", "length": 100, "interface": "text-input"}
PARENT = {
    "field": "author", "type": "m2o", "datatype": "INT", "length": 10, "signed": False, "interface": "many-to-one",
}  # fmt: skip
# With the key ten columns of the usual types.
COLUMNS = [
    KEY,
    TITLE,
    {"field": "status", "type": "string", "datatype": "VARCHAR", "length": 20, "interface": "text-input"},
    {"field": "body", "type": "string", "datatype": "TEXT", "interface": "textarea"},
    {"field": "views", "type": "integer", "datatype": "INT", "length": 10, "interface": "numeric"},
    {"field": "price", "type": "decimal", "datatype": "DECIMAL", "length": "10,2", "interface": "numeric"},
    {"field": "featured", "type": "boolean", "datatype": "TINYINT", "length": 1, "interface": "switch"},
    {"field": "published_on", "type": "date", "datatype": "DATE", "interface": "date"},
    {"field": "publish_at", "type": "datetime", "datatype": "DATETIME", "interface": "datetime"},
    {"field": "options", "type": "json", "datatype": "TEXT", "interface": "json"},
]
ARTICLES = "/items/articles?limit=100&filter[views][gte]=10&sort=-id"
#: A project with a hook: there listeners are looked for with every write.
HOOKED = "bench_hooked"
HOOK = """
def register(hooks, context):
    @hooks.filter("item.create.notes:before")
    def stamp(payload):
        payload["title"] = payload["title"].strip()
        return payload
"""
WEBHOOK = {
    "status": "active", "http_action": "post", "collection": "told", "directus_action": "item.create:after",
    "url": "http://127.0.0.1:9/",
}  # fmt: skip
#: The database sorts all thousand rows for it: what that costs is not ours, but users ask for it.
UNINDEXED = ARTICLES.replace("-id", "-publish_at")


@dataclass(frozen=True)
class Limit:
    """Target and alarm, as multiples of the unit."""

    target: float
    alarm: float


@dataclass(frozen=True)
class Case:
    """One kind of request."""

    name: str
    method: str
    path: str  # below the project, or from the root when it begins with "//"
    limit: Limit
    statements: str  # what the design promises
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    count: int = 400  # requests in one round
    other_limit: Limit | None = None  # on a database server
    unit: str = ""  # the case whose cost is 1, instead of the hello's
    status: int = 0  # that must be answered; 0: anything below 400
    unavailable: str = ""  # why it cannot be measured

    def refused(self, status: int) -> bool:
        """Is this not the answer that is to be measured?"""
        return status != self.status if self.status else status >= 400

    def limit_on(self, database: str) -> Limit:
        """The limit that holds for a database."""
        return self.other_limit if self.other_limit and database != "sqlite" else self.limit

    def url(self, project: str) -> str:
        """The path of the request."""
        return self.path[1:] if self.path.startswith("//") else f"/{project}{self.path}"

    def wire(self, project: str, host: str, token: str) -> bytes:
        """The request as it is sent."""
        body = b"" if self.body is None else json.dumps(self.body).encode()
        headers = {"Host": host, "Authorization": f"Bearer {token}", **self.headers}
        if body:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        lines = [
            f"{self.method} {self.url(project)} HTTP/1.1",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def article(number: int) -> dict[str, Any]:
    """One row of the long list."""
    return {
        "title": f"Article {number}",
        "status": "published",
        "body": "Some words of no importance. " * 3,
        "views": number,
        "price": f"{number}.50",
        "featured": number % 2 == 0,
        "published_on": f"2020-{number % 12 + 1:02}-{number % 28 + 1:02}",
        "publish_at": f"2020-{number % 12 + 1:02}-{number % 28 + 1:02} 10:{number % 60:02}:00",
        "options": {"layout": "wide", "columns": number % 4},
    }


class Setup:
    """A project with the data that the cases read."""

    def __init__(self, base: str, project: str, email: str, password: str) -> None:
        self.project = project
        self.client = httpx.Client(base_url=base, timeout=120, verify=False)
        self.login = {"email": email, "password": password}
        self.token = self._token(project)
        self.hooked = {"Authorization": f"Bearer {self._token(HOOKED)}"}
        self.client.headers["Authorization"] = f"Bearer {self.token}"

    def _token(self, project: str) -> str:
        token: str = self._post("/auth/authenticate", self.login, project)["token"]
        return token

    def _post(self, path: str, body: Any, project: str = "", headers: Mapping[str, str] | None = None) -> Any:
        response = self.client.post(f"/{project or self.project}{path}", json=body, headers=headers)
        if response.status_code >= 400:
            raise SetupFailed(f"POST {path} answered {response.status_code}: {response.text[:300]}")
        return response.json().get("data")

    def fill(self) -> None:
        """Collections, their relation and rows."""
        children = {"field": "books", "type": "o2m", "interface": "one-to-many"}
        for name, fields in {
            "articles": COLUMNS,
            "notes": [KEY, TITLE],
            "told": [KEY, TITLE],
            "authors": [KEY, TITLE, children],
            "books": [KEY, TITLE, PARENT],
        }.items():
            self._post("/collections", {"collection": name, "fields": fields})
        relation = {"collection_many": "books", "field_many": "author", "collection_one": "authors"}
        self._post("/relations", {**relation, "field_one": "books", "junction_field": None})
        for start in range(0, ROWS, 100):
            self._post("/items/articles", [article(number) for number in range(start, start + 100)])
        self._post("/items/authors", [{"title": f"Author {n}"} for n in range(PARENTS)])
        for parent in range(1, PARENTS + 1, 10):
            books = [
                {"title": f"Book {a}.{n}", "author": a} for a in range(parent, parent + 10) for n in range(CHILDREN)
            ]
            self._post("/items/books", books)
        self._post("/webhooks", WEBHOOK)
        self._post("/collections", {"collection": "notes", "fields": [KEY, TITLE]}, HOOKED, self.hooked)

    def cases(self) -> Iterator[Case]:
        """The table of performance targets, with this project's keys in it."""
        yield Case("ping", "GET", "//server/ping", Limit(1.3, 1.6), "0")
        yield Case("item by key", "GET", "/items/articles/7", Limit(2.5, 3.5), "1")
        yield Case("list 100x10", "GET", ARTICLES, Limit(3.5, 5), "1", count=200, other_limit=Limit(4.5, 6))
        yield self._repeated()
        yield Case("list, no index", "GET", UNINDEXED, Limit(5, 7), "1", count=200)
        yield Case(
            "list 100 with o2m", "GET", "/items/authors?limit=100&fields=*,books.*", Limit(8, 12), "2", count=100
        )
        note = {"title": "A note"}
        yield Case("create", "POST", "/items/notes", Limit(7, 10), "4-5", note, count=200)
        told = Limit(1.3, 1.6)
        yield Case("create, webhook", "POST", "/items/told", told, "5-6", note, count=200, unit="create")
        hooked = f"//{HOOKED}/items/notes"
        yield Case("create, hook", "POST", hooked, told, "4-5", note, self.hooked, count=200, unit="create")
        notes = [{"title": f"Note {n}"} for n in range(BATCH)]
        yield Case("create 10", "POST", "/items/notes", Limit(3, 5), "4-6", notes, count=60, unit="create")
        yield self._asset()

    def _repeated(self) -> Case:
        """The list again, by someone who has it already."""
        tag = self.client.get(f"/{self.project}{ARTICLES}").headers.get("ETag")
        headers = {"If-None-Match": tag} if tag else {}
        missing = "" if tag else "no ETag"
        name, limit = "list 100x10, 304", Limit(1.5, 2)
        return Case(name, "GET", ARTICLES, limit, "0", headers=headers, status=304, unavailable=missing)

    def _asset(self) -> Case:
        """A thumbnail that was made before."""
        path, missing = "/assets/none?key=directus-small-crop", ""
        try:
            files = {"data": ("bench.png", _picture(), "image/png")}
            response = self.client.post(f"/{self.project}/files", files=files)
            path = f"/assets/{response.json()['data']['private_hash']}?key=directus-small-crop"
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            missing = f"no upload: {error!r}"
        return Case("cached asset", "GET", path, Limit(1.5, 2), "0-1", unavailable=missing)


class SetupFailed(Exception):
    """The data could not be made."""


def _picture() -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.effect_noise((640, 480), 80).save(file, "PNG")
    return file.getvalue()
