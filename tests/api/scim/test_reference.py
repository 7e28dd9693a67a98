"""scim.md, paragraph by paragraph: one request a row, and what its answer must hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.scim.service import Scim, service
from tests.api.scim.test_standard import ENTERPRISE, ERROR, patch

#: method, path, body, status, what the answer holds: members of objects, whole lists; a function says it of a value
Row = tuple[str, str, Any, int, Any]

CORE = "urn:ietf:params:scim:schemas:core:2.0:"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
BLANK, NO_ADDRESS = "This value should not be blank.", "This value is not a valid email address."


def where(text: str) -> str:
    return f"filter={quote(text)}"


def failed(detail: str, status: int) -> Any:
    """An error of the original's."""
    return {"schemas": [ERROR], "status": status, "detail": detail, "scimType": MISSING}


class _Missing:
    """What must not be there."""


MISSING = _Missing()


def holds(told: Any, wanted: Any) -> bool:
    """Is all there that is wanted?"""
    if isinstance(wanted, dict):
        return isinstance(told, dict) and all(holds(told.get(n, MISSING), w) for n, w in wanted.items())
    if isinstance(wanted, list):
        return isinstance(told, list) and len(told) == len(wanted) and all(map(holds, told, wanted))
    if callable(wanted):
        return bool(wanted(told))
    return told is wanted or (type(told) is type(wanted) and bool(told == wanted))


def text(told: Any) -> bool:
    return isinstance(told, str) and told != ""


def number(told: Any) -> bool:
    return type(told) is int


def ends(tail: str) -> Callable[[Any], bool]:
    return lambda told: isinstance(told, str) and told.endswith(tail)


# --- part A: the original ----------------------------------------------------------------------------------------

A_USER = {
    "schemas": [f"{CORE}User"],
    "id": "u1",
    "externalId": number,
    "meta": {"resourceType": "User", "location": ends("/p/scim/v2/Users/u1"), "version": text},
    "name": {"familyName": "B", "givenName": "A"},
    "userName": "a@example.com",
    "emails": [{"value": "a@example.com", "type": "work", "primary": True}],
    "locale": None,
    "timezone": "UTC",
    "active": True,
}
ORIGINAL: dict[str, list[Row]] = {
    "A.1 routes": [
        ("GET", "/Users", None, 200, {"schemas": [LIST]}),
        ("GET", "/Users/u1", None, 200, A_USER),
        ("DELETE", "/Users/u1", None, 405, {"error": {"code": 6}}),
        ("GET", "/Groups", None, 200, {"schemas": [LIST]}),
        ("GET", "/Groups/g1", None, 200, {"displayName": "Writers"}),
        ("GET", "/ServiceProviderConfig", None, 404, {"error": {"code": 1}}),
        ("GET", "/Schemas", None, 404, {"error": {"code": 1}}),
        ("GET", "/ResourceTypes", None, 404, {"error": {"code": 1}}),
        ("POST", "/Bulk", {}, 404, {"error": {"code": 1}}),
        ("GET", "/Me", None, 404, {"error": {"code": 1}}),
        ("POST", "/Users/.search", {}, 405, {"error": {"code": 6}}),
    ],
    "A.4 nobody gave the seeded ones an id": [
        ("GET", "/Users?count=1", None, 200, {"Resources": [{"id": None, "meta": {"location": ends("/Users/")}}]}),
        ("GET", "/Groups?startIndex=2&count=1", None, 200,
         {"Resources": [{"id": None, "meta": {"location": ends("/Groups/")}}]}),
    ],
    "A.6 writing users": [
        ("POST", "/Users", {}, 422, failed(f"email: {BLANK}", 422)),
        ("POST", "/Users", {"userName": "no address"}, 422, failed(f"email: {NO_ADDRESS}", 422)),
        ("POST", "/Users", {"userName": "a@example.com"}, 409,
         failed('Duplicate key "a@example.com" for collection "directus_users"', 409)),
        ("POST", "/Users", {"userName": "x", "emails": [{"value": "first@x.com"}, {"value": "last@x.com"}]}, 201,
         {"userName": "last@x.com", "id": text, "externalId": number, "active": False}),
        ("POST", "/Users", {"emails": [{"value": "p@x.com", "primary": True}, {"value": "q@x.com"}], "externalId": "u2",
                            "active": "true"}, 201, {"id": "u2", "userName": "p@x.com", "active": False}),
        ("PATCH", "/Users/u2", {"active": True, "externalId": "other", "password": "x", "title": "T"}, 200,
         {"id": "u2", "active": True, "title": MISSING}),
        ("PUT", "/Users/u2", {"name": {"givenName": "G"}}, 200,
         {"name": {"familyName": None, "givenName": "G"}, "userName": "p@x.com", "active": True}),
        ("PATCH", "/Users/u2", {"name": None}, 200, {"name": {"familyName": None, "givenName": None}}),
        ("PATCH", "/Users/u2", {"locale": "nl-NL", "timezone": "Europe/Paris"}, 200,
         {"locale": "nl-NL", "timezone": "Europe/Paris"}),
        ("PATCH", "/Users/u2", patch("replace", "active", False), 422, failed(f"email: {BLANK}", 422)),
        ("PATCH", "/Users/u2", {}, 422, failed(f"email: {BLANK}", 422)),
        ("PATCH", "/Users/u2", None, 400, {"error": {"code": 13}}),
        ("PATCH", "/Users/nobody", {"active": True}, 404, failed("Item not found", 404)),
        ("GET", "/Users/nobody", None, 404, failed("Item not found", 404)),
    ],
    "A.7 writing groups": [
        ("POST", "/Groups", {"displayName": "G2", "id": "g2", "externalId": "x"}, 201,
         {"id": "g2", "externalId": number, "members": []}),
        ("POST", "/Groups", {"displayName": "G3", "members": [{"value": "u1"}]}, 201, {"id": text, "members": []}),
        ("PATCH", "/Groups/g2", {"displayName": "G2b", "id": "other"}, 200, {"id": "g2", "displayName": "G2b"}),
        ("PUT", "/Groups/g2", {"displayName": "Writers"}, 409,
         failed('Duplicate key "Writers" for collection "directus_roles"', 409)),
        ("POST", "/Groups", {}, 422, failed(f"name: {BLANK}", 422)),
        ("DELETE", "/Groups/g2", None, 204, None),
        ("DELETE", "/Groups/seeded", None, 401, failed("You are not allowed to delete group [1]", 401)),
    ],
    "A.8 lists": [
        ("GET", "/Users", None, 200, {"startIndex": MISSING, "itemsPerPage": MISSING, "totalResults": number}),
        ("GET", "/Users?startIndex=0", None, 200, {"startIndex": 0}),
        ("GET", "/Users?count=0", None, 200, {"Resources": [], "itemsPerPage": 0, "totalResults": lambda n: n > 1}),
        ("GET", "/Users?startIndex=2&count=1", None, 200, {"startIndex": 2, "itemsPerPage": 1, "Resources": [{}]}),
        ("GET", "/Users?count=1&sortBy=x&attributes=y&excludedAttributes=z", None, 200, {"Resources": [{"id": None}]}),
        ("GET", f"/Users?count=5&{where('userName eq a@example.com')}", None, 200,
         {"totalResults": lambda n: n > 1, "Resources": [{"id": "u1"}]}),
    ],
    "A.9 filter": [
        ("GET", f"/Users?{where('userName pr')}", None, 422,
         failed("Filter must be: <attribute> <operator> <value>", 422)),
        ("GET", f"/Users?{where('userName sw a')}", None, 422, failed('Unsupported operator "sw"', 422)),
        ("GET", f"/Users?{where('username eq a')}", None, 422, failed('Unknown attribute "username"', 422)),
        ("GET", f"/Groups?{where('userName eq a')}", None, 422, failed('Unknown attribute "userName"', 422)),
    ],
}  # fmt: skip


# --- part B: the standard ----------------------------------------------------------------------------------------

CHARACTERISTICS = {
    "name": text, "type": text, "multiValued": lambda v: isinstance(v, bool), "description": lambda v: isinstance(v, str),
    "required": lambda v: isinstance(v, bool), "caseExact": lambda v: isinstance(v, bool),
    "mutability": lambda v: v in ("readOnly", "readWrite", "immutable", "writeOnly"),
    "returned": lambda v: v in ("always", "never", "default", "request"),
    "uniqueness": lambda v: v in ("none", "server", "global"),
}  # fmt: skip


def described(schema: Any) -> bool:
    """Has every attribute, and every sub-attribute, all its characteristics?"""
    return bool(schema["attributes"]) and all(
        holds(a, CHARACTERISTICS) and all(holds(s, CHARACTERISTICS) for s in a.get("subAttributes", ()))
        for a in schema["attributes"]
    )


def error(status: int, kind: str | None = None) -> Any:
    """An error of the standard: its status is a text."""
    return {
        "schemas": [ERROR], "status": str(status), "scimType": MISSING if kind is None else kind, "detail": text,
        "error": MISSING,
    }  # fmt: skip


NOT_ALLOWED = error(405)
STANDARD: dict[str, list[Row]] = {
    "discovery: the service": [
        ("GET", "/ServiceProviderConfig", None, 200, {
            "schemas": [f"{CORE}ServiceProviderConfig"],
            "patch": {"supported": True},
            "bulk": {"supported": True, "maxOperations": number, "maxPayloadSize": number},
            "filter": {"supported": True, "maxResults": number},
            "changePassword": {"supported": True}, "sort": {"supported": True}, "etag": {"supported": True},
            "authenticationSchemes": [
                {"type": "oauthbearertoken", "name": text, "description": text, "specUri": text, "primary": True}],
            "meta": {"resourceType": "ServiceProviderConfig", "location": ends("/ServiceProviderConfig")},
        }),
    ],
    "discovery: the types": [
        ("GET", "/ResourceTypes", None, 200, {
            "schemas": [LIST], "totalResults": 2,
            "Resources": [{"id": "User", "endpoint": "/Users"}, {"id": "Group", "endpoint": "/Groups"}]}),
        ("GET", "/ResourceTypes/User", None, 200, {
            "id": "User", "name": "User", "endpoint": "/Users", "description": text, "schema": f"{CORE}User",
            "schemaExtensions": [{"schema": ENTERPRISE, "required": False}],
            "meta": {"resourceType": "ResourceType", "location": ends("/ResourceTypes/User")}}),
    ],
    "discovery: the schemas": [
        ("GET", "/Schemas", None, 200, {"schemas": [LIST], "totalResults": 6,
                                        "Resources": lambda r: len(r) == 6 and all(map(described, r))}),
        *(("GET", f"/Schemas/{urn}", None, 200, {"id": urn, "name": text, "description": text}) for urn in
          (f"{CORE}User", f"{CORE}Group", ENTERPRISE, f"{CORE}Schema", f"{CORE}ResourceType")),
    ],
    "discovery is only read": [
        *((method, path, body, 405, NOT_ALLOWED)
          for path in ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas", "/ResourceTypes/User")
          for method, body in (("POST", {}), ("PUT", {}), ("PATCH", {}), ("DELETE", None))),
        *(("GET", f"/{what}?{where('id pr')}", None, 403, error(403))
          for what in ("ServiceProviderConfig", "ResourceTypes", "Schemas")),
        ("GET", "/ResourceTypes/Nothing", None, 404, error(404)),
        ("GET", "/Schemas/urn:x", None, 404, error(404)),
        ("GET", "/ServiceProviderConfig/x", None, 404, error(404)),
        ("GET", "/random/url", None, 404, error(404)),
    ],
    "create": [
        ("POST", "/Users?attributes=userName", {"userName": "b1@x.com", "title": "T"}, 201,
         {"id": text, "userName": "b1@x.com", "title": MISSING, "meta": MISSING}),
        ("POST", "/Users?excludedAttributes=emails", {"USERNAME": "b2@x.com", "Title": "T", "ID": "mine", "META": {}}, 201,
         {"id": lambda id: text(id) and id != "mine", "title": "T", "emails": MISSING}),
        ("POST", "/Users", {"userName": "b3@x.com", "title": None, "emails": [], "name": None, "externalId": "e3"}, 201,
         {"externalId": "e3", "title": MISSING, "name": MISSING, "emails": [{"value": "b3@x.com"}]}),
        ("POST", "/Users", {"userName": "b3@x.com"}, 409, error(409, "uniqueness")),
        ("POST", "/Groups", {"displayName": "first"}, 409, error(409, "uniqueness")),
    ],
    "get one": [
        ("GET", "/Users/{user}", None, 200, {
            "schemas": [f"{CORE}User", ENTERPRISE], "id": text, "externalId": "ref-1", "userName": "ref",
            "name": {"familyName": "F", "givenName": "G"}, "active": True, "title": "T", "locale": "en-US",
            "timezone": "UTC", ENTERPRISE: {"organization": "O"}, "password": MISSING,
            "groups": [{"value": text, "$ref": text, "display": "First", "type": "direct"}],
            "meta": {"resourceType": "User", "location": text, "version": lambda v: v.startswith('W/"')}}),
        ("GET", "/Groups/{group}", None, 200, {
            "id": text, "displayName": "First", "meta": {"resourceType": "Group"},
            "members": [{"value": text, "$ref": text, "type": "User", "display": "G F"}]}),
        ("GET", "/Users/{group}", None, 404, error(404)),
        ("GET", "/Groups/{user}", None, 404, error(404)),
    ],
    "query": [
        ("GET", "/Groups?sortBy=displayName&sortOrder=descending&count=1", None, 200,
         {"Resources": [{"displayName": "Second"}]}),
        ("GET", "/Users?sortBy=name.givenName&sortOrder=descending&count=1&" + where("name.givenName pr"), None, 200,
         {"Resources": [{"userName": "ref"}]}),
        ("GET", f"/Users?{where('USERNAME EQ') + quote(' ')}%22ref%22", None, 200, {"Resources": [{"userName": "ref"}]}),
        ("GET", f"/Users?{where(f'{CORE}User:name.givenName eq ')}%22g%22", None, 200, {"totalResults": 1}),
        ("GET", "/Users?attributes=password,userName&" + where('userName eq "ref"'), None, 200,
         {"Resources": [{"password": MISSING, "userName": "ref", "id": text, "title": MISSING}]}),
        ("GET", "/Users?excludedAttributes=id,title&" + where('userName eq "ref"'), None, 200,
         {"Resources": [{"id": text, "title": MISSING, "userName": "ref"}]}),
        ("GET", "/Users?attributes=a&excludedAttributes=b", None, 400, error(400, "invalidValue")),
    ],
    ".search": [
        ("POST", "/Groups/.search", {"filter": 'displayName eq "first"', "attributes": ["displayName"]}, 200,
         {"schemas": [LIST], "totalResults": 1, "Resources": [{"displayName": "First", "members": MISSING}]}),
        ("POST", "/Groups/.search", {"filter": 'displayName sw "first"', "excludedAttributes": ["members"]}, 200,
         {"Resources": [{"displayName": "First", "members": MISSING, "meta": {}}]}),
        ("POST", "/Users/.search", {"sortBy": "userName", "sortOrder": "descending", "startIndex": 1, "count": 1}, 200,
         {"startIndex": 1, "itemsPerPage": 1, "totalResults": number}),
        ("POST", "/Users/.search", {"filter": "("}, 400, error(400, "invalidFilter")),
        ("POST", "/.search", {"count": 0}, 200, {"Resources": [], "totalResults": lambda n: n >= 4}),
    ],
    "PUT": [
        ("PUT", "/Users/none", {"userName": "none@x.com"}, 404, error(404)),
        ("PUT", "/Users/{user}", {"title": "T"}, 400, error(400, "invalidValue")),
        ("PUT", "/Groups/{group}", {"displayName": "second"}, 409, error(409, "uniqueness")),
        ("PUT", "/Users/{user}?attributes=id", {"userName": "ref", "externalId": "ref-1", "title": "T", "groups": []}, 200,
         {"id": text, "userName": MISSING}),
        ("GET", "/Users/{user}", None, 200, {"groups": [{"display": "First"}], "name": MISSING, ENTERPRISE: MISSING}),
    ],
    "PATCH": [
        ("PATCH", "/Users/{user}", patch("ADD", None, {"title": "U", "name": {"givenName": "G"}}), 200,
         {"title": "U", "name": {"givenName": "G"}}),
        ("PATCH", "/Users/{user}", patch("remove", None), 400, error(400, "noTarget")),
        ("PATCH", "/Users/{user}", patch("replace", "groups", []), 400, error(400, "mutability")),
        ("PATCH", "/Users/{user}", patch("remove", "userName"), 400, error(400, "mutability")),
        ("PATCH", "/Users/{user}", patch("add", "title[", 1), 400, error(400, "invalidPath")),
        ("PATCH", "/Users/{user}", {"Operations": []}, 400, error(400, "invalidSyntax")),
        ("PATCH", "/Groups/{group}", patch("replace", "displayName", "First"), 204, None),
        ("PATCH", "/Groups/{group}?excludedAttributes=members", patch("replace", "displayName", "First"), 200,
         {"displayName": "First", "members": MISSING}),
        ("PATCH", "/Groups/none", patch("replace", "displayName", "x"), 404, error(404)),
    ],
    "bulk": [
        ("POST", "/Bulk", {"Operations": [
            {"method": "PATCH", "path": "/Users/{user}", "version": 'W/"old"', "data": patch("add", "title", "V")},
            {"method": "PATCH", "path": "/Users/{user}", "version": "*", "data": patch("add", "title", "V")}]}, 200,
         {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
          "Operations": [{"status": "412", "response": {"status": "412"}}, {"status": "200", "version": text}]}),
        ("GET", "/Bulk", None, 405, NOT_ALLOWED),
    ],
    "me": [
        ("GET", "/Me?attributes=userName", None, 200, {"userName": "admin@example.com", "emails": MISSING}),
        ("GET", "/Me/x", None, 404, error(404)),
    ],
    "delete": [
        ("DELETE", "/Users/{other}", None, 204, None),
        ("GET", "/Users/{other}", None, 404, error(404)),
        ("GET", "/Users?" + where('userName eq "other@x.com"'), None, 200, {"totalResults": 0, "Resources": []}),
        ("POST", "/Users", {"userName": "other@x.com"}, 201, {"id": text}),
    ],
}  # fmt: skip


def play(scim: Scim, rows: list[Row], ids: dict[str, str]) -> None:
    """Asks row by row; all that is not as told."""
    wrong = []
    for method, path, body, status, wanted in rows:
        answer = scim.open(method, _named(path, ids), _named(body, ids))
        told = answer.get_json(force=True, silent=True)
        if answer.status_code != status or not holds(told, wanted):
            wrong.append(f"{method} {path} {body}: {answer.status_code} {answer.get_data(as_text=True)}")
        elif told is not None and "error" not in told:
            kind = "application/json" if "original" in ids and status >= 400 else "application/scim+json;charset=utf-8"
            assert answer.content_type == kind, (method, path)
    assert not wrong, "\n".join(wrong)


def _named(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, str):
        for name, id in ids.items():
            value = value.replace("{" + name + "}", id)
        return value
    if isinstance(value, dict):
        return {k: _named(v, ids) for k, v in value.items()}
    return [_named(v, ids) for v in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def old(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scim]:
    """The original's form, with one user in one group."""
    with service(module_vendor, tmp_path_factory.mktemp("home"), standard=False) as made:
        role = made.ask("POST", "/Groups", {"displayName": "Writers", "id": "g1"}, 201)["externalId"]
        name = {"givenName": "A", "familyName": "B"}
        user = {"userName": "a@example.com", "externalId": "u1", "active": True, "name": name}
        key = made.ask("POST", "/Users", user, 201)["externalId"]
        made.v8("PATCH", f"/users/{key}", {"role": role})
        made.v8("PATCH", "/roles/1", {"external_id": "seeded"})
        yield made


@pytest.fixture(scope="module")
def ids(scim: Scim) -> dict[str, str]:
    """A user in a group, another group, another user."""
    full = {
        "userName": "ref", "externalId": "ref-1", "emails": [{"value": "ref@x.com"}], "title": "T", "locale": "en-US",
        "name": {"givenName": "G", "familyName": "F"}, "password": "secret-ref", ENTERPRISE: {"organization": "O"},
    }  # fmt: skip
    user = scim.ask("POST", "/Users", full, 201)["id"]
    group = scim.ask("POST", "/Groups", {"displayName": "First", "members": [{"value": user}]}, 201)["id"]
    scim.ask("POST", "/Groups", {"displayName": "Second"}, 201)
    other = scim.ask("POST", "/Users", {"userName": "other@x.com"}, 201)["id"]
    return {"user": user, "group": group, "other": other}


@pytest.mark.parametrize("paragraph", ORIGINAL)
def test_the_original(old: Scim, paragraph: str) -> None:
    play(old, ORIGINAL[paragraph], {"original": ""})


def test_the_original_and_the_public(old: Scim) -> None:
    """A.2"""
    anybody = Scim(old.app, old.client, "")
    assert holds(anybody.ask("GET", "/Users", None, 401), failed("Unauthorized request", 401))
    denied = 'Creating item to "directus_users" collection was denied'
    assert holds(anybody.ask("POST", "/Users", {"userName": "x@x.com"}, 403), failed(denied, 403))


def test_the_original_takes_either_media_type(old: Scim) -> None:
    """A.3; A.10: no entity tags."""
    for kind in ("application/json", "application/scim+json"):
        answer = old.open("PATCH", "/Users/u1", {"active": True}, content_type=kind, headers={"If-Match": 'W/"x"'})
        assert answer.status_code == 200 and "ETag" not in answer.headers


def test_a_new_group_has_the_rights_of_a_new_role(old: Scim) -> None:
    """A.7"""
    by_scim = old.ask("POST", "/Groups", {"displayName": "By SCIM"}, 201)["externalId"]
    by_v8 = old.v8("POST", "/roles", {"name": "By v8"}).get_json()["data"]["id"]
    rights = [
        [{k: v for k, v in row.items() if k not in ("id", "role")} for row in answer.get_json()["data"]]
        for answer in (
            old.v8("GET", f"/permissions?filter[role]={role}&sort=collection,status") for role in (by_scim, by_v8)
        )
    ]
    assert rights[0] == rights[1] != []


@pytest.mark.parametrize("paragraph", STANDARD)
def test_the_standard(scim: Scim, ids: dict[str, str], paragraph: str) -> None:
    play(scim, STANDARD[paragraph], ids)
