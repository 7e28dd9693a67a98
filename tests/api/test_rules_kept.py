"""Rules that stay who they are: what was prepared for them is good until they change."""

from __future__ import annotations

from tests.api.people import EDITOR, People


def test_rules_outlive_changes_of_users(home_folks: People) -> None:
    access = home_folks.project.state.access
    former = [access.rules(role) for role in (1, 2, 3)]
    user = {"email": "new@example.com", "password": "a long password", "role": 3, "status": "active"}
    assert home_folks.ask("POST", "/users", user, home_folks.admin).status_code == 200
    renewed = home_folks.project.state.access
    assert renewed is not access
    assert [renewed.rules(role) for role in (1, 2, 3)] == former


def test_rules_that_change_are_new_ones(home_folks: People) -> None:
    former = [home_folks.project.state.access.rules(role) for role in (2, 3)]
    granted = {"role": 3, "collection": "directus_webhooks", "read": "full"}
    made = home_folks.ask("POST", "/permissions", granted, home_folks.admin).get_json()["data"]["id"]
    token = home_folks.token(EDITOR)
    assert home_folks.ask("GET", "/webhooks", token=token).status_code == 200
    public, editors = (home_folks.project.state.access.rules(role) for role in (2, 3))
    assert public is former[0] and editors is not former[1]
    assert home_folks.ask("DELETE", f"/permissions/{made}", token=home_folks.admin).status_code == 204
    assert home_folks.ask("GET", "/webhooks", token=token).status_code == 403
