"""System collections as v9/v10 clients know them: other names, a few values made of others, a few kept beside.

A lens is pure data: which v10 name stands for which column, which names have no column and where their values come
from, and which columns are not shown. User collections have the plain lens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from directus8 import names
from directus8.api.v10.values import MASK
from directus8.context import ADMIN_ROLE, Accountability
from directus8.filters import And, Condition, Filter, Not, Or
from directus8.system.install import first_rows

Item = dict[str, Any]
#: In front of the names of values that are fetched to make others, and not told.
UNTOLD = "\0"


@dataclass(frozen=True, slots=True)
class Made:
    """A value without a column of its own, made of columns of the same item."""

    needs: tuple[str, ...]
    make: Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Lens:
    """How one collection is shown.

    path      below /v10
    columns   v10 name → column
    hidden    columns not shown
    secret    columns nobody finds or orders items by
    made      v10 name → how it is made; read only
    kept      v10 name → value while nothing else is kept; kept beside the table
    told      changes an item before it is told: (caller, item)
    needs     columns fetched for ``told``, under their names after UNTOLD
    given     values of filters and payloads, by v10 name: as clients say them → as they are stored
    only      the rows there are
    """

    path: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    secret: frozenset[str] = frozenset()
    made: Mapping[str, Made] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)
    told: Callable[[Accountability, Item], None] | None = None
    needs: tuple[str, ...] = ()
    given: Mapping[str, Mapping[Any, Any]] = field(default_factory=dict)
    only: Filter | None = None

    def column(self, name: str) -> str:
        """The column behind a name; one that goes by another name has none under its own."""
        if name in self.columns:
            return self.columns[name]
        return "" if name in self.columns.values() else name

    def name(self, column: str) -> str:
        """The name of a column."""
        return next((n for n, c in self.columns.items() if c == column), column)

    def stored(self, name: str, value: Any) -> Any:
        """A value as it is stored."""
        known = self.given.get(name)
        return known.get(value, value) if known and isinstance(value, str) else value


def _constant(value: Any) -> Made:
    return Made((), lambda item: value)


# --- users and roles -----------------------------------------------------------------------------------------

SECRETS = ("password", "token", "tfa_secret")
PRIVATE = ("token", "tfa_secret", "email_notifications", "last_access", "last_page", "auth_data")


def _user(who: Accountability, item: Item) -> None:
    for name in SECRETS:
        if item.get(name) is not None:
            item[name] = MASK
    if not who.is_admin and item.get(f"{UNTOLD}id") != who.user:
        for name in PRIVATE:
            item.pop(name, None)


USERS = Lens(
    "users",
    columns={
        "last_access": "last_access_on",
        "language": "locale",
        "external_identifier": "external_id",
        "tfa_secret": "2fa_secret",
    },
    hidden=frozenset({"password_reset_token"}),
    secret=frozenset({"password", "token", "2fa_secret", "password_reset_token"}),
    made={"provider": _constant("default"), "auth_data": _constant(None)},
    kept={"location": None, "description": None, "tags": None},
    told=_user,
    needs=("id",),
)
ROLES = Lens(
    "roles",
    columns={"ip_access": "ip_whitelist", "enforce_tfa": "enforce_2fa"},
    made={
        "admin_access": Made(("id",), lambda item: item["id"] == ADMIN_ROLE),
        "app_access": _constant(True),
    },
    kept={"icon": "supervised_user_circle"},
)

# --- files and folders ---------------------------------------------------------------------------------------


def _file(who: Accountability, item: Item) -> None:
    """What nobody said of a file is null."""
    for name in ("description", "location", "tags", "duration", "embed", "metadata", "charset"):
        if name in item and item[name] in ("", [], 0):
            item[name] = None


FILES = Lens(
    "files",
    hidden=frozenset({"private_hash", "checksum"}),
    made={"modified_by": _constant(None), "modified_on": Made((), lambda item: None)},
    told=_file,
)
FOLDERS = Lens("folders", columns={"parent": "parent_folder"})

# --- the app's --------------------------------------------------------------------------------------------------


def _installed() -> Filter:
    """The presets every installation of Directus 8 begins with: they are its app's own."""
    rows = first_rows()[names.PRESETS]
    alike = (
        And(
            tuple(
                Condition((n,), "null") if v is None else Condition((n,), "eq", v) for n, v in row.items() if n != "id"
            )
        )
        for row in rows
    )
    return Not(Or(tuple(alike)))


PRESETS = Lens(
    "presets",
    columns={
        "bookmark": "title",
        "search": "search_query",
        "layout": "view_type",
        "layout_query": "view_query",
        "layout_options": "view_options",
        "filter": "filters",
    },
    hidden=frozenset({"translation"}),
    kept={"icon": "bookmark", "color": None, "refresh_interval": None},
    only=_installed(),
)

# --- the log -----------------------------------------------------------------------------------------------------

ACTIONS = {"authenticate": "login"}


def _activity(who: Accountability, item: Item) -> None:
    if "action" in item:
        item["action"] = ACTIONS.get(item["action"], item["action"])
    if item.get("user") == 0:
        item["user"] = None


ACTIVITY = Lens(
    "activity",
    columns={"user": "action_by", "timestamp": "action_on"},
    hidden=frozenset({"edited_on", "comment_deleted_on"}),
    made={"origin": _constant(None)},
    told=_activity,
    given={"action": {told: stored for stored, told in ACTIONS.items()}},
    only=Condition(("comment_deleted_on",), "null"),
)
REVISIONS = Lens(
    "revisions",
    hidden=frozenset({"parent_collection", "parent_item", "parent_changed"}),
    made={"parent": _constant(None)},
    needs=("collection", "data"),
)

PLAIN = Lens()
LENSES: Mapping[str, Lens] = {
    names.USERS: USERS,
    names.ROLES: ROLES,
    names.FILES: FILES,
    names.FOLDERS: FOLDERS,
    names.PRESETS: PRESETS,
    names.ACTIVITY: ACTIVITY,
    names.REVISIONS: REVISIONS,
}


def lens_of(collection: str) -> Lens:
    """The lens of a collection."""
    return LENSES.get(collection, PLAIN)


@dataclass(frozen=True, slots=True)
class Pending:
    """A value that is kept beside the table and still has to be fetched."""

    scope: str
    key: str
    item: Item
    name: str


def finish(collection: str, pending: list[Pending], who: Accountability, item: Item) -> None:
    """Makes what is made, in place, and notes what is to be fetched; what was fetched for it goes."""
    lens = LENSES[collection]
    for name, made in lens.made.items():
        if name in item:
            item[name] = made.make({n: item.get(f"{UNTOLD}{n}") for n in made.needs})
    for name in lens.kept:
        if name in item:
            pending.append(Pending(collection, str(item[name]), item, name))
    if lens.told is not None:
        lens.told(who, item)
    for name in [n for n in item if n.startswith(UNTOLD)]:
        del item[name]
