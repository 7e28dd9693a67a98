"""PATCH in memory: the operations of the standard and what the providers make of them."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scim2_models import PatchOp, User

from directus8.api.scim.filter import BadFilter
from directus8.api.scim.message import ScimError
from directus8.api.scim.patch import apply, operations, parse_path
from directus8.api.scim.resource import Projection, normal, projection, without_empty
from directus8.api.scim.schemas import ENTERPRISE, GROUPS, USERS

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
WORK = {"value": "a@x.com", "type": "work", "primary": True}
HOME = {"value": "b@x.com", "type": "home"}
OLD = {"userName": "u", "name": {"familyName": "F", "givenName": "G"}, "emails": [WORK], "active": True}


def patched(*given: dict[str, Any], of: dict[str, Any] = OLD, type: Any = USERS) -> Any:
    before = deepcopy(of)
    made = without_empty(apply(type, of, operations({"schemas": [], "Operations": list(given)})))
    assert of == before
    return made


def op(op: str, path: str | None = None, value: Any = None, **more: Any) -> dict[str, Any]:
    made = {"op": op, "value": value, **more}
    return made if path is None else {**made, "path": path}


CASES: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "replace one": ([op("replace", "title", "T")], {**OLD, "title": "T"}),
    "in capitals, a text for false": ([op("Replace", "active", "False")], {**OLD, "active": False}),
    "without a path": ([op("replace", None, {"active": False, "title": "T"})], {**OLD, "active": False, "title": "T"}),
    "dotted and URN keys": (
        [op("replace", None, {"name.givenName": "X", f"{ENTERPRISE}:organization": "O", f"{CORE}:title": "T"})],
        {**OLD, "name": {"familyName": "F", "givenName": "X"}, ENTERPRISE: {"organization": "O"}, "title": "T"},
    ),
    "an extension as a whole": (
        [op("add", ENTERPRISE, {"organization": "O"})],
        {**OLD, ENTERPRISE: {"organization": "O"}},
    ),
    "an extension inside a value": (
        [op("add", None, {ENTERPRISE: {"organization": "O"}})],
        {**OLD, ENTERPRISE: {"organization": "O"}},
    ),
    "part of a complex one": (
        [op("replace", "name", {"givenName": "X"})],
        {**OLD, "name": {"familyName": "F", "givenName": "X"}},
    ),
    "a sub-attribute": (
        [op("replace", "name.familyName", "X")],
        {**OLD, "name": {"familyName": "X", "givenName": "G"}},
    ),
    "remove a sub-attribute": ([op("remove", "name.familyName")], {**OLD, "name": {"givenName": "G"}}),
    "remove": ([op("remove", "name")], {k: v for k, v in OLD.items() if k != "name"}),
    "remove what is not there": ([op("remove", "title")], OLD),
    "null is remove": ([op("replace", "name", None)], {k: v for k, v in OLD.items() if k != "name"}),
    "add to a list": ([op("add", "emails", [HOME])], {**OLD, "emails": [WORK, HOME]}),
    "add the same": ([op("add", "emails", [WORK])], OLD),
    "a new primary": (
        [op("add", "emails", {**HOME, "primary": True})],
        {**OLD, "emails": [{**WORK, "primary": False}, {**HOME, "primary": True}]},
    ),
    "replace a list": ([op("replace", "emails", [HOME])], {**OLD, "emails": [HOME]}),
    "through a filter": (
        [op("Replace", 'emails[type eq "work"].value', "c@x.com")],
        {**OLD, "emails": [{**WORK, "value": "c@x.com"}]},
    ),
    "a filter without a match makes the value": (
        [op("Add", 'emails[type eq "home"].value', "c@x.com")],
        {**OLD, "emails": [WORK, {"type": "home", "value": "c@x.com"}]},
    ),
    "unknown attributes": (
        [op("Add", 'addresses[type eq "work"].country', "NL"), op("add", "nickName", "N"), op("add", "urn:x:y:z", "N")],
        OLD,
    ),
    "ids in a value": (
        [op("replace", None, {"id": "7", "schemas": [], "meta": {}, "title": "T"})],
        {**OLD, "title": "T"},
    ),
    "case of names": ([op("replace", "NAME.GivenName", "X")], {**OLD, "name": {"familyName": "F", "givenName": "X"}}),
}


@pytest.mark.parametrize("name", CASES)
def test_users(name: str) -> None:
    given, expected = CASES[name]
    assert patched(*given) == expected


GROUP = {"displayName": "g", "members": [{"value": "1"}, {"value": "2"}, {"value": "3"}]}
MEMBERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "Okta removes": (op("remove", 'members[value eq "2"]'), ["1", "3"]),
    "Entra removes": (op("Remove", "members", [{"$ref": None, "value": "2"}, {"value": "9"}]), ["1", "3"]),
    "by text": (op("remove", "members", ["1"]), ["2", "3"]),
    "all": (op("remove", "members"), []),
    "add": (op("add", "members", [{"value": "4", "display": "x"}, {"value": "1"}]), ["1", "2", "3", "4"]),
    "replace": (op("replace", "members", [{"value": "4"}]), ["4"]),
    "replace by none": (op("replace", "members", []), []),
    "no such member": (op("remove", 'members[value eq "9"]'), ["1", "2", "3"]),
}


@pytest.mark.parametrize("name", MEMBERS)
def test_members(name: str) -> None:
    given, expected = MEMBERS[name]
    found = patched(given, of=GROUP, type=GROUPS)
    assert [m["value"] for m in found.get("members", [])] == expected


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (op("move", "title", 1), "invalidSyntax"),
        (op("remove"), "noTarget"),
        ({"op": "add", "path": "title"}, "invalidValue"),
        (op("add", "title eq", 1), "invalidPath"),
        (op("add", "emails[", 1), "invalidPath"),
        (op("add", "emails[type eq 1]x", 1), "invalidPath"),
        (op("add", 7, 1), "invalidPath"),  # type: ignore[arg-type]
        (op("replace", None, "x"), "invalidValue"),
        (op("replace", "active", "perhaps"), "invalidValue"),
        (op("replace", "name", "x"), "invalidValue"),
        (op("replace", "title", ["x"]), "invalidValue"),
        (op("replace", "id", "x"), "mutability"),
        (op("replace", "meta.location", "x"), "mutability"),
        (op("replace", "groups", []), "mutability"),
        (op("remove", "userName"), "mutability"),
        (op("remove", "emails"), "mutability"),
        (op("remove", 'emails[type eq "work"]'), "mutability"),
    ],
)
def test_refused(given: dict[str, Any], kind: str) -> None:
    with pytest.raises(ScimError) as error:
        patched(given)
    assert (error.value.status, error.value.kind) == (400, kind)


@pytest.mark.parametrize("body", [None, [], "x", {}, {"Operations": []}, {"Operations": {}}, {"Operations": [1]}])
def test_no_patch(body: Any) -> None:
    with pytest.raises(ScimError) as error:
        operations(body)
    assert error.value.kind == "invalidSyntax"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "type", "primary", "givenName", "name", "emails", "active", ENTERPRISE, "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
_PATHS = (
    st.none()
    | st.text(max_size=12)
    | st.sampled_from(
        [
            "title",
            "name",
            "name.givenName",
            "emails",
            "emails.value",
            'emails[type eq "work"]',
            'emails[type eq "x"].value',
            "active",
            ENTERPRISE,
            f"{ENTERPRISE}:organization",
            CORE,
            "id",
            "groups",
            "emails[not (value pr)]",
        ]
    )
)


@given(st.lists(st.builds(op, st.sampled_from(["add", "Replace", "REMOVE"]), _PATHS, _JSON), min_size=1, max_size=4))
def test_any_operation_is_done_or_refused(given: list[dict[str, Any]]) -> None:
    try:
        made = patched(*given)
    except ScimError as error:
        assert error.status == 400
        return
    again = without_empty(normal(USERS, made))
    assert again == made  # still in normal form
    assert sum(1 for m in made.get("emails", []) if m.get("primary") is True) <= 1 + len(given)


@given(st.text(max_size=30) | st.text('ab.[]"eq ', max_size=15))
def test_any_path_parses_or_is_refused(text: str) -> None:
    with suppress(BadFilter):
        parse_path(text)


_MAILS = st.lists(
    st.builds(
        lambda v, t: {"value": f"{v}@x.com", "type": t}, st.sampled_from("abc"), st.sampled_from(["work", "home"])
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda m: m["value"],
)
_SURE = (
    st.builds(
        op, st.sampled_from(["add", "replace"]), st.sampled_from(["title", "name.familyName"]), st.sampled_from("xy")
    )
    | st.builds(op, st.just("remove"), st.sampled_from(["title", "name.familyName", 'emails[type eq "home"]']))
    | st.builds(op, st.just("replace"), st.just("emails"), _MAILS)
)


@given(_MAILS, st.lists(_SURE, min_size=1, max_size=4))
def test_does_what_scim2_models_does(mails: list[dict[str, Any]], given: list[dict[str, Any]]) -> None:
    """Another implementation agrees where the standard leaves no choice."""
    before = {"userName": "u", "name": {"givenName": "G", "familyName": "F"}, "emails": mails}
    other = User.model_validate(before)
    body = [{k: v for k, v in o.items() if v is not None} for o in given]
    PatchOp[User].model_validate({"Operations": body}).patch(other)
    theirs = without_empty(other.model_dump(by_alias=True))
    try:
        ours = patched(*given, of=before)
    except ScimError as error:
        assert error.kind == "mutability"  # the last address: ours must keep one
        return
    assert ours == {k: theirs[k] for k in theirs if k in ("userName", "name", "emails", "title")}


# --- what is shown ---------------------------------------------------------------------------------------------

SHOWN = {
    "schemas": [CORE],
    "id": "1",
    "userName": "u",
    "name": {"familyName": "F", "givenName": "G"},
    "emails": [WORK],
    ENTERPRISE: {"organization": "O"},
    "meta": {"location": "l"},
}


@pytest.mark.parametrize(
    ("attributes", "excluded", "keys"),
    [
        (None, None, set(SHOWN)),
        ("userName", None, {"schemas", "id", "userName"}),
        ("USERNAME, emails", None, {"schemas", "id", "userName", "emails"}),
        (f"{CORE}:userName", None, {"schemas", "id", "userName"}),
        (ENTERPRISE, None, {"schemas", "id", ENTERPRISE}),
        (f"{ENTERPRISE}:organization", None, {"schemas", "id", ENTERPRISE}),
        (["userName"], None, {"schemas", "id", "userName"}),
        ("shoeSize", None, {"schemas", "id"}),
        (None, "emails,meta,id,schemas", {"schemas", "id", "userName", "name", ENTERPRISE}),
        (None, ENTERPRISE, set(SHOWN) - {ENTERPRISE}),
    ],
)
def test_shown(attributes: Any, excluded: Any, keys: set[str]) -> None:
    assert set(projection(attributes, excluded).apply(USERS, SHOWN)) == keys


def test_shown_in_part() -> None:
    assert Projection(("name.familyName", "emails.value")).apply(USERS, SHOWN) == {
        "schemas": [CORE],
        "id": "1",
        "name": {"familyName": "F"},
        "emails": [{"value": "a@x.com"}],
    }
    assert Projection((), ("name.familyName",)).apply(USERS, SHOWN)["name"] == {"givenName": "G"}
    assert Projection(("members.value",)).wants("members")
    assert not Projection((), ("members",)).wants("members")
    assert Projection((), ("members.display",)).wants("members")


@pytest.mark.parametrize(("attributes", "excluded"), [("a b", None), ("a", "b"), ('"', None)])
def test_shown_refused(attributes: str, excluded: str | None) -> None:
    with pytest.raises(ScimError):
        projection(attributes, excluded)
