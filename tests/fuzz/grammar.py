"""Random requests to every route of every dialect, each from one seed."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from flask import Flask

from directus8.api.v10.router import ROUTES as LATER
from tests.api.v8.test_files import picture
from tests.api.v8.test_items_fuzz import FIELDS, NAMES, TABLES, TEXTS, Dice

Rule = tuple[str, str]  # method, path
SCIM = ("Users", "Groups", "Users/1", "Groups/1", "Bulk", "Schemas", "ResourceTypes", "ServiceProviderConfig", ".search",
        "Users/.search", "Me", "x/y/z")  # fmt: skip
SYSTEM = ("directus_users", "directus_files", "directus_activity", "directus_revisions", "directus_roles",
          "directus_permissions", "directus_settings", "directus_user_sessions", "directus_webhooks")  # fmt: skip
LATER_OPERATORS = ("_eq", "_neq", "_in", "_nin", "_null", "_nnull", "_contains", "_starts_with", "_between", "_gt", "_lt",
                   "_empty", "_icontains", "_regex", "_some", "_none", "_bogus", "")  # fmt: skip
LATER_PARAMETERS = ("fields", "filter", "search", "sort", "limit", "offset", "page", "aggregate", "groupBy", "deep",
                    "alias", "export", "meta", "access_token", "version")  # fmt: skip
V1_PARAMETERS = ("depth", "columns", "columns_visible", "in", "perPage", "currentPage", "orderBy", "orderDirection",
                 "query", "include_meta", "orders", "preview", "active", "rowsPerPage", "group_by")  # fmt: skip
SCIM_FILTERS = ('userName eq "x"', "userName pr", "(", 'emails[type eq "work"].value co "a"', 'id gt "1" and not (x pr)',
                'meta.lastModified ge "2020"', "a " * 200, 'userName eq "')  # fmt: skip
GRAPHQL = (
    "{__schema{types{name fields{name}}}}", "{books{title author{name books{title}}}}", "{items{books{title}}}", "{",
    "query($a:Int){books(limit:$a){id}}", "mutation{create_books_item(data:{title:\"x\"}){id}}", "{users{email token}}",
    "{a:books{id} b:books{id} c:books{id}}", "fragment f on books{...f} {books{...f}}", "{books(filter:{title:{eq:1}}){id}}",
    "{directus_users{password}}", "subscription{x}", "{users_me{email token}}",
)  # fmt: skip
HEADERS = (
    ("If-None-Match", "*"), ("If-None-Match", '"x"'), ("Accept", "text/html"), ("Accept-Encoding", "br"), ("Range", "bytes=0-"),
    ("Range", "bytes=9-1,-"), ("X-HTTP-Method-Override", "DELETE"), ("X-HTTP-Method-Override", "SEARCH"),
    ("Origin", "https://evil.example"), ("Cookie", "directus-demo-session=x"), ("X-Forwarded-For", "1.2.3.4, x"),
    ("If-Modified-Since", "yesterday"), ("Content-Encoding", "gzip"), ("Accept-Language", "xx"), ("X-Directus-Project", "x"),
    ("Transfer-Encoding", "chunked"), ("Authorization", "Basic eDp5"), ("Authorization", "Bearer a.b.c"),
)  # fmt: skip
TYPES = ("application/json", "text/plain", "application/scim+json", "application/x-www-form-urlencoded", "", "x/y; charset=x",
         "multipart/form-data", "application/graphql", "multipart/form-data; boundary=")  # fmt: skip
FILES = (
    ("a.png", picture()), ("a.jpg", picture(20, 20, "JPEG")[:-30]), ("a.svg", b"<svg/>"), ("a.html", b"<script>1</script>"),
    ("", b""), ("../../x", b"\x00"), ("a" * 300 + ".txt", b"x"), ("a.php", b"<?php"), ("ü\"'\\.gif", b"GIF89a"), (".htaccess", b"x"),
    ("a.pdf", b"%PDF-1.4"), ("a.mp4", b"\x00\x00\x00\x18ftypmp42"), ("a.csv", b"title\n1"), ("a.json", b'[{"title":"x"}]'),
)  # fmt: skip
WORDS = ("email", "password", "otp", "token", "status", "role", "data", "collection", "field", "type", "to", "subject",
         "body", "hasher", "string", "hash", "length", "options", "fields", "item", "comment", "key", "value", "query",
         "variables", "operationName", "schemas", "Operations", "userName", "members", "name", "meta", "schema", "url",
         "filename_download", "filename_disk", "folder", "title", "keys", "reset_url", "refresh_token", "mode", "rows",
         "id", "read", "create", "permissions", "collection_many", "field_many", "datatype", "length", "last_page")  # fmt: skip


def rules_of(app: Flask) -> list[Rule]:
    """Every route of the application, those of the dialects behind one rule written out."""
    found = set()
    for rule in app.url_map.iter_rules():
        written_out = "<path:rest>" in rule.rule or "<path:path>" in rule.rule
        if written_out or rule.rule.startswith("/api/1.1") or (rule.rule.endswith("/") and "/1.1/" in rule.rule):
            continue  # the older API once: under its project's name
        found |= {(method, rule.rule) for method in (rule.methods or ()) if method not in ("HEAD", "OPTIONS")}
    found |= {(route.method, f"/<project:project>/v10{route.path}") for route in LATER}
    found |= {
        (method, f"/<project:project>/scim/v2/{path}")
        for path in SCIM
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    }
    return sorted(found)


class Wide(Dice):
    """A request to any route."""

    def request(self, rules: list[Rule]) -> tuple[str, str, dict[str, str], dict[str, Any]]:
        """Method, address, headers, and the body as the test client takes it."""
        method, path = self.one(rules)
        url = "".join(self._parts(path))
        query = self.any_query(url)
        headers = dict(self.one(HEADERS) for _ in range(self.random.choice((0, 0, 0, 1, 2))))
        body = self.any_body(url) if method not in ("GET", "DELETE") or self.random.random() < 0.05 else {}
        return method, f"{url}?{query}" if query else url, headers, body

    def _parts(self, path: str) -> Iterator[str]:
        for part in path.replace("<", "\n<").replace(">", ">\n").split("\n"):
            yield self._argument(part.strip("<>").split(":")[-1]) if part.startswith("<") else part

    def _argument(self, name: str) -> str:
        if name == "project":
            return "demo" if self.random.random() < 0.98 else quote(self.word(), safe="")
        if name in ("collection", "table"):
            return quote(str(self.one((*TABLES, *SYSTEM))), safe="")
        if name in ("field", "name"):
            return quote(str(self.one(NAMES)), safe="")
        return quote(self.key(), safe=",") or "x"

    def any_query(self, url: str) -> str:
        if "/v10" in url:
            return self._pairs(self._later())
        if "/1.1/" in url and self.random.random() < 0.5:
            return self._pairs((self.one(V1_PARAMETERS), self.word()) for _ in range(self.random.randint(0, 4)))
        if "/scim/" in url:
            return self._pairs(
                [("filter", self.one(SCIM_FILTERS)), ("startIndex", self.word()), ("count", self.word())]
            )
        if "gql" in url or "graphql" in url:
            return self._pairs([("query", self.one(GRAPHQL))])
        if "/assets/" in url:
            return self._pairs((self.one(("w", "h", "f", "q", "key", "_")), self.word()) for _ in range(3))
        return self.query()

    @staticmethod
    def _pairs(pairs: Any) -> str:
        return "&".join(f"{quote(str(n), safe='[]')}={quote(str(v))}" for n, v in pairs)

    def _later(self) -> Iterator[tuple[str, str]]:
        for _ in range(self.random.randint(0, 4)):
            name = self.one(LATER_PARAMETERS)
            if name == "filter" or name == "deep":
                yield name, json.dumps(self.later_filter()) if self.random.random() < 0.8 else self.word()
            elif name in ("fields", "sort", "groupBy"):
                yield name, ",".join(self.one(NAMES) for _ in range(self.random.randint(1, 3)))
            elif name == "aggregate":
                yield f"aggregate[{self.one(('count', 'sum', 'min', 'avg', 'countDistinct', 'x'))}]", self.one(NAMES)
            else:
                yield name, self.word()

    def later_filter(self, depth: int = 0) -> Any:
        chance = self.random.random()
        if depth < 3 and chance < 0.3:
            return {self.one(("_and", "_or")): [self.later_filter(depth + 1) for _ in range(self.random.randint(0, 3))]}
        name = self.one(NAMES)
        if depth < 3 and chance < 0.45:
            return {name: self.later_filter(depth + 1)}
        return {name: {self.one(LATER_OPERATORS): self.value(2)}}

    # --- bodies ----------------------------------------------------------------------------------------------

    def any_body(self, url: str) -> dict[str, Any]:
        chance = self.random.random()
        if "gql" in url or "graphql" in url:
            return {"json": {"query": self.one(GRAPHQL), "variables": self.value(2)}}
        if chance < 0.15 or ("/files" in url and chance < 0.6):
            return {"data": self.form(), "content_type": "multipart/form-data"}
        if chance < 0.22:
            return {"data": {k: str(self.scalar()) for k in self.words()}}
        if chance < 0.3:
            return {"data": self.raw(), "content_type": self.one(TYPES)}
        return {"json": self.body() if self.random.random() < 0.5 else self.words()}

    def words(self) -> dict[str, Any]:
        return {self.one((*WORDS, *FIELDS)): self.value(2) for _ in range(self.random.randint(0, 6))}

    def form(self) -> dict[str, Any]:
        made: dict[str, Any] = {
            self.one((*WORDS, "_METHOD", "data[]")): str(self.scalar()) for _ in range(self.random.randint(0, 3))
        }
        for _ in range(self.random.randint(0, 2)):
            name, content = self.one(FILES)
            made[self.one(("file", "data", "file[]", "x", ""))] = (io.BytesIO(content), name)
        return made

    def raw(self) -> bytes:
        return self.one(  # type: ignore[no-any-return]
            (b"", b"{", b"[" * 3000, b"\xff\xfe", b"null", b'"x"', b"1e999", b'{"a":' * 500, b"--\r\n", b"a=1&a=2&[=3", b"\x00" * 50,
             b'{"title":"\\ud800"}', f'{{"title": "{self.one(TEXTS)}"}}'.encode("utf-8", "replace"))
        )  # fmt: skip
