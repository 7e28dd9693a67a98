"""The hashers of /utils/hash (users_roles_settings.md §8)."""

from __future__ import annotations

import pytest

from directus8.auth.hashers import DIGESTS, Digest, Options, core
from directus8.errors import HasherNotFound, InvalidRequest

CORE = core()

PASSWORD = [
    ("md5", "5f4dcc3b5aa765d61d8327deb882cf99"),
    ("sha1", "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8"),
    ("sha224", "d63dc919e201d7bc4c825630d2cf25fdc93d4b2f0d46706d29038d01"),
    ("sha256", "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"),
    (
        "sha384",
        "a8b64babd0aca91a59bdbb7761b421d4f2bb38280d3a75ba0f21f2bebc45583d446c598660c94ce680c47d19c30783a7",
    ),
    (
        "sha512",
        "b109f3bbbc244eb82441917ed06d618b9008dd09b3befd1b5e07394c706a8bb9"
        "80b1d7785e5976ec049b46df5f1326af5a2ea6d103fd07c95385ffab0cacbc86",
    ),
]


@pytest.mark.parametrize(("name", "digest"), PASSWORD)
def test_digests(name: str, digest: str) -> None:
    assert CORE.hash(name, "password") == digest
    assert CORE.match(name, "password", digest)
    assert not CORE.match(name, "Password", digest)
    assert not CORE.match(name, "password", digest.upper())
    assert not CORE.match(name, "password", "é\ud800")


def test_every_digest_has_a_vector() -> None:
    assert tuple(name for name, _ in PASSWORD) == DIGESTS


@pytest.mark.parametrize("name", ["core", "bcrypt"])
@pytest.mark.parametrize(
    ("options", "cost"),
    [
        ({"cost": 5}, "05"),
        ({"cost": "5"}, "05"),
        ({"cost": 0}, "04"),
        ({}, "10"),
        ([], "10"),
        (None, "10"),
        ({"cost": None}, "10"),
        ({"cost": True}, "10"),
        ({"cost": "x"}, "10"),
        ({"cost": 31}, "12"),
        ({"cost": 10**30}, "12"),
    ],
)
def test_cost(name: str, options: object, cost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bcrypt.hashpw", lambda _, salt: salt + b"." * 31)
    assert CORE.hash(name, "x", options).startswith(f"$2y${cost}$")


def test_core_matches_its_own() -> None:
    hashed = CORE.hash("core", "password", {"cost": 4})
    assert CORE.match("bcrypt", "password", hashed)
    assert not CORE.match("core", "Password", hashed)
    assert not CORE.match("core", "password", "garbage")


@pytest.mark.parametrize(("name", "shown"), [("rot13", "rot13"), (None, "None"), (["md5"], "['md5']")])
def test_unknown_hasher(name: object, shown: str) -> None:
    with pytest.raises(HasherNotFound) as caught:
        CORE.hash(name, "x")
    assert caught.value.message == f'Hasher "{shown}" not found'
    with pytest.raises(HasherNotFound):
        CORE.match(name, "x", "y")


def test_nul_names_the_field_of_the_endpoint() -> None:
    with pytest.raises(InvalidRequest, match=r"^string: "):
        CORE.hash("core", "a\0")


class Reverse:
    def hash(self, string: str, options: Options) -> str:
        return string[::-1]

    def match(self, string: str, hashed: str, options: Options) -> bool:
        return self.hash(string, options) == hashed


def test_extensions_add_without_touching_the_core() -> None:
    more = CORE.extended({"reverse": Reverse(), "md5": Digest("sha1")})
    assert more.hash("reverse", "abc") == "cba"
    assert more.match("reverse", "abc", "cba")
    assert more.hash("md5", "password") == dict(PASSWORD)["sha1"]
    assert CORE.hash("md5", "password") == dict(PASSWORD)["md5"]
    with pytest.raises(HasherNotFound):
        CORE.hash("reverse", "abc")
