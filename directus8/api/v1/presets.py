"""Preferences and bookmarks: presets without and with a title. Source: legacy_v1.md §4.5, §5."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from directus8 import names
from directus8.api.v1 import answer, lens, statuses
from directus8.api.v1.lens import Attribute, Lens, Place, Row, Told, Writer, same
from directus8.api.v1.reading import Reader
from directus8.api.v1.request import V1Request
from directus8.api.v1.router import route
from directus8.context import Accountability
from directus8.errors import InvalidPayload, ItemNotFound, Unauthorized
from directus8.filters import And, Condition, Filter
from directus8.query.ast import Entry, Node, Query
from directus8.schema.catalog import Collection
from directus8.services.items import ItemsService
from directus8.services.session import Session

TABLE, BOOKMARKS = f"{names.PREFIX}preferences", f"{names.PREFIX}bookmarks"
COLUMNS = ("id", "user", "title", "collection", "search_query", "filters", "view_query", "view_options")
VISIBLE = 6
#: The address of a bookmark of a table.
ADDRESS = re.compile(r"/?tables/([^/]+)(/.*)?")
STATUSES = "1,2"
#: Preferences nobody has changed yet, where they are not the same as for other tables.
FILES = {"sort": "date_uploaded", "sort_order": "DESC",
         "columns_visible": "name,title,caption,type,size,user,date_uploaded"}  # fmt: skip


# --- how they are told -----------------------------------------------------------------------------------------


def _tabular(row: Row) -> Mapping[str, Any]:
    query = row["view_query"]
    tabular = query.get("tabular") if isinstance(query, dict) else None
    return tabular if isinstance(tabular, dict) else {}


def _visible(who: Accountability, row: Row) -> str:
    fields = _tabular(row).get("fields") or ""
    return ",".join(map(str, fields)) if isinstance(fields, list) else str(fields)


def _sort(who: Accountability, row: Row) -> str:
    return str(_tabular(row).get("sort") or "id").removeprefix("-")


def _order(who: Accountability, row: Row) -> str:
    return "DESC" if str(_tabular(row).get("sort") or "").startswith("-") else "ASC"


def _status(who: Accountability, row: Row) -> str:
    filters = row["filters"]
    found = next((f for f in filters if isinstance(f, dict) and f.get("v1")), {}) if isinstance(filters, list) else {}
    return str(found.get("v1") or STATUSES)


def _table(who: Accountability, row: Row) -> str:
    return lens.table_of(row["collection"]) or str(row["collection"])


def _named() -> Attribute:
    return Attribute(_table, ("collection",), "collection", lambda said: (lens.collection_of(said),))


PREFERENCE: Mapping[str, Attribute] = {
    "id": same("id"),
    "user": same("user"),
    "table_name": _named(),
    "title": same("title"),
    "columns_visible": Attribute(_visible, ("view_query",)),
    "sort": Attribute(_sort, ("view_query",)),
    "sort_order": Attribute(_order, ("view_query",)),
    "status": Attribute(_status, ("filters",)),
    "search_string": same("search_query"),
    "list_view_options": same("view_options"),
}
#: What a bookmark says of itself beyond its preset; it lies in ``view_query``, beside the layouts.
OWN = ("url", "section", "icon_class", "active")


def _own(row: Row) -> Mapping[str, Any]:
    query = row["view_query"]
    kept = query.get("v1") if isinstance(query, dict) else None
    return kept if isinstance(kept, dict) else {}


def _url(who: Accountability, row: Row) -> str:
    return str(_own(row).get("url") or f"tables/{_table(who, row)}/pref/{row['title']}")


def _kept(name: str, otherwise: Any = None) -> Attribute:
    return Attribute(lambda who, row: _own(row).get(name, otherwise), ("view_query",))


BOOKMARK: Mapping[str, Attribute] = {
    "id": same("id"),
    "user": same("user"),
    "title": same("title"),
    "url": Attribute(_url, ("collection", "title", "view_query")),
    "icon_class": _kept("icon_class"),
    "active": _kept("active"),
    "section": _kept("section", "search"),
}


def defaults(session: Session, collection: Collection) -> dict[str, Any]:
    """What a table is shown as while its user has said nothing."""
    if collection.name == names.FILES:
        return {**FILES, "status": STATUSES}
    hidden = session.rules.hidden_fields(collection.name)
    shown = [f.name for f in collection.columns if f is not collection.key and f.name not in hidden]
    shown = [n for n in shown if n not in _kept_aside(collection)]
    key = collection.key.name if collection.key else "id"
    return {"sort": key, "sort_order": "ASC", "columns_visible": ",".join(shown[:VISIBLE]), "status": STATUSES}


def _kept_aside(collection: Collection) -> set[str]:
    special = ("status", "sort", "owner", "user_updated", "datetime_created", "datetime_updated")
    return {f.name for f in collection.columns if f.type in special}


# --- how they are written --------------------------------------------------------------------------------------


def payload_of(collection: Collection, given: Mapping[str, Any], before: Row) -> dict[str, Any]:
    """A preset as the house takes it; what is not given stays as it was."""
    now = {n: PREFERENCE[n].tell(Accountability(), before) for n in ("columns_visible", "sort", "sort_order", "status")}
    told = {**now, **{n: _text(given[n]) for n in now if n in given}}
    way = "-" if told["sort_order"].upper() == "DESC" else ""
    query = before["view_query"] if isinstance(before["view_query"], dict) else {}
    tabular = {**_tabular(before), "fields": told["columns_visible"], "sort": f"{way}{told['sort']}"}
    made: dict[str, Any] = {
        "view_query": {**query, "tabular": tabular, **_owned(given, before)},
        "filters": _filters(collection, told["status"], before["filters"]),
    }
    if "search_string" in given:
        made["search_query"] = given["search_string"] or None
    if "list_view_options" in given:
        made["view_options"] = given["list_view_options"] or None
    return made


def _owned(given: Mapping[str, Any], before: Row) -> dict[str, Any]:
    """What a bookmark says of itself, old and new."""
    own = {**_own(before), **{name: given[name] for name in OWN if name in given}}
    return {"v1": own} if own else {}


def _filters(collection: Collection, status: str, before: Any) -> list[Any]:
    """The filters of a preset with the one for its statuses; as Directus 8 takes it, and as it was said."""
    others = [f for f in before if not (isinstance(f, dict) and "v1" in f)] if isinstance(before, list) else []
    if collection.status is None or status == STATUSES:
        return others
    meant = ",".join(statuses.wanted(collection, [each.strip() for each in status.split(",")]))
    return [*others, {"field": collection.status.name, "operator": "in", "value": meant, "v1": status}]


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


BLANK: Row = {"view_query": {}, "filters": [], "view_options": None, "search_query": None}


class Presets:
    """The presets of one caller."""

    def __init__(self, request: V1Request) -> None:
        self.session = request.session
        self.user = request.session.who.user
        if request.session.who.is_public:
            raise Unauthorized()
        self.items = ItemsService(self.session, names.PRESETS)

    def find(self, *wanted: Filter) -> dict[str, Any] | None:
        """The first preset of the caller that is as wanted."""
        node = Node(names.PRESETS, tuple(map(Entry, COLUMNS)))
        where = And((Condition(("user",), "eq", self.user), *wanted))
        found = self.session.read(Query(node, where, limit=1))
        return found[0] if found else None

    def of_table(self, collection: str, title: str | None) -> dict[str, Any] | None:
        """The preset of a table: the one without a title, or a bookmark."""
        named = Condition(("title",), "null") if title is None else Condition(("title",), "eq", title)
        return self.find(Condition(("collection",), "eq", collection), named)

    def put(self, collection: Collection, title: str | None, given: Mapping[str, Any]) -> Any:
        """Changes the preset of a table, or makes it; its key."""
        known = self.of_table(collection.name, title)
        if known is not None:
            return self.items.update([(known["id"], payload_of(collection, given, known))])[0]
        whole = {**defaults(self.session, collection), **given}
        made = payload_of(collection, whole, BLANK)
        fixed = {"collection": collection.name, "title": title, "user": self.user, "view_type": "tabular"}
        return self.items.create([{**made, **fixed}])[0]


def _update(request: V1Request, place: Place, changes: Sequence[tuple[Any, Told]]) -> list[Any]:
    presets = Presets(request)
    for key, given in changes:
        before = presets.find(Condition(("id",), "key", (key,)))
        if before is None:
            raise ItemNotFound()
        collection = request.session.catalog.collection(before["collection"])
        presets.items.update([(key, payload_of(collection, given, before))])
    return [key for key, _ in changes]


def _create(request: V1Request, place: Place, given: Sequence[Told]) -> list[Any]:
    return [_create_one(request, row) for row in given]


def _create_one(request: V1Request, given: Told) -> Any:
    """A bookmark or the preferences of a table, which is named itself or by the address of a bookmark."""
    title, url = given.get("title"), str(given.get("url") or "")
    address = ADDRESS.fullmatch(url)
    table = given.get("table_name") or (address[1] if address else TABLE if url and title else None)
    if not table:
        raise InvalidPayload("table_name or url is needed")
    at = lens.place(request.session, str(table))
    settings = {n: v for n, v in given.items() if n in PREFERENCE or n in OWN}
    return Presets(request).put(at.collection, None if title in (None, "") else str(title), settings)


def _delete(request: V1Request, place: Place, keys: Sequence[Any]) -> None:
    Presets(request).items.delete(keys)


WRITER = Writer(_create, _update, _delete)
lens.register(Lens(TABLE, names.PRESETS, PREFERENCE, writer=WRITER))
lens.register(Lens(BOOKMARKS, names.PRESETS, BOOKMARK, only=Condition(("title",), "nnull"), writer=WRITER))


# --- preferences -----------------------------------------------------------------------------------------------


def of_table(request: V1Request, collection: Collection) -> dict[str, Any]:
    """The preferences of the caller for a table, kept or not, as the table's own document has them."""
    who = request.session.who
    row = None if who.is_public else Presets(request).of_table(collection.name, None)
    if row is not None:
        return {name: attribute.tell(who, row) for name, attribute in PREFERENCE.items()}
    table = lens.table_of(collection.name) or collection.name
    return {"user": who.user, "table_name": table, "title": None, **defaults(request.session, collection)}


def _place(request: V1Request, table: str) -> Place | None:
    at = lens.collection_of(table)
    if request.session.catalog.get(at) is None or lens.table_of(at) is None:
        return None
    return Place(table, request.session.catalog[at])


def _missing() -> Any:
    return answer.failure("unable_to_find_preferences")


def _told(request: V1Request, key: Any) -> Any:
    return Reader(request, lens.place(request.session, TABLE)).written_one(key)


@route("GET", "/tables/<table>/preferences")
def read_preferences(request: V1Request, table: str) -> Any:
    """The caller's preferences; made when he has none yet. With ``title`` those of a bookmark."""
    if (at := _place(request, table)) is None:
        return _missing()
    title, presets = request.text("title"), Presets(request)
    known = presets.of_table(at.collection.name, title)
    if known is None and title is not None:
        return _missing()
    return _told(request, known["id"] if known else presets.put(at.collection, None, {}))


@route("PUT POST PATCH", "/tables/<table>/preferences")
def write_preferences(request: V1Request, table: str) -> Any:
    if (at := _place(request, table)) is None:
        return _missing()
    given = request.fields()
    title = given.get("title", request.text("title"))
    return _told(request, Presets(request).put(at.collection, str(title) if title else None, given))


@route("DELETE", "/tables/<table>/preferences")
def delete_preferences(request: V1Request, table: str) -> Any:
    if (at := _place(request, table)) is None:
        return _missing()
    presets, given = Presets(request), {**request.query, **request.fields()}
    title = given.get("title")
    known = (
        presets.find(Condition(("id",), "key", (given["id"],)))
        if given.get("id")
        else presets.of_table(at.collection.name, str(title) if title else None)
    )
    if known is None:
        return _missing()
    presets.items.delete([known["id"]])
    return 1


@route("GET", "/preferences/<table>")
def titled(request: V1Request, table: str) -> Any:
    """The bookmarks of the caller for a table, as preferences."""
    session = request.session
    wanted = (
        Condition(("user",), "eq", session.who.user),
        Condition(("collection",), "eq", lens.collection_of(table)),
        Condition(("title",), "nnull"),
    )
    rows = session.read(Query(Node(names.PRESETS, tuple(map(Entry, COLUMNS))), And(wanted)))
    return [{name: attribute.tell(session.who, row) for name, attribute in PREFERENCE.items()} for row in rows]


# --- bookmarks -------------------------------------------------------------------------------------------------


def _bookmarks(request: V1Request) -> Reader:
    return Reader(request, lens.place(request.session, BOOKMARKS))


@route("GET", "/bookmarks")
def list_bookmarks(request: V1Request) -> Any:
    return _bookmarks(request).page()


@route("GET", "/bookmarks/self")
def list_own(request: V1Request) -> Any:
    return _bookmarks(request).page(Condition(("user",), "eq", request.session.who.user))


@route("GET", "/bookmarks/user/<user>")
def list_of_user(request: V1Request, user: str) -> Any:
    return _bookmarks(request).page(Condition(("user",), "eq", user))


@route("GET", "/bookmarks/<key>")
def read_bookmark(request: V1Request, key: str) -> Any:
    return _bookmarks(request).one(key)


@route("GET", "/bookmarks/<key>/preferences")
def preferences_of(request: V1Request, key: str) -> Any:
    """What a bookmark shows; it is named by its title, or by its id."""
    presets = Presets(request)
    known = presets.find(Condition(("title",), "eq", key)) or presets.find(
        Condition(("id",), "key", (key,)), Condition(("title",), "nnull")
    )
    return answer.failure("Bookmark not found") if known is None else _told(request, known["id"])


@route("POST", "/bookmarks")
def create_bookmark(request: V1Request) -> Any:
    given = request.fields()
    if not given.get("title"):
        raise InvalidPayload("title: the title of the bookmark is needed")
    return _bookmarks(request).written_one(_create_one(request, given))


@route("PUT PATCH", "/bookmarks")
def update_bookmark(request: V1Request) -> Any:
    return change_bookmark(request, str(request.fields().get("id") or ""))


@route("PUT PATCH", "/bookmarks/<key>")
def change_bookmark(request: V1Request, key: str) -> Any:
    """Changes a bookmark of the caller; what it is called is part of its address."""
    presets, given = Presets(request), request.fields()
    before = presets.find(Condition(("id",), "key", (key,)), Condition(("title",), "nnull"))
    if before is None:
        return answer.failure("bookmark_not_found")
    collection = request.session.catalog.collection(before["collection"])
    title = {"title": str(given["title"])} if given.get("title") else {}
    presets.items.update([(before["id"], {**payload_of(collection, given, before), **title})])
    return _bookmarks(request).written_one(before["id"])


@route("DELETE", "/bookmarks/<key>")
def delete_bookmark(request: V1Request, key: str) -> Any:
    presets = Presets(request)
    known = presets.find(Condition(("id",), "key", (key,)), Condition(("title",), "nnull"))
    if known is None:
        return answer.failure("bookmark_not_found")
    presets.items.delete([known["id"]])
    return {"success": True}
