"""The roles of the demo, what they may do, and who has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from directus8 import names
from directus8.context import PUBLIC_ROLE

Row = dict[str, Any]

PASSWORD = "demo"
ADMIN = "admin@example.com"
PUBLIC = "Public"

ROLES = {
    "Editor": "Looks after the catalogue and everything that is written",
    "Staff": "Serves customers, and writes drafts",
    "Viewer": "Reads what is published, and the shop's figures",
}
USERS = (
    ("editor@example.com", "Edith", "Editor", "Editor"),
    ("staff@example.com", "Stan", "Staff", "Staff"),
    ("viewer@example.com", "Vera", "Viewer", "Viewer"),
)

#: Who: the collections, and what is granted: create, read, update, delete (f = full, r = role, m = mine, - = none).
_GRANTS = """
Public  artists albums tracks genres media_types playlists playlists_tracks    -f--
Public  articles_tracks articles_translations FILES                            -f--
Public  articles:published                                                     -f--
Public  articles:review articles:draft articles:deleted                        ----
Viewer  artists albums tracks genres media_types playlists playlists_tracks    -f--
Viewer  articles_tracks articles_translations invoices invoice_lines           -f--
Viewer  articles:published                                                     -f--
Viewer  articles:review articles:draft articles:deleted                        ----
Staff   artists albums tracks genres media_types employees                     -f--
Staff   playlists playlists_tracks articles_tracks articles_translations       ffff
Staff   customers invoices invoice_lines                                       fff-
Staff   articles:published                                                     -f--
Staff   articles:review                                                        -r--
Staff   articles:draft                                                         frmm
Staff   articles:deleted                                                       ----
Editor  artists albums tracks genres media_types playlists playlists_tracks    ffff
Editor  articles_tracks articles_translations                                  ffff
Editor  articles:published articles:review articles:draft                      ffff
Editor  articles:deleted                                                       ff--
"""
_WORDS = {"f": "full", "r": "role", "m": "mine", "-": "none"}
#: What staff may not decide, and visitors need not know.
_UNWRITABLE = {("Staff", "articles"): ["featured", "published_on"]}
_UNREADABLE = {(role, "articles"): ["sort", "modified_by", "modified_on"] for role in (PUBLIC, "Viewer")}
#: Those who may not write need not comment either.
_COMMENT = {PUBLIC: "none", "Viewer": "read", "Staff": "create", "Editor": "full"}


def permissions(roles: dict[str, Any]) -> Iterator[Row]:
    """The permission rows, given the ids of the roles."""
    ids = {PUBLIC: PUBLIC_ROLE, **roles}
    for line in filter(None, _GRANTS.split("\n")):
        role, *collections, granted = line.split()
        for collection in collections:
            name, _, status = collection.replace("FILES", names.FILES).partition(":")
            create, read, update, delete = (_WORDS[letter] for letter in granted)
            yield {
                "role": ids[role],
                "collection": name,
                "status": status or None,
                "create": create,
                "read": read,
                "update": update,
                "delete": delete,
                "comment": _COMMENT[role],
                "explain": "none",
                "read_field_blacklist": _UNREADABLE.get((role, name), []),
                "write_field_blacklist": _UNWRITABLE.get((role, name), []),
            }


def users(roles: dict[str, Any]) -> Iterator[Row]:
    """The users, given the ids of the roles."""
    for email, first_name, last_name, role in USERS:
        yield {
            "status": "active",
            "role": roles[role],
            "email": email,
            "password": PASSWORD,
            "first_name": first_name,
            "last_name": last_name,
        }
