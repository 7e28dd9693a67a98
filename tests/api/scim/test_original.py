"""The original's form, where nothing was recorded: what it meant to answer to filters, and groups."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.api.scim.service import Scim, service


@pytest.fixture(scope="module")
def old(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scim]:
    """A project that speaks the original's form, with one user in one group."""
    with service(module_vendor, tmp_path_factory.mktemp("home"), standard=False) as made:
        fill(made)
        yield made


def fill(made: Scim) -> None:
    role = made.ask("POST", "/Groups", {"displayName": "Writers", "id": "g1", "members": [{"value": "u1"}]}, 201)
    assert (role["id"], role["members"]) == ("g1", [])
    user = {
        "userName": "a@example.com",
        "externalId": "u1",
        "active": True,
        "name": {"givenName": "A", "familyName": "B"},
    }
    made.ask("POST", "/Users", user, 201)
    key = made.v8("GET", "/users?filter[external_id]=u1").get_json()["data"][0]["id"]
    made.v8("PATCH", f"/users/{key}", {"role": role["externalId"]})


@pytest.mark.parametrize(
    ("filter", "ids"),
    [
        ('userName eq "a@example.com"', ["u1"]),
        ("userName eq a@example.com", ["u1"]),
        ('externalId eq "u1"', ["u1"]),
        ('emails.value eq "a@example.com"', ["u1"]),
        ('userName eq "none@example.com"', []),
    ],
)
def test_filters(old: Scim, filter: str, ids: list[str]) -> None:
    assert [u["id"] for u in old.ask("GET", f"/Users?filter={quote(filter)}")["Resources"]] == ids


def test_groups(old: Scim) -> None:
    (group,) = old.ask("GET", "/Groups?filter=" + quote('displayName eq "Writers"'))["Resources"]
    (member,) = group["members"]  # counted, not named
    assert (member["value"], member["display"]) == (None, " ")
    assert member["$ref"].endswith("/p/scim/v2/Users/")
    assert old.ask("GET", "/Groups/g1") == group
    renamed = old.ask("PATCH", "/Groups/g1", {"displayName": "Authors"})
    assert (renamed["displayName"], renamed["members"]) == ("Authors", [])
    old.ask("PUT", "/Groups/g1", {"displayName": "Writers"})


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "detail"),
    [
        ("POST", "/Groups", {}, 422, "name: This value should not be blank."),
        ("PATCH", "/Groups/g1", {}, 422, "name: This value should not be blank."),
        ("POST", "/Groups", {"displayName": "Writers"}, 409, 'Duplicate key "Writers" for collection "directus_roles"'),
        ("GET", "/Groups/none", None, 404, "Item not found"),
        ("DELETE", "/Groups/none", None, 404, "Item not found"),
    ],
)
def test_errors(old: Scim, method: str, path: str, body: object, status: int, detail: str) -> None:
    answer = old.open(method, path, body)
    assert (answer.status_code, answer.get_json()["detail"]) == (status, detail)
    assert answer.content_type == "application/json"


def test_a_group_is_deleted(old: Scim) -> None:
    old.ask("POST", "/Groups", {"displayName": "Gone", "id": "g2"}, 201)
    answer = old.open("DELETE", "/Groups/g2")
    assert (answer.status_code, answer.get_data()) == (204, b"")
    assert old.open("GET", "/Groups/g2").status_code == 404
