"""What the four providers send, replayed: users and groups are made, renamed, moved, put off and on, deleted.

Source: scim.md part C.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from tests.api.scim.service import Scim

CORE = "urn:ietf:params:scim:schemas:core:2.0:"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
#: How many users and groups, by database: all of them on one is enough, unless somebody asks for more.
SIZE = (200, 20) if os.environ.get("TESTS_SCIM_WHOLE") else (24, 4)


class Provider:
    """The requests a provider makes, in its own words. ``clean`` names what it leaves behind."""

    name = ""
    flags = ""

    def __init__(self, scim: Scim) -> None:
        self.scim = scim

    def address(self, n: int) -> str:
        return f"{self.name}{n}@example.com"

    def look_up(self, filter: str, more: str = "") -> Any:
        """A look-up must answer a list, whatever there is."""
        listed = self.scim.ask("GET", f"/Users?filter={quote(filter)}{more}")
        assert isinstance(listed["totalResults"], int) and isinstance(listed["itemsPerPage"], int)
        return listed["Resources"]

    def patch(self, path: str, *operations: dict[str, Any]) -> Any:
        """A PATCH may be answered by 200 or 204."""
        answer = self.scim.open("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)})
        assert answer.status_code in (200, 204), answer.get_data(as_text=True)
        return answer.get_json(silent=True)

    def members(self, group: str) -> set[str]:
        return {m["value"] for m in self.scim.ask("GET", f"/Groups/{group}")["members"]}

    def connect(self) -> None: ...
    def create_user(self, n: int) -> str:
        raise NotImplementedError

    def rename_user(self, id: str, n: int) -> None:
        raise NotImplementedError

    def activate(self, id: str, n: int, active: bool) -> None:
        raise NotImplementedError

    def delete_user(self, id: str) -> None:
        self.scim.ask("DELETE", f"/Users/{id}", None, 204)

    def create_group(self, name: str) -> str:
        raise NotImplementedError

    def rename_group(self, id: str, name: str) -> None:
        raise NotImplementedError

    def add(self, group: str, users: list[str]) -> None:
        raise NotImplementedError

    def remove(self, group: str, users: list[str]) -> None:
        raise NotImplementedError

    def delete_group(self, id: str) -> None:
        self.scim.ask("DELETE", f"/Groups/{id}", None, 204)


class Okta(Provider):
    """Looks up, GETs before it PUTs whole users, never deletes one."""

    name = "okta"

    def connect(self) -> None:
        self.scim.ask("GET", "/Users?startIndex=1&count=2")
        self.scim.ask("GET", "/Groups?startIndex=1&count=100")

    def _user(self, n: int, **more: Any) -> Any:
        return {
            "schemas": [f"{CORE}User"],
            "userName": self.address(n),
            "name": {"givenName": "Given", "familyName": f"F{n}"},
            "emails": [{"primary": True, "value": self.address(n), "type": "work"}],
            "displayName": f"Given F{n}",
            "locale": "en-US",
            "externalId": f"00u{n}",
            "groups": [],
            "active": True,
            **more,
        }

    def create_user(self, n: int) -> str:
        assert self.look_up(f'userName eq "{self.address(n)}"', "&startIndex=1&count=100") == []
        made = self.scim.ask("POST", "/Users", self._user(n, password="1mz050nq"), 201)
        assert made["active"] is True and made["emails"][0]["value"] == self.address(n)
        return str(made["id"])

    def rename_user(self, id: str, n: int) -> None:
        before = self.scim.ask("GET", f"/Users/{id}")
        body = {**self._user(n), "id": id, "meta": before["meta"], "name": {"givenName": "New", "familyName": f"N{n}"}}
        assert self.scim.ask("PUT", f"/Users/{id}", body)["name"] == {"givenName": "New", "familyName": f"N{n}"}

    def activate(self, id: str, n: int, active: bool) -> None:
        self.patch(f"/Users/{id}", {"op": "replace", "value": {"active": active}})

    def delete_user(self, id: str) -> None:
        self.activate(id, 0, False)

    def create_group(self, name: str) -> str:
        body = {"schemas": [f"{CORE}Group"], "displayName": name, "members": []}
        return str(self.scim.ask("POST", "/Groups", body, 201)["id"])

    def rename_group(self, id: str, name: str) -> None:
        self.patch(f"/Groups/{id}", {"op": "replace", "value": {"id": id, "displayName": name}})

    def add(self, group: str, users: list[str]) -> None:
        value = [{"value": u, "display": "someone"} for u in users]
        self.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": value})

    def remove(self, group: str, users: list[str]) -> None:
        self.patch(f"/Groups/{group}", *({"op": "remove", "path": f'members[value eq "{u}"]'} for u in users))


class Entra(Provider):
    """Operations in capitals, booleans as texts, the user name is no address, PATCH for everything."""

    name = "entra"
    remove_by_value = True

    def connect(self) -> None:
        assert self.look_up(f'userName eq "{uuid4()}"') == []

    def upn(self, n: int) -> str:
        return f"{self.name}{n}@tenant.onmicrosoft.com"

    def create_user(self, n: int) -> str:
        assert self.look_up(f'userName eq "{self.upn(n)}"') == []
        assert self.look_up(f'externalId eq "{self.name}-{n}" and userName eq "{self.upn(n)}"') == []
        body = {
            "schemas": [f"{CORE}User", ENTERPRISE],
            "externalId": f"{self.name}-{n}",
            "userName": self.upn(n),
            "active": True,
            "emails": [{"primary": True, "type": "work", "value": self.address(n)}],
            "meta": {"resourceType": "User"},
            "name": {"formatted": f"G F{n}", "familyName": f"F{n}", "givenName": "G"},
            "roles": [],
        }
        made = self.scim.ask("POST", "/Users", body, 201)
        assert made["userName"] == self.upn(n) and made["externalId"] == f"{self.name}-{n}"
        assert [u["id"] for u in self.look_up(f'userName eq "{self.upn(n).upper()}"')] == [made["id"]]
        return str(made["id"])

    def rename_user(self, id: str, n: int) -> None:
        told = self.patch(
            f"/Users/{id}",
            {"op": "Replace", "path": 'emails[type eq "work"].value', "value": f"new-{self.address(n)}"},
            {"op": "Replace", "path": "name.familyName", "value": f"N{n}"},
            {"op": "Add", "path": 'addresses[type eq "work"].country', "value": "NL"},
            {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Sales"},
            {"op": "Add", "path": f"{ENTERPRISE}:organization", "value": "Shop"},
        )
        assert told["emails"] == [{"primary": True, "type": "work", "value": f"new-{self.address(n)}"}]
        assert told["name"]["familyName"] == f"N{n}" and told[ENTERPRISE] == {"organization": "Shop"}
        found = self.look_up(f'emails[type eq "work"].value eq "new-{self.address(n)}"')
        assert [u["id"] for u in found] == [id]

    def activate(self, id: str, n: int, active: bool) -> None:
        self.patch(f"/Users/{id}", {"op": "Replace", "path": "active", "value": str(active)})
        assert [u["active"] for u in self.look_up(f'userName eq "{self.upn(n)}"')] == [active]

    def create_group(self, name: str) -> str:
        where = quote(f'displayName eq "{name}"')
        listed = self.scim.ask("GET", f"/Groups?excludedAttributes=members&filter={where}")
        assert listed["Resources"] == []
        schema = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
        body = {
            "schemas": [f"{CORE}Group", schema],
            "externalId": str(uuid4()),
            "displayName": name,
            "meta": {"resourceType": "Group"},
        }
        made = self.scim.ask("POST", "/Groups", body, 201)
        assert "members" not in self.scim.ask("GET", f"/Groups/{made['id']}?excludedAttributes=members")
        return str(made["id"])

    def rename_group(self, id: str, name: str) -> None:
        assert self.patch(f"/Groups/{id}", {"op": "Replace", "path": "displayName", "value": name}) is None

    def add(self, group: str, users: list[str]) -> None:
        value = [{"$ref": None, "value": u} for u in users]
        assert self.patch(f"/Groups/{group}", {"op": "Add", "path": "members", "value": value}) is None

    def remove(self, group: str, users: list[str]) -> None:
        value = [{"$ref": None, "value": u} for u in users]
        self.patch(f"/Groups/{group}", {"op": "Remove", "path": "members", "value": value})


class EntraCompliant(Entra):
    """The same with ``?aadOptscim062020`` behind the tenant's URL."""

    name = "aad"

    def rename_user(self, id: str, n: int) -> None:
        told = self.patch(
            f"/Users/{id}",
            {
                "op": "replace",
                "value": {
                    "name.givenName": "New",
                    "name.familyName": f"N{n}",
                    "active": True,
                    f"{ENTERPRISE}:organization": "Shop",
                    f"{ENTERPRISE}:employeeNumber": "7",
                },
            },
        )
        assert told["name"] == {"givenName": "New", "familyName": f"N{n}"} and told[ENTERPRISE] == {
            "organization": "Shop"
        }

    def activate(self, id: str, n: int, active: bool) -> None:
        self.patch(f"/Users/{id}", {"op": "replace", "path": "active", "value": active})

    def remove(self, group: str, users: list[str]) -> None:
        for user in users:
            self.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{user}"]'})


class OneLogin(Provider):
    """Old URNs, question marks and ampersands without anything behind them, PUT for users."""

    name = "onelogin"

    def _user(self, n: int, **more: Any) -> Any:
        return {
            "schemas": ["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"],
            "userName": self.address(n),
            "name": {"givenName": "G", "familyName": f"F{n}"},
            "externalId": str(n),
            "emails": [{"value": self.address(n), "primary": True}],
            "phoneNumbers": [{"value": None}],
            "active": True,
            **more,
        }

    def connect(self) -> None:
        self.scim.ask("GET", "/Groups?")

    def create_user(self, n: int) -> str:
        listed = self.scim.ask("GET", f"/Users?filter=userName+eq+%22{quote(self.address(n))}%22&")
        assert listed["totalResults"] == 0
        return str(self.scim.ask("POST", "/Users", self._user(n), 201)["id"])

    def rename_user(self, id: str, n: int) -> None:
        told = self.scim.ask("PUT", f"/Users/{id}?", self._user(n, name={"givenName": "New", "familyName": f"N{n}"}))
        assert told["name"] == {"givenName": "New", "familyName": f"N{n}"}

    def activate(self, id: str, n: int, active: bool) -> None:
        assert self.scim.ask("PUT", f"/Users/{id}?", self._user(n, active=active))["active"] is active

    def create_group(self, name: str) -> str:
        return str(
            self.scim.ask("POST", "/Groups", {"schemas": ["urn:scim:schemas:core:2.0"], "displayName": name}, 201)["id"]
        )

    def rename_group(self, id: str, name: str) -> None:
        self.patch(f"/Groups/{id}", {"op": "replace", "path": "displayName", "value": name})

    def add(self, group: str, users: list[str]) -> None:
        self.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": u} for u in users]})

    def remove(self, group: str, users: list[str]) -> None:
        self.patch(f"/Groups/{group}", *({"op": "remove", "path": f'members[value eq "{u}"]'} for u in users))


class JumpCloud(OneLogin):
    """Tries the connection with a user and a group of its own; membership in the manner of Entra ID."""

    name = "jumpcloud"

    def connect(self) -> None:
        user = self.create_user(0)
        group = self.create_group("jumpcloud-test")
        self.add(group, [user])
        self.delete_group(group)
        self.delete_user(user)
        assert self.look_up(f'userName eq "{self.address(0)}"') == []

    def remove(self, group: str, users: list[str]) -> None:
        self.patch(f"/Groups/{group}", {"op": "remove", "path": "members", "value": [{"value": u} for u in users]})


PROVIDERS: tuple[Callable[[Scim], Provider], ...] = (Okta, Entra, EntraCompliant, OneLogin, JumpCloud)


@pytest.mark.parametrize("make", PROVIDERS, ids=lambda p: p.__name__)
def test_a_life_with(scim: Scim, make: Callable[[Scim], Provider]) -> None:
    provider = make(scim)
    size, parts = SIZE
    users_before, groups_before = (scim.ask("GET", f"/{k}?count=0")["totalResults"] for k in ("Users", "Groups"))
    provider.connect()
    users = [provider.create_user(n) for n in range(1, size + 1)]
    groups = [provider.create_group(f"{provider.name} {n}") for n in range(parts)]
    assert len(set(users)) == size and len(set(groups)) == parts
    assert scim.ask("GET", "/Users?count=0")["totalResults"] == users_before + size

    for at, group in enumerate(groups):  # everybody into a group
        provider.add(group, users[at::parts])
    assert all(provider.members(g) == set(users[at::parts]) for at, g in enumerate(groups))

    for n in (1, 2, 3):  # renamed
        provider.rename_user(users[n - 1], n)
    provider.rename_group(groups[0], f"{provider.name} renamed")
    assert scim.ask("GET", f"/Groups/{groups[0]}")["displayName"] == f"{provider.name} renamed"
    assert provider.members(groups[0]) == set(users[0::parts])

    moved = users[0::parts][:5]  # moved
    provider.remove(groups[0], moved)
    provider.add(groups[1], moved)
    assert provider.members(groups[0]) == set(users[0::parts]) - set(moved)
    assert provider.members(groups[1]) == set(users[1::parts]) | set(moved)

    for active in (False, True):  # off and on
        for n in (7, 8):
            provider.activate(users[n - 1], n, active)
            assert scim.ask("GET", f"/Users/{users[n - 1]}")["active"] is active
    assert users[6] in provider.members(groups[6 % parts])

    for group in groups:
        provider.delete_group(group)
    for user in users:
        provider.delete_user(user)
    assert scim.ask("GET", "/Groups?count=0")["totalResults"] == groups_before
    everybody = scim.ask("GET", "/Users?attributes=groups&count=1000")["Resources"]
    assert not {group["value"] for user in everybody for group in user.get("groups", ())} & set(groups)
    left = scim.ask("GET", "/Users?count=0&filter=" + quote(f'userName sw "{provider.name}" and active eq true'))
    assert left["totalResults"] == 0
